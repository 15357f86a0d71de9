import Testing

@testable import Detection

@Suite struct LLDPTests {
  static let recognizer = LLDPRecognizer()

  static func tlv(_ type: UInt16, _ value: [UInt8]) -> [UInt8] { FrameBuilder.big(type << 9 | UInt16(value.count)) + value }

  /// Chassis and port by MAC address, and a time to live.
  static let head = tlv(1, hex("04 020000000001")) + tlv(2, hex("03 020000000001")) + tlv(3, hex("0078"))
  static let axis =
    head + tlv(4, ascii("eth0")) + tlv(5, ascii("axis-accc8e012345")) + tlv(6, ascii("AXIS M3045 Network Camera\n 9.80.1"))
    + tlv(7, hex("0080 0080")) + tlv(8, hex("05 01 c0a8010a 02 00000002 00")) + tlv(0, [])

  @Test(arguments: [
    (
      axis,
      [
        "lldp.capabilities=station", "lldp.system_description=AXIS M3045 Network Camera 9.80.1", "lldp.system_name=axis-accc8e012345",
        "lldp.port=02:00:00:00:00:01", "lldp.port_description=eth0", "lldp.management_address=192.168.1.10",
      ]
    ),
    // a switch; capabilities that are off; an interface's name; IPv6, and of two addresses the first
    (
      tlv(1, hex("04 020000000001")) + tlv(2, [5] + ascii("Gi1/0/7")) + tlv(3, hex("0078")) + tlv(7, hex("003c 0014"))
        + tlv(8, hex("11 02 fe800000000000000000000000000001 02 00000002 00")) + tlv(8, hex("05 01 c0a80102 02 00000002 00")),
      ["lldp.capabilities=bridge,router", "lldp.port=Gi1/0/7", "lldp.management_address=fe80::1"]
    ),
    // LLDP-MED's inventory; an organisation's own
    (
      head + tlv(127, hex("0012bb 09") + ascii("Axis")) + tlv(127, hex("0012bb 0a") + ascii("M3045")) + tlv(127, hex("00120f 01 036c")),
      ["lldp.manufacturer=Axis", "lldp.model=M3045", "lldp.port=02:00:00:00:00:01"]
    ),
    // what follows the end; empty values; too short
    (head + tlv(0, []) + tlv(5, ascii("no")), ["lldp.port=02:00:00:00:00:01"]),
    (head + tlv(5, []) + tlv(7, hex("0080")) + tlv(8, [5]) + tlv(127, hex("0012bb")), ["lldp.port=02:00:00:00:00:01"]),
    // the time to live is missing
    (tlv(1, hex("04 020000000001")) + tlv(2, [7, 0x31]) + tlv(5, ascii("x")), []),
  ])
  func publicTransports(bytes: [UInt8], expected: [String]) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, bytes, transport: .lldp)
    #expect(disposition == .message && observed.summary == expected)
  }

  @Test(arguments: [[], [2], hex("0000"), tlv(2, hex("03 020000000001")), ascii("HTTP/1.1 200 OK")])
  func others(bytes: [UInt8]) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, bytes, transport: .lldp)
    #expect(disposition == .notMine && observed.isEmpty)
  }

  @Test func manyElements() {
    let bytes = Self.head + Array(repeating: Self.tlv(9, []), count: 5000).flatMap { $0 } + Self.tlv(5, ascii("late"))
    #expect(Harness.datagram(Self.recognizer, bytes, transport: .lldp).1.summary == ["lldp.port=02:00:00:00:00:01"])
  }

  /// From the frame to the device that sent it, tagged as well.
  @Test(arguments: [[], [(UInt16(0x8100), UInt16(12))]])
  func frames(tags: [(UInt16, UInt16)]) {
    let engine = Engine(signatures: SignatureSet([]))
    var seen: [String] = []
    engine.observer = { observation, device, _ in
      if observation.field == .lldpSystemName { seen.append("\(device.mac) \(observation.text)") }
    }
    var feeder = Feeder(engine)
    feeder.frame(FrameBuilder.ethernet(to: hex("0180c200000e"), type: 0x88CC, tags: tags, Self.axis), at: 1)
    engine.finish()
    #expect(seen == ["02:00:00:00:00:01 axis-accc8e012345"] && engine.coverage.undecoded.isEmpty)
  }
}
