/// The sort of thing that a device is, whatever it is used for.
public enum DeviceClass: String, CaseIterable, Sendable {
  /// A small computer in a thing: a camera, a plug, a bulb, a hub.
  case embedded
  /// A phone, tablet, laptop or desktop computer.
  case personal
  /// A television, streaming stick, speaker or console.
  case media
  /// A router, access point, switch or repeater.
  case infrastructure
  case unknown

  var place: UInt32 {
    switch self {
    case .embedded: 0
    case .personal: 1
    case .media: 2
    case .infrastructure: 3
    case .unknown: 4
    }
  }
}

/// One thing that a device showed of its class.
public struct ClassReason: Sendable, Hashable {
  public let field: Field
  /// The observed value; nil for people's devices, of which no values are stored.
  public let value: String?
  /// In plain words, without the value.
  public let reason: String
  public let packet: PacketReference

  public init(field: Field, value: String?, reason: String, packet: PacketReference) {
    self.field = field
    self.value = value
    self.reason = reason
    self.packet = packet
  }
}
