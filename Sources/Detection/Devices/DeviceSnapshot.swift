/// A device with what is under way about it: what the engine hands to a store, and takes back from it.
public struct DeviceSnapshot: Sendable {
  public let device: Device
  /// Receivers of its media, the first ones.
  public let viewers: [IPAddress]
  /// The alert that was raised for it.
  public let alert: Alert?
  /// The end of the wait for counter-evidence, while an alert is pending.
  public let deadline: Timestamp?

  public init(device: Device, viewers: [IPAddress] = [], alert: Alert? = nil, deadline: Timestamp? = nil) {
    self.device = device
    self.viewers = viewers
    self.alert = alert
    self.deadline = deadline
  }

  public var id: DeviceID { device.id }

  /// The same with the evidence of today's signatures, where they are known.
  func restated(_ known: [String: Signature.Summary]) -> DeviceSnapshot {
    let evidence = device.evidence.map { item in known[item.signature.id].map { item.restated($0) } ?? item }
    return DeviceSnapshot(
      device: device.recounted(
        packetsSent: device.packetsSent, bytesSent: device.bytesSent, bytesReceived: device.bytesReceived, evidence: evidence),
      viewers: viewers, alert: alert, deadline: deadline)
  }
}
