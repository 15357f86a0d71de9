/// HTTP/1.x (RFC 9110, RFC 9112) on any port: the requests of clients, and how servers describe themselves.
///
/// Browsers, apps and updaters use it as much as cameras do, so each fact is about its own side: host, path and user agent of a request
/// about the client; server, realm, title, cookie and body of an answer about the server. Fetching a picture makes no camera. Serving
/// `multipart/x-mixed-replace` with JPEG parts does, but only as an answer's own header: firmware images and web pages contain that text
/// too, and a client that uploads pictures serves none. Pictures and pieces of presentations are noted, in both directions: only rows of
/// them are live video (`MediaRows`). Uploads of live HLS and DASH presentations are reported; broadcasting software does this too. RTSP
/// tunnelled in HTTP is parsed as RTSP, and video in WebSocket messages as such.
public struct HTTPRecognizer: Recognizer {
  public let name = "http"
  public let transports: Transports = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    MessageReader.Syntax.http.disposition(ofStart: message.payload)
  }

  public func makeParser() -> any Parser { HTTPParser() }
}

final class HTTPParser: Parser {
  /// Different facts reported of one conversation, and requests that wait for their answers.
  static let factLimit = 256
  static let pendingLimit = 16
  /// Targets for which pictures are counted, and pictures of one target that make a series.
  static let pictureLimit = 16
  static let picturesNeeded = 10

  /// Receivers that play what a telephone or a media server hands on: films and television.
  private static let screens: [StaticString] = ["crkey", "roku", "appletv", "apple tv", "smart-tv", "smarttv"]
  private static let tunnelType: StaticString = "application/x-rtsp-tunnelled"

  private struct Request {
    let isHead: Bool
    let method: String
    /// Without secrets.
    let target: String
    let key: UInt64
    let packet: PacketReference
  }

  /// The message that one direction is in.
  private struct Transfer {
    var isResponse = false
    var status = 0
    /// The request that a response answers, if the capture holds it.
    var request: Request?
    var isChunked = false
    var isEncoded = false
    var body = HTTPBody()
    var type = ""
    var isWebSocket = false
    /// A picture or a piece of a presentation.
    var item: HTTPItem?
  }

  private struct Side {
    var reader = MessageReader(.http)
    var transfer = Transfer()
    /// Requests without an answer.
    var pending: [Request] = []
    /// The last request asked a proxy for a tunnel (RFC 9110 section 9.3.6).
    var asksForTunnel = false
  }

  private var sides = PerDirection(Side())
  private var uploads = PerDirection(LiveUpload())
  /// The number of pictures that each target answered with, for few targets.
  private var pictures: [String: Int] = [:]
  private var reported = Reported(limit: HTTPParser.factLimit)
  /// Requests that were granted, so that those of a web page leave room for other facts.
  private var grants = Reported()
  private var isFinished = false
  private var isProxied = false
  /// The client is a television or a stick for one.
  private var isScreen = false
  /// RTSP in the bodies of this connection.
  private var tunnel: RTSPTunnel?
  /// The connection has switched to WebSocket.
  private var webSocket: WebSocketParser?
  /// A proxy has opened a tunnel: what follows is another conversation.
  private var isRelay = false

  func gap(in direction: Direction) {
    if let webSocket { return webSocket.gap(in: direction) }
    sides[direction].reader.gap()
    sides[direction].pending = []
    sides[direction].transfer.item = nil
    if sides[direction].transfer.body.content == .tunnel {
      tunnel?.gap(in: direction)
    } else {
      // The beginning of a body with a hole proves nothing.
      sides[direction].transfer.body.ignoreRest()
    }
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let side = message.direction
    let piece = message.payload
    var position = 0
    while !isFinished {
      if isRelay { return .next(isRelayed: true) }
      if let webSocket { return webSocket.consume(piece.slice(position), of: message, into: &sink) }
      switch sides[side].reader.next(piece, at: &position) {
      case .needMore: return .mine
      case .startLine: start(side, into: &sink)
      case .header: header(side, into: &sink)
      case .endOfHeaders: endHeaders(side, into: &sink)
      case .body(let range):
        let bytes = piece.slice(range.lowerBound, range.count)
        if sides[side].transfer.body.content == .tunnel {
          tunnelled(bytes, of: message, into: &sink)
        } else if sides[side].transfer.item != nil {
          sides[side].transfer.item?.add(bytes)
        } else if sides[side].transfer.body.add(bytes, once: &reported, &uploads[side], at: message.time, into: &sink) {
          isFinished = true
        }
      case .endOfMessage:
        endItem(side, into: &sink)
        sides[side].transfer.body.finish(once: &reported, &uploads[side], at: message.time, into: &sink)
      }
    }
    return .done
  }

