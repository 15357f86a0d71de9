/// RTSP 1.0 and 2.0 (RFC 2326, RFC 7826) on any port, with the media that is interleaved in the connection (RFC 2326 section 10.12).
///
/// The side that answers is the camera: server name, realm and path are reported about it, and `rtsp.video` when it answers DESCRIBE with
/// video. If its answers were not captured, requests tell its realm, and its path once there is a session (RFC 2326 section 12.37). The side that asks is a viewer or a recorder; only ANNOUNCE makes it a source (`rtsp.publish`). Media servers, set-top boxes and
/// VLC answer in the same way, so the server name is reported before the video for signatures to consider. AirPlay and Miracast, RTSP
/// between a phone and a screen, are reported by their names only, never as video.
public struct RTSPRecognizer: Recognizer {
  public let name = "rtsp"
  public let transports: Transports = .tcp

  /// Places that are tried at once: of random bytes, one in 256 looks like the beginning of a frame.
  static let searchLimit = 64

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let start = MessageReader.Syntax.rtsp.disposition(ofStart: message.payload)
    guard case .notMine = start else { return start }
    return switch InterleavedFrames.chain(message.payload, at: 0) {
    case .whole: .mine
    case .open: .needMore
    case .broken: .notMine
    }
  }

  public var searches: Bool { true }

  /// A whole start line behind chatter, or a chain of frames: a stream may be joined in the middle of media.
  public func beginning(in bytes: RawSpan) -> Beginning {
    switch (Self.startLine(in: bytes), Self.frames(in: bytes)) {
    case (.found(let line), .found(let frames)): .found(Swift.min(line, frames))
    case (.found(let place), _), (_, .found(let place)): .found(place)
    case (.open(let line), .open(let frames)): .open(Swift.min(line, frames))
    }
  }

  private static func frames(in bytes: RawSpan) -> Beginning {
    var (open, search): (Int?, Int) = (nil, 0)
    for _ in 0..<searchLimit {
      guard let mark = bytes.firstIndex(of: InterleavedFrames.mark, from: search) else { return .open(open ?? bytes.byteCount) }
      switch InterleavedFrames.chain(bytes, at: mark) {
      case .whole: return .found(mark)
      case .open: open = open ?? mark
      case .broken: break
      }
      search = mark + 1
    }
    return .open(open ?? search)
  }

  private static func startLine(in bytes: RawSpan) -> Beginning {
    var (search, text) = (0, bytes.byteCount)
    while let version = bytes.firstIndex(of: "RTSP/", from: search) {
      search = version + 5
      guard let end = bytes.firstIndex(of: ASCII.lineFeed, from: version) else {
        text = version
        break
      }
      // An answer begins with the version, and a request ends with it, behind a method and a target.
      if MessageReader.Syntax.rtsp.isStatusLine(bytes.slice(version, end - version).trimmed) { return .found(version) }
      guard let start = requestStart(bytes, before: version) else { continue }
      if MessageReader.Syntax.rtsp.isStartLine(bytes.slice(start, end - start).trimmed) { return .found(start) }
    }
    // In front of the end of its line, a request holds nothing but text.
    while text > 0, ASCII.isPrintable(bytes.u8(text - 1)) || bytes.u8(text - 1) == ASCII.carriageReturn { text -= 1 }
    return .open(text)
  }

  /// The place of the method in front of ` rtsp://… RTSP/1.0`.
  private static func requestStart(_ bytes: RawSpan, before version: Int) -> Int? {
    var space = version - 2
    while space > 0, ASCII.isVisible(bytes.u8(space)) { space -= 1 }
    guard space > 0, bytes.u8(space) == ASCII.space, bytes.startsIgnoringCase("rtsp://", at: space + 1) else { return nil }
    for method: StaticString in ["OPTIONS", "DESCRIBE", "ANNOUNCE", "SETUP", "PLAY"] {
      let start = space - method.utf8CodeUnitCount
      if start > 0, bytes.starts(with: method, at: start) { return start }
    }
    return nil
  }

  public func makeParser() -> any Parser { RTSPParser() }
}

