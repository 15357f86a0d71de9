import Testing

@testable import Detection

@Suite struct RTMPTests {
  typealias Piece = (fromClient: Bool, bytes: [UInt8])

  /// C0, C1 and C2 (section 5.2).
  static let handshake: [UInt8] = {
    var random = TestRandom(seed: 1935)
    return hex("03 00001234 00000000") + random.bytes(1528) + random.bytes(1536)
  }()

  static func string(_ text: String) -> [UInt8] { [2] + property(text) }
  static func property(_ text: String) -> [UInt8] { [UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 255)] + ascii(text) }

  /// A message in chunks of a size (section 5.3.1), the first with a whole header.
  static func message(_ type: UInt8, _ body: [UInt8], stream: UInt8 = 3, size: Int = 128, time: String = "000000") -> [UInt8] {
    let extended = time == "ffffff" ? hex("01000000") : []
    var bytes = [stream] + hex(time) + [0, UInt8(body.count >> 8), UInt8(body.count & 255), type, 0, 0, 0, 0] + extended
    for start in stride(from: 0, to: max(1, body.count), by: size) {
      if start > 0 { bytes += [0xC0 | stream] + extended }
      bytes += body[start..<min(start + size, body.count)]
    }
    return bytes
  }

  static let connect =
    string("connect") + hex("00 3ff0000000000000 03") + property("app") + string("live") + property("type") + string("nonprivate")
    + property("fpad") + hex("01 00") + property("capabilities") + hex("00 406de00000000000") + property("flashVer")
    + string("FMLE/3.0 (compatible; Lavf59.27)") + property("tcUrl") + string("rtmp://192.168.1.11:1935/live") + hex("000009")
  static let createStream = string("createStream") + hex("00 4000000000000000 05")
  static let publish = string("publish") + hex("00 4014000000000000 05") + string("secret-key") + string("live")
  static let play = string("play") + hex("00 4014000000000000 05") + string("cam")
  static let program = ["client rtmp.publish=FMLE/3.0 (compatible; Lavf59.27)"]

  static func conversation(_ parts: [UInt8]...) -> [Piece] { [(true, handshake)] + parts.map { (true, $0) } }

  @Test(
    arguments: [
      (conversation(message(20, connect), message(20, createStream), message(20, publish)), program),
      // a larger chunk size first, acknowledgments between, an extended time
      (
        conversation(
          message(1, hex("00001000"), stream: 2), message(20, connect, size: 4096), message(5, hex("002625a0"), stream: 2),
          message(20, publish, stream: 8, size: 4096)), program
      ),
      (conversation(message(20, connect, time: "ffffff"), message(20, publish, time: "ffffff")), program),
      // AMF 3; no program
      (conversation(message(17, [0] + connect), message(17, [0] + publish)), program),
      (conversation(message(20, publish)), ["client rtmp.publish=publish"]),
      // shorter headers: the same stream and length (format 2, 3)
      (
        conversation(
          message(20, connect), message(20, createStream), hex("83 000010") + createStream, hex("c3") + createStream, message(20, publish)),
        program
      ),
      // a player; nothing but the handshake
      (conversation(message(20, connect), message(20, play), message(20, publish)), []), (conversation(), []),
    ] as [([Piece], [String])])
  func conversations(pieces: [Piece], expected: [String]) {
    #expect(Harness.stream([RTMPRecognizer()], port: 1935, pieces).sides == expected)
    // Elsewhere by its handshake; the server's bytes are not looked at.
    let answered = [pieces[0], (false, Self.handshake)] + pieces.dropFirst()
    let elsewhere = Harness.stream([RTMPRecognizer()], port: 8935, answered).filter { !$0.field.isPayload }
    #expect(elsewhere.sides == expected)
  }

  @Test func signedHandshake() {
    let pieces = Self.conversation(Self.message(20, Self.connect), Self.message(20, Self.publish))
    for version in ["80000702", "09007c02"] {
      let first = Array(Self.handshake.prefix(5)) + hex(version) + Self.handshake.dropFirst(9)
      #expect(Harness.stream([RTMPRecognizer()], port: 8935, [(true, first)] + pieces.dropFirst()).sides == Self.program)
    }
  }

  @Test func streams() {
    let pieces = Self.conversation(Self.message(20, Self.connect), Self.message(20, Self.publish)).map {
      ($0.fromClient, $0.bytes as [UInt8]?)
    }
    let streams = Harness.conversation([RTMPRecognizer()], port: 1935, pieces).streams
    #expect(streams.map(\.name) == ["RTMP"])
    #expect(streams.first?.sender.station == Harness.camera.station)
  }

  @Test func others() {
    // TPKT; zeros instead of random bytes; another version; after the handshake something else.
    for bytes in [
      hex("0300001302e0000000000000") + [UInt8](repeating: 1, count: 99), hex("03") + [UInt8](repeating: 0, count: 99),
      hex("06 00000000 00000000"),
    ] {
      let observed = Harness.stream([RTMPRecognizer()], port: 3389, [(true, bytes)])
      #expect(observed.count { !$0.field.isPayload } == 0)
    }
    var random = TestRandom(seed: 5)
    for _ in 0..<50 {
      let observed = Harness.feed([RTMPRecognizer()], 1935, [(true, Self.handshake), (true, random.bytes(600))])
      #expect(observed[.rtmpPublish] == [])
    }
  }

  @Test func hostile() {
    let commands = Self.message(20, Self.connect) + Self.message(20, Self.publish)
    for cut in 0..<commands.count { _ = Harness.feed([RTMPRecognizer()], 1935, [(true, Self.handshake + commands.prefix(cut))]) }
    var random = TestRandom(seed: 19350)
    for _ in 0..<2000 {
      var bytes = commands
      for _ in 0...random.next() % 3 { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next() >> 24) }
      _ = Harness.feed([RTMPRecognizer()], 1935, [(true, Self.handshake + bytes), (true, random.bytes(100))])
    }
    // Headers of every form without an end.
    for byte in UInt8.min...UInt8.max {
      _ = Harness.feed(
        [RTMPRecognizer()], 1935, [(true, Self.handshake + Self.message(20, Self.connect) + [UInt8](repeating: byte, count: 5000))])
    }
    let hole = Harness.conversation([RTMPRecognizer()], port: 1935, [(true, Self.handshake), (true, nil), (true, commands)])
    #expect(hole.observations[.rtmpPublish] == [])
  }
}
