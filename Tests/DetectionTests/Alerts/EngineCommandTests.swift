import Testing

@testable import Detection

/// The engine's two values: commands that change it while it runs, and updates that it hands over.
@Suite struct EngineCommandTests {
  typealias L = AlertLifeTests
  typealias T = InventoryTests

  /// The signatures of the other tests, and one more.
  static let more = SignatureSet(
    L.signatures.signatures + [
      Signature(
        id: "port", says: .camera, facet: .control, strength: .strong,
        condition: .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0x77])])])), model: .literal("M-2"),
        because: "port")
    ])

  static func camera(_ run: L.Run) -> Device? { run.engine.devices().first { $0.id.mac == MACAddress(bits: 0x00AA_BB00_0001) } }

  static func reconfigure(_ run: L.Run, _ signatures: SignatureSet = more, site: Site = Site()) {
    run.engine.apply(.reconfigure(EngineConfiguration(signatures: signatures, site: site)))
  }

  @Test func aRaisedAlertGoesOn() {
    var run = L.Run()
    run.camera(at: 10)
    #expect(run.told() == ["10 raised"])
    let alert = run.engine.snapshots().first { $0.alert != nil }?.alert
    Self.reconfigure(run)
    run.camera(at: 20)
    run.camera(at: 30, port: 1001)
    #expect(run.told() == [])
    #expect(run.engine.snapshots().compactMap(\.alert) == [alert])
    run.others(from: 40, to: 5000)
    #expect(run.told() == ["3630 silent"])
  }

  /// An alert that was raised, but not yet drained.
  @Test func eventsAreNotLost() {
    var run = L.Run()
    run.camera(at: 10)
    Self.reconfigure(run)
    #expect(run.engine.hasEvents)
    #expect(run.told() == ["10 raised"])
  }

  @Test func aPendingAlertGoesOn() {
    var run = L.Run()
    run.feeder.frame(T.udp([2, 0, 0, 0, 0, 9], "192.168.1.9", "192.168.1.1", L.heartbeat), at: 10)
    Self.reconfigure(run)
    run.others(from: 20, to: 1000)
    #expect(run.told() == ["310 raised"])
  }

  @Test func newSignaturesApply() {
    var run = L.Run()
    run.camera(at: 10)
    run.camera(at: 11, [0x77])
    #expect(Self.camera(run)?.model == nil)
    Self.reconfigure(run)
    run.camera(at: 12, [0x77])
    #expect(Self.camera(run)?.model == "M-2")
    #expect(Self.camera(run)?.evidence.map(\.signature.id).sorted() == ["maker", "port"])
    // Evidence of signatures that are gone goes with them.
    Self.reconfigure(run, SignatureSet(L.signatures.signatures.filter { $0.id != "maker" }))
    #expect(Self.camera(run)?.evidence.isEmpty == true)
  }

  @Test func countsDoNotDouble() {
    var run = L.Run()
    for time in 0..<5 { run.camera(at: Double(10 + time), [0x4D]) }
    let before = Self.camera(run)
    for _ in 0..<3 { Self.reconfigure(run) }
    let after = Self.camera(run)
    #expect(before?.packetsSent == 5)
    #expect(after?.packetsSent == before?.packetsSent)
    #expect(after?.bytesSent == before?.bytesSent)
    #expect(after?.evidence.map(\.count) == before?.evidence.map(\.count))
    #expect(after?.evidence.map(\.packet) == before?.evidence.map(\.packet))
    run.camera(at: 20)
    #expect(Self.camera(run)?.packetsSent == 6)
  }

  @Test func otherRoomsApply() {
    var run = L.Run(L.site)
    run.feeder.frame(L.tagged(7), at: 10)
    #expect(run.engine.devices().contains { $0.room == "Room 7" })
    Self.reconfigure(run, site: Site([.init(room: "Suite", criteria: [.vlan([7])])]))
    run.feeder.frame(L.tagged(7), at: 400)
    #expect(Set(run.engine.devices().compactMap(\.room)) == ["Suite"])
  }

  /// Devices are handed over when they changed, all else each time.
  @Test func updatesHoldWhatChanged() {
    var run = L.Run()
    run.camera(at: 10)
    run.others(from: 20, to: 20)
    let first = run.engine.drain()
    #expect(first.events.map(\.kind) == [.raised])
    #expect(first.changed.map(\.id) == first.events.map(\.device.id), "the alert's device only")
    #expect(first.coverage == nil)
    #expect(first.clock == Timestamp(seconds: 20, nanoseconds: 0))
    #expect(!run.engine.hasEvents)
    let second = run.engine.drain(devices: true)
    #expect(second.events.isEmpty)
    #expect(second.changed.count == 2)
    #expect(second.coverage?.packets == 2)
    #expect(run.engine.drain(devices: true).changed.isEmpty)
    run.camera(at: 30)
    #expect(run.engine.drain(devices: true).changed.isEmpty, "packets count once a minute")
    run.camera(at: 90)
    #expect(run.engine.drain(devices: true).changed.map(\.id.mac) == [MACAddress(bits: 0x00AA_BB00_0001)])
  }
}
