/// A device with what is under way about it: what the engine hands to a store, and takes back from it.
public struct DeviceSnapshot: Sendable {
  public let device: Device
  /// Receivers of its media, the first ones.
  public let viewers: [IPAddress]
  /// The alert that was raised for it.
  public let alert: Alert?
  /// The end of the wait for counter-evidence, while an alert is pending.
  public let deadline: Timestamp?
  /// The alert of the invented cameras that it is one of.
  public let group: String?

  public init(
    device: Device, viewers: [IPAddress] = [], alert: Alert? = nil, deadline: Timestamp? = nil, group: String? = nil
  ) {
    self.device = device
    self.viewers = viewers
    self.alert = alert
    self.deadline = deadline
    self.group = group
  }

  public var id: DeviceID { device.id }

  /// The same after the clock was set back: what is valid, silent or awaited until a time is so for as long as before.
  func moved(by step: Nanoseconds) -> DeviceSnapshot {
    var alert = alert
    if let silent = alert?.silentSince { alert?.silentSince = silent + step }
    if let reported = alert?.watchReported { alert?.watchReported = reported + step }
    return DeviceSnapshot(
      device: device.moved(by: step), viewers: viewers, alert: alert, deadline: deadline.map { $0 + step }, group: group)
  }

  /// The same with the evidence of today's signatures, where they are known.
  func restated(_ known: [String: Signature.Summary]) -> DeviceSnapshot {
    let evidence = device.evidence.map { item in known[item.signature.id].map { item.restated($0) } ?? item }
    return DeviceSnapshot(
      device: device.recounted(
        packetsSent: device.packetsSent, bytesSent: device.bytesSent, bytesReceived: device.bytesReceived, evidence: evidence),
      viewers: viewers, alert: alert, deadline: deadline, group: group)
  }
}
