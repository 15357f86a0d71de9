/// What the engine saw of its input, and what it could not see.
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
  /// What was dropped for lack of room, by table.
  public let evicted: [String: Int]
}
