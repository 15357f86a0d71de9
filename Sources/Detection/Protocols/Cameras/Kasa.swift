/// TP-Link's protocol of older Kasa devices (UDP and TCP 9999): JSON in which each byte is XORed with the masked one before it, over TCP
/// behind a length. A device answers from that port with `err_code`, its type and its model.
public struct KasaRecognizer: Recognizer {
  public let name = "kasa"
  public let transports: Transports = [.udp, .tcp]
  public let publicTransports: Transports = .udp

  static let port: UInt16 = 9999
  private static let firstKey: UInt8 = 171
  /// Bytes that are waited for of an answer over TCP.
  private static let streamLimit = 2048

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard message.hasPort(Self.port) else { return .notMine }
    if message.transport == .udp {
      guard Self.isMasked(bytes) else { return .notMine }
      if message.source.port == Self.port { report(bytes, into: &sink) }
      return .message
    }
    guard bytes.byteCount >= 6 else { return .needMore }
    guard bytes.u16(0) == 0, Self.isMasked(bytes.slice(4)) else { return .notMine }
    // Questions reveal nothing about the side that asks.
    guard message.source.port == Self.port else { return .notMine }
    if bytes.byteCount - 4 < Swift.min(Int(bytes.u32(0)), Self.streamLimit) { return .needMore }
    return report(bytes.slice(4, Int(bytes.u32(0))), into: &sink) ? .done : .notMine
  }

  /// `{"` under the mask.
  private static func isMasked(_ bytes: RawSpan) -> Bool { bytes.byteCount >= 2 && bytes.u16(0) == 0xD0F2 }

  @discardableResult
  private func report(_ masked: RawSpan, into sink: inout ObservationSink) -> Bool {
    let count = Swift.min(masked.byteCount, RawSpan.answerLimit)
    var clear: [UInt8] = []
    clear.reserveCapacity(count)
    var key = Self.firstKey
    for index in 0..<count {
      clear.append(masked.u8(index) ^ key)
      key = masked.u8(index)
    }
    let text = unsafe clear.span.bytes
    guard text.contains("\"get_sysinfo\""), text.contains("\"err_code\"") else { return false }
    guard let type = text.jsonValue("\"mic_type\"") ?? text.jsonValue("\"type\"") else { return false }
    if let model = text.jsonValue("\"model\"") { sink.emit(.tpLinkModel, model) }
    sink.emit(.tpLinkType, type)
    return true
  }
}
