/// SIP (RFC 3261) over UDP and TCP on any port: the sender's program, its name if that is a model, the subject of its call, and the video
/// that it offers beside sound. In GB/T 28181, with which cameras of the Chinese market report to a platform, also the numbers under which
/// it speaks and answers, and how it describes itself.
///
/// Telephones, door stations and their exchanges use SIP. Exchanges forward messages, so a request that came over more than one hop reveals
/// nothing about its sender here.
public struct SIPRecognizer: Recognizer {
  public let name = "sip"
  public let transports: Transports = [.udp, .tcp]

  public init() {}

  static let methods: [StaticString] = [
    "INVITE ", "REGISTER ", "MESSAGE ", "OPTIONS ", "ACK ", "BYE ", "CANCEL ", "NOTIFY ", "SUBSCRIBE ", "INFO ", "PRACK ", "UPDATE ",
    "REFER ",
    "PUBLISH ",
  ]

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    let begins = Self.begins(bytes)
    if message.transport == .tcp {
      guard let begins else { return .needMore }
      return begins ? .mine : .notMine
    }
    if begins == true {
      SIPMessage(bytes).report(from: message.source.station.address, into: &sink)
      return .message
    }
    // Empty lines or zeros, which keep the way through NAT open.
    let isKeepAlive = message.length <= 4 && (bytes.starts(with: "\r\n") || bytes.starts(with: "\0\0"))
    return message.hasPort(5060) && isKeepAlive ? .message : .notMine
  }

  public func makeParser() -> any Parser { SIPStreamParser() }

  /// Decides whether the bytes begin a message; nil if they end before that is known.
  static func begins(_ bytes: RawSpan) -> Bool? {
    // All of them begin with a capital; most datagrams do not.
    if bytes.byteCount > 0, !ASCII.isUppercase(bytes.u8(0)) { return false }
    if let answer = begins(bytes, with: "SIP/2.0 ") { if answer { return true } } else { return nil }
    for method in methods {
      guard let isMethod = begins(bytes, with: method) else { return nil }
      guard isMethod else { continue }
      let target = bytes.slice(method.utf8CodeUnitCount)
      for scheme: StaticString in ["sip:", "sips:", "tel:"] {
        guard let isTarget = begins(target, with: scheme) else { return nil }
        if isTarget { return true }
      }
      return false
    }
    return false
  }

  private static func begins(_ bytes: RawSpan, with text: StaticString) -> Bool? {
    if bytes.starts(with: text) { return true }
    guard bytes.byteCount < text.utf8CodeUnitCount else { return false }
    let start = unsafe text.utf8Start
    for index in 0..<bytes.byteCount where unsafe bytes.u8(index) != start[index] { return false }
    return nil
  }
}

/// The facts about the sender in a message, as far as the capture holds it.
struct SIPMessage {
  /// Header lines read, and bytes of a subject.
  static let headerLimit = 128
  static let subjectLimit = 64

  private enum Method { case register, invite, other }

  private(set) var program = ""
  private(set) var hops = 0
  private(set) var isAnswer = false
  /// The address at which the sender of an answer can be reached; nil if it is a name.
  private(set) var contact: IPAddress?
  /// The range of the body by the length in the headers; nil if the headers are cut.
  private(set) var body: Range<Int>?
  /// Of an answer, the method that it answers.
  private var method = Method.other
  private var name = ""
  private var subject = ""
  /// The codec and direction of the video in a call with sound.
  private var video = ""
  /// Numbers of devices (GB/T 28181): of the side that asks, and of the one that is asked.
  private var asker = ""
  private var asked = ""
  private var description = GB28181.Description()

