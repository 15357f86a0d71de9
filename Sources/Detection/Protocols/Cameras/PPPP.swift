/// PPPP, the point-to-point protocol of CS2 Network and its relatives (iLnk, Yi TNP, Xiaomi MISS, Eufy), which most cheap and hidden
/// cameras speak: over UDP, or framed in TCP, plain or masked. See magicus/pppp-dissector and pmarrapese/iot for the messages.
///
/// Only a device logs in, announces itself and says that it is ready. The telephone searches, asks, greets and knocks, so those say
/// nothing of their sender.
public struct PPPPRecognizer: Recognizer {
  public let name = "pppp"
  public let transports: Transports = [.udp, .tcp]

  /// Where servers are called, and where devices are searched for in the local network.
  static let serverPort: UInt16 = 32100
  static let searchPort: UInt16 = 32108

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.transport == .tcp { return recognizeStream(message.payload) }
    if PPPPParser.mask(of: message) != nil { return .mine }
    let isUsual = message.hasPort(Self.serverPort) || message.hasPort(Self.searchPort)
    return isUsual ? .needMore : .notMine
  }

  public func makeParser() -> any Parser { PPPPParser() }

  private func recognizeStream(_ bytes: RawSpan) -> Disposition {
    if bytes.byteCount > 2, bytes.u8(2) != PPPPParser.frameMark { return .notMine }
    guard bytes.byteCount >= PPPPParser.frameHeader + 4 else { return .needMore }
    let length = Int(bytes.u16(0))
    return PPPPParser.mask(of: bytes.slice(PPPPParser.frameHeader, length), length: length, searching: false) == nil
      ? .notMine : .mine
  }
}

/// One message, masked or not: F1 (or A1 of battery cameras), its type, the length of what follows.
struct PPPPMessage: ~Escapable {
  let bytes: RawSpan
  /// On the wire.
  let length: Int
  /// Nil where the message is in clear.
  let mask: PPPPMask?

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, length: Int, mask: PPPPMask?) {
    self.bytes = bytes
    self.length = length
    self.mask = mask
  }

  /// Byte `index` in clear, 0 behind the end of what was captured.
  subscript(index: Int) -> UInt8 {
    guard index < bytes.byteCount else { return 0 }
    return mask?.clear(bytes, index) ?? bytes.u8(index)
  }

  var head: UInt8 { self[0] }
  var type: UInt8 { self[1] }
  var bodyLength: Int { Int(self[2]) << 8 | Int(self[3]) }

  func word(_ index: Int) -> UInt32 {
    UInt32(self[index]) << 24 | UInt32(self[index + 1]) << 16 | UInt32(self[index + 2]) << 8 | UInt32(self[index + 3])
  }

  /// The length is the datagram's, and one that this type may have.
  var fits: Bool {
    guard bytes.byteCount >= 4, bodyLength == length - 4 else { return false }
    let body = length - 4
    if head == 0xA1 { return mask == nil && [0x00, 0x01, 0x02, 0x04, 0x06].contains(type) && body == 20 }
    guard head == 0xF1 else { return false }
    return switch type {
    case 0x00: body == 0 || body == 24
    case 0x01, 0x40: body == 16
    case 0x08, 0x09: body <= 64
    case 0x10: body == 40 || body == 152
    case 0x11, 0x15, 0x21: body == 4
    case 0x12: body == 44
    case 0x13: body == 8
    case 0x14: body == 104
    case 0x20: body == 36 || body == 0x5C
    case 0x30, 0x32, 0xE0, 0xE1, 0xF0, 0xF1: body == 0
    case 0x31: body == 20
    case 0x33: body == 52
    case 0x41, 0x42: body == 20 || body == 24 || body == 0x58
    case 0x43: body <= 64
    case 0x60...0x63, 0x67...0x6A, 0x70...0x73, 0x80...0x87: body <= 256
    case 0xD0, 0xD1: body >= 4 && self[4] == 0xD1 && self[5] < 8
    case 0xF9: body == 84
    default: false
    }
  }

  /// The identifier at offset 4 as people see it, `PREFIX-123456-CHECK`: 8 bytes of letters, a number, 8 bytes with five letters.
  var identifier: String? {
    guard bytes.byteCount >= 24 else { return nil }
    var prefix: [UInt8] = []
    while prefix.count < 8, self[4 + prefix.count] != 0 { prefix.append(self[4 + prefix.count]) }
    guard (2...7).contains(prefix.count), prefix[0] &- 0x41 < 26 else { return nil }
    for byte in prefix where byte &- 0x41 >= 26 && byte &- 0x30 >= 10 { return nil }
    for index in 4 + prefix.count..<12 where self[index] != 0 { return nil }
    var check: [UInt8] = []
    for index in 16..<21 {
      guard self[index] &- 0x41 < 26 else { return nil }
      check.append(self[index])
    }
    for index in 21..<24 where self[index] != 0 { return nil }
    let number = String(word(12))
    let zeros = String(repeating: "0", count: Swift.max(0, 6 - number.utf8.count))
    return "\(String(decoding: prefix, as: UTF8.self))-\(zeros)\(number)-\(String(decoding: check, as: UTF8.self))"
  }
}

