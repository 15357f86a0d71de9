import Testing

@testable import Detection

/// SRT and MPEG transport streams.
@Suite struct StreamOverUDPTests {
  /// Datagrams of one conversation; `true` from the harness's camera, which sends first.
  static func observe(_ recognizer: any Recognizer, _ datagrams: [(Bool, [UInt8])]) -> (
    facts: [String], streams: [MediaStream], last: Disposition
  ) {
    Seeds.keep([recognizer], .udp, from: 5000, to: 5001, datagrams.map { Seeds.Piece(fromOriginator: $0.0, bytes: $0.1) })
    var sink = ObservationSink()
    var parser: (any Parser)?
    var last = Disposition.notMine
    for (fromCamera, bytes) in datagrams {
      let message = Message(
        payload: bytes.span.bytes, length: bytes.count, transport: .udp, source: fromCamera ? Harness.camera : Harness.other,
        destination: fromCamera ? Harness.other : Harness.camera, fromOriginator: fromCamera, time: .zero,
        packet: PacketReference(file: 0, number: 1))
      sink.begin(message)
      if parser == nil {
        last = recognizer.recognize(message, into: &sink)
        guard last == .mine else { continue }
        parser = recognizer.makeParser()
      }
      last = parser!.consume(message, into: &sink)
      guard last == .mine else { break }
    }
    return (sink.observations.sides, sink.streams, last)
  }

  // MARK: SRT (draft-sharabayko-srt section 3.2.1)

  static func handshake(version: String, extensions: String, type: String, _ more: String = "") -> [UInt8] {
    hex(
      "80000000 00000000 00001234 00000000" + version + "0000" + extensions + "12345678 000005dc 00002000" + type
        + "2a2b2c2d 00000000 0a01a8c0 00000000 00000000 00000000" + more)
  }
  static let induction = handshake(version: "00000004", extensions: "0002", type: "00000001")
  static let inductionAnswer = handshake(version: "00000005", extensions: "4a17", type: "00000001")
  static let conclusion = handshake(
    version: "00000005", extensions: "0005", type: "ffffffff", "0001 0003 00010503 000000bf 00780078 0005 0001 72747365")
  static let conclusionAnswer = handshake(version: "00000005", extensions: "0001", type: "ffffffff", "0002 0003 00010401 000000bf 00780078")
  static let data = hex("00000001 c0000001 00001234 2a2b2c2d") + [UInt8](repeating: 0x47, count: 188)
  static let call = [(true, induction), (false, inductionAnswer), (true, conclusion), (false, conclusionAnswer)]

  @Test func srt() {
    let published = Self.observe(SRTRecognizer(), Self.call + Array(repeating: (true, Self.data), count: 16))
    #expect(published.facts == ["client srt.handshake=1.5.3", "client srt.sender=caller"])
    #expect(published.streams.map(\.sender) == [Harness.camera])
    #expect(published.last == .done)
    let played = Self.observe(SRTRecognizer(), Self.call + Array(repeating: (false, Self.data), count: 16))
    #expect(played.streams.map(\.sender) == [Harness.other])
    // The listener alone; UDT; a call that is refused; too little data.
    #expect(Self.observe(SRTRecognizer(), [(false, Self.inductionAnswer), (false, Self.conclusionAnswer)]).facts == [])
    let udt = Self.handshake(version: "00000004", extensions: "0001", type: "ffffffff")
    #expect(Self.observe(SRTRecognizer(), [(true, udt), (false, udt)]).facts == [])
    let few = Self.observe(SRTRecognizer(), Self.call + Array(repeating: (true, Self.data), count: 15))
    #expect(few.streams.isEmpty)
    #expect(few.last == .mine)
  }