final class RTSPParser: Parser {
  /// Requests without an answer, paths reported, and expectations.
  static let pendingLimit = 16
  static let pathLimit = 8
  static let expectationLimit = 32
  /// Different facts reported about one side.
  static let factLimit = 64
  /// Frames after which audio alone is reported as a stream, and after which a conversation with nothing left to report ends.
  static let audioFrames = 50
  static let framesToEnd = 200

  private enum Content { case ignored, description, parameters }

  private struct Request {
    var sequence: Int?
    var method: Method
    var path: String
  }

  private enum Method { case describe, announce, setup, options, other }

  /// The message that one direction is in.
  private struct Transfer {
    var isResponse = false
    var status = 0
    var sequence: Int?
    var method = Method.other
    var path = ""
    var length = 0
    var content = Content.ignored
    var transport = RTSPTransport()
    /// Of a request: the realm of the challenge that it answers, and that it belongs to a session.
    var realm = ""
    var hasSession = false
    var hasBody = false
    var kept: [UInt8] = []
  }

  private struct Side {
    var reader = MessageReader(.rtsp)
    var frames = InterleavedFrames()
    var media = InterleavedMedia()
    var transfer = Transfer()
    var pending: [Request] = []
    /// This side has answered a request, so it is a server.
    var answers = false
    /// This side has announced a session, so it is a publisher.
    var announces = false
    var resync = RTSPResync()
    var reported = Reported(limit: RTSPParser.factLimit)
  }

  private let stream: String
  private var sides = PerDirection(Side())
  /// The media of the session description, the codecs of all of them, and those of each channel of interleaved media.
  private var description: [SessionDescription.Media] = []
  private var codecs: [UInt8: String] = [:]
  private var channels: [UInt8: [UInt8: String]] = [:]
  private var expectations = 0
  private var paths = 0
  private var isMirroring = false
  private var isLive = true
  private var isStreamReported = false
  private var isVideoReported = false
  private var isFinished = false
  /// Direction and addresses of the current message.
  private var current = Direction.originator
  private var sender = IPAddress.none
  private var receiver = IPAddress.none

  /// - Parameter stream: the name under which media in this conversation are reported.
  init(stream: String = "RTSP over TCP") { self.stream = stream }

  func gap(after message: borrowing Message, into sink: inout ObservationSink) {
    current = message.direction
    sender = message.source.station.address
    receiver = message.destination.station.address
    if sides[current].reader.isInMessage { concludeCut(current, into: &sink) }
    gap(in: current)
  }

  func gap(in direction: Direction) {
    sides[direction].reader.lose()
    sides[direction].frames = InterleavedFrames()
    sides[direction].resync.beginAnew()
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let side = message.direction
    current = side
    sender = message.source.station.address
    receiver = message.destination.station.address
    var rest = advance(message.payload, side, into: &sink)
    while let bytes = rest, !isFinished { rest = unsafe advance(bytes.span.bytes, side, into: &sink) }
    return isFinished ? .done : .mine
  }

  /// Reads a piece. Returns the bytes to continue with if a search has found the stream again.
  private func advance(_ piece: RawSpan, _ side: Direction, into sink: inout ObservationSink) -> [UInt8]? {
    var position = 0
    while !isFinished {
      if sides[side].resync.isSearching { return search(piece.slice(position), side) }
      if sides[side].frames.isInside || sides[side].reader.isBetweenMessages && position < piece.byteCount {
        if sides[side].frames.isInside || piece.u8(position) == InterleavedFrames.mark {
          if sides[side].frames.next(piece, at: &position) {
            frame(side, into: &sink)
          } else if position >= piece.byteCount {
            return nil
          }
          continue
        }
        // Neither a frame nor the beginning of a message.
        let byte = piece.u8(position)
        if !ASCII.isLineEnd(byte), !ASCII.isUppercase(byte) {
          sides[side].resync.begin()
          continue
        }
      }
      switch sides[side].reader.next(piece, at: &position) {
      case .needMore:
        if sides[side].reader.isOutOfSync { sides[side].resync.begin() }
        return nil
      case .startLine: start(side)
      case .header: header(side, into: &sink)
      case .endOfHeaders: endHeaders(side, into: &sink)
      case .body(let range): keep(piece.slice(range.lowerBound, range.count), side)
      case .endOfMessage: endMessage(side, into: &sink)
      }
    }
    return nil
  }

