import Testing

@testable import Detection

/// Parts of DNS messages as in RFC 1035 section 4.1.
enum DNSBytes {
  static func header(
    id: String = "0000", flags: String, _ questions: Int, _ answers: Int = 0, _ authorities: Int = 0, _ additional: Int = 0
  )
    -> [UInt8]
  {
    hex(id + flags) + [questions, answers, authorities, additional].flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
  }

  static func name(_ labels: String...) -> [UInt8] { labels.flatMap { [UInt8($0.utf8.count)] + ascii($0) } + [0] }

  static func question(_ name: [UInt8], type: String = "0001", class: String = "0001") -> [UInt8] { name + hex(type + `class`) }

  static func record(_ name: [UInt8], type: String, class: String = "8001", _ data: [UInt8]) -> [UInt8] {
    name + hex(type + `class` + "00000078") + [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
  }
}

@Suite struct DNSTests {
  static let recognizer = DNSRecognizer()
  typealias B = DNSBytes

  /// A query for p2p.example.com, A, as a stub resolver writes it (with EDNS, RFC 6891), and its answer.
  static let query = hex("9a3e 0100 0001 0000 0000 0001 03 703270 07 6578616d706c65 03 636f6d 00 0001 0001 00 0029 04d0 00000000 0000")
  static let answer = hex(
    "9a3e 8180 0001 0001 0000 0000 03 703270 07 6578616d706c65 03 636f6d 00 0001 0001 c00c 0001 0001 0000003c 0004 cb007108")

