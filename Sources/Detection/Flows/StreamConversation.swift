/// Finds the recognizer that understands a TCP conversation and gives it the bytes of both directions in order.
///
/// While no recognizer has claimed it, the first bytes of each direction are stored, and all that are still in question are asked each
/// time they grow. The one that claims gets the stored bytes, piece by piece as they came, and then every further piece. What none can
/// claim any more is searched for a beginning further on, and dropped.
struct StreamConversation {
  /// Bytes of both directions that are stored while undecided.
  static let prefixLimit = 4096
  /// Pieces that are stored while undecided: a stream that drips single bytes is given up.
  static let pieceLimit = 1024
  /// Conversations within one another, as TLS behind STARTTLS behind a proxy.
  static let nestingLimit = 4

  private struct Ends: Equatable {
    let originator: Endpoint
    let responder: Endpoint

    init(_ message: borrowing Message) {
      (originator, responder) = message.fromOriginator ? (message.source, message.destination) : (message.destination, message.source)
    }
  }

  private struct Piece {
    let time: Timestamp
    private let number: UInt64
    private let file: UInt32
    /// Where its bytes are in those of its direction.
    var start: UInt32
    var end: UInt32
    /// Its ends in `ends`.
    let ends: UInt16
    let fromOriginator: Bool

    init(_ message: borrowing Message, at bytes: Range<Int>, ends: UInt16) {
      (time, number, file) = (message.time, message.packet.number, message.packet.file)
      (start, end) = (UInt32(bytes.lowerBound), UInt32(bytes.upperBound))
      self.ends = ends
      fromOriginator = message.fromOriginator
    }

    var packet: PacketReference { PacketReference(file: file, number: number) }
  }

  /// Recognizers still in question for the originator's bytes, and for the responder's: a capture that begins in the middle of one
  /// direction's message may yet show the other's start.
  private var originatorCandidates: RecognizerSet
  private var responderCandidates: RecognizerSet
  private let all: RecognizerSet
  /// Those that look for their beginning behind bytes that are not their own.
  private let searching: RecognizerSet
  private var nesting = 0
  /// A proxy answers for others: what it passes on is not looked at.
  private var isRelayed = false
  private var pieces: [Piece] = []
  /// One, unless frames of a direction come from several stations.
  private var ends: [Ends] = []
  /// The bytes of all pieces of a direction: each is stored once, however small the pieces are.
  private var originatorBytes: [UInt8] = []
  private var responderBytes: [UInt8] = []
  /// Bytes of both directions since the beginning, while undecided.
  private var kept = 0
  private var parser: (any Parser)?
  private(set) var isFinished = false
  private var originatorReported = false
  private var responderReported = false
  /// Of the last bytes.
  private var lastTime = Timestamp.zero
  private var lastPacket = PacketReference(file: 0, number: 0)

  /// - Parameter searching: those of the candidates that search for their beginning; all are asked where it is nil.
  init(candidates: RecognizerSet, searching: RecognizerSet? = nil) {
    all = candidates
    self.searching = searching ?? candidates
    originatorCandidates = candidates
    responderCandidates = candidates
  }

  private var nobodyLeft: Bool { originatorCandidates.isEmpty && responderCandidates.isEmpty }

  /// Takes the next bytes of one direction.
  mutating func deliver(_ message: borrowing Message, to recognizers: [any Recognizer], into sink: inout ObservationSink) {
    guard !isFinished, message.payload.byteCount > 0, message.fromOriginator || !isRelayed else { return }
    lastTime = message.time
    lastPacket = message.packet
    if parser != nil { return consume(message, recognizers, into: &sink) }
    ask(message, recognizers, into: &sink)
  }

  /// The sender of the message closes the connection with it.
  mutating func end(_ message: borrowing Message, into sink: inout ObservationSink) {
    guard !isFinished, message.fromOriginator || !isRelayed else { return }
    guard let parser else { return reportUnknown(saidByOriginator: message.fromOriginator, into: &sink) }
    sink.begin(message)
    parser.ended(message, into: &sink)
  }

