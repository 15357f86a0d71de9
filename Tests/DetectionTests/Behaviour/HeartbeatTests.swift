import Testing

@testable import Detection

@Suite struct HeartbeatTests {
  /// A packet of the conversation between 192.168.1.20 and a server.
  struct Beat {
    var seconds: Double
    var outward = true
    var size = 44
  }

  static func observe(_ beats: [Beat], port: UInt16 = 32100) -> [String] {
    let engine = Engine(signatures: SignatureSet([]))
    var seen: [Observation] = []
    engine.observer = { observation, _, _ in seen.append(observation) }
    var feeder = Feeder(engine)
    for beat in beats {
      let payload = [UInt8](repeating: 0x5A, count: beat.size)
      let (from, to) = beat.outward ? ("192.168.1.20", "203.0.113.7") : ("203.0.113.7", "192.168.1.20")
      let ports = beat.outward ? (UInt16(20000), port) : (port, UInt16(20000))
      feeder.frame(
        FrameBuilder.ethernet(
          from: FrameBuilder.mac(beat.outward ? 1 : 2), to: FrameBuilder.mac(beat.outward ? 2 : 1),
          FrameBuilder.ipv4(from, to, proto: 17, FrameBuilder.udp(ports.0, ports.1, payload))), at: beat.seconds)
    }
    engine.finish()
    return seen.filter { [.beaconPeriod, .beaconJitter, .beaconPeer].contains($0.field) }.summary
  }

  /// Each asked and answered within a tenth of a second.
  static func keepAlives(_ count: Int, every seconds: Double, jitter: Double = 0, size: Int = 44) -> [Beat] {
    (0..<count).flatMap { number -> [Beat] in
      let start = Double(number) * seconds + (number % 2 == 0 ? 0 : jitter)
      return [Beat(seconds: start, size: size), Beat(seconds: start + 0.1, outward: false, size: size)]
    }
  }

  @Test func periodJitterAndPeer() {
    let peer = "beacon.peer=udp 203.0.113.7:32100"
    #expect(Self.observe(Self.keepAlives(30, every: 20)) == [peer, "beacon.jitter=0", "beacon.period=20"], "told once")
    #expect(Self.observe(Self.keepAlives(30, every: 5, jitter: 0.4)).contains("beacon.period=5"))
    #expect(Self.observe(Self.keepAlives(11, every: 20)) == [], "the first pause ends with the second beat")
    #expect(Self.observe(Self.keepAlives(12, every: 20)).count == 3)
    // One was lost on the way.
    var gap = Self.keepAlives(30, every: 20)
    gap.removeSubrange(10..<12)
    #expect(Self.observe(gap).contains("beacon.period=20"))
    // In both directions by turns, the server's are not the device's.
    let asked = Self.keepAlives(30, every: 20).map { Beat(seconds: $0.seconds, outward: !$0.outward) }
    #expect(Self.observe(asked).contains("beacon.peer=udp 192.168.1.20:20000"))
  }

  @Test func whatIsNoBeacon() {
    #expect(Self.observe(Self.keepAlives(60, every: 1)) == [], "no pauses")
    #expect(Self.observe(Self.keepAlives(60, every: 20, size: 1200)) == [], "no small messages")
    var later = 0.0
    let slower = (0..<20).map { (number: Int) -> Beat in
      later += 2.5 * (1 + Double(number) * Double(number))
      return Beat(seconds: later)
    }
    #expect(Self.observe(slower) == [], "ever more slowly")
    let irregular = (0..<60).map { Beat(seconds: Double($0) * 20 + Double($0 % 3) * 8) }
    #expect(Self.observe(irregular) == [])
    let byTurns = (0..<60).map { Beat(seconds: Double($0) * 20, outward: $0 % 2 == 0) }
    #expect(Self.observe(byTurns) == [])
  }

  @Test func absurdTimesNeverTrap() {
    let times: [Double] = [0, 9e9, -9e9, 5, 3, 1e9, 25]
    _ = Self.observe((0..<70).map { Beat(seconds: times[$0 % times.count]) })
  }
}
