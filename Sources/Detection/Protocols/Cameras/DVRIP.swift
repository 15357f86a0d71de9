/// Xiongmai's protocol (XMeye, iCSee, NETSurveillance; also called Sofia): 20 bytes of header with the message's number and length,
/// then JSON or media. Discovery uses UDP 34569, sessions TCP 34567. Message numbers as in OpenIPC/python-dvr, frames of media as in
/// AlexxIT/go2rtc.
///
/// Only a device sends 1531, the answer to a search, the answers to a login and to a question about the system, and live video. A side
/// that logs in is reported as a client.
public struct DVRIPRecognizer: Recognizer {
  public let name = "dvrip"
  public let transports: Transports = [.udp, .tcp]
  public let publicTransports: Transports = .udp

  static let port: UInt16 = 34569
  static let sessionPort: UInt16 = 34567

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.transport == .tcp { return recognizeStream(message.payload, isUsual: message.hasPort(Self.sessionPort)) }
    let bytes = message.payload
    guard message.hasPort(Self.port), bytes.byteCount >= DVRIPHeader.size, bytes.u8(0) == 0xFF, bytes.u8(1) <= 1 else { return .notMine }
    let text = bytes.slice(DVRIPHeader.size)
    guard bytes.u16LittleEndian(14) == DVRIPHeader.searchAnswer, text.slice(0, RawSpan.answerLimit).contains("NetWork.NetCommon") else {
      return .message
    }
    if let name = text.jsonValue("\"HostName\"") { sink.emit(.dvripDevice, name) }
    sink.emit(.dvripChannels, text.jsonValue("\"ChannelNum\"") ?? notSaid)
    return .message
  }

  /// Recognizes a stream by its first header; on unusual ports JSON must follow it. On the usual port the capture may begin in the middle.
  private func recognizeStream(_ bytes: RawSpan, isUsual: Bool) -> Disposition {
    if bytes.byteCount < DVRIPHeader.size + 1 { return isUsual || DVRIPHeader.mayBegin(bytes) ? .needMore : .notMine }
    if DVRIPHeader(bytes) != nil, isUsual || bytes.u8(DVRIPHeader.size) == 0x7B { return .mine }
    guard isUsual else { return .notMine }
    var offset = 1
    while offset + DVRIPHeader.size <= bytes.byteCount {
      if DVRIPHeader(bytes.slice(offset)) != nil { return .mine }
      offset += 1
    }
    return .needMore
  }

  public func makeParser() -> any Parser { DVRIPParser() }
}

/// The header: FF, version 0 or 1, two zeros, session, sequence, channel and end, number of the message, length of the rest.
struct DVRIPHeader: Equatable {
  static let size = 20
  static let lengthLimit = 1 << 20
  private static let numbers: ClosedRange<UInt16> = 999...3999

  static let login: UInt16 = 1000
  static let loginAnswer: UInt16 = 1001
  static let systemInfoAnswer: UInt16 = 1021
  /// Live video and sound.
  static let monitorData: UInt16 = 1412
  static let searchAnswer: UInt16 = 1531

  let number: UInt16
  /// Bytes behind the header.
  let length: Int

  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.size, Self.mayBegin(bytes) else { return nil }
    number = bytes.u16LittleEndian(14)
    length = Int(bytes.u32LittleEndian(16))
    guard Self.numbers.contains(number), length <= Self.lengthLimit else { return nil }
  }

  /// Judges the first few bytes.
  static func mayBegin(_ bytes: RawSpan) -> Bool {
    for index in 0..<Swift.min(4, bytes.byteCount) {
      let byte = bytes.u8(index)
      guard index == 0 ? byte == 0xFF : index == 1 ? byte <= 1 : byte == 0 else { return false }
    }
    return true
  }
}

