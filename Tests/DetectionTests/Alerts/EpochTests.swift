import Testing

@testable import Detection

/// A box whose clock was ahead and is set right: packets of a minute come from before those that came.
@Suite struct EpochTests {
  typealias A = AlertLifeTests
  static let day = 86_400.0

  /// Others send once a second.
  private static func others(_ run: inout A.Run, from start: Double, to end: Double) {
    for time in stride(from: start, through: end, by: 1) {
      run.feeder.frame(InventoryTests.udp([2, 0, 0, 0, 0, 2], "192.168.1.20", "192.168.1.1"), at: time)
    }
  }

  @Test func whatWaitedGoesOnWaiting() {
    var run = A.Run()
    // What it does waits five minutes for what speaks against a camera: a day ahead by the wrong clock.
    run.feeder.frame(InventoryTests.udp([2, 0, 0, 0, 0, 7], "192.168.1.30", "192.168.1.1", A.heartbeat), at: Self.day)
    Self.others(&run, from: 10, to: 200)
    #expect(run.engine.drain().events.isEmpty)
    Self.others(&run, from: 201, to: 500)
    let events = run.engine.drain().events
    #expect(events.map(\.device.id.description) == ["mac:02:00:00:00:00:07"])
    let raised = events.first.map { $0.time.nanoseconds / 1_000_000_000 } ?? 0
    #expect((300...420).contains(raised), "its time is that of the clock that was set right")
  }

  @Test func aHealthEventSaysSo() {
    var run = A.Run(recognizers: Registry.recognizers)
    // A conversation that is read on both sides of the step.
    func segment(_ sequence: UInt32, at time: Double) {
      run.feeder.frame(
        FrameBuilder.ethernet(
          FrameBuilder.ipv4(
            "192.168.1.20", "192.168.1.1", proto: 6, FrameBuilder.tcp(1000, 80, seq: sequence, Array("GET / HTTP/1.1\r\n".utf8)))), at: time
      )
    }
    segment(1, at: Self.day)
    Self.others(&run, from: Self.day, to: Self.day + 5)
    defer { segment(17, at: 80) }
    Self.others(&run, from: 0, to: 70)
    let health = run.engine.drain().health
    #expect(health.map(\.code) == [.clockSetBack])
    #expect(health.first?.text.contains("86344 s") == true)
  }

  @Test func anAlertIsNotRaisedTwice() {
    var run = A.Run()
    run.camera(at: Self.day)
    Self.others(&run, from: 0, to: 100)
    run.camera(at: 101)
    Self.others(&run, from: 102, to: 700)
    #expect(run.engine.drain().events.filter { $0.kind == .raised }.count == 1)
  }

  @Test func someLatePacketsAreNoNewEpoch() {
    var run = A.Run()
    for time in stride(from: 0.0, through: 200, by: 1) {
      run.feeder.frame(InventoryTests.udp([2, 0, 0, 0, 0, 2], "192.168.1.20", "192.168.1.1"), at: 1000 + time)
      run.feeder.frame(InventoryTests.udp([2, 0, 0, 0, 0, 3], "192.168.1.21", "192.168.1.1"), at: 800 + time)
    }
    #expect(run.engine.drain().health.isEmpty, "two interfaces whose clocks differ")
  }
}
