import Testing

@testable import Detection

/// Devices and alerts out of frames, with a few signatures made for the purpose.
@Suite struct InventoryTests {
  typealias B = FrameBuilder

  static let signatures = SignatureSet([
    Signature(
      id: "maker", says: .camera, facet: .maker, strength: .strong,
      condition: .test([.ethernetOUI], ValueTest([.prefix([Array("00aabb".utf8)])])), vendor: .literal("Acme"), because: "maker"),
    Signature(
      id: "does", says: .camera, facet: .behaviour, strength: .strong,
      condition: .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0xCA, 0xFE, 0xCA, 0xFE])])])),
      because: "beacon {value}"),
    Signature(
      id: "mark", says: .notCamera, facet: .name,
      condition: .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0xAA, 0, 0, 1])])])), because: "mark"),
    Signature(
      id: "mark-2", says: .notCamera, facet: .cloud,
      condition: .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0xAA, 0, 0, 2])])])), because: "mark"),
  ])

  static let camera: [UInt8] = [0, 0xAA, 0xBB, 0, 0, 1]

  static func engine(declared: DeclaredDevices = DeclaredDevices(), lan: [IPNetwork] = []) -> Engine {
    Engine(signatures: signatures, declared: declared, lan: lan, recognizers: [ARPRecognizer()])
  }

  static func udp(
    _ mac: [UInt8], _ source: String, _ destination: String, _ payload: [UInt8] = [1], port: UInt16 = 1000,
    tags: [(UInt16, UInt16)] = [], to: [UInt8] = B.mac(2)
  ) -> [UInt8] {
    B.ethernet(from: mac, to: to, tags: tags, B.ipv4(source, destination, proto: 17, B.udp(port, 2000, payload)))
  }

  /// The other side's answer in the conversation of `udp` without a port: the camera takes part in an exchange.
  static func answer(to mac: [UInt8] = camera, _ address: String = "192.168.1.10", from other: String = "192.168.1.1") -> [UInt8] {
    B.ethernet(from: B.mac(2), to: mac, B.ipv4(other, address, proto: 17, B.udp(2000, 1000, [2])))
  }

  @Test func identityIsTheMAC() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(Self.udp(Self.camera, "192.168.1.10", "192.168.1.1"), at: 1)
    feeder.frame(B.ethernet(from: Self.camera, type: 0x86DD, B.ipv6("fe80::1", "ff02::1", next: 17, B.udp(1, 2, [1]))), at: 2)
    engine.finish()
    let device = engine.devices().first
    #expect(engine.devices().count == 1)
    #expect(device?.id.description == "mac:00:aa:bb:00:00:01")
    #expect(device?.addresses.map(\.description) == ["192.168.1.10", "fe80::1"])
    #expect(device?.packetsSent == 2)
    #expect(device?.verdict == .probable)
    #expect(engine.drain().events.map(\.device.id.description) == ["mac:00:aa:bb:00:00:01"])
  }

  @Test func routersDoNotSwallowTheirHosts() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    let router = B.mac(9)
    feeder.frame(Self.udp(router, "10.0.5.7", "192.168.1.10", [0xCA, 0xFE, 0xCA, 0xFE]), at: 1)
    RegroupingTests.showRouter(&feeder, at: 2)
    feeder.frame(
      B.ethernet(
        from: router, to: [255, 255, 255, 255, 255, 255], type: 0x0806,
        hex("0001 0800 06 04 0002 020000000009 c0a80101 020000000001 c0a8010a")), at: 4)
    feeder.frame(Self.udp(router, "192.168.1.1", "192.168.1.10"), at: 5)
    engine.finish()
    let ids = engine.devices().map(\.id.description)
    #expect(ids.contains("ip:10.0.5.7"), "\(ids)")
    #expect(ids.contains("mac:02:00:00:00:00:09"))
    #expect(!ids.contains { $0.contains("8.8.8.8") }, "remote hosts are no devices")
    let behind = engine.devices().first { $0.id.description == "ip:10.0.5.7" }
    #expect(behind?.evidence.map(\.signature.id) == ["does"], "evidence moves with its station")
    #expect(engine.devices().first { $0.isRouter }?.addresses.first?.description == "192.168.1.1")
    #expect(engine.drain().events.map(\.device.id.description) == ["ip:10.0.5.7"])
  }

  @Test func segmentsKeepAddressesApart() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(Self.udp(Self.camera, "192.168.1.10", "192.168.1.1", tags: [(0x8100, 12)]), at: 1)
    feeder.frame(Self.udp(Self.camera, "192.168.1.10", "192.168.1.1", tags: [(0x8100, 13)]), at: 2)
    engine.finish()
    #expect(Set(engine.devices().map(\.id.description)) == ["mac:00:aa:bb:00:00:01@vlan12", "mac:00:aa:bb:00:00:01@vlan13"])
  }

  @Test func whoSendsATunnelIsADeviceAsWell() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(TunnelTests.ip(4, TunnelTests.datagram), at: 1)
    feeder.frame(TunnelTests.udp(4789, hex("08000000 00138900") + TunnelTests.frame), at: 2)
    engine.finish()
    #expect(engine.devices().map { $0.addresses.map(\.description) } == [["10.9.9.1"], ["192.168.1.10"], ["192.168.1.10"]])
    #expect(engine.devices().map(\.packetsSent) == [2, 1, 1])
  }

  @Test func withoutMACsTheAddressIdentifies() {
    let engine = Self.engine(lan: [IPNetwork("203.0.113.0/24")!])
    var feeder = Feeder(engine)
    for source in ["10.0.0.5", "203.0.113.7", "198.51.100.1"] {
      feeder.frame(B.ipv4(source, "10.0.0.9", proto: 17, B.udp(1000, 2000, [0xCA, 0xFE, 0xCA, 0xFE])), link: .raw, at: 1)
    }
    engine.finish()
    #expect(engine.devices().map(\.id.description) == ["ip:10.0.0.5", "ip:203.0.113.7"])
    #expect(engine.drain().events.count == 2)
  }

  @Test func whatADeviceDoesWaitsForCounterEvidence() {
    let heartbeat = Self.udp(B.mac(7), "192.168.1.7", "203.0.113.1", [0xCA, 0xFE, 0xCA, 0xFE])
    // Nobody speaks against it: decided at the deadline, and stamped with it.
    var engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(heartbeat, at: 100)
    #expect(engine.drain().events.isEmpty)
    feeder.frame(heartbeat, at: 399)
    #expect(engine.drain().events.isEmpty)
    feeder.frame(heartbeat, at: 500)
    #expect(engine.drain().events.map(\.time) == [Timestamp(nanoseconds: 400_000_000_000)])
    // A quiet link: the clock is moved from outside.
    engine = Self.engine()
    feeder = Feeder(engine)
    feeder.frame(heartbeat, at: 100)
    engine.advance(to: Timestamp(nanoseconds: 450_000_000_000))
    #expect(engine.drain().events.map(\.time) == [Timestamp(nanoseconds: 400_000_000_000)])
    // The end of the input: decided with what is known, at the same time as ever.
    engine = Self.engine()
    feeder = Feeder(engine)
    feeder.frame(heartbeat, at: 100)
    engine.finish()
    #expect(engine.drain().events.map(\.time) == [Timestamp(nanoseconds: 400_000_000_000)])
    // Two marks of a person's phone: silence.
    engine = Self.engine()
    feeder = Feeder(engine)
    feeder.frame(heartbeat, at: 100)
    feeder.frame(Self.udp(B.mac(7), "192.168.1.7", "203.0.113.1", [0xAA, 0, 0, 1], port: 1001), at: 110)
    feeder.frame(Self.udp(B.mac(7), "192.168.1.7", "203.0.113.1", [0xAA, 0, 0, 2], port: 1002), at: 120)
    engine.finish()
    #expect(engine.drain().events.isEmpty)
  }

  /// One packet of a false time makes nothing fall due; two that agree do.
  @Test func aSingleFalseTimeDecidesNothing() {
    let year = 31_536_000.0
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(Self.udp(B.mac(7), "192.168.1.7", "203.0.113.1", [0xCA, 0xFE, 0xCA, 0xFE]), at: 100)
    feeder.frame(Self.udp(B.mac(8), "192.168.1.8", "203.0.113.1"), at: year)
    #expect(engine.drain().events.isEmpty)
    feeder.frame(Self.udp(B.mac(8), "192.168.1.8", "203.0.113.1"), at: 101)
    #expect(engine.drain().events.isEmpty)
    feeder.frame(Self.udp(B.mac(8), "192.168.1.8", "203.0.113.1"), at: year)
    feeder.frame(Self.udp(B.mac(8), "192.168.1.8", "203.0.113.1"), at: year + 1)
    #expect(engine.drain().events.map(\.time) == [Timestamp(nanoseconds: 400_000_000_000)])
  }

  @Test func surerLaterUpdatesTheSameAlert() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(Self.udp(Self.camera, "192.168.1.10", "192.168.1.1"), at: 1)
    feeder.frame(Self.answer(), at: 1.5)
    feeder.frame(Self.udp(Self.camera, "192.168.1.10", "203.0.113.1", [0xCA, 0xFE, 0xCA, 0xFE]), at: 2)
    engine.finish()
    let alerts = engine.drain().events
    // It is spoken with, and then it is a camera.
    #expect(alerts.map(\.kind) == [.raised, .surer, .surer])
    #expect(Set(alerts.map(\.id)).count == 1)
    #expect(alerts.map(\.device.verdict) == [.probable, .probable, .camera])
    #expect(alerts.map(\.severity) == [.medium, .high, .high])
    #expect(alerts.map(\.number) == [1, 2, 3])
  }

  @Test(arguments: ["00:AA:BB:*", "00-aa-bb-00-00-01", "00aabb000001", "192.168.1.10"])
  func declaredCamerasRaiseNoAlert(pattern: String) {
    let engine = Self.engine(declared: DeclaredDevices([pattern]))
    var feeder = Feeder(engine)
    feeder.frame(Self.udp(Self.camera, "192.168.1.10", "192.168.1.1"), at: 1)
    engine.finish()
    #expect(engine.drain().events.isEmpty)
    #expect(engine.devices().map(\.isDeclared) == [true])
    #expect(engine.devices().map(\.verdict) == [.probable])
  }

  @Test func aClockThatStepsBackMovesNothing() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(Self.udp(B.mac(7), "192.168.1.7", "203.0.113.1", [0xCA, 0xFE, 0xCA, 0xFE]), at: 1000)
    feeder.frame(Self.udp(B.mac(8), "192.168.1.8", "203.0.113.1"), at: 5)
    engine.advance(to: Timestamp(nanoseconds: 1))
    #expect(engine.drain().events.isEmpty)
    engine.finish()
    #expect(engine.drain().events.map(\.time) == [Timestamp(nanoseconds: 1_300_000_000_000)])
  }
}
