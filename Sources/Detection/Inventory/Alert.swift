/// Something that a person should look at.
public struct Alert: Sendable {
  public enum Kind: String, Sendable {
    case unknownCamera = "unknown-camera"
    case changed, silent, back, health
  }

  public enum Severity: String, Sendable {
    case high, medium
  }

  /// The same in every run over the same packets; an update of an alert repeats it.
  public let id: String
  public let kind: Kind
  public let severity: Severity
  /// Packet time at which it was decided.
  public let time: Timestamp
  /// The device as it was known then.
  public let device: Device
  /// This alert was raised before, and is now surer.
  public let isUpdate: Bool

  /// One line: what, where, who.
  public var summary: String {
    let what =
      switch (device.role, device.verdict) {
      case (.relay, _): "a base station that serves cameras"
      case (.recorder, .camera): "a video recorder"
      case (.recorder, _): "probably a video recorder"
      case (_, .camera): device.kind.map { $0 == "camera" ? "a camera" : "a camera (\($0))" } ?? "a camera"
      default: "probably a camera"
      }
    let name = [device.vendor, device.model].compactMap { $0 }.joined(separator: " ")
    let address = device.addresses.first?.description ?? device.id.mac.description
    return "\(what) that nobody declared: \(address)" + (name.isEmpty ? "" : ", \(name)")
  }

  /// FNV-1a over what identifies the alert, as 16 hexadecimal digits.
  static func identifier(_ device: DeviceID, _ kind: Kind, _ time: Timestamp) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "\(device)|\(kind.rawValue)|\(time.nanoseconds)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
