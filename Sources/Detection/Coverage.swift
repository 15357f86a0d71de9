/// The engine's account of its input: what it saw, and what it could not see.
public struct Coverage: Sendable {
  public let packets: UInt64
  /// Cut by the snap length.
  public let truncated: UInt64
  /// Packets of link types and protocols that are not decoded, by name.
  public let undecoded: [String: UInt64]
  /// Data on the air that only its stations can read.
  public let encryptedWiFiPackets: UInt64
  /// Conversations of which only one side was captured.
  public let oneSidedFlows: Int
  /// Places in TCP streams where bytes are missing from the capture.
  public let streamGaps: Int
  /// Entries dropped for lack of room, by table.
  public let evicted: [String: Int]
  /// The hours of each room, in the site's order; empty where the site has no rooms.
  public let rooms: [RoomCoverage]
  /// What floods consisted of, by kind.
  public var flooded: [Flood.What: Int] = [:]
}
