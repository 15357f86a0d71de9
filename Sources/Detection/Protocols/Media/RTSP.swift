/// RTSP 1.0 and 2.0 (RFC 2326, RFC 7826) on any port, with the media that is interleaved in the connection (RFC 2326 section 10.12).
///
/// The camera is who answers: its server name, realm and path, and `rtsp.video` when it answers DESCRIBE with video. Who asks is a
/// viewer or a recorder; only ANNOUNCE makes the asking side a source (`rtsp.publish`). Media servers, set-top boxes and VLC answer in the
/// same way: the server name is told before the video, so that signatures can weigh it. AirPlay and Miracast are RTSP between a person's
/// phone and a screen: they are told by their names only, never as video.
public struct RTSPRecognizer: Recognizer {
  public let name = "rtsp"
  public let transports: Transports = .tcp

  /// Bytes of a stream joined in the middle before it is searched for frames.
  static let searchMinimum = 64

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    let start = Disposition.ofStart(of: bytes, .rtsp)
    if case .notMine = start { return interleaved(bytes) }
    return start
  }

  /// Joined in the middle of media: a chain of frames, at once or somewhere in the first bytes.
  private func interleaved(_ bytes: RawSpan) -> Disposition {
    switch InterleavedFrames.chain(bytes, at: 0) {
    case .whole: return .mine
    case .open: return .needMore
    case .broken: break
    }
    guard bytes.byteCount >= Self.searchMinimum, !Self.isText(bytes.slice(0, 16)) else { return .notMine }
    // Records of TLS have a head of their own.
    if (0x14...0x17).contains(bytes.u8(0)), bytes.u8(1) == 0x03 { return .notMine }
    var offset = 1
    while let next = bytes.firstIndex(of: 0x24, from: offset) {
      if InterleavedFrames.chain(bytes, at: next) == .whole { return .mine }
      offset = next + 1
    }
    return .needMore
  }

  private static func isText(_ bytes: RawSpan) -> Bool {
    for index in 0..<bytes.byteCount {
      let byte = bytes.u8(index)
      guard (0x20..<0x7F).contains(byte) || byte &- 0x09 < 5 else { return false }
    }
    return true
  }

  public func makeParser() -> any Parser { RTSPParser() }
}