  /// Bytes are missing behind those that `source` has sent.
  mutating func gap(from source: Endpoint, to destination: Endpoint, fromOriginator: Bool, into sink: inout ObservationSink) {
    if let parser {
      let nothing: [UInt8] = []
      let message = unsafe Message(
        payload: nothing.span.bytes, length: 0, transport: .tcp, source: source, destination: destination, fromOriginator: fromOriginator,
        time: lastTime, packet: lastPacket)
      sink.begin(message)
      return parser.gap(after: message, into: &sink)
    }
    // The start of the stream is gone: what follows the gap is judged by itself.
    pieces.removeAll { $0.fromOriginator == fromOriginator }
    if fromOriginator { originatorBytes = [] } else { responderBytes = [] }
    kept = originatorBytes.count + responderBytes.count
  }

  private mutating func consume(_ message: borrowing Message, _ recognizers: [any Recognizer], into sink: inout ObservationSink) {
    guard let parser else { return }
    sink.begin(message)
    switch parser.consume(message, into: &sink) {
    case .done: finish()
    case .next(let isRelayed): beginNext(isRelayed)
    case .notMine:
      self.parser = nil
      if nobodyLeft { finish() }
    default: break
    }
  }

  private mutating func beginNext(_ isRelayed: Bool) {
    nesting += 1
    guard nesting < Self.nestingLimit else { return finish() }
    parser = nil
    if isRelayed { self.isRelayed = true }
    originatorCandidates = all
    responderCandidates = self.isRelayed ? RecognizerSet() : all
    // The ports do not describe the inner conversation.
    originatorReported = true
    responderReported = true
  }

  private mutating func ask(_ message: borrowing Message, _ recognizers: [any Recognizer], into sink: inout ObservationSink) {
    let isFirst = message.fromOriginator ? originatorBytes.isEmpty : responderBytes.isEmpty
    if isFirst { return probe(message.payload, message, recognizers, into: &sink) }
    let joined = store(message)
    unsafe probe(joined.span.bytes, message, recognizers, into: &sink, isStored: true)
  }

  /// Adds bytes to those of their direction. Returns all of them.
  private mutating func store(_ message: borrowing Message) -> [UInt8] {
    if message.fromOriginator {
      Self.add(message.payload, to: &originatorBytes)
      return originatorBytes
    }
    Self.add(message.payload, to: &responderBytes)
    return responderBytes
  }

  /// Most conversations add little, and wait for long with that: no room for more than there is.
  private static func add(_ payload: RawSpan, to bytes: inout [UInt8]) {
    bytes.reserveCapacity(bytes.count + payload.byteCount)
    bytes.append(payload)
  }

  private func bytes(fromOriginator: Bool) -> [UInt8] { fromOriginator ? originatorBytes : responderBytes }

  /// - Parameter isStored: the bytes of the message are among those of its direction already.
  private mutating func probe(
    _ prefix: RawSpan, _ message: borrowing Message, _ recognizers: [any Recognizer], into sink: inout ObservationSink,
    isStored: Bool = false
  ) {
    let question = Message(
      payload: prefix, length: prefix.byteCount, transport: .tcp, source: message.source, destination: message.destination,
      fromOriginator: message.fromOriginator, time: message.time, packet: message.packet, expectation: message.expectation)
    sink.begin(question)
    for index in message.fromOriginator ? originatorCandidates : responderCandidates {
      switch recognizers[index].recognize(question, into: &sink) {
      case .notMine:
        if message.fromOriginator { originatorCandidates.remove(index) } else { responderCandidates.remove(index) }
      case .needMore: continue
      case .done, .message, .next:
        return finish()
      case .mine:
        originatorCandidates.remove(index)
        responderCandidates.remove(index)
        parser = recognizers[index].makeParser()
        replay(recognizers, into: &sink)
        if parser != nil { consume(message, recognizers, into: &sink) }
        return
      }
    }
    reportUnknown(question, into: &sink)
    // An answer shows that the other side's message is complete, however short it is.
    reportUnknown(saidByOriginator: !message.fromOriginator, into: &sink)
    kept += message.payload.byteCount
    search(prefix, message, recognizers, into: &sink, isStored: isStored)
  }