  @Test func notSRT() {
    for bytes in [
      [], hex("80000000"), [UInt8](repeating: 0, count: 64), Array(Self.induction.prefix(63)), hex("8001") + Self.induction.dropFirst(2),
      Self.handshake(version: "00000006", extensions: "0002", type: "00000001"),
      Self.handshake(version: "00000005", extensions: "1234", type: "00000001"),
      Self.handshake(version: "00000004", extensions: "0002", type: "00000007"), Self.data,
    ] { #expect(!Harness.claims(SRTRecognizer(), bytes, to: 9000)) }
  }

  // MARK: MPEG transport stream

  static func packet(_ identifier: String, _ payload: [UInt8]) -> [UInt8] {
    hex("47" + identifier + "10") + payload + [UInt8](repeating: 0xFF, count: 184 - payload.count)
  }
  /// Program 1 with its map at 0x1000, and that map: video of a type at 0x100, AAC at 0x101; checksums are not checked.
  static let programs = packet("4000", hex("00 00 b00d 0001 c1 00 00 0001 f000 2ab104b2"))
  static func map(_ type: String) -> [UInt8] {
    packet("5000", hex("00 02 b01d 0001 c1 00 00 e100 f000" + type + "e100 f006 0504 48455643 0f e101 f000 00000000"))
  }
  static let video = packet("0100", [UInt8](repeating: 0x55, count: 184))

  @Test(arguments: [("1b", ["client ts.video=H264"]), ("24", ["client ts.video=H265"]), ("02", []), ("06", [])])
  func transportStream(type: String, expected: [String]) {
    let datagram = Self.programs + Self.map(type) + Self.video + Self.video + Self.video + Self.video + Self.video
    let observed = Self.observe(MPEGTSRecognizer(), [(true, datagram)])
    #expect(observed.facts == expected)
    #expect(observed.streams.count == expected.count)
    // Joined in the middle; the tables in datagrams of their own.
    let apart = Self.observe(
      MPEGTSRecognizer(), [(true, Self.video + Self.map(type)), (true, Self.programs), (true, Self.video), (true, Self.map(type))])
    #expect(apart.facts == expected)
    for cut in 0..<376 {
      let cut = Array(datagram.prefix(cut))
      var sink = ObservationSink()
      let message = Message(
        payload: cut.span.bytes, length: 1316, transport: .udp, source: Harness.camera, destination: Harness.other, fromOriginator: true,
        time: .zero,
        packet: PacketReference(file: 0, number: 1))
      sink.begin(message)
      if MPEGTSRecognizer().recognize(message, into: &sink) == .mine { _ = MPEGTSRecognizer().makeParser().consume(message, into: &sink) }
      #expect(sink.observations.isEmpty || sink.observations.sides == expected)
    }
  }

  @Test func notTransportStream() {
    for bytes in [
      [], hex("47"), Array(Self.video.prefix(187)), Self.video + [0x46] + Self.video.dropFirst(), hex("47ffff10") + Self.video.dropFirst(4),
      hex("47010000") + Self.video.dropFirst(4),
    ] { #expect(!Harness.claims(MPEGTSRecognizer(), bytes, to: 1234)) }
    // One that looks so by chance, and then others: given back.
    let strangers = [(true, Self.video)] + Array(repeating: (true, hex("0102030405")), count: 4)
    #expect(Self.observe(MPEGTSRecognizer(), strangers).last == .notMine)
  }

  @Test func hostile() {
    var random = TestRandom(seed: 188)
    for _ in 0..<2000 {
      var bytes = Self.programs + Self.map("1b")
      for _ in 0...random.next() % 4 { bytes[Int(random.next() % 376)] = UInt8(truncatingIfNeeded: random.next() >> 24) }
      _ = Self.observe(MPEGTSRecognizer(), [(true, bytes), (true, bytes), (true, random.bytes(188))])
      _ = Self.observe(
        SRTRecognizer(), [(true, Self.induction), (true, Self.conclusion.prefix(64) + random.bytes(40)), (false, random.bytes(80))])
    }
  }
}
