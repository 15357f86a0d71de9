/// Xiaomi's miIO (UDP 54321 in the local network, 8053 to the cloud): 2131, the length, the number of the device, a time, a digest; the
/// rest is encrypted. All devices by Xiaomi use it, so it identifies the maker only.
public struct MiIORecognizer: Recognizer {
  public let name = "miio"
  public let transports: Transports = .udp

  static let localPort: UInt16 = 54321
  static let cloudPort: UInt16 = 8053

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard message.hasPort(Self.localPort) || message.hasPort(Self.cloudPort) else { return .notMine }
    guard bytes.byteCount >= 32, bytes.u16(0) == 0x2131, Int(bytes.u16(2)) == message.length else { return .notMine }
    // The greeting has no number. Commands of a phone have the number of the device, and go to the port that the device answers from.
    let answers = message.source.port == Self.localPort && message.destination.port != Self.localPort
    let isDevice = answers || message.destination.port == Self.cloudPort
    let number = bytes.u32(8)
    guard isDevice, number != .max, number != 0 else { return .message }
    sink.emit(.miioDevice, number.hexDigits)
    return .done
  }
}
