import Testing

@testable import Detection

@Suite struct PPPPTests {
  static let recognizer = PPPPRecognizer()

  /// Bytes of published notes, tests and captures (numbers and check letters of real units replaced).
  enum Sample {
    static let login = hex("f1100028 4241544300000000 00094d2c 4856444353000000 08000201 00006c7d 6528a8c0 0000000000000000")
    static let maskedLogin = hex(
      "f112002c 32f599751102072cae472955b71324b993e83e14b8eb65a6067021d87b31e67e6a58896cc590e87489195a65")
    static let yiLogin = hex("f1140068 544e505553414500 00000001 4a4453454c000000") + zeros(84)
    static let announcement = hex("f1310014 544e505553414600 00000001 4b4754474b000000")
    static let search = hex("f1300000")
    static let knock = hex("f1410014 4241544400000000 000262ca 574f4e4a4d000000")
    static let ready = hex("f1420014 584d5359434e4b00 00000001 4745445353000000")
    static let yiReady = hex("f1420018 544e505553414500 00000001 4a4453454c000000 d2020f00")
    static let longData = hex("f1d00404 d1030297 0201f5b6000006f5004e00000002014a028001 68") + zeros(1004)
    static let acknowledgment = hex("f1d1000c d1000004 0000000000000000")
    static let alive = hex("f1e00000")
    static let readyInTCP = hex("0018 68 11 22 33 44 55") + ready

    static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
  }

  @Test(arguments: [
    // logins at a server, as the device
    (Sample.login, 32100, "pppp.uid=BATC-609580-HVDCS"),
    (Sample.maskedLogin, 32100, "pppp.role=device login"),
    (Sample.yiLogin, 32100, "pppp.uid=TNPUSAE-000001-JDSEL"),
    // a battery camera's report
    (hex("a1000014 4241544400000000 00000001 574f4e4a4d000000"), 32100, "pppp.uid=BATD-000001-WONJM"),
    // announces itself; is ready, on whatever port
    (Sample.announcement, 32108, "pppp.uid=TNPUSAF-000001-KGTGK"),
    (Sample.ready, 17890, "pppp.uid=XMSYCNK-000001-GEDSS"),
    (Sample.yiReady, 17890, "pppp.uid=TNPUSAE-000001-JDSEL"),
    // AJCloud
    (
      hex("f1420058 616a7900 00000000 31323334353637383930313233343536") + Sample.zeros(64), 32108,
      "pppp.role=device ready, AJCloud"
    ),
    // masked with published secrets, by an independent program that gives the published constants
    (hex("e44997e02d2f8e99ec710d18b5c481e78840834c93bec174"), 17890, "pppp.uid=VSTJ-123456-BCDEF"),
    (
      hex("2c9a54c503d0b10e7643470e764ad635c82a98ca7a4555613dbf66d0fe515e464215532c8ab914267d3c489e"), 32100,
      "pppp.uid=DGOA-609531-EXLVS"
    ),
    (
      hex("9f832422099ede46ed9b4e36fc51fd6716a22d6cd6e15a4535d6e61038726cdd5719d3d28a5cd7c55721e9a84a16857b"), 32100,
      "pppp.role=device login, key SHIX"
    ),
    // masked with unpublished secrets
    (hex("778ca864d21ca1813154c1d479e9fdb66ea5381812845b5f"), 17890, "pppp.uid=QHSV-004711-LMNRS"),
    (
      hex("6ac7d429950be96ad7dc833fc9bcd43ad0f46e212f3e2bfc53e1921f07da29aaffaf78463fc9bd4d52399945"), 5000,
      "pppp.uid=BHCC-088123-TUVWX"
    ),
  ])
  func device(bytes: [UInt8], port: UInt16, expected: String) {
    let result = Harness.datagrams(Self.recognizer, to: port, [.init(true, bytes)])
    #expect(result.observations.sides == ["client \(expected)"])
  }