  /// - Parameter isStream: messages without a length have no body. In datagrams the body fills the rest (RFC 3261 section 18.3).
  init(_ bytes: RawSpan, isStream: Bool = false) {
    var position = 0
    var lines = 0
    var isDeviceControl = false
    var isSession = false
    var length: Int?
    while lines <= Self.headerLimit, let end = bytes.firstIndex(of: ASCII.lineFeed, from: position) {
      let line = bytes.extracting(position..<end).trimmed
      position = end + 1
      defer { lines += 1 }
      if lines == 0 {
        isAnswer = line.starts(with: "SIP/2.0 ")
        if !isAnswer { method = Self.method(line) }
        continue
      }
      if line.isEmpty {
        body = position..<position + (length ?? (isStream ? 0 : bytes.byteCount - position))
        break
      }
      if let value = line.header("user-agent", or: "server") { program = value.text(limit: 256) }
      if let value = line.header("via", or: "v") { hops += Self.parts(value) }
      if let value = line.header("from", or: "f") {
        asker = GB28181.number(in: value)
        name = Self.model(value)
      }
      if let value = line.header("to", or: "t") { asked = GB28181.number(in: value) }
      if let value = line.header("contact", or: "m") { contact = Self.host(value) }
      if let value = line.header("subject", or: "s") { subject = Self.words(value) }
      if let value = line.header("cseq"), isAnswer, let space = value.firstIndex(of: ASCII.space) {
        method = Self.method(value.slice(space + 1))
      }
      if let value = line.header("content-length", or: "l") { length = value.decimal }
      if let value = line.header("content-type", or: "c") {
        isDeviceControl = value.startsIgnoringCase("application/manscdp+xml")
        isSession = value.startsIgnoringCase("application/sdp")
      }
    }
    guard let body else { return }
    let text = bytes.slice(body.lowerBound, body.count)
    if isDeviceControl { description = GB28181.Description(text) }
    if isSession, method == .invite, let session = SessionDescription(text) { video = Self.video(of: session) }
  }

  func report(from sender: IPAddress, into sink: inout ObservationSink) {
    // A platform confirms that a device registered: it repeats the device's number and contact.
    if isAnswer, method == .register { Self.report(asked, about: .receiver, into: &sink) }
    // Answers lose a hop at each exchange, so their contact decides.
    let isOwn = isAnswer ? contact == nil || contact == sender || sender == .none : hops <= 1
    guard isOwn else { return }
    sink.emit(.sipUserAgent, program)
    if !isAnswer {
      sink.emit(.sipName, name)
      if method == .invite { sink.emit(.sipSubject, subject) }
      sink.emit(.gb28181Manufacturer, description.manufacturer)
      sink.emit(.gb28181Model, description.model)
      sink.emit(.gb28181Name, description.name)
      Self.report(asker, about: .sender, into: &sink)
    } else if method != .register, asked != asker {
      sink.emit(.gb28181Channel, asked)
    }
    sink.emit(.sipVideo, video)
  }

  private static func report(_ number: String, about subject: ObservationSink.Subject, into sink: inout ObservationSink) {
    sink.emit(.gb28181ID, number, about: subject)
    sink.emit(.gb28181Type, GB28181.type(of: number), about: subject)
  }

  private static func method(_ bytes: RawSpan) -> Method {
    if bytes.starts(with: "REGISTER") { return .register }
    return bytes.starts(with: "INVITE") ? .invite : .other
  }

  /// The number of values in a header, separated by commas.
  private static func parts(_ value: RawSpan) -> Int {
    var count = 1
    for index in 0..<value.byteCount where value.u8(index) == ASCII.comma { count += 1 }
    return count
  }

  /// The display name in `"DS-KD8003" <sip:…>` if it could be a model: capitals, digits and hyphens. Others are names of persons.
  private static func model(_ value: RawSpan) -> String {
    guard let open = value.firstIndex(of: ASCII.lessThan) else { return "" }
    var name = value.slice(0, open).trimmed
    if name.byteCount > 2, name.u8(0) == ASCII.quote, name.u8(name.byteCount - 1) == ASCII.quote {
      name = name.slice(1, name.byteCount - 2)
    }
    var (letters, digits, hyphens) = (0, 0, 0)
    for index in 0..<name.byteCount {
      switch name.u8(index) {
      case let byte where ASCII.isUppercase(byte): letters += 1
      case let byte where ASCII.isDigit(byte): digits += 1
      case ASCII.hyphen: hyphens += 1
      default: return ""
      }
    }
    return letters > 1 && digits > 2 && hyphens > 0 ? name.text(limit: 32) : ""
  }

