/// Something that a person should look at.
public struct Alert: Sendable {
  public enum Kind: String, Sendable {
    /// A camera, a recorder or a base station that nobody declared.
    case unknownCamera = "unknown-camera"
    /// What was told of it is out of date: another model, another room, it streams now, somebody watches it.
    case changed
    /// It was not heard for `RaisedAlert.silentAfter`, while others were.
    case silent
    /// It is heard again.
    case back
    /// Something is wrong with the watching itself.
    case health
  }

  public enum Severity: String, Sendable {
    case high, medium
  }

  /// What is new about a device.
  public enum Change: Sendable, Equatable {
    case model(String)
    case streams
    /// To another room, or another part of the network.
    case moved(to: String)
    /// Somebody to whom it did not send video before.
    case watched(by: IPAddress)
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
  public var isUpdate = false
  /// Of `changed`, `silent` and `back`: the alert whose life goes on.
  public var follows: String?
  /// Of `changed`: what, in the order in which it is told.
  public var changes: [Change] = []
  /// Of `silent`: when its last packet came.
  public var lastSeen: Timestamp?

  /// One line: what, where, who.
  public var summary: String {
    let name = [device.vendor, device.model].compactMap { $0 }.joined(separator: " ")
    let address = device.addresses.first?.description ?? device.id.mac.description
    let who = address + (name.isEmpty ? "" : ", \(name)") + (device.room.map { ", \($0)" } ?? "")
    return switch kind {
    case .changed: "\(what) \(changes.map(\.description).joined(separator: " and ")): \(who)"
    case .silent: "\(what) is not heard any more: \(who)"
    case .back: "\(what) is heard again: \(who)"
    case .unknownCamera, .health: "\(what) that nobody declared: \(who)"
    }
  }

  private var what: String {
    switch (device.role, device.verdict) {
    case (.relay, _): "a base station that serves cameras"
    case (.recorder, .camera): "a video recorder"
    case (.recorder, _): "probably a video recorder"
    case (_, .camera): device.kind.map { $0 == "camera" ? "a camera" : "a camera (\($0))" } ?? "a camera"
    default: "probably a camera"
    }
  }

  static func identifier(_ device: DeviceID, _ kind: Kind, _ time: Timestamp) -> String {
    identifier("\(device)|\(kind.rawValue)|\(time.nanoseconds)")
  }

  /// The identifier of an alert that is not about a device.
  public static func identifier(about subject: String, _ time: Timestamp) -> String {
    identifier("\(subject)|\(Kind.health.rawValue)|\(time.nanoseconds)")
  }

  /// FNV-1a over what identifies the alert, as 16 hexadecimal digits.
  private static func identifier(_ text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

extension Alert.Change: CustomStringConvertible {
  public var description: String {
    switch self {
    case .model(let model): "calls itself \(model) now"
    case .streams: "streams video now"
    case .moved(let place): "is in \(place) now"
    case .watched(let viewer): "is watched by \(viewer) now"
    }
  }
}
