import Detection
import Store

/// Decides whether an event is reported, and how briefly. Uses neither the store nor a clock.
public struct ReportPolicy: Sendable {
  public enum Decision: Sendable, Equatable {
    /// Only stored.
    case suppress
    /// Reported in one line, because there may be many.
    case brief
    case full
  }

  /// Length of the first report. The property's own cameras appear in this time, before anyone could declare them.
  public static let firstReport = Duration.seconds(600)

  /// End of the first report; nil if there is none, or it is over.
  public private(set) var briefUntil: Timestamp?

  /// When uncorroborated cameras were told with their reasons, within the last ten minutes.
  private var doubtful: [Timestamp] = []
  private static let doubtfulLimit = 3

  public init() {}

  /// Starts the first report, for a database without devices and alerts.
  public mutating func beginsAnew(at now: Timestamp) { briefUntil = now + Self.firstReport }

  /// - Parameter status: status of the alert that the event belongs to, if it was stored before.
  public func decide(_ event: AlertEvent, status: StoredAlert.Status?) -> Decision {
    // An operator stopped reports about this alert, but not new alerts about the device.
    if event.kind != .raised, status == .snoozed || status == .dismissed { return .suppress }
    // That somebody watches now is urgent, and must not wait for the end of the first report.
    if event.changes.contains(where: { $0.what == .watched || $0.what == .shared }) { return .full }
    return briefUntil == nil ? .full : .brief
  }

  /// Cameras that nothing corroborates have their reasons in text only if they are few: somebody may invent them by the hundred.
  public mutating func shortens(_ event: AlertEvent) -> Bool {
    guard [.raised, .surer].contains(event.kind), event.group == nil, !event.device.isCorroborated else { return false }
    doubtful.removeAll { $0 + Self.firstReport < event.time }
    if doubtful.count >= Self.doubtfulLimit { return true }
    doubtful.append(event.time)
    return false
  }

  /// True once, when the first report or the run ends.
  public mutating func endsFirstReport(at now: Timestamp, isEnd: Bool) -> Bool {
    guard let due = briefUntil, isEnd || due <= now else { return false }
    briefUntil = nil
    return true
  }
}
