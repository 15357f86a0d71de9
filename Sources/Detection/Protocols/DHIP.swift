/// Dahua's discovery (UDP 37810): 32 bytes of header with "DHIP" and the length twice, then JSON. Also of Imou, Amcrest, Lorex and others.
/// Only a device sends `client.notifyDevInfo`; searchers send `DHDiscover.search`.
public struct DHIPRecognizer: Recognizer {
  public let name = "dhip"
  public let carriers: Carriers = .udp
  public let announcements: Carriers = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount >= 32, bytes.u32(0) == 0x2000_0000, bytes.starts(with: "DHIP", at: 4) else { return .notMine }
    let text = bytes.slice(32)
    guard text.slice(0, RawSpan.answerLimit).contains("\"client.notifyDevInfo\"") else { return .message }
    if let model = text.jsonValue("\"DeviceType\"") { sink.emit(.dahuaModel, model) }
    sink.emit(.dahuaClass, text.jsonValue("\"DeviceClass\"") ?? notSaid)
    return .message
  }
}
