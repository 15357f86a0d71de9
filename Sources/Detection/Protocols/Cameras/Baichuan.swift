/// Baichuan's protocol, which Reolink's cameras, recorders and hubs speak, and older ones by Swann and Lorex: messages over TCP (port 9000),
/// or within the datagrams of BcUdp (searches to UDP 2015 and 2018, any ports then). Formats as in QuantumEntangledAndy/neolink and
/// thirtythreeforty/neolink, dissector.
///
/// The magic number stands before each message, so a stream can be joined anywhere. A device's messages carry a status, a viewer's do not;
/// the datagrams that find each other say in their text which way they go (`D2C`, device to client). Apps and recorders that watch speak
/// the same protocol, so nothing is reported about them.
public struct BaichuanRecognizer: Recognizer {
  public let name = "baichuan"
  public let transports: Transports = [.udp, .tcp]

  static let port: UInt16 = 9000

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    if message.transport == .udp { return BaichuanDatagram(bytes, length: message.length) == nil ? .notMine : .mine }
    if bytes.byteCount < BaichuanHeader.size {
      return BaichuanHeader.mayBegin(bytes) || message.hasPort(Self.port) ? .needMore : .notMine
    }
    if BaichuanHeader(bytes) != nil { return .mine }
    // Joined in the middle of a message, which may be a picture.
    guard message.hasPort(Self.port) else { return .notMine }
    return BaichuanHeader.first(in: bytes) == nil ? .needMore : .mine
  }

  public func makeParser() -> any Parser { BaichuanParser() }
}

/// The header of a message. All numbers but the magic are little-endian.
struct BaichuanHeader: Equatable {
  static let size = 20
  /// Identifiers of messages, and bytes of a body.
  static let identifierLimit: UInt32 = 1000
  static let bodyLimit = 1 << 22

  let identifier: UInt32
  let bodyLength: Int
  let channel: UInt8
  let status: UInt16
  let kind: UInt16

  static let login: UInt32 = 1, video: UInt32 = 3
  /// Kinds of messages: a viewer's first login, the answer to it, and all others.
  static let loginKind: UInt16 = 0x6514, loginAnswerKind: UInt16 = 0x6614
  private static let otherKinds: [UInt16] = [0, 0x6414, 0x6482]

  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.size, bytes.u32(0) == 0xF0DE_BC0A || bytes.u32(0) == 0xA0CB_ED0F else { return nil }
    identifier = bytes.u32LittleEndian(4)
    bodyLength = Int(bytes.u32LittleEndian(8))
    channel = bytes.u8(12)
    status = bytes.u16LittleEndian(16)
    kind = bytes.u16LittleEndian(18)
    guard identifier > 0, identifier < Self.identifierLimit, bodyLength <= Self.bodyLimit,
      kind == Self.loginKind || kind == Self.loginAnswerKind || Self.otherKinds.contains(kind)
    else { return nil }
  }

  /// The bytes before the body.
  var headLength: Int { kind == 0 || kind == 0x6414 ? 24 : Self.size }

  /// A device sent the message: it answers a login, or states a status as in HTTP.
  var isFromDevice: Bool { kind == Self.loginAnswerKind || Self.otherKinds.contains(kind) && (200..<600).contains(status) }

  /// Accepts bytes that could become a header.
  static func mayBegin(_ bytes: RawSpan) -> Bool {
    bytes.starts(with: Array([0xF0, 0xDE, 0xBC, 0x0A].prefix(bytes.byteCount)))
      || bytes.starts(with: Array([0xA0, 0xCB, 0xED, 0x0F].prefix(bytes.byteCount)))
  }

  /// The offset of the first header.
  static func first(in bytes: RawSpan) -> Int? {
    var offset = 0
    while offset + size <= bytes.byteCount {
      if bytes.u8(offset) & 0xAF == 0xA0, BaichuanHeader(bytes.slice(offset)) != nil { return offset }
      offset += 1
    }
    return nil
  }
}

/// A datagram of BcUdp, whose length is stated in its header: it finds the other side, carries a piece of the stream, or confirms one.
enum BaichuanDatagram: Equatable {
  /// Description of the way to the other side, masked with this number.
  case discovery(mask: UInt32)
  case data
  case confirmation

