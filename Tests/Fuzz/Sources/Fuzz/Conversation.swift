@testable import Detection

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
  var input = Conversation(bytes)
  var conversation = DatagramConversation(candidates: RecognizerSet(of: [recognizer], on: .udp))
  while let piece = input.next() {
    let message = input.message(piece.bytes, piece, transport)
    var sink = ObservationSink()
    if transport == .udp {
      conversation.deliver(message, to: [recognizer], into: &sink)
    } else {
      sink.begin(message)
      _ = recognizer.recognize(message, into: &sink)
    }
    consume(sink)
    if conversation.isFinished { return }
  }
}

func fuzzStream(_ recognizer: any Recognizer, _ bytes: UnsafeRawBufferPointer) {
  var input = Conversation(bytes)
  var conversation = StreamConversation(candidates: RecognizerSet(of: [recognizer], on: .tcp))
  while let piece = input.next() {
    var sink = ObservationSink()
    let message = input.message(piece.bytes, piece, .tcp)
    if piece.isMissingBytes {
      conversation.gap(from: message.source, to: message.destination, fromOriginator: piece.fromOriginator, into: &sink)
    }
    conversation.deliver(message, to: [recognizer], into: &sink)
    consume(sink)
    if conversation.isFinished { return }
  }
}
