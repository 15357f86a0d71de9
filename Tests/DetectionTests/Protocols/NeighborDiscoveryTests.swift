import Testing

@testable import Detection

@Suite struct NeighborDiscoveryTests {
  static let recognizer = NeighborDiscoveryRecognizer()
  static let own = "fe80000000000000b2c554fffe255b0e"
  static let global = "20010db8000000000000000000000037"
  static let mac = MACAddress("b0c554255b0e")!

  /// An ICMPv6 message from `address`, in a frame from `frameMAC`.
  static func observe(
    _ bytes: [UInt8], from address: String, frameMAC: MACAddress = mac
  ) -> (Disposition, [Observation]) {
    Seeds.keep([recognizer], .icmpv6, from: 0, to: 0, [Seeds.Piece(bytes: bytes)])
    var sink = ObservationSink()
    let source = Station(mac: frameMAC, address: hex(address).span.bytes.ipv6(0))
    let message = Message(
      payload: bytes.span.bytes, length: bytes.count, transport: .icmpv6, source: Endpoint(station: source),
      destination: Harness.other, fromOriginator: true, time: .zero, packet: PacketReference(file: 0, number: 1))
    sink.begin(message)
    let disposition = recognizer.recognize(message, into: &sink)
    return (disposition, sink.observations)
  }

  @Test(arguments: [
    // solicitation with the source's link-layer address
    ("87 00 0000 00000000 fe800000000000000000000000000001 01 01 b0c554255b0e", own, ["ip.address=fe80::b2c5:54ff:fe25:5b0e"]),
    // without one: the address of the frame
    ("87 00 0000 00000000 fe800000000000000000000000000001", own, ["ip.address=fe80::b2c5:54ff:fe25:5b0e"]),
    // duplicate address detection: the address belongs to no device yet
    ("87 00 0000 00000000" + own, "00000000000000000000000000000000", []),
    ("87 00 0000 00000000" + own + "0e01 04c09bd5ac29", "00000000000000000000000000000000", []),
    // advertisement, solicited and override, with the target's link-layer address; a nonce option before it
    ("88 00 0000 60000000" + global + "02 01 b0c554255b0e", own, ["ip.address=2001:db8::37"]),
    ("88 00 0000 60000000" + global + "0e01 04c09bd5ac29 02 01 b0c554255b0e", own, ["ip.address=2001:db8::37"]),
    // without the option: the address of the frame
    ("88 00 0000 20000000" + global, own, ["ip.address=2001:db8::37"]),
    // a proxy answers for another without override; the holder may
    ("88 00 0000 40000000" + global + "02 01 b0c554255b0e", own, []),
    ("88 00 0000 40000000" + global + "02 01 b0c554255b0e", global, ["ip.address=2001:db8::37"]),
    // an option of length zero ends the reading; another length is not Ethernet: the address of the frame
    ("88 00 0000 20000000" + global + "02 00 000000000000", own, ["ip.address=2001:db8::37"]),
    // a target that is a group
    ("88 00 0000 20000000 ff020000000000000000000000000001 02 01 b0c554255b0e", own, []),
    // router solicitation, with and without the option
    ("85 00 0000 00000000 01 01 b0c554255b0e", own, ["ip.address=fe80::b2c5:54ff:fe25:5b0e"]), ("85 00 0000 00000000", own, []),
    // router advertisement with prefix information and RDNSS
    (
      "86 00 0000 40 00 0708 00000000 00000000 01 01 b0c554255b0e"
        + "0304 40c0 00015180 00003840 00000000 20010db8000000000000000000000000 1903 0000 00000e10 20010db8000000000000000000000053",
      own, ["ip.address=fe80::b2c5:54ff:fe25:5b0e", "ip.gateway=fe80::b2c5:54ff:fe25:5b0e"]
    ),
    // a lifetime of zero: no router; from a global address: not valid
    ("86 00 0000 40 00 0000 00000000 00000000 01 01 b0c554255b0e", own, ["ip.address=fe80::b2c5:54ff:fe25:5b0e"]),
    ("86 00 0000 40 00 0708 00000000 00000000 01 01 b0c554255b0e", global, []),
    // a group as link-layer address
    ("85 00 0000 00000000 01 01 3333ff255b0e", own, []),
    // redirect
    ("89 00 0000 00000000" + global + global, own, []),
  ])
  func messages(bytes: String, from: String, expected: [String]) {
    let (disposition, observed) = Self.observe(hex(bytes), from: from)
    guard case .message = disposition else {
      Issue.record("not claimed")
      return
    }
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject.mac == Self.mac) }
    if expected.contains("ip.address=2001:db8::37") { #expect(observed[0].subject.address == IPAddress("2001:db8::37")!) }
  }

  @Test func theFrameSpeaksBeforeOptions() {
    let other = MACAddress("020000000099")!
    let bytes = hex("86 00 0000 40 00 0708 00000000 00000000 01 01 b0c554255b0e")
    let observed = Self.observe(bytes, from: Self.own, frameMAC: other).1
    #expect(observed.summary == ["ip.gateway=fe80::b2c5:54ff:fe25:5b0e"])
    #expect(observed.map(\.subject.mac) == [other])
    // A capture without link layer still learns from the option, and nothing without it.
    #expect(Self.observe(bytes, from: Self.own, frameMAC: .none).1.map(\.subject.mac) == [Self.mac, Self.mac])
    let bare = hex("87 00 0000 00000000" + Self.own)
    #expect(Self.observe(bare, from: Self.own, frameMAC: .none).1.isEmpty)
  }

  @Test(arguments: ["", "87", "80 00 0000 00010001", "8f 00 0000 0000 0001", "87 01 0000 00000000", "88000000"])
  func others(bytes: String) {
    guard case .notMine = Self.observe(hex(bytes), from: Self.own).0 else {
      Issue.record("claimed")
      return
    }
  }

  @Test func hostile() {
    let advertisement = hex(
      "86 00 0000 40 00 0708 00000000 00000000 01 01 b0c554255b0e 0304 40c0 00015180 00003840 00000000 20010db8000000000000000000000000")
    var random = TestRandom(seed: 4861)
    for bytes in [advertisement, hex("88 00 0000 60000000" + Self.global + "0e01 04c09bd5ac29 02 01 b0c554255b0e")] {
      for count in 0..<bytes.count { _ = Self.observe(Array(bytes[..<count]), from: Self.own) }
      for _ in 0..<2000 {
        var changed = bytes + random.bytes(40)
        changed[Int(random.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random.next() >> 24)
        #expect(Self.observe(changed, from: Self.own).1.count <= 2)
      }
    }
  }
}
