@testable import Detection

/// Text with the line ends of the wire.
func wire(_ text: String) -> [UInt8] {
  Array(text.utf8).flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
}

/// Random bytes that every run repeats.
struct TestRandom {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  func filled(_ count: Int) -> [UInt8] {
    var random = self
    return random.bytes(count)
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) } }
}

extension Harness {
  /// One TCP conversation in pieces, `nil` where bytes of that direction are missing; with the streams as well.
  static func conversation(
    _ recognizers: [any Recognizer], port: UInt16 = 80, _ pieces: [(fromClient: Bool, bytes: [UInt8]?)]
  ) -> (observations: [Observation], streams: [MediaStream], expectations: [Detection.Expectation]) {
    Seeds.keep(
      recognizers, .tcp, from: 50000, to: port,
      pieces.map { Seeds.Piece(fromOriginator: $0.fromClient, bytes: $0.bytes ?? [], isMissingBytes: $0.bytes == nil) })
    var sink = ObservationSink()
    var conversation = StreamConversation(candidates: RecognizerSet(of: recognizers, on: .tcp))
    let client = Endpoint(station: camera.station, port: 50000)
    let server = Endpoint(station: other.station, port: port)
    for (index, piece) in pieces.enumerated() {
      guard let bytes = piece.bytes else {
        conversation.gap(
          from: piece.fromClient ? client : server, to: piece.fromClient ? server : client, fromOriginator: piece.fromClient, into: &sink)
        continue
      }
      let message = Message(
        payload: bytes.span.bytes, length: bytes.count, transport: .tcp, source: piece.fromClient ? client : server,
        destination: piece.fromClient ? server : client, fromOriginator: piece.fromClient,
        time: Timestamp(nanoseconds: Int64(index)), packet: PacketReference(file: 0, number: UInt64(index + 1)))
      conversation.deliver(message, to: recognizers, into: &sink)
    }
    return (sink.observations, sink.streams, sink.expectations)
  }

}

extension [Observation] {
  /// `field=value of client|server`, in the order said. The harness's camera opens conversations.
  var sides: [String] {
    map { "\($0.subject == Harness.camera.station ? "client" : "server") \($0.field.rawValue)=\($0.text)" }
  }
}
