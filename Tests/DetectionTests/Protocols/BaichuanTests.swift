import Testing

@testable import Detection

@Suite struct BaichuanTests {
  static let recognizer = BaichuanRecognizer()

  static func little(_ value: Int, _ size: Int = 4) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  /// A message as in neolink's dissector: magic, identifier, length, channel, stream, number, status, kind.
  static func message(_ identifier: Int, status: Int = 200, kind: Int = 0, _ body: [UInt8] = [], magic: String = "f0debc0a") -> [UInt8] {
    let head = hex(magic) + little(identifier) + little(body.count) + little(0) + little(status, 2) + little(kind, 2)
    return head + (kind == 0 || kind == 0x6414 ? little(0) : []) + body
  }

  static func masked(_ text: String) -> [UInt8] {
    let key = hex("1f2d3c4b5a6978ff")
    return ascii(text).enumerated().map { $1 ^ key[$0 % 8] }
  }

  static let login = message(1, status: 0xDC01, kind: 0x6514, [UInt8](repeating: 0x30, count: 1836))
  static let challenge = message(1, status: 0xDD01, kind: 0x6614, masked("<body><Encryption><type>md5</type></Encryption></body>"))
  static func description(_ type: String) -> [UInt8] {
    message(
      1, masked("<body><DeviceInfo version=\"1.1\"><type>\(type)</type><typeInfo>\(type.uppercased())</typeInfo></DeviceInfo></body>"))
  }
  /// Answered requests of a viewer have no status.
  static let request = message(3, status: 0, masked("<body><Preview/></body>"))
  static func video(_ count: Int) -> [UInt8] { message(3, ascii("00dcH265") + [UInt8](repeating: 0x5A, count: count)) }

  @Test func session() {
    let observed = Harness.stream(
      [Self.recognizer], port: 9000,
      [
        (true, Self.login), (false, Self.challenge), (true, Self.message(1, status: 0, kind: 0x6414, [1, 2])),
        (false, Self.description("ipc")), (true, Self.request), (false, Self.video(9000) + Self.video(9000)),
      ])
    #expect(observed.sides == ["server baichuan.role=device", "server baichuan.type=ipc", "server baichuan.video=H265"])
    #expect(Harness.stream([Self.recognizer], port: 9000, [(false, Self.description("nvr"))])[.baichuanType] == ["nvr"])
    // On another port, from its beginning.
    #expect(Harness.stream([Self.recognizer], port: 9123, [(true, Self.login), (false, Self.challenge)])[.baichuanRole] == ["device"])
  }

  @Test func eitherSideAloneAndInTheMiddle() {
    let pictures = [UInt8](repeating: 0xB7, count: 700) + Self.video(20_000) + Self.video(10)
    let observed = Harness.stream([Self.recognizer], port: 9000, [(false, pictures)])
    #expect(observed.filter { !$0.field.isPayload }.sides == ["server baichuan.role=device", "server baichuan.video=H265"])
    // A viewer alone says nothing of itself.
    #expect(Harness.stream([Self.recognizer], port: 9000, [(true, Self.login + Self.request)]) == [])
    // Bytes are missing within a picture.
    let gap = Harness.conversation(
      [Self.recognizer], port: 9000,
      [
        (false, Self.challenge + Array(Self.video(30_000).prefix(400))), (false, nil),
        (false, [7, 7, 7] + Self.video(20_000) + Self.challenge),
      ])
    #expect(gap.observations.sides == ["server baichuan.role=device", "server baichuan.video=H265"])
    #expect(gap.streams.map(\.sender.station) == [Harness.other.station])
  }

  @Test(arguments: [
    // the magic of nothing known; other protocols
    message(1, kind: 0x1234), message(5000), message(1, magic: "0df0ad0b"),
    ascii("GET / HTTP/1.1\r\n\r\n") + [UInt8](repeating: 0, count: 64),
    hex("0104010002003c00") + [UInt8](repeating: 0, count: 80),
  ])
  func others(bytes: [UInt8]) {
    #expect(Harness.stream([Self.recognizer], port: 9123, [(true, bytes), (false, bytes)]).filter { !$0.field.isPayload } == [])
  }

  // MARK: Datagrams

  /// neolink's samples of a search and an answer.
  static let searches =
    hex(
      "3acf872a66000000010000004d040000de1e5731a4101f4fe4895019aa76486c996d4df1117a01b017ccff9d36d742bfdda49b73a64a117cb5ed0264f45d7459cb5b5ee1177051b8"
        + "2fc0a5cc65d849b1c2e7c32bb723447be4895037ec472909") + [UInt8](repeating: 0, count: 26)
  static let answers =
    hex(
      "3acf872a64000000010000007100000069a22d1e806c1f4fc075501e8e6d486cf5694df1f57e01b07bc8ff9d12d342bf39a79b738236117c91110264d0417459a75f5ee1f37451b8"
        + "43c4a5cc41dc49b126e4c32b935f447bc075503ed54a2901") + [UInt8](repeating: 0, count: 24)
  static func data(_ piece: [UInt8]) -> [UInt8] { hex("10cf872a 50400100 00000000 87090000") + little(piece.count) + piece }
  static let confirmation = hex("20cf872a 50000000 00000000 00000000 87090000 00000000 00000000")

  @Test func datagrams() {
    #expect(Harness.datagrams(Self.recognizer, from: 51234, to: 2018, [.init(true, Self.searches)]).observations == [])
    #expect(
      Harness.datagrams(Self.recognizer, from: 53100, to: 51234, [.init(true, Self.answers)]).observations.sides == [
        "client baichuan.role=device"
      ])
    // The capture contains pictures and confirmations only; or only the middle of a picture.
    var pictures: [Harness.Datagram] = []
    for _ in 0..<20 { pictures += [.init(false, Self.data(Self.video(1100))), .init(true, Self.confirmation)] }
    let watched = Harness.datagrams(Self.recognizer, pictures)
    #expect(watched.observations.sides == ["server baichuan.role=device", "server baichuan.video=H265"])
    #expect(watched.streams.map(\.sender.station) == [Harness.other.station])
    let middle = (0..<20).map { _ in Harness.Datagram(true, Self.data([UInt8](repeating: 0x77, count: 1100))) }
    #expect(
      Harness.datagrams(Self.recognizer, middle).observations.sides == ["client baichuan.role=device", "client baichuan.video=not said"])
    // Confirmations alone, and lengths that are not the datagram's.
    #expect(Harness.datagrams(Self.recognizer, [.init(true, Self.confirmation)]).observations == [])
    #expect(!Harness.datagrams(Self.recognizer, [.init(true, Self.answers + [0])]).claimed)
  }
}