  /// Messages of apps and servers, which reveal nothing about the sender.
  @Test(
    arguments: [
      ("f1000000", 32100), ("f1000018 544e505553414500 00000001 4a4453454c000000 01000000", 32100), ("f1300000", 32108),
      ("f1320000", 32108),
      ("f1200024 4241544300000000 00094d2c 4856444353000000 0002 8f71 0500a8c0 0000000000000000", 32100),
      ("f1410014 4241544400000000 000262ca 574f4e4a4d000000", 17890), ("f1e00000", 17890), ("f1f00000", 17890),
      ("f1010010 0002 a463 f8e30a81 0000000000000000", 32100), ("f1400010 0002 e76e 5fe46882 0000000000000000", 32100),
      ("f1130008 6a2c78989bb3cd97", 32100), ("f1210004 00000000", 32100), ("f1d00010 d1000000 110a1030 04000000 01020304", 17890),
      // searches and a knock, masked
      ("2cba5f5d", 32108), ("9fa1eeb9", 32108), ("e43b4322", 32108), ("778f9545a998c72bb9ca3edf2307c3ad7a7082c8fe1907d1", 17890),
      // a login by its bytes, but on another port and alone: chance
      ("f112002c 32f599751102072cae472955b71324b993e83e14b8eb65a6067021d87b31e67e6a58896cc590e87489195a65", 443),
      // the length is not the datagram's; no identifier
      ("f1420014 584d5359434e4b00 00000001 4745445353000000 00", 32100),
      ("f1420014 584d5359434e4b00 00000001 4745440053000000", 32100),
    ] as [(String, UInt16)])
  func telephone(bytes: String, port: UInt16) {
    let result = Harness.datagrams(Self.recognizer, to: port, [.init(true, hex(bytes)), .init(true, hex(bytes))])
    #expect(result.observations.summary.filter { $0 != "pppp.role=app searches" } == [])
  }

  /// A device knocks where it was searched from, on any port of its own, and the app knocks back.
  @Test func knockAnswersASearch() {
    var sink = ObservationSink()
    let search = Message(
      payload: Sample.search.span.bytes, length: 4, transport: .udp, source: Endpoint(station: Harness.other.station, port: 51234),
      destination: Endpoint(station: Station(), port: 32108), fromOriginator: true, time: .zero, packet: PacketReference(file: 0, number: 1)
    )
    sink.begin(search)
    #expect(PPPPParser().consume(search, into: &sink) == .mine)
    #expect(sink.expectations.map { "\($0.address) \($0.port)" } == ["192.168.1.11 51234"])
    let expectation = sink.expectations[0]
    let answers = { (from: UInt16, to: UInt16, expectation: Detection.Expectation?) -> [String] in
      var sink = ObservationSink()
      let message = Message(
        payload: Sample.knock.span.bytes, length: Sample.knock.count, transport: .udp,
        source: Endpoint(station: Harness.camera.station, port: from), destination: Endpoint(station: Harness.other.station, port: to),
        fromOriginator: true, time: .zero, packet: PacketReference(file: 0, number: 2), expectation: expectation)
      sink.begin(message)
      _ = PPPPParser().consume(message, into: &sink)
      return sink.observations.summary
    }
    #expect(answers(24010, 51234, expectation) == ["pppp.uid=BATD-156362-WONJM"])
    // From the port that is searched, although the search itself was not captured.
    #expect(answers(32108, 51234, nil) == ["pppp.uid=BATD-156362-WONJM"])
    // Nobody searched, or from elsewhere: both sides of a session knock.
    #expect(answers(24010, 51234, nil) == [])
    #expect(answers(24010, 51235, expectation) == [])
    // One device alone is asked: the search and the answer are one conversation, and the app knocks back.
    let asked = Harness.datagrams(
      Self.recognizer, to: 32108, [.init(true, Sample.search), .init(false, Sample.knock), .init(true, Sample.knock)])
    #expect(asked.observations.sides == ["client pppp.role=app searches", "server pppp.uid=BATD-156362-WONJM"])
  }

  @Test func sessionShowsWhoHasTheCamera() {
    // The phone knocks, both knock, then the responder sends a run of long data. The capture contains no "ready".
    var session: [Harness.Datagram] = [.init(true, Sample.knock), .init(false, Sample.knock), .init(true, Sample.alive)]
    for _ in 0..<10 { session += [.init(false, Sample.longData), .init(true, Sample.acknowledgment)] }
    let result = Harness.datagrams(Self.recognizer, session)
    #expect(result.observations.sides == ["server pppp.video=data", "server pppp.uid=BATD-156362-WONJM"])
    #expect(result.streams.map(\.sender.station) == [Harness.other.station])

    // A file for the side that sent "ready" is no video.
    session = [.init(false, Sample.ready)]
    for _ in 0..<20 { session += [.init(true, Sample.longData), .init(false, Sample.acknowledgment)] }
    #expect(Harness.datagrams(Self.recognizer, session).observations.sides == ["server pppp.uid=XMSYCNK-000001-GEDSS"])

    // Joined in the middle: three messages that fit, then the run; not before the other side confirms.
    session = []
    for _ in 0..<9 { session.append(.init(true, Sample.longData)) }
    #expect(Harness.datagrams(Self.recognizer, session).observations.isEmpty)
    session += [.init(false, Sample.acknowledgment), .init(true, Sample.longData)]
    #expect(Harness.datagrams(Self.recognizer, session).observations.sides == ["client pppp.video=data"])
  }

