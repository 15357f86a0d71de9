import Testing

@testable import Detection

@Suite struct CDPTests {
  static let recognizer = CDPRecognizer()

  static func tlv(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
    FrameBuilder.big(type) + FrameBuilder.big(UInt16(value.count + 4)) + value
  }

  static let head = hex("02 b4 0000")
  static let camera =
    head + tlv(1, ascii("CIVS-IPC-001DE5EA79D0")) + tlv(2, hex("00000001 01 01 cc 0004 c0a8010a")) + tlv(3, ascii("eth0"))
    + tlv(4, hex("00000010")) + tlv(5, ascii("1.0.3\nBuild 7")) + tlv(6, ascii("Cisco Video Surveillance IP Camera"))

  @Test(arguments: [
    (
      camera,
      [
        "cdp.capabilities=host", "cdp.platform=Cisco Video Surveillance IP Camera", "cdp.version=1.0.3 Build 7",
        "cdp.device_id=CIVS-IPC-001DE5EA79D0", "cdp.port=eth0", "cdp.address=192.168.1.10",
      ]
    ),
    // a switch; IPv6; version 1
    (
      hex("01 b4 0000") + tlv(4, hex("00000029")) + tlv(6, ascii("cisco WS-C2960X-24PS-L"))
        + tlv(0x16, hex("00000001 02 08 aaaa03000000 86dd 0010 fe800000000000000000000000000001")),
      ["cdp.capabilities=router,switch,igmp", "cdp.platform=cisco WS-C2960X-24PS-L", "cdp.address=fe80::1"]
    ),
    // no addresses; another protocol's; too short; a length that does not count its head, and what comes behind
    (
      head + tlv(2, hex("00000000 01 01 cc 0004 c0a8010a")) + tlv(2, hex("00000001 01 01 81 0004 c0a8010a")) + tlv(4, hex("0010"))
        + hex("0001 0003") + tlv(1, ascii("x")), []
    ),
    (head, []),
  ])
  func publicTransports(bytes: [UInt8], expected: [String]) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, bytes, transport: .cdp)
    #expect(disposition == .message && observed.summary == expected)
  }

  @Test(arguments: [[], [2, 180, 0], hex("00b40000"), hex("03b40000"), ascii("GET / HTTP/1.1")])
  func others(bytes: [UInt8]) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, bytes, transport: .cdp)
    #expect(disposition == .notMine && observed.isEmpty)
  }

  /// From the frame, with LLC and SNAP, to the device that sent it.
  @Test func frames() {
    let engine = Engine(signatures: SignatureSet([]))
    var seen: [String] = []
    engine.observer = { observation, device, _ in
      if observation.field == .cdpPlatform { seen.append("\(device.mac) \(observation.text)") }
    }
    var feeder = Feeder(engine)
    let bytes = hex("aaaa03 00000c 2000") + Self.camera
    feeder.frame(FrameBuilder.ethernet(to: hex("01000ccccccc"), type: UInt16(bytes.count), bytes), at: 1)
    engine.finish()
    #expect(seen == ["02:00:00:00:00:01 Cisco Video Surveillance IP Camera"] && engine.coverage.undecoded.isEmpty)
  }
}
