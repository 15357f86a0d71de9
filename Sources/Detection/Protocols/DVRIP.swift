/// Xiongmai's discovery (XMeye, iCSee, NETSurveillance; UDP 34569): FF, 20 bytes of header with the message's number and length, JSON.
/// Only a device sends 1531, the answer; a searcher sends 1530.
public struct DVRIPRecognizer: Recognizer {
  public let name = "dvrip"
  public let carriers: Carriers = .udp
  public let announcements: Carriers = .udp

  static let port: UInt16 = 34569
  private static let answer: UInt16 = 1531

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard message.hasPort(Self.port), bytes.byteCount >= 20, bytes.u8(0) == 0xFF, bytes.u8(1) <= 1 else { return .notMine }
    let text = bytes.slice(20)
    guard bytes.u16LittleEndian(14) == Self.answer, text.slice(0, RawSpan.answerLimit).contains("NetWork.NetCommon") else {
      return .message
    }
    if let name = text.jsonValue("\"HostName\"") { sink.emit(.dvripDevice, name) }
    sink.emit(.dvripChannels, text.jsonValue("\"ChannelNum\"") ?? notSaid)
    return .message
  }
}