  @Test(arguments: [
    ("55aa15a8 03000000", "55aa15a8"), ("55aa15a8 10000000", "55aa15a8"), ("01afafaf 00000000", "01afafaf"),
  ])
  func videoHeader(header: String, name: String) {
    let video = hex("f1d00404 d1010000" + header) + Sample.zeros(1016)
    let result = Harness.datagrams(Self.recognizer, [.init(false, Sample.knock), .init(true, Sample.alive), .init(false, video)])
    #expect(result.observations.sides == ["server pppp.video=\(name)", "server pppp.uid=BATD-156362-WONJM"])
  }

  @Test func soundIsNotVideo() {
    let sound = hex("f1d00104 d1020000 55aa15a8 06000000") + Sample.zeros(248)
    let result = Harness.datagrams(
      Self.recognizer, [.init(true, Sample.knock), .init(false, Sample.alive), .init(true, sound), .init(true, sound)])
    #expect(result.observations.isEmpty)
  }

  @Test func loginIsBelievedOnOtherPortsWithCompany() {
    let result = Harness.datagrams(
      Self.recognizer, to: 443,
      [.init(true, Sample.maskedLogin), .init(false, hex("f1130008 6a2c78989bb3cd97")), .init(true, Sample.maskedLogin)])
    #expect(result.observations.sides == ["client pppp.role=device login"])
  }

  @Test func stream() {
    // Xiaomi in the local network: the camera is the server.
    var pieces: [(fromClient: Bool, bytes: [UInt8])] = [
      (true, hex("0014 68 0000000000 f1d00010 d1000000 00000008 00000100 01020304")),
      (false, hex("0004 68 0000000000 f1e00000")), (true, hex("0004 68 0000000000 f1e10000")),
    ]
    for _ in 0..<9 { pieces.append((false, hex("0408 68 0000000000") + Sample.longData)) }
    #expect(Harness.stream([Self.recognizer], port: 37100, pieces).sides.contains("server pppp.video=data"))
    let answer = Harness.stream([Self.recognizer], port: 443, [(false, Sample.readyInTCP)])
    #expect(answer.sides == ["server pppp.uid=XMSYCNK-000001-GEDSS"])
    // TLS, HTTP, SSH on the same port
    for text in ["16030100c8010000c40303", "474554202f20485454502f312e310d0a", "5353482d322e302d4f70656e5353480d0a"] {
      #expect(Harness.feed([Self.recognizer], 443, [(true, hex(text))]).filter { !$0.field.isPayload }.isEmpty)
    }
  }

  /// Published first bytes of messages under each secret (135 constants agree with an independent program; here a choice).
  @Test(arguments: [
    ("SSD@cs2-network.", "f1100028", "b18647e6"), ("camera", "f1300000", "2cba5f5d"), ("SHIX", "f1300000", "9fa1eeb9"),
    ("vstarcam2019", "f1300000", "e43b4322"), ("VMSV", "f1420014", "d1ec5896"), ("Duncom", "f112002c", "a5b1665e"),
    ("SZGMBESTER", "f1f00000", "2df16054"), ("hyWHzyhtzH", "f1e10000", "fa7934b5"),
  ])
  func mask(secret: String, clear: String, masked: String) {
    let bytes = hex(masked)
    let mask = PPPPMask(secret: secret)
    #expect((0..<4).map { mask.clear(bytes.span.bytes, $0) } == hex(clear))
  }

  /// Unpublished secrets: one message suffices to find most of them, and none is confused with another.
  @Test func searchIsRightOrSilent() {
    var random = TestRandom(seed: 11)
    var found = 0
    for _ in 0..<200 {
      let secret = String(decoding: random.bytes(Int(random.next() % 12) + 4).map { 0x21 + $0 % 94 }, as: UTF8.self)
      let mask = PPPPMask(secret: secret)
      let clear = random.next() % 2 == 0 ? Sample.ready : Sample.login
      var masked: [UInt8] = []
      for byte in clear { masked.append(byte ^ mask.keyByte(after: masked.last ?? 0)) }
      guard let result = PPPPMask.search(masked.span.bytes) else { continue }
      found += 1
      #expect((0..<24).map { result.clear(masked.span.bytes, $0) } == Array(clear.prefix(24)), "\(secret)")
    }
    #expect(found >= 170, "\(found)")
  }

  @Test func searchFindsNothingInNoise() {
    var random = TestRandom(seed: 3)
    for _ in 0..<2000 {
      for count in [24, 44] {
        let noise = random.bytes(count)
        #expect(PPPPMask.search(noise.span.bytes) == nil)
      }
    }
    // A name server's question of 24 bytes, and zeros.
    #expect(PPPPMask.search(hex("1a2b0100000100000000000002617002696f00000100010a").span.bytes) == nil)
    #expect(PPPPMask.search(Sample.zeros(24).span.bytes) == nil)
  }
}