  /// Servers of old cameras end a picture with the connection.
  func ended(_ message: borrowing Message, into sink: inout ObservationSink) {
    if sides[message.direction].reader.isUntilClose { endItem(message.direction, into: &sink) }
  }

  private func endItem(_ side: Direction, into sink: inout ObservationSink) {
    guard let item = sides[side].transfer.item else { return }
    item.finish(once: &reported, into: &sink)
    sides[side].transfer.item = nil
  }

  private func tunnelled(_ bytes: RawSpan, of message: borrowing Message, into sink: inout ObservationSink) {
    guard let tunnel else { return }
    let isAnswer = sides[message.direction].transfer.isResponse
    let disposition = isAnswer ? tunnel.answer(bytes, of: message, into: &sink) : tunnel.request(bytes, of: message, into: &sink)
    if case .done = disposition { isFinished = true }
  }

  // MARK: Start lines

  private func start(_ side: Direction, into sink: inout ObservationSink) {
    let owned = sides[side].reader.line
    let line = unsafe owned.span.bytes
    var transfer = Transfer()
    if MessageReader.Syntax.http.isStatusLine(line) {
      transfer.isResponse = true
      transfer.status = line.slice(9, 3).decimal ?? 0
      // An interim answer is followed by the final one.
      if transfer.status >= 200 || transfer.status == 101, !sides[side.opposite].pending.isEmpty {
        transfer.request = sides[side.opposite].pending.removeFirst()
      }
    } else if let space = line.firstIndex(of: ASCII.space) {
      let method = line.slice(0, space)
      let rest = line.slice(space + 1)
      let target = rest.slice(0, rest.firstIndex(of: ASCII.space) ?? rest.byteCount)
      if method.starts(with: "POST") { transfer.body.content = .report }
      if let kind = LiveUpload.Kind(method: method, target: target) { transfer.body.content = .upload(kind) }
      startRequest(method, target, side, into: &sink)
      if method.starts(with: "PUT") || method.starts(with: "POST") {
        transfer.item = HTTPItem(.untyped, RequestTarget.redacted(target, query: false), RequestTarget.place(target))
      }
    }
    sides[side].transfer = transfer
  }

  private func startRequest(_ method: RawSpan, _ target: RawSpan, _ side: Direction, into sink: inout ObservationSink) {
    let redacted = RequestTarget.redacted(target, query: true)
    let name = method.text(limit: 24)
    sink.emit(.httpPath, name + " " + redacted, once: &reported)
    if let host = RequestTarget.host(target) {
      sink.emit(.httpHost, host, once: &reported)
      // A target with a host is meant for a proxy (RFC 9112 section 3.2.2), so the answers come from another host.
      isProxied = true
    }
    sides[side].asksForTunnel = method.starts(with: "CONNECT")
    if sides[side].asksForTunnel { isProxied = true }
    if sides[side].pending.count < Self.pendingLimit {
      sides[side].pending.append(
        Request(isHead: name == "HEAD", method: name, target: redacted, key: RequestTarget.key(target), packet: sink.packet))
    }
    // A client that sends another request has seen the end of the last answer.
    if sides[side.opposite].reader.isUntilClose { sides[side.opposite].reader.lose() }
  }

  // MARK: Headers

