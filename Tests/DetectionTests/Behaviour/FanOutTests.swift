import Testing

@testable import Detection

@Suite struct FanOutTests {
  static let hosts = ["203.0.113.8", "198.51.100.7", "192.0.2.33"]

  /// A message of 108 bytes to each host, again and again.
  private func scene(
    _ hosts: [String] = FanOutTests.hosts, times: Int = 8, every gap: Double = 27.5, port: (Int, Int) -> UInt16 = { _, _ in 40_000 },
    peerPort: (Int) -> UInt16 = { _ in 32_100 }, size: Int = 108, payload: [UInt8]? = nil
  ) -> Scene {
    var scene = Scene()
    for time in 0..<times {
      for (index, host) in hosts.enumerated() {
        let at = Scene.start + Double(time) * gap + Double(index) * 0.05
        scene.packet(at: at, size, peer: host, port: port(time, index), peerPort: peerPort(index), payload: payload)
        scene.packet(at: at + 0.1, 24, out: false, peer: host, port: port(time, index), peerPort: peerPort(index))
      }
    }
    return scene
  }

  @Test func threeHosts() {
    let result = scene().run()
    #expect(result.fired == ["behaviour-fan-out"])
    #expect(result.observations.first?.text == "port 32100, 108 bytes")
    #expect(result.last(.fanOutHosts) == 3)
    #expect(result.last(.fanOutGap) == 27.5)
    #expect(
      result.observations.first?.time == Timestamp(nanoseconds: Int64((Scene.start + 137.6) * 1e9)), "the sixth time, at its last host")
    #expect(scene().run(headersOnly: true).fired == ["behaviour-fan-out"])
  }

  /// Another source port each time, but one within a time; periods that vary.
  @Test func sourcePortsMayChange() {
    #expect(scene(port: { time, _ in 40_000 + UInt16(time) }).run().fired == ["behaviour-fan-out"])
    #expect(scene(times: 6, every: 600).run().fired == ["behaviour-fan-out"])
  }

  @Test func twoHosts() {
    #expect(scene(["203.0.113.8", "198.51.100.7"]).run().fired == ["behaviour-fan-out-pair"])
  }

  // MARK: What sends alike

  @Test func whatIsNoFanOut() {
    #expect(scene(["203.0.113.8"]).run().fired == [], "one host")
    #expect(scene(port: { _, index in 40_000 + UInt16(index) }).run().fired == [], "a port for each host, as QUIC and games have")
    #expect(scene(peerPort: { 5000 + UInt16($0) }).run().fired == [], "many ports, as Skype and Telegram have")
    #expect(scene(peerPort: { _ in 443 }).run().fired == [], "QUIC")
    #expect(scene(peerPort: { _ in 3478 }, size: 20).run().fired == [], "STUN")
    let binding: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12)
    #expect(scene(peerPort: { _ in 8801 }, size: 20, payload: binding).run().fired == [], "STUN elsewhere")
    #expect(scene(size: 400).run().fired == [], "no small message")
    #expect(scene(times: 4, every: 60).run().fired == [], "four times")
    #expect(scene(times: 20, every: 3).run().fired == [], "a minute: an app that opens")
    #expect(scene(["192.168.1.5", "192.168.1.6", "192.168.1.7"]).run().fired == [], "in the house")
    #expect(scene(["239.0.0.1", "239.0.0.2", "239.0.0.3"]).run().fired == [], "groups")
  }

  /// A peer of a swarm asks others each time.
  @Test func otherHostsEachTime() {
    var scene = Scene()
    for time in 0..<20 {
      for index in 0..<4 {
        scene.packet(
          at: Scene.start + Double(time) * 20 + Double(index) * 0.1, 101, peer: "203.0.113.\(time * 4 + index + 1)", peerPort: 6881)
      }
    }
    #expect(scene.run().fired == [])
  }
}
