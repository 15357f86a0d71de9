import Testing

@testable import Detection

@Suite struct QUICTests {
  static let hello = [
    "client quic.sni=example.com", "client tls.alpn=alpn", "client tls.ja4=q13d0211an_62ed6f6ca7ad_" + extensionHash,
  ]
  /// sha256 of 0005,000a,000d,001c,002b,002d,0033,0039,ff01_0403,0503,0603,0203,0804,0805,0806 (by sha256sum).
  static let extensionHash = "4d634acda6c0"

  /// Reads a conversation: datagrams of both sides, each cut to the captured bytes.
  static func observe(_ datagrams: [(fromClient: Bool, bytes: [UInt8])], cutTo limit: Int = .max, flipped: Bool = false) -> [String] {
    Seeds.keep(
      [QUICRecognizer()], .udp, from: 50000, to: 443,
      datagrams.map { Seeds.Piece(fromOriginator: $0.fromClient != flipped, bytes: Array($0.bytes.prefix(limit))) })
    var sink = ObservationSink()
    let recognizer = QUICRecognizer()
    var parser: (any Parser)?
    for datagram in datagrams {
      let client = Endpoint(station: Harness.camera.station, port: 50000)
      let server = Endpoint(station: Harness.other.station, port: 443)
      let bytes = Array(datagram.bytes.prefix(limit))
      let message = Message(
        payload: bytes.span.bytes, length: datagram.bytes.count, transport: .udp, source: datagram.fromClient ? client : server,
        destination: datagram.fromClient ? server : client, fromOriginator: datagram.fromClient != flipped, time: .zero,
        packet: PacketReference(file: 0, number: 1))
      sink.begin(message)
      if parser == nil {
        guard recognizer.recognize(message, into: &sink) == .mine else { continue }
        parser = recognizer.makeParser()
      }
      if parser!.consume(message, into: &sink) == .done { break }
    }
    return sink.observations.sides
  }

  @Test(arguments: [
    [(true, QUICSamples.version1)], [(true, QUICSamples.version2)], [(true, QUICSamples.draft29)],
    [(true, QUICSamples.draft27)],
    [(true, QUICSamples.shuffledFirst), (true, QUICSamples.shuffledSecond)],
    [(true, QUICSamples.shuffledFirst), (false, QUICSamples.serverInitial), (true, QUICSamples.shuffledSecond)],
    // the server's answer was captured first
    [(false, QUICSamples.serverInitial), (true, QUICSamples.version1)],
    // in one datagram; twice the same
    [(true, QUICSamples.shuffledFirst + QUICSamples.shuffledSecond)],
    [(true, QUICSamples.shuffledFirst), (true, QUICSamples.shuffledFirst), (true, QUICSamples.shuffledSecond)],
    // a hello that got a retry: the keys are new
    [(true, QUICSamples.shuffledFirst), (true, QUICSamples.retried)], [(true, QUICSamples.retried)],
  ])
  func hellos(datagrams: [(Bool, [UInt8])]) {
    #expect(Self.observe(datagrams) == Self.hello)
    // Whoever seems to have opened the conversation.
    #expect(Self.observe(datagrams, flipped: true) == Self.hello)
  }

  /// Keys are derived for an address so many times a second: for more conversations they are not, until the next second.
  @Test func keysArePaced() {
    var sink = ObservationSink()
    let recognizer = QUICRecognizer()
    func isRead(at seconds: Int64) -> Bool {
      let client = Endpoint(station: Harness.camera.station, port: 50000)
      let server = Endpoint(station: Harness.other.station, port: 443)
      let initial = QUICSamples.version1
      let message = Message(
        payload: initial.span.bytes, length: initial.count, transport: .udp, source: client, destination: server,
        fromOriginator: true, time: Timestamp(nanoseconds: seconds * 1_000_000_000), packet: PacketReference(file: 0, number: 1))
      sink.begin(message)
      return recognizer.makeParser().consume(message, into: &sink) == .done
    }
    let limit = Int(WorkBudget.addressLimit)
    #expect((0..<3 * limit).count { _ in isRead(at: 1) } == limit)
    #expect(isRead(at: 2))
  }