  static let headLength = 20

  init?(_ bytes: RawSpan, length: Int) {
    guard bytes.byteCount >= Self.headLength, length >= Self.headLength else { return nil }
    switch bytes.u32(0) {
    case 0x3ACF_872A:
      guard Int(bytes.u32LittleEndian(4)) == length - 20, bytes.u32LittleEndian(8) == 1 else { return nil }
      self = .discovery(mask: bytes.u32LittleEndian(12))
    case 0x10CF_872A:
      guard Int(bytes.u32LittleEndian(16)) == length - 20 else { return nil }
      self = .data
    case 0x20CF_872A:
      guard length >= 28 else { return nil }
      self = .confirmation
    default: return nil
    }
  }

  /// Words that mask the text of a discovery, each increased by the datagram's number.
  private static let words: [UInt32] = [
    0x1F2D_3C4B, 0x5A6C_7F8D, 0x3817_2E4B, 0x8271_635A, 0x863F_1A2B, 0xA5C6_F7D8, 0x8371_E1B4, 0x17F2_D3A5,
  ]

  /// Bytes of the text that are read: the element that says the direction is its second.
  private static let textLimit = 32

  /// The beginning of the text of a discovery in the clear.
  static func text(_ bytes: RawSpan, mask: UInt32) -> [UInt8] {
    var text: [UInt8] = []
    for index in 0..<Swift.min(textLimit, Swift.max(0, bytes.byteCount - headLength)) {
      let word = words[index / 4 % 8] &+ mask
      text.append(bytes.u8(headLength + index) ^ UInt8(truncatingIfNeeded: word >> UInt32(index % 4 * 8)))
    }
    return text
  }
}

final class BaichuanParser: Parser {
  /// Messages and datagrams that are read, and bytes searched for a message behind missing ones.
  static let messageLimit = 8192
  static let searchLimit = 1 << 20
  /// Bytes kept of a message with the description of the device, and of others.
  static let descriptionLimit = 4096
  static let keptLimit = 64
  /// Bytes of video that prove it, and long datagrams that a device sends more than the other side.
  static let videoNeeded = 16_384
  static let longRun = 8
  static let longDatagram = 900

  private struct Side {
    var framer = LengthPrefixedFramer(headerSize: BaichuanHeader.size, searchLimit: BaichuanParser.searchLimit)
    var longDatagrams = 0
    var videoBytes = 0
    var codec = ""
  }

  private var sides = PerDirection(Side())
  private var messages = 0
  private var device: Direction?
  private var reported = Reported()

  func gap(after message: borrowing Message, into sink: inout ObservationSink) {
    // The head of a message that was cut tells who sent it.
    let frame = sides[message.direction].framer.frame
    if unsafe BaichuanHeader(frame.span.bytes)?.isFromDevice == true { isDevice(message.direction, into: &sink) }
    gap(in: message.direction)
  }

