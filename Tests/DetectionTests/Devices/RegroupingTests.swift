import Testing

@testable import Detection

/// Stations that turn out to belong to another device than was thought, and stations that are gone.
@Suite struct RegroupingTests {
  typealias B = FrameBuilder

  static let router = B.mac(9)

  static func engine(_ recognizers: [any Recognizer] = [ARPRecognizer()]) -> Engine {
    let signatures = SignatureSet([
      Signature(
        id: "serves", says: .camera, facet: .control, strength: .strong,
        condition: .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0xCA, 0xFE, 0xBA, 0xBE])])])), because: "{value}"),
      Signature(
        id: "announces", says: .camera, facet: .discovery, strength: .strong,
        condition: .test([.mdnsName], ValueTest([.equals([Array("cam".utf8)])])), because: "{value}"),
    ])
    return Engine(signatures: signatures, recognizers: recognizers)
  }

  static func serves(_ mac: [UInt8], _ address: String) -> [UInt8] {
    InventoryTests.udp(mac, address, "192.168.1.10", [0xCA, 0xFE, 0xBA, 0xBE])
  }

  static func holds(_ mac: [UInt8], _ address: String) -> [UInt8] {
    B.ethernet(
      from: mac, to: [255, 255, 255, 255, 255, 255], type: 0x0806,
      hex("0001 0800 06 04 0002") + mac + B.big32(IPAddress(address)!.v4) + B.mac(1) + [192, 168, 1, 10])
  }

  /// The router forwards in both directions for a host.
  static func showRouter(_ feeder: inout Feeder, at time: Double) {
    for remote in ["8.8.8.8", "1.1.1.1"] {
      feeder.frame(InventoryTests.udp(B.mac(10), "192.168.1.10", remote, to: router), at: time)
      feeder.frame(InventoryTests.udp(router, remote, "192.168.1.10", to: B.mac(10)), at: time)
    }
  }

  @Test func theAlertGoesWithTheCamera() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(Self.serves(Self.router, "10.0.5.7"), at: 1)
    Self.showRouter(&feeder, at: 2)
    // Its own MAC address becomes known, and that it is nobody's router.
    feeder.frame(Self.holds(B.mac(7), "10.0.5.7"), at: 3)
    engine.finish()
    let alerts = engine.drain().events
    #expect(alerts.map(\.device.id.description) == ["mac:02:00:00:00:00:09", "ip:10.0.5.7", "mac:02:00:00:00:00:07"])
    #expect(alerts.map(\.kind) == [.raised, .surer, .surer])
    #expect(Set(alerts.map(\.id)).count == 1)
  }

  @Test func anotherCameraBehindTheSameRouterIsAnotherAlert() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(Self.serves(Self.router, "10.0.5.7"), at: 1)
    feeder.frame(Self.serves(Self.router, "10.0.5.8"), at: 1)
    Self.showRouter(&feeder, at: 2)
    engine.finish()
    #expect(Set(engine.drain().events.map(\.id)).count == 2)
  }

  @Test func aRouterThatAnswersForOthersIsNotTheCamera() {
    let engine = Self.engine()
    var feeder = Feeder(engine)
    feeder.frame(Self.holds(B.mac(7), "192.168.1.7"), at: 1)
    Self.showRouter(&feeder, at: 2)
    feeder.frame(Self.holds(Self.router, "192.168.1.7"), at: 3)
    feeder.frame(Self.serves(Self.router, "192.168.1.7"), at: 4)
    engine.finish()
    #expect(engine.drain().events.map(\.device.id.description) == ["mac:02:00:00:00:00:07"])
  }

  @Test func aRouterThatRepeatsAnnouncementsIsNotTheCamera() {
    let announcement = hex("0000 8400 0000 0001 0000 0000 03 63616d 05 6c6f63616c 00 0001 8001 00000078 0004 c0a80c05")
    func devicesToldOf(_ showsRouter: Bool) -> Int {
      let engine = Self.engine([ARPRecognizer(), MDNSRecognizer()])
      var feeder = Feeder(engine)
      if showsRouter { Self.showRouter(&feeder, at: 1) }
      feeder.frame(Self.holds(Self.router, "192.168.1.1"), at: 1)
      feeder.frame(B.ethernet(from: Self.router, B.ipv4("192.168.1.1", "224.0.0.251", proto: 17, B.udp(5353, 5353, announcement))), at: 2)
      engine.finish()
      return engine.drain().events.count
    }
    #expect(devicesToldOf(false) == 1)
    #expect(devicesToldOf(true) == 0)
  }

  @Test func whatIsGoneIsForgotten() {
    var identity = Identity(lan: [])
    let address = IPAddress("10.0.0.7")!
    let (holder, behind) = (MACAddress(bits: 7), MACAddress(bits: 9))
    _ = identity.forwards(ForwarderTable.Finding(segment: .untagged, mac: behind, isRouter: true))
    let seen = Station(mac: behind, address: address)
    _ = identity.bind(Station(mac: holder, address: address))
    #expect(identity.device(of: seen).description.hasPrefix("mac:"))
    _ = identity.forget(Station(mac: holder, address: address), isLastOfMAC: false)
    #expect(identity.device(of: seen).description == "ip:10.0.0.7")
    _ = identity.forget(seen, isLastOfMAC: true)
    #expect(identity.device(of: seen).mac == behind, "no router any more")
  }
}