  /// Uses what was captured of a message that was cut, as by a snap length.
  private func concludeCut(_ side: Direction, into sink: inout ObservationSink) {
    if sides[side].transfer.hasBody {
      // The last line is cut.
      while let last = sides[side].transfer.kept.last, last != ASCII.lineFeed { sides[side].transfer.kept.removeLast() }
      endMessage(side, into: &sink)
    } else {
      endHeaders(side, into: &sink)
    }
    sides[side].transfer = Transfer()
  }

  private func search(_ piece: RawSpan, _ side: Direction) -> [UInt8]? {
    guard let bytes = sides[side].resync.search(piece) else {
      isFinished = sides[side].resync.isHopeless
      return nil
    }
    sides[side].reader.restart()
    sides[side].frames = InterleavedFrames()
    return bytes
  }

  // MARK: Headers

  private func start(_ side: Direction) {
    let owned = sides[side].reader.line
    let line = unsafe owned.span.bytes
    var transfer = Transfer()
    if MessageReader.Syntax.rtsp.isStatusLine(line) {
      transfer.isResponse = true
      transfer.status = line.slice(9, 3).decimal ?? 0
    } else if let space = line.firstIndex(of: ASCII.space) {
      let method = line.slice(0, space)
      let rest = line.slice(space + 1)
      transfer.method = Self.method(method)
      transfer.path = RequestTarget.redacted(rest.slice(0, rest.firstIndex(of: ASCII.space) ?? rest.byteCount), query: false)
      if transfer.path.hasSuffix("/") { transfer.path.removeLast() }
    }
    sides[side].transfer = transfer
  }

  private static func method(_ name: RawSpan) -> Method {
    if name.starts(with: "DESCRIBE") { return .describe }
    if name.starts(with: "ANNOUNCE") { return .announce }
    if name.starts(with: "SETUP") { return .setup }
    return name.starts(with: "OPTIONS") ? .options : .other
  }

  private func header(_ side: Direction, into sink: inout ObservationSink) {
    let owned = sides[side].reader.line
    let line = unsafe owned.span.bytes
    if let value = line.header("content-length") {
      sides[side].transfer.length = value.decimal ?? 0
    } else if let value = line.header("cseq") {
      sides[side].transfer.sequence = value.decimal
    } else if let value = line.header("content-type") {
      if value.startsIgnoringCase("application/sdp") { sides[side].transfer.content = .description }
      if value.startsIgnoringCase("text/parameters") { sides[side].transfer.content = .parameters }
    } else if let value = line.header("transport") {
      sides[side].transfer.transport = RTSPTransport(value)
    } else if Self.isMirroring(line) {
      isMirroring = true
    } else if sides[side].transfer.isResponse {
      if let value = line.header("server") {
        if value.startsIgnoringCase("airtunes") { isMirroring = true }
        emit(.rtspServer, value.text(limit: 256), side, into: &sink)
      } else if let value = line.header("www-authenticate"), let realm = value.parameter("realm") {
        emit(.rtspRealm, realm, side, into: &sink)
      }
    } else if let value = line.header("authorization") {
      sides[side].transfer.realm = value.parameter("realm") ?? ""
    } else if line.header("session") != nil {
      sides[side].transfer.hasSession = true
    } else if let value = line.header("user-agent") {
      if value.startsIgnoringCase("airplay/") || value.startsIgnoringCase("itunes/") { isMirroring = true }
      emit(.rtspUserAgent, value.text(limit: 256), side, into: &sink)
    }
  }

