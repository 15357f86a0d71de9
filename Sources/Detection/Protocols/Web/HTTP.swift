/// HTTP/1.x (RFC 9110, RFC 9112) on any port: what clients ask for, and how servers describe themselves.
///
/// Browsers, apps and updaters speak it as much as cameras do, so each fact is said of its own side: a request's host, path and user
/// agent of the client; server, realm, title, cookie and body of the server. Fetching a picture marks nobody. Serving
/// `multipart/x-mixed-replace` with JPEG parts does, and only as an answer's own header: firmware images and web pages hold that text
/// too, and a client that uploads pictures serves none. Who uploads a live presentation to a server, playlists and segments, is told; so do
/// programs for live broadcasts. RTSP that is tunnelled in it is read as RTSP.
public struct HTTPRecognizer: Recognizer {
  public let name = "http"
  public let transports: Transports = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    .ofStart(of: message.payload, .http)
  }

  public func makeParser() -> any Parser { HTTPParser() }
}

extension Disposition {
  /// Of the first bytes of a direction: whether they are a start line of HTTP or RTSP.
  static func ofStart(of bytes: RawSpan, _ syntax: MessageReader.Syntax) -> Disposition {
    var start = 0
    while start < bytes.byteCount, bytes.u8(start) == 0x0D || bytes.u8(start) == 0x0A { start += 1 }
    let line = bytes.slice(start)
    guard syntax.mayBegin(line) else { return .notMine }
    if let end = line.firstIndex(of: 0x0A) { return syntax.isStartLine(line.slice(0, end).trimmed) ? .mine : .notMine }
    return line.byteCount < MessageReader.startLimit ? .needMore : syntax.beginsMessage(line) ? .mine : .notMine
  }
}

final class HTTPParser: Parser {
  /// Bytes of a page in which its title is looked for.
  static let titleLimit = 4096
  /// Bytes kept of a description in XML, and of other text.
  static let descriptionLimit = 16384
  static let textLimit = 4096
  /// Bytes shown of a text body.
  static let shownLimit = 200
  /// Bytes in which the first part of a multipart body must declare itself.
  static let partLimit = 2048
  /// Different facts told of one conversation, and requests that wait for their answers.
  static let factLimit = 256
  static let pendingLimit = 16
  /// Targets of which pictures are counted, and how many of one target are a row.
  static let pictureLimit = 16
  static let picturesNeeded = 10

  private static let tunnelType: StaticString = "application/x-rtsp-tunnelled"

  private enum Content: Equatable {
    case ignored, html, text, multipart, tunnel
    case upload(LiveUpload.Kind)
  }

  private struct Request {
    let isHead: Bool
    /// Without secrets.
    let target: String
    let packet: PacketReference
  }

  /// The message that one direction is in.
  private struct Transfer {
    var isResponse = false
    var status = 0
    /// Responses: what they answer, where the capture holds it.
    var request: Request?
    var length: Int?
    var isChunked = false
    var isEncoded = false
    var untilClose = false
    var content = Content.text
    var boundary = ""
    /// The head of a body that is looked at; nothing more is kept once `content` is `.ignored`.
    var kept: [UInt8] = []
  }

  private var readers = [MessageReader(.http), MessageReader(.http)]
  private var transfers = [Transfer(), Transfer()]
  /// The requests of each direction that have no answer yet.
  private var pending: [[Request]] = [[], []]
  /// How often a picture was the answer to each target, of few targets.
  private var pictures: [String: Int] = [:]
  /// Hashes of what was told: the texts themselves may be long, and are not needed.
  private var facts: Set<Int> = []
  private var uploads = [LiveUpload(), LiveUpload()]
  private var now = Timestamp.zero
  private var isFinished = false
  private var isProxied = false
  /// RTSP that bodies carry.
  private var tunnel: RTSPTunnel?
  /// Of each direction, it has asked a proxy for a tunnel (RFC 9110 section 9.3.6).
  private var asksForTunnel = [false, false]
  /// It was opened: others converse in what follows.
  private var isRelay = false