  func gap(in direction: Direction) { sides[direction].framer.gap() }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.transport == .udp { return consumeDatagram(message, into: &sink) }
    var position = 0
    while sides[message.direction].framer.next(message.payload, at: &position, header: Self.frameHeader) {
      let frame = sides[message.direction].framer.frame
      unsafe take(frame.span.bytes, message, into: &sink)
      if isFinished { return .done }
    }
    return sides.allSatisfy(\.framer.isOutOfSync) ? .done : .mine
  }

  private static func frameHeader(_ head: RawSpan) -> LengthPrefixedFramer.FrameHeader? {
    BaichuanHeader(head).map { header in
      let kept = header.identifier == BaichuanHeader.login ? descriptionLimit : keptLimit
      return LengthPrefixedFramer.FrameHeader(length: header.headLength + header.bodyLength, kept: kept)
    }
  }

  private var isFinished: Bool { messages >= Self.messageLimit || reported.contains(.baichuanRole) && reported.contains(.baichuanVideo) }

  // MARK: Datagrams

  private func consumeDatagram(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    switch BaichuanDatagram(bytes, length: message.length) {
    case nil, .confirmation: break
    case .discovery(let mask):
      let text = BaichuanDatagram.text(bytes, mask: mask)
      if unsafe Self.comesFromDevice(text.span.bytes) { isDevice(message.direction, into: &sink) }
    case .data:
      let piece = bytes.slice(BaichuanDatagram.headLength)
      if BaichuanHeader(piece) != nil {
        take(piece, message, into: &sink)
      } else if device == message.direction, sides[message.direction].videoBytes > 0 {
        video(message.length - BaichuanDatagram.headLength, message.direction, into: &sink)
      }
      countLong(message, into: &sink)
    }
    messages += 1
    return isFinished ? .done : .mine
  }

  /// `<P2P>`, then an element named after its direction: `D2C_T`.
  private static func comesFromDevice(_ text: RawSpan) -> Bool {
    text.starts(with: "<P2P>") && text.slice(5).trimmed.starts(with: "<D2")
  }

  /// A run of long datagrams from one side is video, whatever of it can be read.
  private func countLong(_ message: borrowing Message, into sink: inout ObservationSink) {
    guard message.length >= Self.longDatagram else { return }
    let side = message.direction
    sides[side].longDatagrams += 1
    guard sides[side].longDatagrams - sides[side.opposite].longDatagrams >= Self.longRun, device == nil || device == side else { return }
    isDevice(side, into: &sink)
    reportVideo(side, into: &sink)
  }

  // MARK: Messages

  private func take(_ frame: RawSpan, _ message: borrowing Message, into sink: inout ObservationSink) {
    guard let header = BaichuanHeader(frame) else { return }
    messages += 1
    guard header.isFromDevice else { return }
    if header.identifier == BaichuanHeader.login { describe(header, frame, into: &sink) }
    isDevice(message.direction, into: &sink)
    guard header.identifier == BaichuanHeader.video else { return }
    if let codec = Self.codec(frame.slice(header.headLength)) { sides[message.direction].codec = codec }
    video(header.bodyLength, message.direction, into: &sink)
  }

  /// The kind of the device (`ipc`, `nvr`) in the answer to a login, if that is masked with the fixed key and not encrypted.
  private func describe(_ header: BaichuanHeader, _ frame: RawSpan, into sink: inout ObservationSink) {
    let key: [UInt8] = [0x1F, 0x2D, 0x3C, 0x4B, 0x5A, 0x69, 0x78, 0xFF]
    let body = frame.slice(header.headLength)
    var text: [UInt8] = []
    for index in 0..<body.byteCount {
      text.append(body.u8(index) ^ key[(index + Int(header.channel)) % 8] ^ header.channel)
    }
    let clear = unsafe text.span.bytes
    guard let at = clear.firstIndex(of: "<DeviceInfo") else { return }
    let description = clear.slice(at)
    guard let kind = description.xmlValue("<type>") ?? description.xmlValue("<typeInfo>") else { return }
    sink.emit(.baichuanType, kind.lowercased(), once: &reported)
  }

  /// A message of video begins with a picture's mark and the codec, `00dcH264`, unless it is encrypted.
  private static func codec(_ body: RawSpan) -> String? {
    guard body.byteCount >= 8, body.starts(with: "dcH26", at: 2) else { return nil }
    return body.u8(7) == UInt8(ascii: "5") ? "H265" : "H264"
  }

  private func isDevice(_ side: Direction, into sink: inout ObservationSink) {
    device = side
    if reported.firstTime(.baichuanRole) { sink.emit(.baichuanRole, "device") }
  }

  private func video(_ bytes: Int, _ side: Direction, into sink: inout ObservationSink) {
    sides[side].videoBytes += Swift.max(0, bytes)
    if sides[side].videoBytes >= Self.videoNeeded { reportVideo(side, into: &sink) }
  }

  private func reportVideo(_ side: Direction, into sink: inout ObservationSink) {
    guard reported.firstTime(.baichuanVideo) else { return }
    sink.emit(.baichuanVideo, sides[side].codec.isEmpty ? notSaid : sides[side].codec)
    sink.stream("Reolink video (Baichuan)")
  }
}