final class DVRIPParser: Parser {
  /// Messages that are read, and different facts that are reported.
  static let messageLimit = 4096
  static let factLimit = 16
  /// Bytes kept of a message in text, and of one with media.
  static let textLimit = DVRIPHeader.size + RawSpan.answerLimit
  static let mediaLimit = DVRIPHeader.size + 16
  /// Bytes in which a header is searched when the stream is out of step.
  static let searchLimit = 1 << 16
  /// Dependent pictures that make a video if the capture lacks the picture that names the codec.
  static let picturesNeeded = 8

  private var frames = FramedConversation(
    headerSize: DVRIPHeader.size, searchLimit: DVRIPParser.searchLimit, frameLimit: DVRIPParser.messageLimit)
  private var pictures = 0
  private var reported = Reported(limit: DVRIPParser.factLimit)

  func gap(in direction: Direction) { frames.gap(in: direction) }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    frames.consume(message, header: Self.frameHeader) { read($0, into: &sink) }
  }

  private static func frameHeader(_ head: RawSpan) -> LengthPrefixedFramer.FrameHeader? {
    guard let header = DVRIPHeader(head) else { return nil }
    let isMedia = header.number == DVRIPHeader.monitorData
    return LengthPrefixedFramer.FrameHeader(length: DVRIPHeader.size + header.length, kept: isMedia ? mediaLimit : textLimit)
  }

  /// Returns whether nothing more of interest will come: a connection with video carries nothing else.
  private func read(_ frame: RawSpan, into sink: inout ObservationSink) -> Bool {
    guard let header = DVRIPHeader(frame) else { return false }
    let body = frame.slice(DVRIPHeader.size)
    switch header.number {
    case DVRIPHeader.login:
      // The rest of a login holds secrets.
      if let type = body.jsonValue("\"LoginType\"") { sink.emit(.dvripClient, type, once: &reported) }
    case DVRIPHeader.loginAnswer: loginAnswer(body, into: &sink)
    case DVRIPHeader.systemInfoAnswer:
      if let model = body.jsonValue("\"DeviceModel\"") ?? body.jsonValue("\"HardWare\"") { sink.emit(.dvripModel, model, once: &reported) }
    case DVRIPHeader.monitorData:
      guard let codec = videoCodec(body) else { return false }
      sink.emit(.dvripVideo, codec, once: &reported)
      sink.stream("\(codec == notSaid ? "Video" : codec) over DVRIP")
      return true
    default: break
    }
    return false
  }

  /// The member for the type is spelt with a blank at its end. A refusal has neither type nor channels.
  private func loginAnswer(_ body: RawSpan, into sink: inout ObservationSink) {
    guard body.jsonValue("\"Ret\"") != nil else { return }
    if let channels = body.jsonValue("\"ChannelNum\"") { sink.emit(.dvripChannels, channels, once: &reported) }
    sink.emit(.dvripType, body.jsonValue("\"DeviceType \"") ?? body.jsonValue("\"DeviceType\"") ?? notSaid, once: &reported)
  }

  /// The codec of a picture by its first bytes: 00 00 01 and FC (FE for a snapshot) with codec, rate, size, time and length, or FD with
  /// the length.
  private func videoCodec(_ body: RawSpan) -> String? {
    guard body.byteCount >= 8, body.u32(0) >> 8 == 1 else { return nil }
    switch body.u8(3) {
    case 0xFC, 0xFE:
      guard body.byteCount >= 16, body.u8(5) > 0, (1...DVRIPHeader.lengthLimit).contains(Int(body.u32LittleEndian(12))) else { return nil }
      switch body.u8(4) {
      case 0x02, 0x12: return "H264"
      case 0x03, 0x13, 0x43, 0x53: return "H265"
      default: return nil
      }
    case 0xFD:
      guard (1...DVRIPHeader.lengthLimit).contains(Int(body.u32LittleEndian(4))) else { return nil }
      pictures += 1
      return pictures >= Self.picturesNeeded ? notSaid : nil
    default: return nil
    }
  }
}