  func gap(fromOriginator: Bool) {
    let side = fromOriginator ? 0 : 1
    readers[side].gap()
    pending[side] = []
    if transfers[side].content == .tunnel {
      tunnel?.gap(fromOriginator: fromOriginator)
      return
    }
    // The head of a body with a hole proves nothing.
    transfers[side].content = .ignored
    transfers[side].kept = []
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let side = message.fromOriginator ? 0 : 1
    let piece = message.payload
    var position = 0
    now = message.time
    while !isFinished {
      if isRelay { return .next(isRelayed: true) }
      switch readers[side].next(piece, at: &position) {
      case .needMore: return .mine
      case .startLine: start(side, into: &sink)
      case .header: header(side, into: &sink)
      case .endOfHeaders: endHeaders(side)
      case .body(let range):
        let bytes = piece.slice(range.lowerBound, range.count)
        if transfers[side].content == .tunnel {
          tunnelled(bytes, of: message, side, into: &sink)
        } else {
          body(bytes, side, into: &sink)
        }
      case .endOfMessage: settle(side, into: &sink)
      }
    }
    return .done
  }

  // MARK: Heads

  private func start(_ side: Int, into sink: inout ObservationSink) {
    let owned = readers[side].line
    let line = unsafe owned.span.bytes
    var transfer = Transfer()
    if MessageReader.Syntax.http.isStatusLine(line) {
      transfer.isResponse = true
      transfer.status = line.slice(9, 3).decimal ?? 0
      // An interim answer is followed by the final one.
      if transfer.status >= 200 || transfer.status == 101, !pending[1 - side].isEmpty {
        transfer.request = pending[1 - side].removeFirst()
      }
    } else if let space = line.firstIndex(of: 0x20) {
      let method = line.slice(0, space)
      let rest = line.slice(space + 1)
      let target = rest.slice(0, rest.firstIndex(of: 0x20) ?? rest.byteCount)
      let kept = RequestTarget.kept(target, query: true)
      say(.httpPath, method.text(limit: 24) + " " + kept, into: &sink)
      if let host = RequestTarget.host(target) {
        say(.httpHost, host, into: &sink)
        // A target with a host of its own is for a proxy (RFC 9112 section 3.2.2): the answers are somebody else's.
        isProxied = true
      }
      if let kind = LiveUpload.Kind(method: method, target: target) { transfer.content = .upload(kind) }
      asksForTunnel[side] = method.starts(with: "CONNECT")
      if asksForTunnel[side] { isProxied = true }
      if pending[side].count < Self.pendingLimit {
        pending[side].append(Request(isHead: method.starts(with: "HEAD"), target: kept, packet: sink.packet))
      }
      // A client that asks again has seen the last answer's end.
      if readers[1 - side].isUntilClose { readers[1 - side].lose() }
    }
    transfers[side] = transfer
  }

  private func header(_ side: Int, into sink: inout ObservationSink) {
    let owned = readers[side].line
    let line = unsafe owned.span.bytes
    if let value = line.header("content-length") {
      transfers[side].length = value.decimal
    } else if let value = line.header("transfer-encoding") {
      transfers[side].isChunked = value.firstIndexIgnoringCase(of: "chunked") != nil
    } else if transfers[side].isResponse {
      if !isProxied { answerHeader(line, side, into: &sink) }
    } else if let value = line.header("content-type") {
      if value.startsIgnoringCase(Self.tunnelType) { transfers[side].content = .tunnel }
    } else if let value = line.header("host") {
      say(.httpHost, RequestTarget.hostName(value), into: &sink)
    } else if let value = line.header("user-agent") {
      say(.httpUserAgent, value.text(limit: 256), into: &sink)
    }
  }

  private func answerHeader(_ line: RawSpan, _ side: Int, into sink: inout ObservationSink) {
    if let value = line.header("server") {
      say(.httpServer, value.text(limit: 256), into: &sink)
    } else if let value = line.header("www-authenticate") {
      if let realm = value.parameter("realm") { say(.httpRealm, realm, into: &sink) }
    } else if let value = line.header("content-type") {
      let type = value.slice(0, value.firstIndex(of: 0x3B) ?? value.byteCount).trimmed.text(limit: 96).lowercased()
      transfers[side].content = Self.content(type)
      if transfers[side].content == .multipart { transfers[side].boundary = value.parameter("boundary", limit: 96) ?? "" }
      say(.httpContentType, type, into: &sink)
      if type == "image/jpeg", transfers[side].status == 200, let request = transfers[side].request { picture(request, into: &sink) }
    } else if let value = line.header("content-encoding") {
      transfers[side].isEncoded = !value.startsIgnoringCase("identity")
    } else if let value = line.header("set-cookie") {
      say(.httpCookie, value.slice(0, value.firstIndex(of: 0x3D) ?? 0).trimmed.text(limit: 64), into: &sink)
    } else {
      namingHeader(line, into: &sink)
    }
  }

