import Testing

@testable import Detection

/// One-way uploads and their clock, by the rules of `signatures/behaviour.yaml`; and what sends alike.
@Suite struct UploadTests {
  let start = Scene.start

  @Test(arguments: [Scene.server, "2001:db8::8"])
  func videoToAServer(_ peer: String) {
    var scene = Scene()
    scene.video(from: start, seconds: 30, peer: peer)
    let result = scene.run()
    #expect(result.fired == ["behaviour-upload", "behaviour-frame-clock"])
    #expect(result.observations.first?.text == "outside udp \(peer)")
    #expect(result.last(.uploadSeconds) == 30)
    #expect(result.last(.uploadShare) == 100)
    #expect(abs((result.last(.uploadClock) ?? 0) - 20) < 0.1)
    let traffic = result.device?.traffic
    #expect(traffic?.to == IPAddress(peer))
    #expect(traffic.map { abs($0.since.seconds(since: Timestamp(nanoseconds: Int64(start * 1e9)))) < 0.1 } == true)
    #expect(abs((traffic?.picturesPerSecond ?? 0) - 20) < 0.1)
    #expect(traffic?.downBitsPerSecond == 0)
    #expect((300_000...600_000).contains(traffic?.upBitsPerSecond ?? 0))
  }

  @Test func contentsAreNotNeeded() {
    var scene = Scene()
    scene.video(from: start, seconds: 30, isTCP: true, acknowledged: true)
    #expect(scene.run(headersOnly: true).fired == ["behaviour-upload", "behaviour-frame-clock"])
  }

  @Test func segmentsOverNewConnectionsAreOneUpload() {
    var scene = Scene()
    for number in 0..<15 {
      for index in 0..<150 {
        scene.packet(at: start + Double(number) * 2 + Double(index) * 0.002, 1400, port: 40_000 + UInt16(number), isTCP: true)
      }
    }
    let result = scene.run()
    #expect(result.fired == ["behaviour-upload"])
    #expect(result.last(.uploadSeconds) == 29)
    #expect(result.observations.filter { $0.field == .uploadSessions }.allSatisfy { $0.text == "1" })
  }

  @Test func longOnes() {
    var scene = Scene()
    scene.video(from: start, seconds: 70, rate: 25)
    #expect(scene.run().fired == ["behaviour-upload", "behaviour-upload-long", "behaviour-frame-clock"])
  }

  /// Three in two hours; three in one are one person's half hour.
  @Test(arguments: [(2000.0, true), (600.0, false)])
  func againAndAgain(_ pause: Double, _ isLong: Bool) {
    var scene = Scene()
    for number in 0..<3 { scene.video(from: start + Double(number) * pause, seconds: 12, seed: UInt64(number)) }
    let result = scene.run()
    #expect(result.fired.contains("behaviour-upload-long") == isLong)
    #expect(result.last(.uploadSessions) == 3)
  }

  @Test func viewersInTheHouse() {
    var scene = Scene()
    scene.video(from: start, seconds: 30, peer: "192.168.1.222")
    let result = scene.run()
    #expect(result.fired == ["behaviour-frame-clock"])
    #expect(result.observations.first?.text == "local udp 192.168.1.222")
  }

  /// What a replay knows when the next packet comes, a watch knows when its time has come: at the same time.
  @Test func uploadsEndWhileTheLinkIsQuiet() {
    var scene = Scene()
    scene.video(from: start + 0.4, seconds: 9.5)
    let live = scene.run(isLive: true, until: start + 20)
    scene.packet(at: start + 3600, 10)
    let replay = scene.run()
    #expect(live.fired == ["behaviour-upload", "behaviour-frame-clock"])
    #expect(live.observations.summary == replay.observations.summary)
    #expect(live.observations.map(\.time) == replay.observations.map(\.time))
    #expect(live.observations.last?.time == Timestamp(nanoseconds: Int64((start + 14) * 1e9)))
  }

  /// Damaged captures bear times beyond all centuries, which are the last one that there is.
  @Test func theEndOfTimeEndsAnUpload() {
    let engine = Engine(signatures: SignatureSet([]))
    engine.advance(to: .distantFuture)
    engine.finish()
    #expect(engine.devices().isEmpty)
  }