  /// Looks for a protocol behind bytes that are none of its own, and stores what is still needed. What came before it is not given to its
  /// parser.
  private mutating func search(
    _ prefix: RawSpan, _ message: borrowing Message, _ recognizers: [any Recognizer], into sink: inout ObservationSink, isStored: Bool
  ) {
    let candidates = message.fromOriginator ? originatorCandidates : responderCandidates
    let searched = prefix.slice(0, Self.prefixLimit)
    var open = prefix.byteCount
    for index in searching where !candidates.contains(index) {
      switch recognizers[index].beginning(in: searched) {
      case .open(let place): open = Swift.min(open, place)
      case .found(let place):
        keep(message, isStored: isStored)
        pieces.removeAll { $0.fromOriginator != message.fromOriginator }
        forget(upTo: place, fromOriginator: message.fromOriginator)
        parser = recognizers[index].makeParser()
        return replay(recognizers, into: &sink)
      }
    }
    // Where others may yet claim the stream, their parser gets all of it.
    if !nobodyLeft { open = 0 }
    if isStored || open < prefix.byteCount { keep(message, isStored: isStored) }
    if open > 0 { forget(upTo: open, fromOriginator: message.fromOriginator) }
    if kept > Self.prefixLimit || pieces.count > Self.pieceLimit { finish() }
  }

  /// Drops the first bytes of a direction, and gives back their memory.
  private mutating func forget(upTo count: Int, fromOriginator: Bool) {
    let rest = Array(bytes(fromOriginator: fromOriginator).dropFirst(count))
    if fromOriginator { originatorBytes = rest } else { responderBytes = rest }
    let count = UInt32(count)
    pieces.removeAll { $0.fromOriginator == fromOriginator && $0.end <= count }
    for index in pieces.indices where pieces[index].fromOriginator == fromOriginator {
      pieces[index].start -= Swift.min(count, pieces[index].start)
      pieces[index].end -= count
    }
  }

  /// Reports the first bytes of each side that no recognizer knows, once there are enough of them for signatures.
  private mutating func reportUnknown(_ question: borrowing Message, into sink: inout ObservationSink) {
    let candidates = question.fromOriginator ? originatorCandidates : responderCandidates
    guard candidates.isEmpty || question.payload.byteCount >= 64 || kept > Self.prefixLimit else { return }
    if question.fromOriginator ? originatorReported : responderReported { return }
    if question.fromOriginator { originatorReported = true } else { responderReported = true }
    sink.emitPayload(.tcpPayload, question.payload, length: question.payload.byteCount)
  }

  /// Reports the first bytes of a side that has said all that it says for now.
  private mutating func reportUnknown(saidByOriginator: Bool, into sink: inout ObservationSink) {
    if saidByOriginator ? originatorReported : responderReported { return }
    guard let last = pieces.last(where: { $0.fromOriginator == saidByOriginator }) else { return }
    if saidByOriginator { originatorReported = true } else { responderReported = true }
    let bytes = bytes(fromOriginator: saidByOriginator)
    let message = unsafe Self.message(of: last, between: ends[Int(last.ends)], bytes.span.bytes)
    sink.begin(message)
    sink.emitPayload(.tcpPayload, message.payload, length: bytes.count)
  }

  private mutating func keep(_ message: borrowing Message, isStored: Bool) {
    if !isStored { _ = store(message) }
    let end = bytes(fromOriginator: message.fromOriginator).count
    pieces.append(Piece(message, at: end - message.payload.byteCount..<end, ends: number(of: message)))
  }

  private mutating func number(of message: borrowing Message) -> UInt16 {
    let own = Ends(message)
    if let known = ends.indices.suffix(2).first(where: { ends[$0] == own }) { return UInt16(known) }
    ends.append(own)
    return UInt16(ends.count - 1)
  }

  private mutating func replay(_ recognizers: [any Recognizer], into sink: inout ObservationSink) {
    let (earlier, ends) = (pieces, ends)
    let (sent, answered) = (originatorBytes, responderBytes)
    forgetPieces()
    for piece in earlier where parser != nil {
      let bytes = piece.fromOriginator ? sent : answered
      let payload = unsafe bytes.span.bytes.extracting(Int(piece.start)..<Int(piece.end))
      consume(Self.message(of: piece, between: ends[Int(piece.ends)], payload), recognizers, into: &sink)
    }
  }

  @_lifetime(copy payload)
  private static func message(of piece: Piece, between ends: Ends, _ payload: RawSpan) -> Message {
    let (source, destination) = piece.fromOriginator ? (ends.originator, ends.responder) : (ends.responder, ends.originator)
    return Message(
      payload: payload, length: payload.byteCount, transport: .tcp, source: source, destination: destination,
      fromOriginator: piece.fromOriginator, time: piece.time, packet: piece.packet)
  }

  private mutating func forgetPieces() {
    (pieces, ends, originatorBytes, responderBytes) = ([], [], [], [])
    kept = 0
  }

  private mutating func finish() {
    isFinished = true
    parser = nil
    forgetPieces()
  }
}