  /// A picture may be any; the same one over and over is what somebody watches.
  private func picture(_ request: Request, into sink: inout ObservationSink) {
    guard !request.isHead, pictures[request.target] != nil || pictures.count < Self.pictureLimit else { return }
    say(.httpPicture, request.target, shown: request.packet, into: &sink)
    pictures[request.target, default: 0] += 1
    if pictures[request.target] == Self.picturesNeeded { say(.httpSnapshots, request.target, shown: request.packet, into: &sink) }
  }

  private static func content(_ type: String) -> Content {
    if type == "multipart/x-mixed-replace" { return .multipart }
    if type == "application/x-rtsp-tunnelled" { return .tunnel }
    if type == "text/html" || type == "application/xhtml+xml" { return .html }
    if type.hasSuffix("xml") || type.hasSuffix("json") || type == "text/plain" || type.isEmpty { return .text }
    return .ignored
  }

  /// Headers of its own that tell a maker or model, such as `X-UStreamer-Online` or `X-Framerate`; never those that hold secrets.
  private func namingHeader(_ line: RawSpan, into sink: inout ObservationSink) {
    guard line.startsIgnoringCase("x-"), let colon = line.firstIndex(of: 0x3A) else { return }
    let name = line.slice(0, Swift.min(colon, 64)).trimmed
    let names = { (name: RawSpan) in
      name.firstIndexIgnoringCase(of: "camera") != nil || name.firstIndexIgnoringCase(of: "model") != nil
        || name.firstIndexIgnoringCase(of: "device") != nil || name.firstIndexIgnoringCase(of: "ustreamer") != nil
        || name.firstIndexIgnoringCase(of: "framerate") != nil
    }
    let hides = { (name: RawSpan) in
      name.firstIndexIgnoringCase(of: "token") != nil || name.firstIndexIgnoringCase(of: "auth") != nil
        || name.firstIndexIgnoringCase(of: "key") != nil || name.firstIndexIgnoringCase(of: "secret") != nil
        || name.firstIndexIgnoringCase(of: "session") != nil
    }
    guard names(name), !hides(name) else { return }
    let value = line.slice(colon + 1).trimmed.text(limit: 128)
    if !value.isEmpty { say(.httpHeader, name.text(limit: 64) + ": " + value, into: &sink) }
  }

  private func endHeaders(_ side: Int) {
    let transfer = transfers[side]
    if transfer.isResponse, transfer.status == 101 {
      isFinished = true
      return
    }
    if transfer.isResponse, (200..<300).contains(transfer.status), asksForTunnel[1 - side] {
      isRelay = true
      return
    }
    let carriesRTSP = transfer.content == .tunnel && !isProxied && (!transfer.isResponse || transfer.status == 200)
    if carriesRTSP {
      tunnel = tunnel ?? RTSPTunnel()
    } else if transfer.isEncoded || isProxied || transfer.content == .tunnel || !transfer.isResponse && upload(side) == nil {
      transfers[side].content = .ignored
    }
    let isBodiless = transfer.request?.isHead == true || transfer.status < 200 || transfer.status == 204 || transfer.status == 304
    if transfer.isResponse, isBodiless {
      transfers[side].content = .ignored
      readers[side].expect(.none)
    } else if transfer.isChunked {
      readers[side].expect(.chunked)
    } else if carriesRTSP, transfer.isResponse {
      // Lengths are made up where the end is not known.
      readers[side].expect(.untilClose)
    } else if let length = transfer.length {
      readers[side].expect(.length(length))
    } else if transfer.isResponse || carriesRTSP {
      transfers[side].untilClose = true
      readers[side].expect(.untilClose)
    } else {
      readers[side].expect(.none)
    }
  }

  // MARK: Bodies

  private func upload(_ side: Int) -> LiveUpload.Kind? {
    if case .upload(let kind) = transfers[side].content { kind } else { nil }
  }

