/// PPPP, the peer-to-peer protocol of CS2 Network and its relatives (iLnk, Yi TNP, Xiaomi MISS, Eufy), which most cheap and hidden cameras
/// use: over UDP or framed in TCP, in the clear or masked. Messages as in magicus/pppp-dissector and pmarrapese/iot.
///
/// Only a device logs in, announces itself and reports that it is ready. Phones search, ask, greet and knock, so those messages reveal
/// nothing about their sender; but who knocks at a host that searches the network is the device that it found.
public struct PPPPRecognizer: Recognizer {
  public let name = "pppp"
  public let transports: Transports = [.udp, .tcp]

  /// The port of servers, and the port on which devices of the local network are searched.
  static let serverPort: UInt16 = 32100
  static let searchPort: UInt16 = 32108

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.transport == .tcp { return recognizeStream(message.payload) }
    if PPPPParser.mask(of: message, &sink) != nil { return .mine }
    let isUsual = message.hasPort(Self.serverPort) || message.hasPort(Self.searchPort)
    return isUsual ? .needMore : .notMine
  }

  public func makeParser() -> any Parser { PPPPParser() }

  private func recognizeStream(_ bytes: RawSpan) -> Disposition {
    if bytes.byteCount > 2, bytes.u8(2) != PPPPParser.frameMark { return .notMine }
    guard bytes.byteCount >= PPPPParser.frameHeader + 4 else { return .needMore }
    let length = Int(bytes.u16(0))
    return PPPPParser.mask(of: bytes.slice(PPPPParser.frameHeader, length), length: length) == nil
      ? .notMine : .mine
  }
}

