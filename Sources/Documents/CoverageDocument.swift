import Detection

/// The traffic that a run saw, and its gaps.
public struct CoverageDocument: Encodable, Sendable {
  let packets: UInt64
  let truncated: UInt64
  let undecoded: [String: UInt64]
  let oneSidedFlows: Int
  let streamGaps: Int
  let encryptedWifiPackets: UInt64
  let droppedByKernel: UInt64
  let droppedByInterface: UInt64
  let evicted: [String: Int]
  let flooded: [Flooded]
  /// Absent if no rooms are configured.
  let rooms: [RoomDocument]?

  struct Flooded: Encodable, Sendable {
    let what: String
    let count: Int
  }

  private enum CodingKeys: String, CodingKey {
    case packets, truncated, undecoded, evicted, flooded, rooms
    case oneSidedFlows = "one_sided_flows"
    case streamGaps = "stream_gaps"
    case encryptedWifiPackets = "encrypted_wifi_packets"
    case droppedByKernel = "dropped_by_kernel"
    case droppedByInterface = "dropped_by_interface"
  }

  public init(_ coverage: Coverage, droppedByKernel: UInt64 = 0, droppedByInterface: UInt64 = 0) {
    packets = coverage.packets
    truncated = coverage.truncated
    undecoded = coverage.undecoded
    encryptedWifiPackets = coverage.encryptedWiFiPackets
    oneSidedFlows = coverage.oneSidedFlows
    streamGaps = coverage.streamGaps
    self.droppedByKernel = droppedByKernel
    self.droppedByInterface = droppedByInterface
    evicted = coverage.evicted
    flooded = coverage.flooded.map { Flooded(what: $0.key.rawValue, count: $0.value) }.sorted { $0.what < $1.what }
    rooms = coverage.rooms.isEmpty ? nil : coverage.rooms.map(RoomDocument.init)
  }
}

/// The part of the time in which a room was watched.
public struct RoomDocument: Encodable, Sendable {
  let room: String
  let hours: Int
  let hoursWatched: Int
  @OrNull var lastFrame: String?
  @OrNull var reason: String?

  private enum CodingKeys: String, CodingKey {
    case room, hours, reason
    case hoursWatched = "hours_watched"
    case lastFrame = "last_frame"
  }

  public init(_ coverage: RoomCoverage) {
    room = coverage.room
    hours = coverage.hours
    hoursWatched = coverage.hoursWatched
    lastFrame = coverage.lastFrame?.rfc3339
    reason = coverage.reason?.rawValue
  }
}
