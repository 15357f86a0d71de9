import Capture
import Detection

/// The result of a replay.
public struct ReplayReport: Sendable {
  public let files: [CaptureSequence.Summary]
  public let devices: [Device]
  /// The last state of each alert, in the order they were raised.
  public let alerts: [AlertEvent]
  /// Floods.
  public let health: [HealthEvent]
  public let coverage: Coverage
  public let makers: OUIRegistry

  public init(engine: Engine, files: [CaptureSequence.Summary]) {
    self.files = files
    devices = engine.devices()
    let update = engine.drain()
    alerts = Self.latest(update.events)
    health = update.health
    coverage = engine.coverage
    makers = OUIRegistry(of: devices.map(\.id.mac))
  }

  /// Of an alert that was folded into that of a group this alone remains: the one of the group stands for it.
  private static func latest(_ events: [AlertEvent]) -> [AlertEvent] {
    var result: [AlertEvent] = []
    var places: [String: Int] = [:]
    let folded = folded(events)
    for event in events where event.foldedInto != nil || !folded.contains(event.alert) {
      if let index = places[event.id] {
        result[index] = event
      } else {
        places[event.id] = result.count
        result.append(event)
      }
    }
    return result
  }

  /// Alerts whose cameras belong to a group at the end.
  private static func folded(_ events: [AlertEvent]) -> Set<String> {
    var folded: Set<String> = []
    for event in events {
      guard let change = event.changes.first(where: { $0.what == .group }) else { continue }
      if change.to == nil { folded.remove(event.alert) } else { folded.insert(event.alert) }
    }
    return folded
  }

  /// An undeclared camera raised an alert.
  public var hasAlert: Bool { alerts.contains { $0.follows == nil } }
}
