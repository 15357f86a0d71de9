import Testing

@testable import Detection

@Suite struct WakeTests {
  /// Wakes, each with a request for an address and clips over TLS.
  private func scene(
    _ wakes: Int = 4, every pause: Double = 4000, asks: Bool = true, clips: Int = 2, size: (Int) -> Int = { 500_000 + $0 * 7000 }
  ) -> Scene {
    var scene = Scene()
    for wake in 0..<wakes {
      var time = Scene.start + Double(wake) * pause
      if asks { for index in 0..<2 { scene.dhcp(at: time + Double(index)) } }
      for clip in 0..<clips {
        time += 8
        let port = 40_000 + UInt16(wake * 10 + clip)
        scene.packet(at: time, 300, port: port, isTCP: true)
        scene.packet(at: time + 0.1, 3000, out: false, port: port, isTCP: true)
        for index in 0..<size(wake + clip) / 1400 { scene.packet(at: time + 0.2 + Double(index) * 0.004, 1400, port: port, isTCP: true) }
      }
    }
    return scene
  }

  @Test func thirdEpisode() {
    var scene = self.scene()
    scene.packet(at: Scene.start + 20_000, 10)
    let result = scene.run()
    #expect(result.fired == ["behaviour-wake-and-clip"])
    #expect(result.last(.wakeEpisodes) == 4)
    #expect(result.last(.wakeClips) == 7, "the last episode is reported with its first clip")
    #expect(result.last(.wakeSpread).map { $0 < 5 } == true)
    #expect(result.last(.wakeAwake).map { $0 < 1 } == true)
  }

  // MARK: What sends alike

  @Test func whatIsNoWakingCamera() {
    #expect(scene(2).run().fired == [], "twice")
    #expect(scene(asks: false).run().fired == [], "keeps its address, as a lock does")
    #expect(scene(every: 200).run().fired == [], "awake for a tenth of the time")
    #expect(scene(size: { _ in 60_000 }).run().fired == [], "small messages, as hubs send")
    #expect(
      scene(8, size: { $0 % 2 == 0 ? 200_000 : 4_000_000 }).run().fired.contains("behaviour-wake-and-clip") == false,
      "photographs of all sizes")
  }

  /// A phone that is never silent for long, by one of its addresses or another.
  @Test func otherAddressesKeepADeviceAwake() {
    var scene = self.scene()
    for number in 0..<200 { scene.packet(at: Scene.start + Double(number) * 100, 40, peer: "fd00::1", peerPort: 9999) }
    #expect(scene.run().fired == [])
  }
}