  private func body(_ bytes: RawSpan, _ side: Int, into sink: inout ObservationSink) {
    switch transfers[side].content {
    case .ignored, .tunnel: return
    case .upload(let kind):
      keep(bytes, side, limit: kind.limit)
      if transfers[side].kept.count >= kind.limit { settle(side, into: &sink) }
    case .html:
      keep(bytes, side, limit: Self.titleLimit)
      if title(side, into: &sink) || transfers[side].kept.count >= Self.titleLimit { ignoreRest(side) }
    case .multipart:
      keep(bytes, side, limit: Self.partLimit)
      firstPart(side, into: &sink)
    case .text:
      keep(bytes, side, limit: Self.descriptionLimit)
      let owned = transfers[side].kept
      let kept = unsafe owned.span.bytes
      if Self.isPage(kept) {
        transfers[side].content = .html
        if title(side, into: &sink) { ignoreRest(side) }
        return
      }
      if kept.byteCount >= Self.descriptionLimit || transfers[side].untilClose && Self.isWhole(kept) { settle(side, into: &sink) }
    }
  }

  /// A page whose kind no header told: servers of old cameras leave it out, and begin wherever they like.
  private static func isPage(_ text: RawSpan) -> Bool {
    let text = text.trimmed
    return text.startsIgnoringCase("<html") || text.startsIgnoringCase("<!doctype html") || text.startsIgnoringCase("<head")
      || text.startsIgnoringCase("<title") || text.startsIgnoringCase("<meta")
  }

  private func tunnelled(_ bytes: RawSpan, of message: borrowing Message, _ side: Int, into sink: inout ObservationSink) {
    guard let tunnel else { return }
    let disposition =
      transfers[side].isResponse ? tunnel.answer(bytes, of: message, into: &sink) : tunnel.request(bytes, of: message, into: &sink)
    if case .done = disposition { isFinished = true }
  }

  private func keep(_ bytes: RawSpan, _ side: Int, limit: Int) {
    let count = Swift.min(bytes.byteCount, limit - transfers[side].kept.count)
    for index in 0..<Swift.max(0, count) { transfers[side].kept.append(bytes.u8(index)) }
  }

  private func ignoreRest(_ side: Int) {
    transfers[side].content = .ignored
    transfers[side].kept = []
  }

  /// All that will be kept of the body is there: reports it.
  private func settle(_ side: Int, into sink: inout ObservationSink) {
    if let kind = upload(side) {
      let owned = transfers[side].kept
      if let name = unsafe uploads[side].judge(kind, owned.span.bytes, length: transfers[side].length, at: now) {
        if say(.httpUpload, name, into: &sink) { sink.stream("\(name == "segments" ? "Segments" : name) over HTTP") }
      }
    }
    if transfers[side].content == .text, !transfers[side].kept.isEmpty {
      let owned = transfers[side].kept
      let kept = unsafe owned.span.bytes
      let isXML = kept.trimmed.starts(with: "<")
      if !(isXML && (UPnPDescription.report(kept, into: &sink) || ONVIFAnswer.report(kept, into: &sink))),
        kept.byteCount <= Self.textLimit, Self.namesDevice(kept)
      {
        say(.httpBody, Secrets.removed(from: Self.shown(kept)), into: &sink)
      }
    }
    ignoreRest(side)
  }

  /// A body that only the connection's end ends is whole when its root element or object is closed, or when enough is there to show.
  private static func isWhole(_ body: RawSpan) -> Bool {
    let text = body.trimmed
    guard text.byteCount > 1 else { return false }
    let last = text.u8(text.byteCount - 1)
    switch text.u8(0) {
    case 0x3C: return last == 0x3E && closesRoot(text)
    case 0x7B: return last == 0x7D && closesObject(text)
    default: return deviceWord(body).map { body.byteCount >= $0 + shownLimit } ?? false
    }
  }

  private static func closesRoot(_ text: RawSpan) -> Bool {
    var open = 0
    while open + 1 < text.byteCount, text.u8(open) != 0x3C || !isASCIIAlphanumeric(text.u8(open + 1)) { open += 1 }
    var end = open + 1
    while end < text.byteCount, text.u8(end) > 0x20, text.u8(end) != 0x3E, text.u8(end) != 0x2F { end += 1 }
    let count = end - open - 1
    let tail = text.byteCount - count - 3
    guard count > 0, tail > end, text.u8(tail) == 0x3C, text.u8(tail + 1) == 0x2F else { return false }
    for index in 0..<count where text.u8(open + 1 + index) != text.u8(tail + 2 + index) { return false }
    return true
  }