final class RTSPParser: Parser {
  /// Requests without an answer, paths told and expectations.
  static let pendingLimit = 16
  static let pathLimit = 8
  static let expectationLimit = 32
  /// Different facts told of one side.
  static let factLimit = 64
  /// Bytes kept while the stream is lost, and searched in vain before it is given up.
  static let searchLimit = 16384
  static let searchTotalLimit = 1 << 20
  /// Frames after which audio alone is told as a stream, and after which a conversation that has told all is left.
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
    var kept: [UInt8] = []
  }

  private struct Side {
    var reader = MessageReader(.rtsp)
    var frames = InterleavedFrames()
    var media = InterleavedMedia()
    var transfer = Transfer()
    var pending: [Request] = []
    /// It has answered a request: a server.
    var answers = false
    /// It has announced a session: a publisher.
    var announces = false
    /// Bytes kept while the stream is lost; nil while it is not.
    var lost: [UInt8]?
    /// Where in them the search goes on, and how many were searched in all.
    var searchFrom = 0
    var searched = 0
  }

  private let stream: String
  private var sides = [Side(), Side()]
  /// Hashes of what each side told.
  private var facts: [Set<Int>] = [[], []]
  /// What was described: the media, codecs of all, and codecs by the channel of interleaved media.
  private var description: [SessionDescription.Media] = []
  private var codecs: [UInt8: String] = [:]
  private var channels: [UInt8: [UInt8: String]] = [:]
  private var expectations = 0
  private var paths = 0
  private var isMirroring = false
  private var isStreamTold = false
  private var isVideoTold = false
  private var isFinished = false
  /// Of the message at hand.
  private var side = 0
  private var sender = IPAddress.none
  private var receiver = IPAddress.none

  /// - Parameter stream: what media in this conversation are called.
  init(stream: String = "RTSP over TCP") { self.stream = stream }

  func gap(fromOriginator: Bool) {
    let side = fromOriginator ? 0 : 1
    sides[side].reader.lose()
    sides[side].frames = InterleavedFrames()
    lose(side)
    sides[side].searched = 0
    sides[side].pending = []
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    side = message.fromOriginator ? 0 : 1
    sender = message.source.station.address
    receiver = message.destination.station.address
    var rest = advance(message.payload, side, into: &sink)
    while let bytes = rest, !isFinished { rest = unsafe advance(bytes.span.bytes, side, into: &sink) }
    return isFinished ? .done : .mine
  }

  /// Reads a piece; gives back the bytes to go on with where the stream was found again.
  private func advance(_ piece: RawSpan, _ side: Int, into sink: inout ObservationSink) -> [UInt8]? {
    var position = 0
    while !isFinished {
      if sides[side].lost != nil { return search(piece.slice(position), side) }
      if sides[side].frames.isInside || sides[side].reader.isBetweenMessages && position < piece.byteCount {
        if sides[side].frames.isInside || piece.u8(position) == 0x24 {
          if sides[side].frames.next(piece, at: &position) {
            frame(side, into: &sink)
          } else if position >= piece.byteCount {
            return nil
          }
          continue
        }
        // Neither a frame nor a line end nor a capital: not where a message begins.
        let byte = piece.u8(position)
        if byte != 0x0D, byte != 0x0A, byte &- 0x41 >= 26 {
          lose(side)
          continue
        }
      }
      switch sides[side].reader.next(piece, at: &position) {
      case .needMore:
        if sides[side].reader.isOutOfSync { lose(side) }
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

  private func lose(_ side: Int) {
    sides[side].lost = []
    sides[side].searchFrom = 0
  }

  /// Looks for a start line or a chain of frames in the bytes of a stream that was lost.
  private func search(_ piece: RawSpan, _ side: Int) -> [UInt8]? {
    var bytes = sides[side].lost ?? []
    sides[side].lost = []
    bytes += piece.array
    sides[side].searched += piece.byteCount
    if let start = start(in: bytes, &sides[side].searchFrom) {
      sides[side].lost = nil
      sides[side].searched = 0
      sides[side].reader.restart()
      sides[side].frames = InterleavedFrames()
      return Array(bytes[start...])
    }
    if bytes.count > Self.searchLimit {
      let dropped = bytes.count - Self.searchLimit / 2
      bytes.removeFirst(dropped)
      sides[side].searchFrom = Swift.max(0, sides[side].searchFrom - dropped)
    }
    sides[side].lost = bytes
    if sides[side].searched > Self.searchTotalLimit { isFinished = true }
    return nil
  }

  /// `from` moves to the first place that more bytes could make a start.
  private func start(in bytes: [UInt8], _ from: inout Int) -> Int? {
    let span = unsafe bytes.span.bytes
    var open: Int?
    for offset in from..<Swift.max(from, span.byteCount) {
      let byte = span.u8(offset)
      if byte == 0x24 {
        switch InterleavedFrames.chain(span, at: offset) {
        case .whole: return offset
        case .open: open = open ?? offset
        case .broken: break
        }
      } else if byte &- 0x41 < 26, MessageReader.Syntax.rtsp.beginsMessage(span.slice(offset, 40)) {
        return offset
      }
    }
    // A start line is known by fewer than 40 bytes.
    from = Swift.min(open ?? .max, Swift.max(from, span.byteCount - 40))
    return nil
  }

  // MARK: Heads

  private func start(_ side: Int) {
    let owned = sides[side].reader.line
    let line = unsafe owned.span.bytes
    var transfer = Transfer()
    if MessageReader.Syntax.rtsp.isStatusLine(line) {
      transfer.isResponse = true
      transfer.status = line.slice(9, 3).decimal ?? 0
    } else if let space = line.firstIndex(of: 0x20) {
      let method = line.slice(0, space)
      let rest = line.slice(space + 1)
      transfer.method = Self.method(method)
      transfer.path = RequestTarget.kept(rest.slice(0, rest.firstIndex(of: 0x20) ?? rest.byteCount), query: false)
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

  private func header(_ side: Int, into sink: inout ObservationSink) {
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
    } else if Self.isOfMirroring(line) {
      isMirroring = true
    } else if sides[side].transfer.isResponse {
      if let value = line.header("server") {
        if value.startsIgnoringCase("airtunes") { isMirroring = true }
        say(.rtspServer, value.text(limit: 256), into: &sink)
      } else if let value = line.header("www-authenticate"), let realm = value.parameter("realm") {
        say(.rtspRealm, realm, into: &sink)
      }
    } else if let value = line.header("user-agent") {
      if value.startsIgnoringCase("airplay/") || value.startsIgnoringCase("itunes/") { isMirroring = true }
      say(.rtspUserAgent, value.text(limit: 256), into: &sink)
    }
  }

  /// Headers of AirPlay (`X-Apple-…`, `Apple-Challenge`, `DACP-ID`) and Miracast (`Require: org.wfa.wfd1.0`).
  private static func isOfMirroring(_ line: RawSpan) -> Bool {
    line.startsIgnoringCase("x-apple-") || line.startsIgnoringCase("apple-") || line.startsIgnoringCase("dacp-id")
      || line.firstIndexIgnoringCase(of: "org.wfa.wfd") != nil
  }

  private func endHeaders(_ side: Int, into sink: inout ObservationSink) {
    let transfer = sides[side].transfer
    if transfer.isResponse {
      sides[side].answers = true
      answer(side, into: &sink)
    } else {
      if sides[side].pending.count >= Self.pendingLimit { sides[side].pending.removeFirst() }
      sides[side].pending.append(Request(sequence: transfer.sequence, method: transfer.method, path: transfer.path))
    }
    sides[side].reader.expect(.length(transfer.length))
  }

  /// Pairs an answer with its request: the path is what the server knows when it says yes to more than OPTIONS.
  private func answer(_ side: Int, into sink: inout ObservationSink) {
    let transfer = sides[side].transfer
    let asker = 1 - side
    let index = sides[asker].pending.firstIndex { $0.sequence == transfer.sequence }
    let request = index.map { sides[asker].pending.remove(at: $0) }
    guard (200..<300).contains(transfer.status) else { return }
    if let request, request.method != .options, request.method != .setup, !request.path.isEmpty, request.path != "*",
      paths < Self.pathLimit
    {
      if say(.rtspPath, request.path, into: &sink) { paths += 1 }
    }
    guard !isMirroring else { return }
    let codecs = media(at: request?.path)?.codecs ?? self.codecs
    if let channel = transfer.transport.channel { channels[channel] = codecs }
    expect(transfer.transport, codecs, into: &sink)
  }

  /// The media that a SETUP is for: two of them may use the same payload type.
  private func media(at path: String?) -> SessionDescription.Media? {
    guard let path else { return nil }
    return description.first { media in
      let control = Array(media.control.utf8)
      let kept = unsafe RequestTarget.kept(control.span.bytes, query: false)
      return !kept.isEmpty && kept != "*" && (path == kept || path.hasSuffix("/" + kept))
    }
  }

  /// The ports that an answer to SETUP agrees on, of the client that it goes to and of the server.
  private func expect(_ transport: RTSPTransport, _ codecs: [UInt8: String], into sink: inout ObservationSink) {
    for (ports, address) in [
      (transport.clientPorts, transport.destination ?? receiver), (transport.serverPorts, transport.source ?? sender),
    ] {
      for port in ports where expectations < Self.expectationLimit && port > 0 {
        expectations += 1
        sink.expect(Expectation(kind: .rtp(codecs: codecs), address: address, port: port))
      }
    }
  }

  // MARK: Bodies

  private func keep(_ bytes: RawSpan, _ side: Int) {
    guard sides[side].transfer.content != .ignored else { return }
    let count = Swift.min(bytes.byteCount, SessionDescription.sizeLimit - sides[side].transfer.kept.count)
    for index in 0..<Swift.max(0, count) { sides[side].transfer.kept.append(bytes.u8(index)) }
  }

  private func endMessage(_ side: Int, into sink: inout ObservationSink) {
    let transfer = sides[side].transfer
    sides[side].transfer = Transfer()
    let body = unsafe transfer.kept.span.bytes
    switch transfer.content {
    case .ignored: return
    case .parameters: if body.contains("wfd_") { isMirroring = true }
    case .description:
      guard !isMirroring, let description = SessionDescription(body) else { return }
      let isAnswer = transfer.isResponse && transfer.status == 200
      // A server may announce too, to change what it described (RFC 2326 section 10.3).
      let isAnnouncement = !transfer.isResponse && transfer.method == .announce && !sides[side].answers
      guard isAnswer || isAnnouncement else { return }
      self.description = description.media
      codecs = description.codecs
      if isAnnouncement { sides[side].announces = true }
      // What says more about the source comes first: signatures look back at it when the video is told.
      tell(description, into: &sink)
      if let video = description.video {
        say(isAnswer ? .rtspVideo : .rtspPublish, video.codec ?? "unknown", into: &sink)
      }
    }
  }

  private func tell(_ description: SessionDescription, into sink: inout ObservationSink) {
    say(.sdpTool, description.tool, into: &sink)
    if description.name != "-" { say(.sdpSession, description.name, into: &sink) }
    say(.sdpRange, description.range, into: &sink)
    for media in description.media {
      say(.sdpMedia, media.codec.map { media.kind + " " + $0 } ?? media.kind, into: &sink)
    }
  }

  // MARK: Media

  private func frame(_ side: Int, into sink: inout ObservationSink) {
    let frames = sides[side].frames
    let finding = sides[side].media.add(frames, described: channels[frames.channel] ?? codecs, isIgnored: isMirroring)
    switch finding {
    case .nothing: return
    case .known:
      if sides[side].media.frameCount >= Self.audioFrames { tellStream(into: &sink) }
      finish(side)
    case .codec(let codec, let isTold):
      let isVideo = RTPCodec.isVideo(codec)
      // Who answers and sends video serves it, also where the description was not captured.
      if isVideo, sides[side].answers, !sides[side].announces, !isVideoTold {
        say(.rtspVideo, codec, into: &sink)
      }
      // Joined in the middle: nobody was seen to answer or to announce, so it is only known who sends.
      if isVideo, !sides[side].announces, !sides.contains(where: \.answers) { say(.rtspInterleaved, codec, into: &sink) }
      say(.rtpPayload, codec, into: &sink)
      if isVideo || !isTold { tellStream(into: &sink) }
    }
  }

  private func tellStream(into sink: inout ObservationSink) {
    if isStreamTold { return }
    isStreamTold = true
    sink.stream(stream)
  }

  /// Leaves a conversation that has told all: names, video, and every source that sends.
  private func finish(_ side: Int) {
    guard sides[side].media.frameCount >= Self.framesToEnd, isStreamTold, sides[0].answers || sides[1].answers else { return }
    isFinished = sides[side].media.isAllReported
  }

  /// Tells a fact about the sender, once; false where it was told before.
  @discardableResult
  private func say(_ field: Field, _ text: String, into sink: inout ObservationSink) -> Bool {
    guard !text.isEmpty, facts[side].count < Self.factLimit, facts[side].insert(field.hash(with: text)).inserted else {
      return false
    }
    if field == .rtspVideo { isVideoTold = true }
    sink.emit(field, text)
    return true
  }
}
