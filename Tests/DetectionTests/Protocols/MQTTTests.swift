import Testing

@testable import Detection

@Suite struct MQTTTests {
  typealias Piece = (fromClient: Bool, bytes: [UInt8])

  static func string(_ text: String) -> [UInt8] { [UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 255)] + ascii(text) }

  static func packet(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    var left = body.count
    repeat {
      length.append(UInt8(left & 0x7F) | (left > 127 ? 0x80 : 0))
      left >>= 7
    } while left > 0
    return [type] + length + body
  }

  /// CONNECT with will and user name; text of the will, user name and password must not be reported.
  static let connect311 = packet(
    0x10,
    string("MQTT") + hex("04 c6 003c") + string("ipc-0a1b") + string("cam/0a1b/online") + string("gone") + string("user") + string("secret")
  )
  static let connect31 = packet(0x10, string("MQIsdp") + hex("03 02 003c") + string("old"))
  /// MQTT 5: a session's expiry, and a delay of the will.
  static let connect5 = packet(
    0x10, string("MQTT") + hex("05 06 003c 05 11 00000e10") + string("five") + hex("05 18 00000005") + string("w/5") + string("x"))
  static let acknowledgment: Piece = (false, hex("20 02 00 00"))
  static let publish = packet(0x32, string("cam/0a1b/event") + hex("0007") + [UInt8](repeating: 0x7B, count: 3000))
  static let subscribe = packet(0x82, hex("0001") + string("cam/0a1b/cmd/#") + hex("01") + string("all/+/x") + hex("00"))
  static let subscribe5 = packet(0x82, hex("0001 02 0b01") + string("five/#") + hex("01"))

  @Test(
    arguments: [
      (
        [(true, connect311), acknowledgment, (true, subscribe + publish + publish + hex("c000")), (false, publish)],
        [
          "client mqtt.client_id=ipc-0a1b", "client mqtt.topic=cam/0a1b/online", "client mqtt.topic=cam/0a1b/cmd/#",
          "client mqtt.topic=all/+/x", "client mqtt.topic=cam/0a1b/event",
        ]
      ),
      ([(true, connect31)], ["client mqtt.client_id=old"]),
      ([(true, connect5), (true, subscribe5)], ["client mqtt.client_id=five", "client mqtt.topic=w/5", "client mqtt.topic=five/#"]),
      // no name
      ([(true, packet(0x10, string("MQTT") + hex("04 02 003c 0000"))), acknowledgment], []),
      // what the server writes is the client's to read
      ([(true, connect31), (false, publish)], ["client mqtt.client_id=old"]),
    ] as [([Piece], [String])])
  func conversations(pieces: [Piece], expected: [String]) {
    for port in [1883, 40001] as [UInt16] { #expect(Harness.stream([MQTTRecognizer()], port: port, pieces).sides == expected) }
  }

  @Test func limits() {
    let topics = (0..<20).flatMap { Self.packet(0x30, Self.string("t/\($0)") + ascii("x")) }
    #expect(Harness.stream([MQTTRecognizer()], port: 1883, [(true, Self.connect31 + topics)])[.mqttTopic].count == MQTTParser.topicLimit)
    let endless = [UInt8](repeating: 0xC0, count: 1) + hex("00")
    let observed = Harness.feed(
      [MQTTRecognizer()], 1883, [(true, Self.connect31)] + Array(repeating: (true, endless), count: 1000) + [(true, Self.publish)])
    #expect(observed[.mqttTopic] == [])
    // A length that does not end; a hole.
    #expect(Harness.feed([MQTTRecognizer()], 1883, [(true, Self.connect31 + hex("30ffffffffff")), (true, Self.publish)])[.mqttTopic] == [])
    let hole = Harness.conversation([MQTTRecognizer()], [(true, Self.connect31), (true, nil), (true, Self.publish)])
    #expect(hole.observations.summary == ["mqtt.client_id=old"])
  }

  @Test(arguments: [
    ("", Disposition.notMine), ("10", .needMore), ("10 20 0004 4d51", .needMore), ("10 20 0004 4d515454", .needMore),
    ("10 20 0004 4d515454 04", .mine),
    ("10 20 0004 4d515454 03", .notMine), ("10 05 0004 4d515454 04", .notMine), ("10 20 0006 4d5149736470 03", .mine),
    ("10 20 0006 4d5149736470 04", .notMine),
    ("20 02 0000", .notMine), ("10 20 0005", .notMine), ("10 ffffffff", .notMine), ("10 8001 0004 4d515454 05", .mine),
  ])
  func recognizing(bytes: String, expected: Disposition) {
    #expect(Harness.datagram(MQTTRecognizer(), hex(bytes), transport: .tcp, to: 1883).0 == expected)
  }
}
