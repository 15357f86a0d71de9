import Testing

@testable import Detection

/// Uploads that somebody outside asks for, and what is told of them.
@Suite struct WatchedTests {
  let start = Scene.start
  static let alerting = Signature(
    id: "maker", says: .camera, facet: .maker, strength: .strong,
    condition: .test([.ethernetOUI], ValueTest([.prefix([Array("020000000020".utf8)])])), because: "maker")

  /// A message from the cloud, and video to the viewer some time later.
  private func scene(at time: Double, lag: Double = 0.6, seconds: Double = 18, knock: Int = 200, seed: UInt64 = 1) -> Scene {
    var scene = Scene()
    add(&scene, at: time, lag: lag, seconds: seconds, knock: knock, seed: seed)
    return scene
  }

  private func add(_ scene: inout Scene, at time: Double, lag: Double = 0.6, seconds: Double = 18, knock: Int = 200, seed: UInt64 = 1) {
    scene.packet(at: time - 30, 40, peer: "198.51.100.7", port: 50_000, peerPort: 8883, isTCP: true)
    scene.packet(at: time, knock, out: false, peer: "198.51.100.7", port: 50_000, peerPort: 8883, isTCP: true)
    scene.video(from: time + lag, seconds: seconds, rate: 25, seed: seed)
  }

  @Test func videoAfterAMessage() {
    let result = scene(at: start).run()
    #expect(result.fired == ["behaviour-upload", "behaviour-frame-clock", "behaviour-watched", "behaviour-watched-clock"])
    #expect(result.last(.uploadLag).map { abs($0 - 0.6) < 0.05 } == true)
    #expect(result.events.isEmpty, "no alert, no news")
  }

  /// Sound of a baby phone: little, and without a clock.
  @Test func soundAfterAMessage() {
    var scene = Scene()
    scene.packet(at: start, 200, out: false, peer: "198.51.100.7", port: 50_000)
    for number in 0..<1000 { scene.packet(at: start + 1 + Double(number) * 0.02, 180) }
    #expect(scene.run().fired == ["behaviour-upload", "behaviour-watched-slow"])
  }

  // MARK: What sends alike

  @Test func whatNobodyAskedFor() {
    let upload: Set = ["behaviour-upload", "behaviour-frame-clock"]
    #expect(scene(at: start, lag: 4).run().fired == upload, "later than three seconds")
    #expect(scene(at: start, knock: 1200).run().fired == upload, "no small message")
    var asked = scene(at: start, lag: 2, knock: 0)
    // The device asked itself: a phone that opens a call.
    asked.packet(at: start + 1, 60, peer: "198.51.100.7", port: 50_001)
    asked.packet(at: start + 1.2, 200, out: false, peer: "198.51.100.7", port: 50_001)
    #expect(asked.run().fired == upload)
    var busy = scene(at: start + 60)
    for number in 0..<30 {
      busy.packet(at: start + Double(number) * 2, 200, out: false, peer: "198.51.100.\(number + 20)", port: 50_001)
    }
    #expect(busy.run().fired == upload, "called all the time")
    var local = Scene()
    local.packet(at: start, 200, out: false, peer: "198.51.100.7", port: 50_000)
    local.video(from: start + 0.5, seconds: 18, peer: "192.168.1.222")
    #expect(local.run().fired == ["behaviour-frame-clock"], "a viewer in the house")
  }

  // MARK: News

  private func told(_ result: Scene.Result) -> [String] {
    result.events.filter { $0.kind == .changed }.flatMap { event in
      event.changes.filter { $0.what == .watched }.map {
        "\(Int(event.time.seconds(since: Timestamp(seconds: 1_700_000_000, nanoseconds: 0)))) \($0.from ?? "")-\($0.to ?? "") \(event.severity.rawValue)"
      }
    }
  }

  @Test func theFirstAtOnceThenOnceAnHour() {
    var scene = Scene()
    for (number, time) in [1000.0, 1600, 5000].enumerated() { add(&scene, at: start + time, seed: UInt64(number)) }
    scene.packet(at: start + 6000, 10)
    let result = scene.run([Self.alerting])
    #expect(told(result) == ["1005 false-true high", "1023 true-false medium", "5005 false-true high", "5023 true-false medium"])
    let news = result.events.filter { $0.watched != nil }
    #expect(news.first?.watched?.peer == IPAddress(Scene.server))
    #expect(news.first.map { abs($0.watched!.lag / .seconds(1) - 0.6) < 0.05 } == true)
    #expect(news.last.map { (15...20).contains($0.watched!.length / .seconds(1)) } == true)
    #expect(Set(news.map(\.id)).count == 4)
  }

  /// The end of the input is not the end of the watching.
  @Test func inputEnds() {
    #expect(told(scene(at: start + 1000).run([Self.alerting])) == ["1005 false-true high"])
  }

  @Test func restarts() {
    let first = scene(at: start + 1000).run([Self.alerting], finishes: false)
    #expect(first.engine.snapshots().contains { $0.alert?.watched != nil })
    // It goes on, and ends.
    var next = Scene()
    next.video(from: start + 1025, seconds: 20, seed: 5)
    next.packet(at: start + 2000, 10)
    #expect(told(next.run([Self.alerting], from: first.engine)) == ["1049 true-false medium"])
    // It has ended meanwhile.
    var later = Scene()
    later.packet(at: start + 1500, 10)
    later.packet(at: start + 2000, 10)
    #expect(told(later.run([Self.alerting], from: first.engine)).map { $0.dropFirst(5) } == ["true-false medium"])
  }
}