  @Test func cutBySnapLength() {
    // 1200 bytes, of which the hello ends at 22 + 4 + 241.
    #expect(Self.observe([(true, QUICSamples.version1)], cutTo: 400) == Self.hello)
    #expect(Self.observe([(true, QUICSamples.version1)], cutTo: 267) == Self.hello)
    #expect(Self.observe([(true, QUICSamples.version1)], cutTo: 260) == Array(Self.hello.prefix(2)))
    #expect(Self.observe([(true, QUICSamples.version2)], cutTo: 110) == Array(Self.hello.prefix(1)))
    #expect(Self.observe([(true, QUICSamples.version1)], cutTo: 80) == [])
    for length in 0..<400 {
      let cut = Self.observe([(true, QUICSamples.version1)], cutTo: length)
      #expect(cut == Array(Self.hello.prefix(cut.count)))
    }
    // The server's packet alone, cut: nothing may come out of it.
    for length in 40..<QUICSamples.serverInitial.count {
      #expect(Self.observe([(false, QUICSamples.serverInitial)], cutTo: length) == [])
    }
  }

  @Test func changed() {
    // One bit: the packet is no longer what its keys sealed.
    for index in stride(from: 30, to: 1200, by: 9) {
      var bytes = QUICSamples.version1
      bytes[index] ^= 1
      #expect(Self.observe([(true, bytes)]) == [])
    }
    #expect(Self.observe([(true, QUICSamples.shuffledFirst)]) == [])
    #expect(Self.observe([(true, QUICSamples.shuffledSecond)]) == [])
  }

  @Test(arguments: [
    "", "c0", "c000000001", "40 0102030405060708090a", "c0 00000000 08 8394c8f03e515708 00", "c0 00000002 08 8394c8f03e515708 00 00 4010",
    "c0 00000001 15 8394c8f03e5157088394c8f03e5157088394c8f03e 00 00 4010", "80 00000001 08 8394c8f03e515708 00 00 4010",
    // a length beyond the datagram; a number too large for a length
    "c0 00000001 08 8394c8f03e515708 00 00 4410 0000", "c0 00000001 08 8394c8f03e515708 00 ffffffffffffffff",
  ])
  func others(bytes: String) {
    #expect(!Harness.claims(QUICRecognizer(), hex(bytes), to: 443))
  }

  @Test func ends() {
    // Handshake and short headers say that the hello is over.
    var sink = ObservationSink()
    let parser = QUICRecognizer().makeParser()
    func feed(_ bytes: [UInt8]) -> Disposition {
      parser.consume(
        Message(
          payload: bytes.span.bytes, length: bytes.count, transport: .udp, source: Harness.camera, destination: Harness.other,
          fromOriginator: true, time: .zero, packet: PacketReference(file: 0, number: 1)), into: &sink)
    }
    #expect(feed(QUICSamples.shuffledFirst) == .mine)
    #expect(feed(hex("d0 00000001 04 01020304 00 0404040404")) == .mine)
    #expect(feed(hex("e0 00000001 04 01020304 00 0404040404")) == .done)
    #expect(feed(hex("41 01020304")) == .done)
  }

  @Test func hostile() {
    var random = TestRandom(seed: 9000)
    for sample in [QUICSamples.version1, QUICSamples.shuffledFirst, QUICSamples.retried] {
      for _ in 0..<500 {
        var bytes = sample
        for _ in 0...random.next() % 4 { bytes[Int(random.next() % 40)] = UInt8(truncatingIfNeeded: random.next() >> 24) }
        _ = Self.observe([(true, bytes), (true, sample.prefix(20) + random.bytes(60))], cutTo: Int(random.next() % 300))
      }
    }
    // Frames of any kind.
    for _ in 0..<3000 {
      let bytes = [[6, 0, 2, 3, 0x1C][Int(random.next() % 5)]] + random.bytes(60)
      if let read = QUICHandshake().reading(bytes.span.bytes) { _ = read.hello }
    }
    // Pieces that never join, beyond the limit, and across the end.
    var handshake = QUICHandshake()
    let piece: [UInt8] = [1, 0, 0]
    for index in 0..<1000 { handshake.add(piece.span.bytes, at: 5 + 5 * index) }
    handshake.add(piece.span.bytes, at: QUICHandshake.limit - 2)
    handshake.add(piece.span.bytes, at: 1 << 53)
    #expect(handshake.hello == nil)
  }
}