  private func header(_ side: Direction, into sink: inout ObservationSink) {
    let owned = sides[side].reader.line
    let line = unsafe owned.span.bytes
    if let value = line.header("content-length") {
      sides[side].transfer.body.length = value.decimal
    } else if let value = line.header("transfer-encoding") {
      sides[side].transfer.isChunked = value.firstIndexIgnoringCase(of: "chunked") != nil
    } else if sides[side].transfer.isResponse {
      if !isProxied { answerHeader(line, side, into: &sink) }
    } else if let value = line.header("content-type") {
      if value.startsIgnoringCase(Self.tunnelType) { sides[side].transfer.body.content = .tunnel }
      sides[side].transfer.item?.kind = HTTPItem.Kind(ofUpload: value)
    } else if let value = line.header("host") {
      sink.emit(.httpHost, RequestTarget.hostName(value), once: &reported)
    } else if let value = line.header("user-agent") {
      isScreen = Self.screens.contains { value.firstIndexIgnoringCase(of: $0) != nil }
      sink.emit(.httpUserAgent, value.text(limit: 256), once: &reported)
    }
  }

  private func answerHeader(_ line: RawSpan, _ side: Direction, into sink: inout ObservationSink) {
    if let value = line.header("server") {
      sink.emit(.httpServer, value.text(limit: 256), once: &reported)
    } else if let value = line.header("www-authenticate") {
      if let realm = value.parameter("realm") { sink.emit(.httpRealm, realm, once: &reported) }
    } else if let value = line.header("content-type") {
      answerType(value, side, into: &sink)
    } else if let value = line.header("content-encoding") {
      sides[side].transfer.isEncoded = !value.startsIgnoringCase("identity")
    } else if let value = line.header("upgrade") {
      sides[side].transfer.isWebSocket = value.startsIgnoringCase("websocket")
    } else if let value = line.header("set-cookie") {
      sink.emit(.httpCookie, value.slice(0, value.firstIndex(of: ASCII.equals) ?? 0).trimmed.text(limit: 64), once: &reported)
    } else {
      DeviceHeader.report(line, once: &reported, into: &sink)
    }
  }

  private func answerType(_ value: RawSpan, _ side: Direction, into sink: inout ObservationSink) {
    let type = value.slice(0, value.firstIndex(of: ASCII.semicolon) ?? value.byteCount).trimmed.text(limit: 96).lowercased()
    sides[side].transfer.type = type
    sides[side].transfer.body.content = HTTPBody.Content(type: type)
    if sides[side].transfer.body.content == .multipart { sides[side].transfer.body.boundary = value.parameter("boundary", limit: 96) ?? "" }
    sink.emit(.httpContentType, type, once: &reported)
    if type == "image/jpeg", sides[side].transfer.status == 200, let request = sides[side].transfer.request {
      picture(request, into: &sink)
    }
  }

  /// Counts a JPEG answer. One picture can be anything; the same target over and over is a camera being watched.
  private func picture(_ request: Request, into sink: inout ObservationSink) {
    guard !request.isHead else { return }
    let count = (pictures[request.target] ?? 0) + 1
    guard count > 1 || pictures.count < Self.pictureLimit else { return }
    sink.emit(.httpPicture, request.target, once: &reported, shown: request.packet)
    pictures[request.target] = count
    if count == Self.picturesNeeded {
      sink.emit(.httpSnapshots, request.target, once: &reported, shown: request.packet)
    }
  }

  /// Reports what the server granted. Pages, and what may be one, are left out: some servers answer every request with one.
  private func granted(_ transfer: Transfer, into sink: inout ObservationSink) {
    guard let request = transfer.request, !isProxied, (200..<300).contains(transfer.status) || transfer.status == 101,
      transfer.body.content != .html, !transfer.type.isEmpty || transfer.status == 204 || transfer.status == 101
    else { return }
    sink.emit(.httpServed, request.method + " " + request.target, once: &grants, shown: request.packet)
  }