  /// A subject of words only, as programs write it: no numbers or addresses.
  private static func words(_ value: RawSpan) -> String {
    for index in 0..<value.byteCount {
      let byte = value.u8(index)
      guard ASCII.isLetter(byte) || byte == ASCII.space || byte == ASCII.period else { return "" }
    }
    return value.text(limit: subjectLimit)
  }

  /// `H264 sendonly`: the video that is offered beside sound in both directions.
  private static func video(of session: SessionDescription) -> String {
    let talks = session.media.contains { $0.kind == "audio" && ($0.direction.isEmpty || $0.direction == "sendrecv") }
    guard talks, let video = session.video else { return "" }
    return (video.codec ?? "unknown") + " " + (video.direction.isEmpty ? "sendrecv" : video.direction)
  }

  /// The address in `<sip:user@192.168.1.10:5060>`; nil if there is a name or nothing.
  private static func host(_ value: RawSpan) -> IPAddress? {
    guard let scheme = value.firstIndexIgnoringCase(of: "sip:") else { return nil }
    var host = value.slice(scheme + 4)
    if let at = host.firstIndex(of: ASCII.at) { host = host.slice(at + 1) }
    var end = 0
    while end < host.byteCount, host.u8(end) == ASCII.period || ASCII.isDigit(host.u8(end)) { end += 1 }
    return end > 6 && end < 16 ? IPAddress(host.slice(0, end).text()) : nil
  }
}

/// Splits both directions of a TCP conversation into messages.
private final class SIPStreamParser: Parser {
  /// Bytes of a message, and messages that are read.
  static let messageLimit = 16384
  static let messagesLimit = 64

  private struct Side {
    var kept: [UInt8] = []
    /// Bytes in which the end of the headers was searched, and bytes of the message once its headers were read.
    var scanned = 0
    var length: Int?
    var isOutOfSync = false

    mutating func lose() {
      self = Side()
      isOutOfSync = true
    }
  }

  private var sides = PerDirection(Side())
  private var messages = 0

  func gap(in direction: Direction) { sides[direction].lose() }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    feed(&sides[message.direction], message, into: &sink)
    return messages >= Self.messagesLimit || sides.allSatisfy(\.isOutOfSync) ? .done : .mine
  }

  private func feed(_ side: inout Side, _ message: borrowing Message, into sink: inout ObservationSink) {
    if side.isOutOfSync {
      // After missing bytes, a piece that begins like a message is one.
      guard SIPRecognizer.begins(message.payload) == true else { return }
      side.isOutOfSync = false
    }
    side.kept.append(message.payload.slice(0, Self.messageLimit + 1))
    while messages < Self.messagesLimit, takeMessage(&side, from: message.source.station.address, into: &sink) { messages += 1 }
    if side.kept.count > Self.messageLimit { side.lose() }
  }

  private func takeMessage(_ side: inout Side, from sender: IPAddress, into sink: inout ObservationSink) -> Bool {
    if side.length == nil {
      // Empty lines may precede a message (RFC 3261 section 7.5).
      let blank = side.kept.prefix(while: ASCII.isLineEnd).count
      side.kept.removeFirst(blank)
      let owned = side.kept
      let from = Swift.max(0, Swift.min(side.scanned, owned.count) - 3)
      side.scanned = owned.count
      guard unsafe owned.span.bytes.firstIndex(of: "\r\n\r\n", from: from) != nil else { return false }
      let found = unsafe SIPMessage(owned.span.bytes, isStream: true)
      guard let body = found.body, body.upperBound <= Self.messageLimit else {
        found.report(from: sender, into: &sink)
        side.lose()
        return false
      }
      side.length = body.upperBound
    }
    guard let length = side.length, side.kept.count >= length else { return false }
    let whole = Array(side.kept[..<length])
    unsafe SIPMessage(whole.span.bytes, isStream: true).report(from: sender, into: &sink)
    side.kept.removeFirst(length)
    side.length = nil
    side.scanned = 0
    return true
  }
}

extension RawSpan {
  /// The value of a header that has two names.
  @_lifetime(copy self)
  fileprivate func header(_ name: StaticString, or other: StaticString) -> RawSpan? {
    if let value = header(name) { return value }
    return header(other)
  }
}
