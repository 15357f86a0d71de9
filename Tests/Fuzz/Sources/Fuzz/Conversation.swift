import Detection

/// What one recognizer is shown: the originator's port, the responder's, then pieces to the end. `Tests/DetectionTests/Seeds.swift`
/// and `make-seeds` write such inputs, with numbers of 16 bits in network order.
private struct Conversation {
  let originatorPort: UInt16
  let responderPort: UInt16
  private var input: Input
  private var number: UInt64 = 0

  struct Piece {
    let flags: UInt8
    let bytes: [UInt8]
    let number: UInt64

    var fromOriginator: Bool { flags & 1 == 0 }
    /// In a stream before these, of a datagram behind them.
    var isMissingBytes: Bool { flags & 2 != 0 }
    var isExpected: Bool { flags & 4 != 0 }
  }

  init(_ bytes: UnsafeRawBufferPointer) {
    input = Input(bytes)
    originatorPort = input.u16()
    responderPort = input.u16()
  }

  mutating func next() -> Piece? {
    guard !input.isEmpty else { return nil }
    number += 1
    let flags = input.u8()
    return Piece(flags: flags, bytes: input.run(input.u16()), number: number)
  }

  private static let client = Station(mac: MACAddress(bits: 0x02_00_00_00_00_0A), address: IPAddress("192.168.1.10")!)
  private static let server = Station(mac: MACAddress(bits: 0x02_00_00_00_00_0B), address: IPAddress("192.168.1.11")!)

  /// Bytes on the wire beyond those captured.
  private static let missingLength = 700

  @_lifetime(borrow bytes)
  func message(_ bytes: borrowing [UInt8], _ piece: Piece, _ transport: Transports) -> Message {
    let originator = Endpoint(station: Self.client, port: originatorPort)
    let responder = Endpoint(station: Self.server, port: responderPort)
    let isCut = transport != .tcp && piece.isMissingBytes
    let expectation = Expectation(kind: .rtp(codecs: [96: "H264", 97: "MPEG4-GENERIC"]), address: Self.server.address, port: responderPort)
    return Message(
      payload: bytes.span.bytes, length: bytes.count + (isCut ? Self.missingLength : 0), transport: transport,
      source: piece.fromOriginator ? originator : responder, destination: piece.fromOriginator ? responder : originator,
      fromOriginator: piece.fromOriginator, time: Timestamp(nanoseconds: Int64(piece.number) * 1_000_000),
      packet: PacketReference(file: 0, number: piece.number), expectation: piece.isExpected ? expectation : nil)
  }
}

private func consume(_ sink: borrowing ObservationSink) {
  for observation in sink.observations { consumed &+= observation.text.utf8.count &+ observation.bytes.count &+ observation.length }
  consumed &+= sink.streams.count &+ sink.expectations.count
}

func fuzzDatagrams(_ recognizer: any Recognizer, _ bytes: UnsafeRawBufferPointer) {
  let transports: [Transports] = [.udp, .arp, .icmpv6, .wifi, .lldp, .cdp]
  guard let transport = transports.first(where: { recognizer.transports.contains($0) }) else { return }
  var conversation = Conversation(bytes)
  var parser: (any Parser)?
  while let piece = conversation.next() {
    let message = conversation.message(piece.bytes, piece, transport)
    var sink = ObservationSink()
    sink.begin(message)
    var disposition = Disposition.mine
    if parser == nil {
      disposition = recognizer.recognize(message, into: &sink)
      if disposition == .mine { parser = recognizer.makeParser() }
    }
    if let parser { disposition = parser.consume(message, into: &sink) }
    consume(sink)
    switch disposition {
    case .needMore, .message, .mine: continue
    case .notMine, .done, .next: return
    }
  }
}

/// As `StreamConversation` does: asked with all bytes of a direction from its start, then all that was kept goes to the parser, piece
/// by piece.
func fuzzStream(_ recognizer: any Recognizer, _ bytes: UnsafeRawBufferPointer) {
  var conversation = Conversation(bytes)
  var parser: (any Parser)?
  var kept: [Conversation.Piece] = []
  var isRefused = [false, false]
  while let piece = conversation.next() {
    var sink = ObservationSink()
    if piece.isMissingBytes {
      parser?.gap(fromOriginator: piece.fromOriginator)
      if parser == nil { kept.removeAll { $0.fromOriginator == piece.fromOriginator } }
    }
    if piece.bytes.isEmpty { continue }
    kept.append(piece)
    if parser == nil, !isRefused[piece.fromOriginator ? 0 : 1] {
      let prefix = Array(kept.filter { $0.fromOriginator == piece.fromOriginator }.map(\.bytes).joined())
      let question = conversation.message(prefix, piece, .tcp)
      sink.begin(question)
      switch recognizer.recognize(question, into: &sink) {
      case .mine: parser = recognizer.makeParser()
      case .needMore: break
      case .notMine: isRefused[piece.fromOriginator ? 0 : 1] = true
      case .message, .done, .next: return consume(sink)
      }
    }
    if let parser {
      for piece in kept {
        let part = conversation.message(piece.bytes, piece, .tcp)
        sink.begin(part)
        if parser.consume(part, into: &sink) != .mine { return consume(sink) }
      }
      kept = []
    }
    consume(sink)
    if isRefused == [true, true] || kept.reduce(0, { $0 + $1.bytes.count }) > 8192 { return }
  }
}
