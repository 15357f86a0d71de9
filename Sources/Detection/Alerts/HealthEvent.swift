/// Something that whoever relies on a watch must know about the watch itself: its interfaces, its losses, its database.
public struct HealthEvent: Sendable, Equatable {
  /// What happened, for programs. New codes may be added.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let interfaceGone = Code(rawValue: "interface-gone")
    public static let interfaceBack = Code(rawValue: "interface-back")
    public static let interfaceRenamed = Code(rawValue: "interface-renamed")
    public static let interfaceDown = Code(rawValue: "interface-down")
    public static let seesNothing = Code(rawValue: "sees-nothing")
    public static let seesOthers = Code(rawValue: "sees-others")
    public static let seesOnlyItself = Code(rawValue: "sees-only-itself")
    public static let packetsLost = Code(rawValue: "packets-lost")
    public static let storeFailed = Code(rawValue: "store-failed")
    public static let storeBack = Code(rawValue: "store-back")
    public static let storeRenewed = Code(rawValue: "store-renewed")
    public static let commandRefused = Code(rawValue: "command-refused")
    public static let commandsUnreadable = Code(rawValue: "commands-unreadable")
    public static let configurationReloaded = Code(rawValue: "configuration-reloaded")
    public static let configurationRefused = Code(rawValue: "configuration-refused")
    public static let noticesSuppressed = Code(rawValue: "notices-suppressed")
    public static let clockUnsynchronised = Code(rawValue: "clock-unsynchronised")
    /// Packets bear times from before those of earlier packets.
    public static let clockSetBack = Code(rawValue: "clock-set-back")
    public static let outputClosed = Code(rawValue: "output-closed")
    public static let outputStalled = Code(rawValue: "output-stalled")
    public static let outputFailed = Code(rawValue: "output-failed")
    public static let outputBack = Code(rawValue: "output-back")
    public static let recordingFailed = Code(rawValue: "recording-failed")
    public static let recordingBack = Code(rawValue: "recording-back")
    /// `lenscap serve` found no sign of life of the watch for a minute.
    public static let watchSilent = Code(rawValue: "watch-silent")
    public static let watchBack = Code(rawValue: "watch-back")
    /// A sink could not be reached for its `alarm_after`.
    public static let sinkFailing = Code(rawValue: "sink-failing")
    public static let sinkBack = Code(rawValue: "sink-back")
    /// The receiver of a sink wants no more.
    public static let sinkDisabled = Code(rawValue: "sink-disabled")
    /// Central acknowledged nothing for an hour, and events wait.
    public static let uplinkSilent = Code(rawValue: "uplink-silent")
    public static let uplinkBack = Code(rawValue: "uplink-back")
    /// Somebody makes up traffic in amounts that may hide cameras.
    public static let flood = Code(rawValue: "flood")
  }

  public let code: Code
  public let time: Timestamp
  public let interface: String?
  /// Packets lost, notices suppressed and the like.
  public let count: UInt64?
  /// One line for people, without the interface's name.
  public let text: String
  /// An answer rather than trouble, such as what an interface shows at first: for people who look on, not for the record.
  public let isRemark: Bool
  /// Of the code `flood`.
  public let flood: Flood?

  public init(
    _ code: Code, at time: Timestamp, interface: String? = nil, count: UInt64? = nil, text: String, isRemark: Bool = false
  ) {
    self.code = code
    self.time = time
    self.interface = interface
    self.count = count
    self.text = text
    self.isRemark = isRemark
    flood = nil
  }

  public init(_ flood: Flood, at time: Timestamp) {
    code = .flood
    self.time = time
    interface = flood.interface
    count = UInt64(clamping: flood.count)
    text = flood.text
    isRemark = false
    self.flood = flood
  }

  /// One line with the interface's name.
  public var summary: String { interface.map { "\($0): \(text)" } ?? text }

  /// High if cameras go unseen and nobody would notice.
  public var severity: AlertEvent.Severity { code == .watchSilent ? .high : .medium }

  /// 16 hexadecimal digits.
  public var id: String {
    // Not by its count, which may rise until it is reported.
    let what = flood.map { "\($0.what.rawValue)|\($0.source)" } ?? summary
    return AlertEvent.identifier("\(what)|health|\(time.nanoseconds)")
  }
}