/// One message, masked or not: F1 (battery cameras: A1), its type, the length of the rest.
struct PPPPMessage: ~Escapable {
  let bytes: RawSpan
  /// Bytes on the wire.
  let length: Int
  /// Nil if the message is in the clear.
  let mask: PPPPMask?

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, length: Int, mask: PPPPMask?) {
    self.bytes = bytes
    self.length = length
    self.mask = mask
  }

  /// Byte `index` in the clear; 0 behind the end of the capture.
  subscript(index: Int) -> UInt8 {
    guard index < bytes.byteCount else { return 0 }
    return mask?.clear(bytes, index) ?? bytes.u8(index)
  }

  /// Types of messages (names as in magicus/pppp-dissector).
  enum Kind {
    static let hello: UInt8 = 0x00, helloAnswer: UInt8 = 0x01
    static let queryDevice: UInt8 = 0x08, queryDeviceAnswer: UInt8 = 0x09
    /// Logins of a device at a server: plain, with its body masked by other means, and with a key.
    static let deviceLogin: UInt8 = 0x10, deviceLoginAnswer: UInt8 = 0x11
    static let maskedLogin: UInt8 = 0x12, maskedLoginAnswer: UInt8 = 0x13
    static let keyLogin: UInt8 = 0x14, keyLoginAnswer: UInt8 = 0x15
    /// The request of an app for a device.
    static let request: UInt8 = 0x20, requestAnswer: UInt8 = 0x21
    static let search: UInt8 = 0x30, searchAnswer: UInt8 = 0x31
    static let extendedSearch: UInt8 = 0x32, extendedSearchAnswer: UInt8 = 0x33
    /// Opens a way through NAT.
    static let punchTo: UInt8 = 0x40, punch: UInt8 = 0x41
    static let ready: UInt8 = 0x42, extendedReady: UInt8 = 0x43
    static let relayLogins: ClosedRange<UInt8> = 0x60...0x63, relayLists: ClosedRange<UInt8> = 0x67...0x6A
    static let relayPorts: ClosedRange<UInt8> = 0x70...0x73, relayRequests: ClosedRange<UInt8> = 0x80...0x87
    static let data: UInt8 = 0xD0, dataAnswer: UInt8 = 0xD1
    static let alive: UInt8 = 0xE0, aliveAnswer: UInt8 = 0xE1
    static let close: UInt8 = 0xF0, closeAnswer: UInt8 = 0xF1
    static let sessionReport: UInt8 = 0xF9
  }

  /// First bytes of messages.
  static let usualHead: UInt8 = 0xF1, batteryHead: UInt8 = 0xA1
  /// Types of messages with the head of battery cameras.
  private static let batteryTypes: [UInt8] = [0x00, 0x01, 0x02, 0x04, 0x06]
  /// Second mark of data messages, and channels of data.
  private static let dataMark: UInt8 = 0xD1, channelLimit = 8
  /// Bytes of the body of AJCloud's variants.
  static let cloudBody = 0x58

  var head: UInt8 { self[0] }
  var type: UInt8 { self[1] }
  var bodyLength: Int { Int(self[2]) << 8 | Int(self[3]) }

  func word(_ index: Int) -> UInt32 {
    UInt32(self[index]) << 24 | UInt32(self[index + 1]) << 16 | UInt32(self[index + 2]) << 8 | UInt32(self[index + 3])
  }

  /// The message has the length of the datagram, and one that its type allows.
  var fits: Bool {
    guard bytes.byteCount >= 4, bodyLength == length - 4 else { return false }
    let body = length - 4
    if head == Self.batteryHead { return mask == nil && Self.batteryTypes.contains(type) && body == 20 }
    guard head == Self.usualHead else { return false }
    return switch type {
    case Kind.hello: body == 0 || body == 24
    case Kind.helloAnswer, Kind.punchTo: body == 16
    case Kind.queryDevice, Kind.queryDeviceAnswer: body <= 64
    case Kind.deviceLogin: body == 40 || body == 152
    case Kind.deviceLoginAnswer, Kind.keyLoginAnswer, Kind.requestAnswer: body == 4
    case Kind.maskedLogin: body == 44
    case Kind.maskedLoginAnswer: body == 8
    case Kind.keyLogin: body == 104
    case Kind.request: body == 36 || body == 92
    case Kind.search, Kind.extendedSearch, Kind.alive, Kind.aliveAnswer, Kind.close, Kind.closeAnswer: body == 0
    case Kind.searchAnswer: body == 20
    case Kind.extendedSearchAnswer: body == 52
    case Kind.punch, Kind.ready: body == 20 || body == 24 || body == Self.cloudBody
    case Kind.extendedReady: body <= 64
    case Kind.relayLogins, Kind.relayLists, Kind.relayPorts, Kind.relayRequests: body <= 256
    case Kind.data, Kind.dataAnswer: body >= 4 && self[4] == Self.dataMark && self[5] < Self.channelLimit
    case Kind.sessionReport: body == 84
    default: false
    }
  }

  /// The identifier at offset 4 as printed on devices, `PREFIX-123456-CHECK`: 8 bytes of letters, a number, 8 bytes with five letters.
  var identifier: String? {
    guard bytes.byteCount >= 24 else { return nil }
    var prefix: [UInt8] = []
    while prefix.count < 8, self[4 + prefix.count] != 0 { prefix.append(self[4 + prefix.count]) }
    guard (2...7).contains(prefix.count), ASCII.isUppercase(prefix[0]) else { return nil }
    for byte in prefix where !ASCII.isUppercase(byte) && !ASCII.isDigit(byte) { return nil }
    for index in 4 + prefix.count..<12 where self[index] != 0 { return nil }
    var check: [UInt8] = []
    for index in 16..<21 {
      guard ASCII.isUppercase(self[index]) else { return nil }
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
  /// Messages that must fit before a conversation on unusual ports is confirmed.
  static let neededMessages = 3
  /// Long data messages that the camera sends more than the other side.
  static let longRun = 8
  static let longBody = 900
  static let messageLimit = 8192
  static let strangeLimit = 16
  /// Bytes before a message in TCP: length, mark, and five that are not read.
  static let frameHeader = 8
  static let frameMark: UInt8 = 0x68
  /// Bytes buffered of a message in TCP.
  private static let keptOfFrame = 40

  private struct Side {
    var longMessages = 0
    var acknowledgments = 0
    /// The name of the application's header in the data of this side.
    var header = ""
    var framer = LengthPrefixedFramer(headerSize: PPPPParser.frameHeader)
  }

  private var mask: PPPPMask?
  private var isPlain = false
  private var isConfirmed = false
  private var messages = 0
  private var strangers = 0
  private var sides = PerDirection(Side())
  /// The identifier in a knock. It names the camera, which may be either side.
  private var knocked: String?
  /// The direction of the camera's messages, and that of a search.
  private var camera: Direction?
  private var searcher: Direction?
  private var identifier: String?
  private var reported = Reported()
  /// A login that is reported once the conversation is confirmed.
  private var heldRole: (text: String, sender: Station)?

  /// The mask of a message: `.some(nil)` if it is in the clear, nil if it is no message.
  static func mask(of bytes: RawSpan, length: Int) -> PPPPMask?? {
    guard bytes.byteCount >= 4 else { return nil }
    if PPPPMessage(bytes, length: length, mask: nil).fits { return .some(nil) }
    for mask in PPPPMask.known where mask.clear(bytes, 0) == PPPPMessage.usualHead {
      if PPPPMessage(bytes, length: length, mask: mask).fits { return .some(mask) }
    }
    return nil
  }

  /// The mask of a datagram. Unknown secrets are searched only between two hosts, and not as often as a sender likes.
  static func mask(of message: borrowing Message, _ sink: inout ObservationSink) -> PPPPMask?? {
    if let mask = mask(of: message.payload, length: message.length) { return mask }
    guard message.destination.station.address != .none, message.length == message.payload.byteCount,
      PPPPMask.maySearch(message.payload), sink.takesWork(), let mask = PPPPMask.search(message.payload)
    else { return nil }
    return .some(mask)
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.transport == .tcp { return consumeStream(message, into: &sink) }
    if !isPlain, mask == nil {
      guard let found = Self.mask(of: message, &sink) else { return .notMine }
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

  func gap(in direction: Direction) { sides[direction].framer.gap() }

  // MARK: Messages

  private func take(_ read: borrowing PPPPMessage, _ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    messages += 1
    if messages >= Self.neededMessages { isConfirmed = true }
    if isConfirmed, let held = heldRole {
      heldRole = nil
      report(role: held.text, about: .station(held.sender), into: &sink)
    }
    if read.head == PPPPMessage.batteryHead {
      if let uid = read.identifier { device(uid, message, into: &sink) }
    } else {
      switch read.type {
      case PPPPMessage.Kind.deviceLogin, PPPPMessage.Kind.keyLogin, PPPPMessage.Kind.searchAnswer, PPPPMessage.Kind.ready:
        if let uid = read.identifier {
          device(uid, message, into: &sink)
        } else if read.type == PPPPMessage.Kind.ready, read.bodyLength == PPPPMessage.cloudBody, read.word(4) >> 8 == 0x61_6A79 {
          camera = message.direction
          report(role: "device ready, AJCloud", about: .sender, into: &sink)
        }
      case PPPPMessage.Kind.maskedLogin: login(message, into: &sink)
      // Only apps ask servers for a device, or search the network for one.
      case PPPPMessage.Kind.request, PPPPMessage.Kind.search, PPPPMessage.Kind.extendedSearch:
        if isConfirmed { report(role: "app searches", about: .sender, into: &sink) }
        if read.type != PPPPMessage.Kind.request { search(message, into: &sink) }
      case PPPPMessage.Kind.punch:
        guard let uid = read.identifier else { break }
        if answersSearch(message) { device(uid, message, into: &sink) } else { knocked = knocked ?? uid }
      case PPPPMessage.Kind.data: data(read, message, into: &sink)
      case PPPPMessage.Kind.dataAnswer: sides[message.direction].acknowledgments += 1
      default: break
      }
    }
    let isKnown = identifier != nil && (reported.contains(.p2pVideo) || message.hasPort(PPPPRecognizer.serverPort))
    return isKnown || messages >= Self.messageLimit ? .done : .mine
  }

  /// Handles a message that only a device sends, with its identifier: it proves the protocol.
  private func device(_ uid: String, _ message: borrowing Message, into sink: inout ObservationSink) {
    isConfirmed = true
    camera = message.direction
    guard identifier != uid else { return }
    identifier = uid
    sink.emit(.p2pUID, uid)
  }

  /// Handles a login whose body is masked by other means, so that it shows no identifier.
  private func login(_ message: borrowing Message, into sink: inout ObservationSink) {
    camera = message.direction
    let text =
      switch mask?.secret {
      case nil: "device login"
      case "": "device login, unknown key"
      case .some(let secret): "device login, key \(secret)"
      }
    if isConfirmed { report(role: text, about: .sender, into: &sink) } else { heldRole = (text, message.source.station) }
  }

  /// Devices knock at the address and port that searches for them, from any port.
  private func search(_ message: borrowing Message, into sink: inout ObservationSink) {
    searcher = message.direction
    if isConfirmed { sink.expect(Expectation(kind: .searcher, address: message.source.station.address, port: message.source.port)) }
  }

  /// Only devices receive searches, on their port; the searching app knocks back from where it searched.
  private func answersSearch(_ message: borrowing Message) -> Bool {
    if let searcher { return searcher != message.direction }
    if message.source.port == PPPPRecognizer.searchPort { return message.destination.port != PPPPRecognizer.searchPort }
    guard let expectation = message.expectation, expectation.kind == .searcher else { return false }
    return expectation.address == message.destination.station.address && expectation.port == message.destination.port
  }

  private func report(role: String, about subject: ObservationSink.Subject, into sink: inout ObservationSink) {
    if reported.firstTime(.p2pRole) { sink.emit(.p2pRole, role, about: subject) }
  }

  // MARK: Data

  private func data(_ read: borrowing PPPPMessage, _ message: borrowing Message, into sink: inout ObservationSink) {
    var side = sides[message.direction]
    let other = sides[message.direction.opposite]
    if read.bodyLength >= Self.longBody { side.longMessages += 1 }
    var isVideo = false
    if read.bodyLength >= 8 {
      switch read.word(8) {
      case 0x55AA_15A8:
        side.header = "55aa15a8"
        // Kind 6 is sound, which goes both ways.
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
    sides[message.direction] = side
    let answered = other.acknowledgments > 0 || message.transport == .tcp
    if side.longMessages - other.longMessages >= Self.longRun, answered { isVideo = true }
    guard isVideo, isConfirmed, camera == nil || camera == message.direction, reported.firstTime(.p2pVideo) else { return }
    camera = message.direction
    sink.emit(.p2pVideo, side.header.isEmpty ? "data" : side.header)
    sink.stream("P2P video (PPPP)")
    if identifier == nil, let knocked {
      identifier = knocked
      sink.emit(.p2pUID, knocked)
    }
  }

  // MARK: TCP

  private func consumeStream(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    var position = 0
    while nextFrame(message, at: &position) {
      let framer = sides[message.direction].framer
      let disposition = unsafe takeFrame(framer.frame.span.bytes, framer.length - Self.frameHeader, message, into: &sink)
      if disposition != .mine { return disposition }
    }
    return sides.allSatisfy(\.framer.isOutOfSync) ? .done : .mine
  }

  private func nextFrame(_ message: borrowing Message, at position: inout Int) -> Bool {
    sides[message.direction].framer.next(message.payload, at: &position) { header in
      LengthPrefixedFramer.FrameHeader(length: Self.frameHeader + Int(header.u16(0)), kept: Self.frameHeader + Self.keptOfFrame)
    }
  }

  private func takeFrame(
    _ frame: RawSpan, _ length: Int, _ message: borrowing Message, into sink: inout ObservationSink
  ) -> Disposition {
    let body = frame.slice(Self.frameHeader)
    if !isPlain, mask == nil {
      guard let found = Self.mask(of: body, length: length) else { return .done }
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