  /// Headers of AirPlay (`X-Apple-…`, `Apple-Challenge`, `DACP-ID`) and Miracast (`Require: org.wfa.wfd1.0`).
  private static func isMirroring(_ line: RawSpan) -> Bool {
    line.startsIgnoringCase("x-apple-") || line.startsIgnoringCase("apple-") || line.startsIgnoringCase("dacp-id")
      || line.firstIndexIgnoringCase(of: "org.wfa.wfd") != nil
  }

  private func endHeaders(_ side: Direction, into sink: inout ObservationSink) {
    let transfer = sides[side].transfer
    if transfer.isResponse {
      sides[side].answers = true
      answer(side, into: &sink)
    } else {
      if sides[side].pending.count >= Self.pendingLimit { sides[side].pending.removeFirst() }
      sides[side].pending.append(Request(sequence: transfer.sequence, method: transfer.method, path: transfer.path))
      inferServer(transfer, side, into: &sink)
    }
    sides[side].transfer.hasBody = true
    sides[side].reader.expect(.length(transfer.length))
  }

  /// A request that answers a challenge, or belongs to a session, shows what its receiver calls itself and serves. Publishers have
  /// sessions too, but the path is theirs.
  private func inferServer(_ transfer: Transfer, _ side: Direction, into sink: inout ObservationSink) {
    guard !isMirroring, !sides[side].answers, !sides[side].announces else { return }
    emit(.rtspRealm, transfer.realm, side.opposite, into: &sink)
    guard transfer.hasSession, transfer.method != .setup, transfer.method != .announce else { return }
    reportPath(transfer.path, side.opposite, into: &sink)
  }

  private func reportPath(_ path: String, _ server: Direction, into sink: inout ObservationSink) {
    guard !path.isEmpty, path != "*", paths < Self.pathLimit, emit(.rtspPath, path, server, into: &sink) else { return }
    paths += 1
  }

  /// Pairs an answer with its request. The path exists if the server accepts a request for it other than OPTIONS.
  private func answer(_ side: Direction, into sink: inout ObservationSink) {
    let transfer = sides[side].transfer
    let asker = side.opposite
    let index = sides[asker].pending.firstIndex { $0.sequence == transfer.sequence }
    let request = index.map { sides[asker].pending.remove(at: $0) }
    guard (200..<300).contains(transfer.status) else { return }
    if let request, request.method != .options, request.method != .setup { reportPath(request.path, side, into: &sink) }
    guard !isMirroring else { return }
    let codecs = media(at: request?.path)?.codecs ?? self.codecs
    if let channel = transfer.transport.channel { channels[channel] = codecs }
    expect(transfer.transport, codecs, into: &sink)
  }

  /// The media that a SETUP is for. Several media may use the same payload type.
  private func media(at path: String?) -> SessionDescription.Media? {
    guard let path else { return nil }
    return description.first { media in
      let control = Array(media.control.utf8)
      let name = unsafe RequestTarget.redacted(control.span.bytes, query: false)
      return !name.isEmpty && name != "*" && (path == name || path.hasSuffix("/" + name))
    }
  }

  /// Announces the flows that an answer to SETUP agrees on, by the ports of the client and of the server.
  private func expect(_ transport: RTSPTransport, _ codecs: [UInt8: String], into sink: inout ObservationSink) {
    for (ports, address) in [
      (transport.clientPorts, transport.destination ?? receiver), (transport.serverPorts, transport.source ?? sender),
    ] {
      for port in ports where expectations < Self.expectationLimit && port > 0 {
        expectations += 1
        sink.expect(Expectation(kind: .rtp(codecs: codecs), address: address, port: port, isLive: isLive))
      }
    }
  }

  // MARK: Bodies

  private func keep(_ bytes: RawSpan, _ side: Direction) {
    guard sides[side].transfer.content != .ignored else { return }
    let room = SessionDescription.sizeLimit - sides[side].transfer.kept.count
    sides[side].transfer.kept.append(bytes.slice(0, room))
  }