  private static func closesObject(_ text: RawSpan) -> Bool {
    var depth = 0
    var inString = false
    var index = 0
    while index < text.byteCount {
      switch text.u8(index) {
      case 0x5C where inString: index += 1
      case 0x22: inString.toggle()
      case 0x7B where !inString: depth += 1
      case 0x7D where !inString: depth -= 1
      default: break
      }
      index += 1
    }
    return depth == 0
  }

  private static func namesDevice(_ body: RawSpan) -> Bool { deviceWord(body) != nil }

  /// Where a body first uses a word with which devices describe themselves.
  private static func deviceWord(_ body: RawSpan) -> Int? {
    let words: [StaticString] = ["camera", "ipcam", "<product", "model", "devicetype", "deviceinfo"]
    return words.compactMap { body.firstIndexIgnoringCase(of: $0) }.min()
  }

  /// The beginning of a body, or where that says nothing (the envelope of a SOAP answer), what it says of the device.
  private static func shown(_ body: RawSpan) -> String {
    guard var start = deviceWord(body), start >= shownLimit / 2 else { return body.slice(0, shownLimit).collapsedText() }
    // From the tag or member that the word is in.
    let first = Swift.max(0, start - 64)
    while start > first, ![0x3C, 0x2C, 0x7B, 0x0A].contains(body.u8(start)) { start -= 1 }
    return body.slice(start, shownLimit).collapsedText()
  }

  private func title(_ side: Int, into sink: inout ObservationSink) -> Bool {
    let owned = transfers[side].kept
    let kept = unsafe owned.span.bytes
    guard let tag = kept.firstIndexIgnoringCase(of: "<title"), let open = kept.firstIndex(of: 0x3E, from: tag),
      let close = kept.firstIndexIgnoringCase(of: "</title", from: open)
    else { return false }
    say(.httpTitle, kept.slice(open + 1, close - open - 1).collapsedText(limit: 256), into: &sink)
    return true
  }

  /// The first part of a multipart/x-mixed-replace answer (RFC 2046 section 5.1): is it a picture?
  private func firstPart(_ side: Int, into sink: inout ObservationSink) {
    let owned = transfers[side].kept
    let kept = unsafe owned.span.bytes
    var line = 0
    while line < kept.byteCount, kept.u8(line) == 0x0D || kept.u8(line) == 0x0A { line += 1 }
    let isFull = kept.byteCount >= Self.partLimit
    var isJPEG = false
    while let end = kept.firstIndex(of: 0x0A, from: line) {
      let header = kept.slice(line, end - line).trimmed
      line = end + 1
      if header.byteCount == 0 {
        guard isJPEG || kept.byteCount >= line + 2 || isFull else { return }
        if isJPEG || kept.slice(line).starts(with: [0xFF, 0xD8]) {
          namingHeaders(kept.slice(0, line), into: &sink)
          let delimiter = kept.trimmed.slice(0, kept.trimmed.firstIndex(of: 0x0A) ?? 0).trimmed.text(limit: 96)
          say(.httpVideo, transfers[side].boundary.isEmpty ? delimiter : transfers[side].boundary, into: &sink)
          sink.stream("MJPEG over HTTP")
          isFinished = true
        }
        return ignoreRest(side)
      }
      if let type = header.header("content-type") {
        isJPEG = type.startsIgnoringCase("image/jpeg") || type.startsIgnoringCase("image/jpg")
      }
    }
    if isFull { ignoreRest(side) }
  }

  private func namingHeaders(_ head: RawSpan, into sink: inout ObservationSink) {
    var line = 0
    while let end = head.firstIndex(of: 0x0A, from: line) {
      namingHeader(head.slice(line, end - line).trimmed, into: &sink)
      line = end + 1
    }
  }

  /// Tells a fact about the sender, once; true when it did.
  @discardableResult
  private func say(_ field: Field, _ text: String, shown: PacketReference? = nil, into sink: inout ObservationSink) -> Bool {
    guard !text.isEmpty, facts.count < Self.factLimit, facts.insert(field.hash(with: text)).inserted else { return false }
    sink.emit(field, text, shown: shown)
    return true
  }
}

extension Field {
  /// For those who tell a fact once.
  func hash(with text: String) -> Int {
    var hasher = Hasher()
    hasher.combine(self)
    hasher.combine(text)
    return hasher.finalize()
  }
}

extension RawSpan {
  func starts(with bytes: [UInt8]) -> Bool {
    guard byteCount >= bytes.count else { return false }
    for (index, byte) in bytes.enumerated() where u8(index) != byte { return false }
    return true
  }
}
