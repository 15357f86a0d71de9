/// What one run of the engine leaves of a device to the next.
public struct DeviceMemory: Sendable {
  public let id: DeviceID
  public let hostname: String?
  public let room: String?
  public let firstSeen: Timestamp
  public let lastSeen: Timestamp
  public let packetsSent: UInt64
  public let bytesSent: UInt64
  public let bytesReceived: UInt64
  public let evidence: [Evidence]
  /// To whom it sent media.
  public let viewers: [IPAddress]
  /// The alert that was raised for it.
  public let raised: RaisedAlert?
  /// Its alert waits until then for counter-evidence.
  public let deadline: Timestamp?

  public init(
    id: DeviceID, hostname: String?, room: String? = nil, firstSeen: Timestamp, lastSeen: Timestamp, packetsSent: UInt64, bytesSent: UInt64,
    bytesReceived: UInt64, evidence: [Evidence], viewers: [IPAddress] = [], raised: RaisedAlert?, deadline: Timestamp?
  ) {
    self.id = id
    self.hostname = hostname
    self.room = room
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.packetsSent = packetsSent
    self.bytesSent = bytesSent
    self.bytesReceived = bytesReceived
    self.evidence = evidence
    self.viewers = viewers
    self.raised = raised
    self.deadline = deadline
  }
}

/// A device as it is now, and what is under way about it: what a store keeps.
public struct DeviceState: Sendable {
  public let device: Device
  public let viewers: [IPAddress]
  public let raised: RaisedAlert?
  public let deadline: Timestamp?
}
