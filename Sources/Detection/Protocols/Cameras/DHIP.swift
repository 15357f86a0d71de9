/// Dahua's protocols, also of Imou, Amcrest, Lorex and others: frames with 32 bytes of header.
///
/// DHIP begins with "DHIP" and has the length twice, then JSON: discovery over UDP 37810, remote calls over TCP 5000, 37777 and 80. The
/// older protocol over TCP 37777 has a type in the first byte and the length at 4. Layouts as in mcw0/DahuaConsole, types and texts as
/// in the captures of r4bit999/dvrip-analysis, the frames of video as in FFmpeg's `dhav.c`.
///
/// Only a device sends `client.notifyDevInfo`, the realm of a login, answers with its class and model, and video; searchers send
/// `DHDiscover.search`, viewers the questions. The realm contains a serial number and is never reported.
public struct DHIPRecognizer: Recognizer {
  public let name = "dhip"
  public let transports: Transports = [.udp, .tcp]
  public let publicTransports: Transports = .udp

  /// Ports of the older protocol; the second is Lorex's.
  static let sessionPorts: [UInt16] = [37777, 35000]

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.transport == .tcp { return recognizeStream(message) }
    let bytes = message.payload
    guard bytes.byteCount >= 32, bytes.u32(0) == 0x2000_0000, bytes.starts(with: "DHIP", at: 4) else { return .notMine }
    let text = bytes.slice(32)
    guard text.slice(0, RawSpan.answerLimit).contains("\"client.notifyDevInfo\"") else { return .message }
    if let model = text.jsonValue("\"DeviceType\"") { sink.emit(.dahuaModel, model) }
    sink.emit(.dahuaClass, text.jsonValue("\"DeviceClass\"") ?? notSaid)
    return .message
  }

  private func recognizeStream(_ message: borrowing Message) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount > 0 else { return .needMore }
    let isUsual = Self.sessionPorts.contains(message.source.port) || Self.sessionPorts.contains(message.destination.port)
    guard isUsual || [0x20, 0xA0, 0xB0, 0xF4].contains(bytes.u8(0)), DahuaHeader.mayBegin(bytes) else { return .notMine }
    guard bytes.byteCount >= DahuaHeader.size else { return .needMore }
    guard let header = DahuaHeader(bytes) else { return .notMine }
    let body = bytes.slice(DahuaHeader.size)
    // On other ports the first frame must be unmistakable.
    switch header.type {
    case DahuaHeader.call: return .mine
    case DahuaHeader.login: return isUsual || bytes.u32(28) == 0xA1AA ? .mine : .notMine
    case _ where isUsual: return .mine
    case DahuaHeader.loginAnswer: return Self.begins(body, with: "Realm:Login to")
    case DahuaHeader.text: return Self.begins(body, with: "TransactionID:")
    default: return .notMine
    }
  }

  private static func begins(_ body: RawSpan, with text: StaticString) -> Disposition {
    body.byteCount < text.utf8CodeUnitCount ? .needMore : body.starts(with: text) ? .mine : .notMine
  }

  public func makeParser() -> any Parser { DHIPParser() }
}

/// The header of a frame in TCP.
struct DahuaHeader: Equatable {
  static let size = 32
  static let lengthLimit = 1 << 20

  /// The type of DHIP, and those of the older protocol: calls in JSON, login and its answer, answers about the system, text.
  static let call: UInt8 = 0x20
  static let olderCall: UInt8 = 0xF6
  static let login: UInt8 = 0xA0
  static let loginAnswer: UInt8 = 0xB0
  static let systemAnswer: UInt8 = 0xB4
  static let text: UInt8 = 0xF4
  /// Types with which a conversation can begin: questions, answers, keep-alives and video.
  private static let known: [UInt8] = [call, olderCall, login, loginAnswer, systemAnswer, text, 0xA1, 0xA3, 0xA4, 0xB1, 0xB3, 0xBC]

  let type: UInt8
  /// Bytes behind the header.
  let length: Int
  /// The subject of an answer about the system.
  let code: UInt8

  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.size else { return nil }
    type = bytes.u8(0)
    if type == Self.call {
      guard bytes.u32(0) == 0x2000_0000, bytes.starts(with: "DHIP", at: 4) else { return nil }
      length = Int(bytes.u32LittleEndian(16))
    } else {
      length = Int(bytes.u32LittleEndian(4))
    }
    code = bytes.u8(8)
    guard length <= Self.lengthLimit else { return nil }
  }

  /// Judges the first few bytes of a conversation. The second byte is the login method, the third is zero, the fourth differs by sender.
  static func mayBegin(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount > 0, known.contains(bytes.u8(0)) else { return false }
    if bytes.u8(0) == call, bytes.byteCount >= 8, !bytes.starts(with: "DHIP", at: 4) { return false }
    return (bytes.byteCount < 2 || bytes.u8(1) <= 5) && (bytes.byteCount < 3 || bytes.u8(2) == 0)
  }
}

final class DHIPParser: Parser {
  /// Frames that are read, and calls that wait for an answer.
  static let frameLimit = 4096
  static let callLimit = 16
  /// Members named `id` in an answer to several calls at once.
  static let answerLimit = 64
  /// Bytes kept of a frame with text, and of others.
  static let textLimit = DahuaHeader.size + RawSpan.answerLimit
  static let headLimit = DahuaHeader.size + 64
  /// The code of the model in the older protocol.
  static let modelCode: UInt8 = 0x0B

  private struct Call {
    let id: String
    let field: Field
  }