  @Test(arguments: [
    (query, ["dns.query=p2p.example.com"]),
    // the case of a name stays as it is (RFC 4343); a space and a byte that is no text
    (B.header(flags: "0100", 1) + B.question(B.name("Cam", "Example", "COM")), ["dns.query=Cam.Example.COM"]),
    (B.header(flags: "0100", 1) + B.question(hex("03 6120ff 00")), ["dns.query=a \u{FFFD}"]),
    // two questions
    (
      B.header(flags: "0100", 2) + B.question(B.name("a", "test")) + B.question(B.name("b", "test"), type: "001c"),
      ["dns.query=a.test", "dns.query=b.test"]
    ),
    // names under reverse zones, and the root
    (B.header(flags: "0100", 1) + B.question(B.name("37", "1", "168", "192", "in-addr", "ARPA"), type: "000c"), []),
    (B.header(flags: "0100", 1) + B.question(B.name("8", "b", "d", "0", "ip6", "arpa"), type: "000c"), []),
    (B.header(flags: "0100", 1) + B.question([0], type: "0002"), []),
    // dynamic update (RFC 2136) and notification (RFC 1996): a zone, not a question
    (B.header(flags: "2800", 1) + B.question(B.name("example", "com"), type: "0006"), []),
    (B.header(flags: "2000", 1) + B.question(B.name("example", "com"), type: "0006"), []),
    // cut within the name and before the class
    (Array(query.prefix(20)), []),
    (Array(query.prefix(30)), []),
    // the second question compressed onto the first
    (
      B.header(flags: "0100", 2) + B.question(B.name("a", "test")) + B.question(hex("0162 c00e")), ["dns.query=a.test", "dns.query=b.test"]
    ),
  ])
  func queries(bytes: [UInt8], expected: [String]) {
    #expect(Harness.claims(Self.recognizer, bytes, to: 53))
    let observed = Harness.datagram(Self.recognizer, bytes, to: 53).1
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject == Harness.camera.station) }
  }

  /// The answer of a station in a conversation that the other one opened, or itself.
  private static func answered(asked: Bool, _ station: Station = Harness.camera.station) -> [Observation] {
    var sink = ObservationSink()
    let message = Message(
      payload: answer.span.bytes, length: answer.count, transport: .udp, source: Endpoint(station: station, port: 53),
      destination: Endpoint(station: Harness.other.station, port: 40000), fromOriginator: !asked, time: .zero,
      packet: PacketReference(file: 0, number: 1))
    sink.begin(message)
    _ = recognizer.recognize(message, into: &sink)
    return sink.observations
  }

  @Test func whoAnswersWhatWasAskedIsAResolver() {
    #expect(Self.answered(asked: true).summary == ["dns.role=resolver"])
    #expect(Self.answered(asked: false).isEmpty, "an answer that nobody asked for says nothing of anybody")
    // Where frames name nobody, the question may have been missed.
    let unframed = Self.answered(asked: false, Station(address: IPAddress("192.168.1.10")!))
    #expect(unframed.summary == ["dns.query=p2p.example.com"])
    #expect(unframed.map(\.subject) == [Harness.other.station])
  }

  @Test func notDNS() {
    #expect(!Harness.claims(Self.recognizer, Self.query, to: 5300))
    #expect(!Harness.claims(Self.recognizer, ascii("GET / HTTP/1.1\r\n\r\n"), to: 53))
    #expect(!Harness.claims(Self.recognizer, [UInt8](repeating: 0, count: 40), to: 53))
    #expect(!Harness.claims(Self.recognizer, [], to: 53))
    // A damaged query does not keep the next one from being looked at.
    #expect(Harness.datagram(Self.recognizer, [UInt8](repeating: 0, count: 40), to: 53).0 == .needMore)
  }

  /// The example of RFC 1035 section 4.1.4, at its offsets: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92.
  @Test func compression() {
    var bytes = B.header(flags: "0100", 1) + [UInt8](repeating: 0, count: 100)
    bytes.replaceSubrange(20..<32, with: hex("01 46 03 495349 04 41525041 00"))
    bytes.replaceSubrange(40..<46, with: hex("03 464f4f c014"))
    bytes.replaceSubrange(64..<66, with: hex("c01a"))
    var message = DNSMessage(decoding: bytes.span.bytes)!
    #expect(message.name(at: 20) == "F.ISI.ARPA")
    #expect(message.name(at: 40) == "FOO.F.ISI.ARPA")
    #expect(message.name(at: 64) == "ARPA")
    #expect(message.name(at: 92) == "")
  }

  @Test(arguments: [
    // to itself, forward, into the header, in a circle of two, cut, a reserved kind of label
    "c00c", "c020", "c002", "0161 c00c", "c0", "0161", "40 6162", "80 6162",
  ])
  func namesThatLeadNowhere(name: String) {
    let bytes = B.header(flags: "0100", 1) + hex(name)
    if var message = DNSMessage(decoding: bytes.span.bytes) { #expect(message.name(at: 12) == nil) }
    let padded = bytes + [UInt8](repeating: 0xC0, count: 40)
    if var message = DNSMessage(decoding: padded.span.bytes) { #expect(message.name(at: 12) == nil) }
  }

  /// Pointers that lead back one by one: nobody needs many of them.
  @Test func chains() {
    var bytes = B.header(flags: "8400", 0, 1) + B.name("a")
    for place in 0..<20 { bytes += [0xC0, UInt8(place == 0 ? 12 : 15 + 2 * (place - 1))] }
    bytes += hex("0001 0001")
    var message = DNSMessage(decoding: bytes.span.bytes)!
    #expect(message.name(at: 15 + 2 * (DNSMessage.pointerLimit - 1)) == "a")
    #expect(message.stepsLeft > DNSMessage.tangledStepLimit)
    #expect(message.name(at: 15 + 2 * DNSMessage.pointerLimit) == nil)
    // Who makes such a name wants it to cost: little more is read of the message.
    #expect(message.stepsLeft <= DNSMessage.tangledStepLimit)
    #expect(message.name(at: 12) == "a")
  }

  /// However often names lead to a long one, only so much is read of a message.
  @Test func work() {
    let long: [UInt8] = (0..<240).map { $0 % 2 == 0 ? 1 : 0x61 } + [0]
    let bytes = B.header(flags: "8400", 0, 1) + long + [UInt8](repeating: 0, count: 10)
    var message = DNSMessage(decoding: bytes.span.bytes)!
    var read = 0
    while message.name(at: 12) != nil { read += 1 }
    #expect(read == DNSMessage.stepLimit / 121)
    #expect(message.stepsLeft == 0)
    #expect(message.name(at: 12) == nil)
  }

  /// A query has one question (RFC 9619).
  @Test func manyQuestions() {
    let questions = (0..<64).flatMap { B.question(B.name("q\($0)", "test")) }
    let observed = Harness.datagram(Self.recognizer, B.header(flags: "0100", 64) + questions, to: 53).1
    #expect(observed[.dnsQuery] == (0..<DNSRecognizer.questionLimit).map { "q\($0).test" })
  }

  /// Names have at most 255 bytes, also with compression (RFC 1035 section 2.3.4).
  @Test func longNames() {
    let label = [UInt8](repeating: 0x61, count: 63)
    let longest = [63] + label + [63] + label + [63] + label + [61] + label.prefix(61) + [0]
    #expect(longest.count == 255)
    let observed = Harness.datagram(Self.recognizer, B.header(flags: "0100", 1) + B.question(longest), to: 53).1
    #expect(observed.first?.text.utf8.count == 253)
    let tooLong = B.header(flags: "0100", 2) + B.question(longest) + B.question([63] + label + hex("c00c"))
    #expect(Harness.datagram(Self.recognizer, tooLong, to: 53).1.count == 1)
  }

  @Test func stream() {
    let framed = { (bytes: [UInt8]) in [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes }
    let second = B.header(flags: "0100", 1) + B.question(B.name("b", "test"))
    let observed = Harness.stream(
      [Self.recognizer], port: 53, [(true, framed(Self.query) + framed(second)), (false, framed(Self.answer))]
    ).filter { $0.field == .dnsQuery }
    #expect(observed.summary == ["dns.query=p2p.example.com", "dns.query=b.test"])
    for observation in observed { #expect(observation.subject == Harness.camera.station) }
    // A message longer than what is kept, and the next one behind it.
    let long =
      B.header(flags: "0100", 1, 0, 0, 1) + B.question(B.name("c", "test"))
      + B.record([0], type: "0029", [UInt8](repeating: 7, count: 5000))
    #expect(
      Harness.stream([Self.recognizer], port: 53, [(true, framed(long) + framed(Self.query))])[.dnsQuery] == [
        "c.test", "p2p.example.com",
      ])
    // Messages behind a gap cannot be separated.
    let gap = Harness.conversation([Self.recognizer], port: 53, [(true, framed(Self.query)), (true, nil), (true, framed(second))])
    #expect(gap.observations.summary == ["dns.query=p2p.example.com"])
    var random = TestRandom(seed: 3)
    for _ in 0..<300 {
      _ = Harness.feed(
        [Self.recognizer], 53, [(true, framed(Self.query) + random.bytes(300)), (false, random.bytes(2) + second + random.bytes(99))])
    }
  }
}
