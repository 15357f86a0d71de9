import Testing

@testable import Detection

@Suite struct MDNSTests {
  static let recognizer = MDNSRecognizer()
  typealias B = DNSBytes

  static let type = B.name("_axis-video", "_tcp", "local")
  static let instance = B.name("AXIS M1031-W - 00408C123456", "_axis-video", "_tcp", "local")
  static let host = B.name("axis-00408c123456", "local")

  /// An announcement as RFC 6762 section 8.3 describes it, names compressed by hand: PTR, SRV, TXT, A.
  static let announcement = hex(
    """
    0000 8400 0000 0004 0000 0000
    0b 5f617869732d766964656f 04 5f746370 05 6c6f63616c 00 000c 0001 00001194 0008 05 4c6f626279 c00c
    c02e 0021 8001 00000078 000d 0000 0000 0050 04 61786973 c01d
    c02e 0010 8001 00001194 0018 17 6d6163616464726573733d303034303843313233343536
    c048 0001 8001 00000078 0004 c0a80125
    """)

  @Test(arguments: [
    (announcement, ["mdns.service=_axis-video._tcp", "mdns.name=Lobby", "mdns.name=axis", "mdns.txt=macaddress=00408C123456"]),
    // dots and spaces in an instance's label stay
    (
      B.header(flags: "8400", 0, 1) + B.record(type, type: "000c", B.name("Cam 1. floor", "_axis-video", "_tcp", "local")),
      ["mdns.service=_axis-video._tcp", "mdns.name=Cam 1. floor"]
    ),
    // list of types (RFC 6763 section 9), twice the same
    (
      B.header(flags: "8400", 0, 2) + B.record(B.name("_services", "_dns-sd", "_udp", "local"), type: "000c", type)
        + B.record(B.name("_services", "_dns-sd", "_udp", "local"), type: "000c", type),
      ["mdns.service=_axis-video._tcp"]
    ),
    // a subtype (RFC 6763 section 7.1) lists an instance
    (
      B.header(flags: "8400", 0, 1)
        + B.record(B.name("_camera", "_sub", "_http", "_tcp", "local"), type: "000c", B.name("Door", "_http", "_tcp", "local")),
      ["mdns.service=_http._tcp", "mdns.name=Door"]
    ),
    // address and reverse pointer
    (
      B.header(flags: "8400", 0, 1) + B.record(B.name("localcam", "LOCAL"), type: "001c", [UInt8](repeating: 1, count: 16)),
      ["mdns.name=localcam"]
    ),
    (
      B.header(flags: "8400", 0, 1)
        + B.record(B.name("37", "1", "168", "192", "in-addr", "arpa"), type: "000c", B.name("localcam", "local")),
      ["mdns.name=localcam"]
    ),
    // TXT without keys, empty strings between
    (
      B.header(flags: "8400", 0, 1) + B.record(instance, type: "0010", hex("00 04 6f703d31 00 03 637573")),
      ["mdns.service=_axis-video._tcp", "mdns.name=AXIS M1031-W - 00408C123456", "mdns.txt=op=1", "mdns.txt=cus"]
    ),
    // records after an answer's question, and in the additional section
    (
      B.header(flags: "8400", 1, 0, 0, 1) + B.question(type, type: "000c") + B.record(host, type: "0001", hex("c0a80125")),
      ["mdns.name=axis-00408c123456"]
    ),
    // domains to browse (RFC 6763 section 11) are no service
    (B.header(flags: "8400", 0, 1) + B.record(B.name("lb", "_dns-sd", "_udp", "local"), type: "000c", B.name("example", "com")), []),
    // NSEC (RFC 6762 section 6.1) contains nothing new
    (B.header(flags: "8400", 0, 1) + B.record(host, type: "002f", host + hex("00 04 40000008")), []),
  ])
  func publicTransports(bytes: [UInt8], expected: [String]) {
    #expect(Harness.claims(Self.recognizer, bytes, from: 5353, to: 5353))
    let observed = Harness.datagram(Self.recognizer, bytes, from: 5353, to: 5353).1
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject == Harness.camera.station) }
  }

  /// A phone that searches for cameras and lists one that it knows (RFC 6762 section 7.1) reveals nothing about itself.
  @Test func searching() {
    let query =
      B.header(flags: "0000", 2, 1) + B.question(Self.type, type: "000c") + B.question(B.name("_rtsp", "_tcp", "local"), type: "000c")
      + B.record(Self.type, type: "000c", class: "0001", Self.instance)
    #expect(Harness.claims(Self.recognizer, query, from: 5353, to: 5353))
    #expect(Harness.datagram(Self.recognizer, query, from: 5353, to: 5353).1.isEmpty)
  }

  /// A probe (RFC 6762 section 8.2) puts the names that its sender wants into the authority section.
  @Test func probing() {
    let probe =
      B.header(flags: "0000", 2, 1, 3) + B.question(Self.host, type: "00ff", class: "8001")
      + B.question(Self.instance, type: "00ff", class: "8001")
      + B.record(B.name("_http", "_tcp", "local"), type: "000c", class: "0001", B.name("Printer", "_http", "_tcp", "local"))
      + B.record(Self.host, type: "0001", class: "0001", hex("c0a80125"))
      + B.record(Self.instance, type: "0021", class: "0001", hex("0000 0000 0050") + Self.host)
      + B.record(Self.instance, type: "0010", class: "0001", hex("03 613d62"))
    #expect(
      Harness.datagram(Self.recognizer, probe, from: 5353, to: 5353).1.summary
        == ["mdns.name=axis-00408c123456", "mdns.service=_axis-video._tcp", "mdns.name=AXIS M1031-W - 00408C123456"])
  }

  /// The last record that was captured names its service, although its data is missing.
  @Test func cut() {
    let pointer = B.record(
      B.name("_axis-video", "_tcp", "local"), type: "000c", class: "0001", B.name("AXIS", "_axis-video", "_tcp", "local"))
    let message = B.header(flags: "8400", 0, 2) + pointer + pointer
    #expect(
      Harness.datagram(
        Self.recognizer, Array(message.prefix(message.count - 2 * pointer.count + 40)), from: 5353, to: 5353, length: message.count
      )
      .1.summary == ["mdns.service=_axis-video._tcp"])
  }

  @Test func limits() {
    let strings = (0..<60).flatMap { _ in hex("03 613d62") } + (0..<60).flatMap { B.name("k\($0)").dropLast() }
    let many = B.header(flags: "8400", 0, 1) + B.record(Self.host, type: "0010", strings)
    #expect(Harness.datagram(Self.recognizer, many, from: 5353, to: 5353).1.count <= MDNSRecognizer.textLimit)
    let names = (0..<200).map { B.record(B.name("h\($0)", "local"), type: "0001", hex("c0a80125")) }
    let crowd = B.header(flags: "8400", 0, 200) + names.flatMap { $0 }
    #expect(Harness.datagram(Self.recognizer, crowd, from: 5353, to: 5353).1.count == MDNSRecognizer.observationLimit)
  }

  @Test func hostile() {
    #expect(!Harness.claims(Self.recognizer, Self.announcement, from: 5354, to: 5354))
    #expect(!Harness.claims(Self.recognizer, ascii("hello, who is there?"), from: 5353, to: 5353))
  }
}

@Suite struct LLMNRTests {
  static let recognizer = LLMNRRecognizer()
  typealias B = DNSBytes

  @Test func answersOnly() {
    let query = B.header(id: "1f2e", flags: "0000", 1) + B.question(B.name("ipcam-lobby"))
    let answer =
      B.header(id: "1f2e", flags: "8000", 1, 1) + B.question(B.name("ipcam-lobby"))
      + B.record(hex("c00c"), type: "0001", class: "0001", hex("c0a80125"))
    #expect(Harness.claims(Self.recognizer, query, to: 5355))
    #expect(Harness.datagram(Self.recognizer, query, to: 5355).1.isEmpty)
    let observed = Harness.datagram(Self.recognizer, answer, from: 5355, to: 40000).1
    #expect(observed.summary == ["mdns.name=ipcam-lobby"])
    #expect(observed.first?.subject == Harness.camera.station)
    #expect(!Harness.claims(Self.recognizer, answer, from: 5354, to: 40000))
  }
}