  private var frames = FramedConversation(headerSize: DahuaHeader.size, frameLimit: DHIPParser.frameLimit)
  /// Calls without an answer.
  private var calls = PerDirection<[Call]>([])
  private var reported = Reported()

  func gap(in direction: Direction) { frames.gap(in: direction) }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let side = message.direction
    return frames.consume(message, header: Self.frameHeader) { read($0, side, into: &sink) }
  }

  private static func frameHeader(_ head: RawSpan) -> LengthPrefixedFramer.FrameHeader? {
    guard let header = DahuaHeader(head) else { return nil }
    let isText = [DahuaHeader.call, DahuaHeader.olderCall].contains(header.type)
    return LengthPrefixedFramer.FrameHeader(length: DahuaHeader.size + header.length, kept: isText ? textLimit : headLimit)
  }

  /// Returns whether nothing more of interest will come: a connection with video carries little else.
  private func read(_ frame: RawSpan, _ side: Direction, into sink: inout ObservationSink) -> Bool {
    guard let header = DahuaHeader(frame) else { return false }
    let body = frame.slice(DahuaHeader.size)
    switch header.type {
    case DahuaHeader.call, DahuaHeader.olderCall: readCall(body, header.type, side, into: &sink)
    case DahuaHeader.login: emit(.dahuaClient, "DVRIP", into: &sink)
    case DahuaHeader.loginAnswer:
      if body.starts(with: "Realm:Login to ") { emit(.dahuaLogin, "DVRIP", into: &sink) }
    case DahuaHeader.systemAnswer where header.code == Self.modelCode:
      emit(.dahuaModel, body.text(limit: RawSpan.answerValueLimit), into: &sink)
    default: break
    }
    if let codec = DHAVHeader(body)?.codec {
      emit(.dahuaVideo, codec, into: &sink)
      sink.stream("\(codec == notSaid ? "Video" : codec) over DHIP")
      return true
    }
    return reported.contains(.dahuaClass) && reported.contains(.dahuaModel)
  }

  // MARK: Calls

  private static let questions: [(method: StaticString, field: Field)] = [
    ("\"magicBox.getDeviceClass\"", .dahuaClass), ("\"magicBox.getDeviceType\"", .dahuaModel),
  ]

  private func readCall(_ text: RawSpan, _ type: UInt8, _ side: Direction, into sink: inout ObservationSink) {
    let protocolName = type == DahuaHeader.call ? "DHIP" : "DVRIP"
    if text.contains("\"method\"") {
      if text.contains("\"global.login\"") { emit(.dahuaClient, text.jsonValue("\"clientType\"") ?? protocolName, into: &sink) }
      for question in Self.questions {
        guard calls[side].count < Self.callLimit, let at = text.firstIndex(of: question.method) else { continue }
        if let id = text.jsonObject(around: at).jsonValue("\"id\"") { calls[side].append(Call(id: id, field: question.field)) }
      }
      return
    }
    if text.jsonValue("\"realm\"")?.hasPrefix("Login to ") == true { emit(.dahuaLogin, protocolName, into: &sink) }
    if !calls[side.opposite].isEmpty { readAnswers(text, to: side.opposite, into: &sink) }
  }

  /// Reads an answer, which has the number of the call and not its name. Answers to several calls may come in one frame, each as an object.
  private func readAnswers(_ text: RawSpan, to asker: Direction, into sink: inout ObservationSink) {
    var start = 0
    for _ in 0..<Self.answerLimit {
      guard let at = text.firstIndex(of: "\"id\"", from: start) else { return }
      start = at + 4
      guard let id = text.slice(at).jsonValue("\"id\""), let index = calls[asker].firstIndex(where: { $0.id == id }) else { continue }
      let field = calls[asker].remove(at: index).field
      if let value = text.jsonObject(around: at).jsonValue("\"type\"") { emit(field, value, into: &sink) }
    }
  }

  private func emit(_ field: Field, _ text: String, into sink: inout ObservationSink) {
    if reported.firstTime(field) { sink.emit(field, text) }
  }
}

/// The header of a picture: "DHAV", its type, number, length, time, and a list of properties.
struct DHAVHeader: Equatable {
  /// The codec, `not said` if the list lacks it.
  let codec: String

  /// Nil for sound, and for anything else but a picture.
  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= 24, bytes.starts(with: "DHAV"), [0xFB, 0xFC, 0xFD, 0xFE].contains(bytes.u8(4)),
      (24...DahuaHeader.lengthLimit * 4).contains(Int(bytes.u32LittleEndian(12)))
    else { return nil }
    let list = bytes.slice(24, Int(bytes.u8(22)))
    var offset = 0
    var found: String?
    while found == nil, offset + 4 <= list.byteCount {
      switch list.u8(offset) {
      case 0x81: found = Self.name(list.u8(offset + 2))
      case 0x80, 0x83, 0x84, 0x85, 0x8B, 0x94, 0x96, 0xA0, 0xB2, 0xB4: offset += 4
      case 0x82, 0x88, 0x8C, 0x91, 0x92, 0x93, 0x95, 0x9A, 0x9B, 0xB3: offset += 8
      default: offset = list.byteCount
      }
    }
    codec = found ?? notSaid
  }

  private static func name(_ codec: UInt8) -> String {
    switch codec {
    case 0x01: "MPEG4"
    case 0x02, 0x04, 0x08: "H264"
    case 0x03: "JPEG"
    case 0x0C: "H265"
    default: notSaid
    }
  }
}
