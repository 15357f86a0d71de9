/// TP-Link's discovery of newer devices (Tapo, Kasa; UDP 20002 and 20004): 16 bytes of header, then JSON in the clear. Only answers contain
/// the type of a device; searches carry a key.
public struct TDPRecognizer: Recognizer {
  public let name = "tdp"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  static let ports: [UInt16] = [20002, 20004]

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard Self.ports.contains(message.source.port) || Self.ports.contains(message.destination.port) else { return .notMine }
    guard bytes.byteCount > 16, bytes.u8(0) == 2, Int(bytes.u16(4)) + 16 == message.length, bytes.u8(16) == 0x7B else {
      return .notMine
    }
    let text = bytes.slice(16)
    guard Self.ports.contains(message.source.port), let type = text.jsonValue("\"device_type\"") else { return .message }
    if let model = text.jsonValue("\"device_model\"") { sink.emit(.tpLinkModel, model) }
    sink.emit(.tpLinkType, type)
    return .message
  }
}