  private func endMessage(_ side: Direction, into sink: inout ObservationSink) {
    let transfer = sides[side].transfer
    sides[side].transfer = Transfer()
    let body = unsafe transfer.kept.span.bytes
    switch transfer.content {
    case .ignored: return
    case .parameters: if body.contains("wfd_") { isMirroring = true }
    case .description:
      guard !isMirroring, let description = SessionDescription(body) else { return }
      let isAnswer = transfer.isResponse && transfer.status == 200
      // Servers announce too, to change their description (RFC 2326 section 10.3).
      let isAnnouncement = !transfer.isResponse && transfer.method == .announce && !sides[side].answers
      guard isAnswer || isAnnouncement else { return }
      isLive = description.isLive
      self.description = description.media
      codecs = description.codecs
      if isAnnouncement { sides[side].announces = true }
      // Details of the source come before the video, because signatures for the video look back at them.
      report(description, side, into: &sink)
      if let video = description.video {
        emit(isAnswer ? .rtspVideo : .rtspPublish, video.codec ?? "unknown", side, into: &sink)
      }
    }
  }

  private func report(_ description: SessionDescription, _ side: Direction, into sink: inout ObservationSink) {
    emit(.sdpTool, description.tool, side, into: &sink)
    if description.name != "-" { emit(.sdpSession, description.name, side, into: &sink) }
    emit(.sdpRange, description.range, side, into: &sink)
    for origin in description.origins { emit(.sdpOrigin, origin, side, into: &sink) }
    for attribute in description.attributes { emit(.sdpAttribute, attribute, side, into: &sink) }
    for media in description.media {
      emit(.sdpMedia, media.codec.map { media.kind + " " + $0 } ?? media.kind, side, into: &sink)
    }
  }

  // MARK: Media

  /// The session is described with video, or not described.
  private var hasVideo: Bool { !isMirroring && (description.isEmpty || description.contains { $0.kind == "video" }) }

  private func frame(_ side: Direction, into sink: inout ObservationSink) {
    let frames = sides[side].frames
    let finding = sides[side].media.add(frames, described: channels[frames.channel] ?? codecs, isIgnored: isMirroring)
    switch finding {
    case .nothing: return
    case .known:
      if sides[side].media.frameCount >= Self.audioFrames { reportStream(isVideo: hasVideo, isLive: false, side, into: &sink) }
      finish(side)
    case .codec(let codec, let isDescribed):
      let isVideo = RTPCodec.isVideo(codec)
      // A side that answers and sends video serves it, even if the description was not captured.
      if isVideo, sides[side].answers, !sides[side].announces, !isVideoReported {
        emit(.rtspVideo, codec, side, into: &sink)
      }
      // The stream was joined in the middle, without an answer or an announcement: only the sender of the video is known.
      if isVideo, !sides[side].announces, !sides.contains(where: \.answers) {
        emit(.rtspInterleaved, codec, side, into: &sink)
      }
      emit(.rtpPayload, codec, side, into: &sink)
      if isVideo || !isDescribed { reportStream(isVideo: isVideo || hasVideo, isLive: isVideo && isLive, side, into: &sink) }
    }
  }

  private func reportStream(isVideo: Bool, isLive: Bool, _ side: Direction, into sink: inout ObservationSink) {
    if isStreamReported { return }
    isStreamReported = true
    sink.stream(stream, isAsked: sides[side].answers ? true : nil, isVideo: isVideo, isLive: isLive)
  }

  /// Ends a conversation with nothing left to report: the server, the video and the codec of each source are known.
  private func finish(_ side: Direction) {
    guard sides[side].media.frameCount >= Self.framesToEnd, isStreamReported, sides.contains(where: \.answers) else { return }
    isFinished = sides[side].media.isAllReported
  }

  /// Emits a fact about a side, once. Returns whether it did.
  @discardableResult
  private func emit(_ field: Field, _ text: String, _ side: Direction, into sink: inout ObservationSink) -> Bool {
    guard !text.isEmpty, sides[side].reported.firstTime(field, text) else { return false }
    sink.emit(field, text, about: side == current ? .sender : .receiver)
    if field == .rtspVideo { isVideoReported = true }
    return true
  }
}