/// One PPPP conversation.
final class PPPPParser: Parser {
  /// Messages of a kind that must fit before a conversation on unusual ports is believed.
  static let neededMessages = 3
  /// How many more long data messages one side sends than the other before it is the one with the camera.
  static let longRun = 8
  static let longBody = 900
  static let messageLimit = 8192
  static let strangeLimit = 16
  /// Of TCP: length, mark, five bytes of no interest here.
  static let frameHeader = 8
  static let frameMark: UInt8 = 0x68
  /// Bytes of a message in TCP that are kept.
  private static let keptOfFrame = 40

  private struct Side {
    var longMessages = 0
    var acknowledgments = 0
    /// Name of the application's header in this side's data.
    var header = ""
    /// Of TCP.
    var cutter = LengthPrefixedFramer(headSize: PPPPParser.frameHeader)
  }

  private var mask: PPPPMask?
  private var isPlain = false
  private var isConfirmed = false
  private var messages = 0
  private var strangers = 0
  private var originator = Side()
  private var responder = Side()
  /// The identifier of a knock: of the camera, whoever of the two that is.
  private var knocked: String?
  private var cameraOriginates: Bool?
  private var saidIdentifier: String?
  private var saidRole = false
  private var saidVideo = false
  /// A login that waits for the conversation to be believed.
  private var heldRole: (text: String, sender: Station)?

  /// How a message is masked, if it is one: `.some(nil)` in clear.
  static func mask(of bytes: RawSpan, length: Int, searching: Bool) -> PPPPMask?? {
    guard bytes.byteCount >= 4 else { return nil }
    if PPPPMessage(bytes, length: length, mask: nil).fits { return .some(nil) }
    for mask in PPPPMask.known where mask.clear(bytes, 0) == 0xF1 {
      if PPPPMessage(bytes, length: length, mask: mask).fits { return .some(mask) }
    }
    if searching, length == bytes.byteCount, let mask = PPPPMask.search(bytes) { return .some(mask) }
    return nil
  }

  /// As above; for secrets that nobody published only between two hosts.
  static func mask(of message: borrowing Message) -> PPPPMask?? {
    mask(of: message.payload, length: message.length, searching: message.destination.station.address != .none)
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.transport == .tcp { return consumeStream(message, into: &sink) }
    if !isPlain, mask == nil {
      guard let found = Self.mask(of: message) else { return .notMine }
      mask = found
      isPlain = found == nil
      isConfirmed = found != nil || message.hasPort(PPPPRecognizer.serverPort) || message.hasPort(PPPPRecognizer.searchPort)
    }
    let read = PPPPMessage(message.payload, length: message.length, mask: mask)
    guard read.fits else {
      strangers += 1
      if !isConfirmed { return .notMine }
      return strangers > Self.strangeLimit ? .done : .mine
    }
    return take(read, message, into: &sink)
  }

  func gap(fromOriginator: Bool) {
    if fromOriginator { originator.cutter.gap() } else { responder.cutter.gap() }
  }

  // MARK: Messages

  private func take(_ read: borrowing PPPPMessage, _ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    messages += 1
    if messages >= Self.neededMessages { isConfirmed = true }
    if isConfirmed, let held = heldRole {
      heldRole = nil
      say(role: held.text, about: .station(held.sender), into: &sink)
    }
    if read.head == 0xA1 {
      if let uid = read.identifier { device(uid, message, into: &sink) }
    } else {
      switch read.type {
      case 0x10, 0x14, 0x31, 0x42:
        if let uid = read.identifier {
          device(uid, message, into: &sink)
        } else if read.type == 0x42, read.bodyLength == 0x58, read.word(4) >> 8 == 0x61_6A79 {
          cameraOriginates = message.fromOriginator
          say(role: "device ready, AJCloud", about: .sender, into: &sink)
        }
      case 0x12: login(message, into: &sink)
      // Only apps ask servers for a device, or search the network for one.
      case 0x20, 0x30, 0x32: if isConfirmed { say(role: "app searches", about: .sender, into: &sink) }
      case 0x41: knocked = knocked ?? read.identifier
      case 0xD0: data(read, message, into: &sink)
      case 0xD1:
        if message.fromOriginator { originator.acknowledgments += 1 } else { responder.acknowledgments += 1 }
      default: break
      }
    }
    let isKnown = saidIdentifier != nil && (saidVideo || message.hasPort(PPPPRecognizer.serverPort))
    return isKnown || messages >= Self.messageLimit ? .done : .mine
  }

