import Testing

@testable import Detection

/// What strangers can make the engine remember has an end.
@Suite struct BoundsTests {
  typealias B = FrameBuilder

  @Test func conversationsThatAreRead() {
    let engine = Engine(signatures: SignatureSet([]), recognizers: [ARPRecognizer()])
    var feeder = Feeder(engine)
    for number in 0..<UInt16(ActiveParsers.capacity + 3 * ActiveParsers.slack) {
      let frame = B.ethernet(B.ipv4("192.168.1.10", "192.168.1.1", proto: 6, B.tcp(1000 + number, 80, seq: 1, [1, 2, 3])))
      feeder.frame(frame, at: 1 + Double(number) / 1000)
    }
    #expect(engine.coverage.evicted == ["conversations": 2 * ActiveParsers.slack])
  }

  @Test func routers() {
    var identity = Identity(lan: [])
    for number in 0..<UInt64(Identity.routerLimit + 10) {
      let mac = MACAddress(bits: 0x02_00_00_00_00_00 + number)
      _ = identity.forwards(ForwarderTable.Finding(segment: .untagged, mac: mac, isRouter: true))
    }
    #expect(identity.evicted == 10)
  }

  @Test func aBindingGoesWithItsStation() {
    var identity = Identity(lan: [])
    let station = Station(mac: MACAddress(bits: 0x02_00_00_00_00_01), address: IPAddress("203.0.113.7")!)
    _ = identity.bind(station)
    #expect(identity.isOnLAN(station.address))
    _ = identity.forget(station, isLastOfMAC: true)
    #expect(!identity.isOnLAN(station.address))
  }

  /// A MAC address may claim any number of addresses: each claim is of the stations at that address only.
  @Test func aClaimLeavesOtherAddressesAlone() {
    var identity = Identity(lan: [])
    let claim = identity.bind(Station(mac: MACAddress(bits: 0x02_00_00_00_00_01), address: IPAddress("192.168.1.7")!))
    #expect(claim.change?.mac.isNone == true)
  }

  @Test func absurdTimes() {
    let engine = Engine(signatures: SignatureSet([]))
    var feeder = Feeder(engine)
    let frame = B.ethernet(B.ipv4("192.168.1.10", "192.168.1.1", proto: 17, B.udp(1, 2, [1])))
    for time in [1.0, 9e9, -9e9, 0, 9e9, 2] { feeder.frame(frame, at: time) }
    engine.finish()
    #expect(engine.devices().first?.packetsSent == 6)
  }
}