  @Test func uploadsForHours() {
    var scene = Scene()
    for hour in 0..<3 { scene.video(from: start + Double(hour) * 3600, seconds: 10) }
    let result = scene.run()
    #expect(result.device?.uploadsForHours == true)
    #expect(result.device?.verdict == Verdict.none, "of unknown class")
    var next = Scene()
    next.packet(at: start + 9000, 10)
    #expect(next.run(from: result.engine).device?.uploadsForHours == true)
    #expect(next.run(from: result.engine).device?.traffic == result.device?.traffic)
    for second in 0..<2 { next.packet(at: start + 200_000 + Double(second), 10) }
    #expect(next.run(from: result.engine).device?.uploadsForHours == false)
    var short = Scene()
    for hour in 0..<2 { short.video(from: start + Double(hour) * 2800, seconds: 10) }
    #expect(short.run().device?.uploadsForHours == false)
  }

  // MARK: What sends alike

  /// Bytes in pieces: full packets with a shorter last one.
  private func send(_ scene: inout Scene, at time: Double, _ bytes: Int, port: UInt16 = 40_000, gap: Double = 0.0003) {
    for (index, offset) in stride(from: 0, to: bytes, by: 1448).enumerated() {
      let size = min(1448, bytes - offset)
      scene.packet(at: time + Double(index) * gap, size, port: port, isTCP: true)
      if index % 2 == 0 { scene.packet(at: time + 0.03 + Double(index) * gap, 0, out: false, port: port, isTCP: true) }
    }
  }

  /// `curl --limit-rate`: pieces of 16 kB in a fixed rhythm, of which each third is sent.
  @Test func limitedUpload() {
    var scene = Scene()
    var random = TestRandom(seed: 4)
    for number in 0..<150 where number % 3 == 0 {
      send(&scene, at: start + Double(number) * 0.08 + Double(random.next() % 2000) / 1e6, 16_384)
    }
    let result = scene.run()
    #expect(result.fired == ["behaviour-upload"], "clock \(result.last(.uploadClock) ?? 0)")
  }

  @Test func bulk() {
    var scene = Scene()
    var random = TestRandom(seed: 5)
    var time = start
    while time < start + 40 {
      // A window, and the wait for its acknowledgement.
      let count = 10 + Int(random.next() % 20)
      for index in 0..<count { scene.packet(at: time + Double(index) * 0.0005, 1448, isTCP: true) }
      time += 0.04 + Double(random.next() % 30_000) / 1e6
    }
    let result = scene.run()
    #expect(result.fired == ["behaviour-upload"])
    #expect(result.last(.uploadClock) == nil)
  }

  /// Sound in one direction: faster than pictures.
  @Test func voice() {
    var scene = Scene()
    var random = TestRandom(seed: 6)
    for number in 0..<1500 { scene.packet(at: start + Double(number) * 0.02 + Double(random.next() % 1000) / 1e6, 300 + number % 7) }
    let result = scene.run()
    #expect(result.fired == ["behaviour-upload"])
    #expect(result.last(.uploadClock) == nil)
  }

  @Test func twoWayCall() {
    var scene = Scene()
    scene.video(from: start, seconds: 30)
    for number in 0..<900 { scene.packet(at: start + Double(number) / 30, 1100, out: false) }
    let result = scene.run()
    #expect(result.fired == [])
    #expect(result.device?.traffic == nil)
  }

  @Test func plugsLogsAndPhotographs() {
    var scene = Scene()
    for number in 0..<60 { scene.packet(at: start + Double(number), 150, isTCP: true) }
    for hour in 1..<4 { send(&scene, at: start + Double(hour) * 3600, 120_000, port: 41_000) }
    // Twenty photographs in eight connections, as fast as it goes, within four seconds.
    for number in 0..<20 {
      send(&scene, at: start + 20_000 + Double(number) * 0.18, 300_000, port: 42_000 + UInt16(number % 8), gap: 0.0008)
    }
    #expect(scene.run().fired == [])
  }

  @Test func groupsAreNoPeers() {
    var scene = Scene()
    scene.video(from: start, seconds: 20, peer: "239.1.2.3")
    scene.video(from: start + 100, seconds: 20, peer: "255.255.255.255")
    #expect(scene.run().observations.isEmpty)
  }

  /// A download is nobody's upload, and neither is one between strangers.
  @Test func downloads() {
    var scene = Scene()
    for number in 0..<3000 { scene.packet(at: start + Double(number) / 100, 1400, out: false, isTCP: true) }
    let result = scene.run()
    #expect(result.observations.isEmpty)
    #expect(result.engine.coverage.evicted.isEmpty)
  }

  @Test func absurdTimesNeverTrap() {
    var scene = Scene()
    let times = [0, 9e9, -9e9, 5, 3, 1e9, 25]
    for number in 0..<700 { scene.packet(at: times[number % 7] + Double(number), 60_000) }
    _ = scene.run(isLive: false)
  }
}