  /// The body of an answer that may belong to a row.
  private func servedItem(_ transfer: Transfer) -> HTTPItem? {
    guard let request = transfer.request, transfer.status == 200, !request.isHead, !transfer.isEncoded, !isProxied else { return nil }
    guard let kind = HTTPItem.Kind(ofAnswer: transfer.type, to: request.target), kind == .picture || !isScreen else { return nil }
    return HTTPItem(kind, request.target, request.key)
  }

  private func endHeaders(_ side: Direction, into sink: inout ObservationSink) {
    let transfer = sides[side].transfer
    if transfer.isResponse {
      granted(transfer, into: &sink)
      sides[side].transfer.item = servedItem(transfer)
    } else if let item = transfer.item, item.isDeclaredPicture, let length = transfer.body.length, !isProxied {
      item.declare(length: length, into: &sink)
      sides[side].transfer.item = nil
    } else if [.other, .untyped].contains(transfer.item?.kind) || transfer.body.upload != nil || isProxied {
      sides[side].transfer.item = nil
    }
    if transfer.isResponse, transfer.status == 101 {
      if transfer.isWebSocket, !isProxied { webSocket = WebSocketParser(server: side) } else { isFinished = true }
      return
    }
    if transfer.isResponse, (200..<300).contains(transfer.status), sides[side.opposite].asksForTunnel {
      isRelay = true
      return
    }
    let carriesRTSP = transfer.body.content == .tunnel && !isProxied && (!transfer.isResponse || transfer.status == 200)
    if carriesRTSP {
      tunnel = tunnel ?? RTSPTunnel()
    } else if transfer.isEncoded || isProxied || transfer.body.content == .tunnel || !transfer.isResponse && !transfer.body.isOfRequest {
      sides[side].transfer.body.content = .ignored
    }
    let isBodiless = transfer.request?.isHead == true || transfer.status < 200 || transfer.status == 204 || transfer.status == 304
    if transfer.isResponse, isBodiless {
      sides[side].transfer.body.content = .ignored
      sides[side].reader.expect(.none)
    } else if transfer.isChunked {
      sides[side].reader.expect(.chunked)
    } else if carriesRTSP, transfer.isResponse {
      // Servers invent a length, since the end is not known.
      sides[side].reader.expect(.untilClose)
    } else if let length = transfer.body.length {
      sides[side].reader.expect(.length(length))
    } else if transfer.isResponse || carriesRTSP {
      sides[side].transfer.body.isUntilClose = true
      sides[side].reader.expect(.untilClose)
    } else {
      sides[side].reader.expect(.none)
    }
  }
}

/// Non-standard headers that name a maker or model, such as `X-UStreamer-Online` or `X-Framerate`.
enum DeviceHeader {
  private static let names: [StaticString] = ["camera", "model", "device", "ustreamer", "framerate"]
  private static let secrets: [StaticString] = ["token", "auth", "key", "secret", "session"]

  /// Reports the header line if it is such a header and holds no secret.
  static func report(_ line: RawSpan, once reported: inout Reported, into sink: inout ObservationSink) {
    guard line.startsIgnoringCase("x-"), let colon = line.firstIndex(of: ASCII.colon) else { return }
    let name = line.slice(0, Swift.min(colon, 64)).trimmed
    guard contains(name, names), !contains(name, secrets) else { return }
    let value = line.slice(colon + 1).trimmed.text(limit: 128)
    if !value.isEmpty { sink.emit(.httpHeader, name.text(limit: 64) + ": " + value, once: &reported) }
  }

  /// Reports the device headers among several lines.
  static func report(lines: RawSpan, once reported: inout Reported, into sink: inout ObservationSink) {
    var line = 0
    while let end = lines.firstIndex(of: ASCII.lineFeed, from: line) {
      report(lines.slice(line, end - line).trimmed, once: &reported, into: &sink)
      line = end + 1
    }
  }

  private static func contains(_ name: RawSpan, _ words: [StaticString]) -> Bool {
    for word in words where name.firstIndexIgnoringCase(of: word) != nil { return true }
    return false
  }
}
