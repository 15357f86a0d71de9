/// One clock hour of one room: watched, or blind for a reason.
public struct RoomHour: Sendable, Equatable {
  /// The reason why a room was blind, for programs.
  public enum Reason: String, Sendable {
    /// No frame from the room was ever captured.
    case neverSeen = "never-seen"
    /// No frame from the room was captured in this hour.
    case quiet
    /// An interface of the room was away.
    case interfaceGone = "interface-gone"
    /// More than `RoomLedger.lossLimit` of the packets were lost.
    case packetsLost = "packets-lost"
    /// Lenscap was not running. The engine never gives this reason; it is for a store that joins the hours of several runs.
    case notRunning = "not-running"
  }

  public let room: String
  /// The start of the hour, in UTC.
  public let hour: Timestamp
  /// Nil where the room was watched.
  public let reason: Reason?
  /// The room's last frame so far.
  public let lastFrame: Timestamp?

  public var isWatched: Bool { reason == nil }

  /// - Parameter reason: nil where the room was watched.
  public init(room: String, hour: Timestamp, reason: Reason?, lastFrame: Timestamp?) {
    self.room = room
    self.hour = hour
    self.reason = reason
    self.lastFrame = lastFrame
  }
}

/// The hours of one room in a whole run.
public struct RoomCoverage: Sendable, Equatable {
  public typealias Reason = RoomHour.Reason

  public let room: String
  /// Clock hours of the run; the first and the last count, though they are not whole.
  public let hours: Int
  public let hoursWatched: Int
  public let lastFrame: Timestamp?
  /// The reason of the latest blind hour; nil where every hour was watched.
  public let reason: Reason?

  public init(room: String, hours: Int, hoursWatched: Int, lastFrame: Timestamp?, reason: Reason?) {
    self.room = room
    self.hours = hours
    self.hoursWatched = hoursWatched
    self.lastFrame = lastFrame
    self.reason = reason
  }
}

/// The state of a live capture: a room is not watched while its packets are lost or its interface is away.
public struct LinkHealth: Sendable, Equatable {
  /// Packets since the start of the capture.
  public var received: UInt64
  public var lost: UInt64
  /// Interfaces that are away now, by name.
  public var interfacesGone: Set<String>

  public init(received: UInt64, lost: UInt64, interfacesGone: Set<String> = []) {
    self.received = received
    self.lost = lost
    self.interfacesGone = interfacesGone
  }
}
