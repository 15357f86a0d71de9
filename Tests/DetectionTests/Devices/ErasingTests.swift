import Testing

@testable import Detection

/// A device that is erased was never here.
@Suite struct ErasingTests {
  private static let camera = MACAddress("00:aa:bb:00:00:01")!

  @Test func whoIsErasedIsANewDevice() throws {
    var run = AlertLifeTests.Run()
    run.camera(at: 10)
    run.others(from: 20, to: 620)
    let first = try #require(run.engine.drain().events.first)
    run.engine.apply(.erase([Self.camera]))
    #expect(run.engine.devices().map(\.addresses.first?.description) == ["192.168.1.20"])
    #expect(run.engine.snapshots().count == 1 && run.engine.coverage.evicted == [:])
    run.camera(at: 700, port: 1001)
    let again = try #require(run.engine.drain().events.first)
    #expect(again.kind == .raised && again.id != first.id)
    let device = try #require(run.engine.devices().first { $0.addresses.first?.description == "192.168.1.10" })
    #expect(device.firstSeen == Timestamp(seconds: 700, nanoseconds: 0) && device.packetsSent == 1)
  }

  /// Only an earlier run knew it.
  @Test func whoWasRecalledIsErased() {
    var first = AlertLifeTests.Run()
    first.camera(at: 10)
    var run = first.next()
    run.engine.apply(.erase([Self.camera]))
    #expect(run.engine.snapshots().isEmpty)
    run.camera(at: 20)
    #expect(run.engine.devices().first?.packetsSent == 1)
    #expect(run.engine.drain().events.map(\.kind) == [.raised])
  }

  /// Its conversation goes on with what it is then.
  @Test func erasingInTheMiddle() {
    var run = AlertLifeTests.Run()
    for time in 1...50 {
      run.camera(at: Double(time))
      if time % 10 == 0 { run.engine.apply(.erase([Self.camera])) }
    }
    #expect(run.engine.devices().contains { $0.addresses.first?.description == "192.168.1.10" } == false)
    run.camera(at: 51)
    #expect(run.engine.devices().first { $0.addresses.first?.description == "192.168.1.10" }?.packetsSent == 1)
  }
}
