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
    let conversation = StreamConversation(candidates: RecognizerSet(of: recognizers, on: .tcp))
    let client = Endpoint(station: camera.station, port: 50000)
    let server = Endpoint(station: other.station, port: port)
    for (index, piece) in pieces.enumerated() {
      guard let bytes = piece.bytes else {
        conversation.gap(fromOriginator: piece.fromClient)
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

  /// Shows a stream recognizer what hostile traffic is made of: each conversation cut at every length, with random bytes behind, with
  /// holes, with bytes changed, and noise. Nothing may trap.
  static func torture(_ recognizers: [any Recognizer], _ pieces: [(fromClient: Bool, bytes: [UInt8])], seed: UInt64 = 1) {
    Seeds.$isPaused.withValue(true) {
      var random = TestRandom(seed: seed)
      let total = pieces.reduce(0) { $0 + $1.bytes.count }
      for length in stride(from: 0, through: total, by: max(1, total / 150)) {
        var left = length
        var cut: [(fromClient: Bool, bytes: [UInt8]?)] = []
        for piece in pieces where left > 0 {
          cut.append((piece.fromClient, Array(piece.bytes.prefix(left))))
          left -= piece.bytes.count
        }
        _ = conversation(recognizers, cut)
        for fromClient in [true, false] { cut.append((fromClient, random.bytes(64))) }
        cut.append((length % 2 == 0, nil))
        for piece in pieces { cut.append((piece.fromClient, piece.bytes)) }
        _ = conversation(recognizers, cut)
        let changed = pieces.map { piece in
          var bytes = piece.bytes
          if !bytes.isEmpty { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
          return (fromClient: piece.fromClient, bytes: bytes as [UInt8]?)
        }
        _ = conversation(recognizers, changed)
      }
      for _ in 0..<100 {
        let noise = (0..<8).map { (fromClient: $0 % 2 == 0, bytes: random.bytes(Int(random.next() % 300)) as [UInt8]?) }
        _ = conversation(recognizers, noise)
      }
    }
  }
}

extension [Observation] {
  /// `field=value of client|server`, in the order said. The harness's camera opens conversations.
  var sides: [String] {
    map { "\($0.subject == Harness.camera.station ? "client" : "server") \($0.field.rawValue)=\($0.text)" }
  }
}