  /// A message that only the device sends, with its identifier: proof of the protocol in itself.
  private func device(_ uid: String, _ message: borrowing Message, into sink: inout ObservationSink) {
    isConfirmed = true
    cameraOriginates = message.fromOriginator
    guard saidIdentifier != uid else { return }
    saidIdentifier = uid
    sink.emit(.p2pUID, uid)
  }

  /// A login whose body is masked by other means: no identifier to be had.
  private func login(_ message: borrowing Message, into sink: inout ObservationSink) {
    cameraOriginates = message.fromOriginator
    let text =
      switch mask?.secret {
      case nil: "device login"
      case "": "device login, unknown key"
      case .some(let secret): "device login, key \(secret)"
      }
    if isConfirmed { say(role: text, about: .sender, into: &sink) } else { heldRole = (text, message.source.station) }
  }

  private func say(role: String, about subject: ObservationSink.Subject, into sink: inout ObservationSink) {
    guard !saidRole else { return }
    saidRole = true
    sink.emit(.p2pRole, role, about: subject)
  }

  // MARK: Data

  private func data(_ read: borrowing PPPPMessage, _ message: borrowing Message, into sink: inout ObservationSink) {
    let originates = message.fromOriginator
    var side = originates ? originator : responder
    let other = originates ? responder : originator
    if read.bodyLength >= Self.longBody { side.longMessages += 1 }
    var isVideo = false
    if read.bodyLength >= 8 {
      switch read.word(8) {
      case 0x55AA_15A8:
        side.header = "55aa15a8"
        // 6 is sound, which goes both ways.
        isVideo = [0x03, 0x10, 0x11].contains(read[12])
      case 0x01AF_AFAF:
        side.header = "01afafaf"
        isVideo = true
      case 0x585A_5948: side.header = "XZYH"
      case 0x9999_9999: side.header = "99999999"
      case 0x8888_7676: side.header = "88887676"
      case 0x5656_5099: side.header = "56565099"
      case 0xA0AF_AFAF: side.header = "a0afafaf"
      default: break
      }
    }
    if originates { originator = side } else { responder = side }
    let answered = other.acknowledgments > 0 || message.transport == .tcp
    if side.longMessages - other.longMessages >= Self.longRun, answered { isVideo = true }
    guard isVideo, isConfirmed, !saidVideo, cameraOriginates == nil || cameraOriginates == originates else { return }
    saidVideo = true
    cameraOriginates = originates
    sink.emit(.p2pVideo, side.header.isEmpty ? "data" : side.header)
    sink.stream("P2P video (PPPP)")
    if saidIdentifier == nil, let knocked {
      saidIdentifier = knocked
      sink.emit(.p2pUID, knocked)
    }
  }

  // MARK: TCP

  private func consumeStream(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    var position = 0
    while nextFrame(message, at: &position) {
      let cutter = message.fromOriginator ? originator.cutter : responder.cutter
      let disposition = unsafe takeFrame(cutter.frame.span.bytes, cutter.length - Self.frameHeader, message, into: &sink)
      if disposition != .mine { return disposition }
    }
    return originator.cutter.isOutOfSync && responder.cutter.isOutOfSync ? .done : .mine
  }

  private func nextFrame(_ message: borrowing Message, at position: inout Int) -> Bool {
    let extent = { (head: RawSpan) in
      LengthPrefixedFramer.FrameHeader(length: Self.frameHeader + Int(head.u16(0)), kept: Self.frameHeader + Self.keptOfFrame)
    }
    return message.fromOriginator
      ? originator.cutter.next(message.payload, at: &position, extent: extent)
      : responder.cutter.next(message.payload, at: &position, extent: extent)
  }

  private func takeFrame(
    _ frame: RawSpan, _ length: Int, _ message: borrowing Message, into sink: inout ObservationSink
  ) -> Disposition {
    let body = frame.slice(Self.frameHeader)
    if !isPlain, mask == nil {
      guard let found = Self.mask(of: body, length: length, searching: false) else { return .done }
      mask = found
      isPlain = found == nil
      isConfirmed = found != nil
    }
    let read = PPPPMessage(body, length: length, mask: mask)
    guard frame.u8(2) == Self.frameMark, read.fits else {
      strangers += 1
      return !isConfirmed || strangers > Self.strangeLimit ? .done : .mine
    }
    return take(read, message, into: &sink)
  }
}
