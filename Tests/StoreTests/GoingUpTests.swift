import Detection
import Testing

@testable import Store

/// What the uplink asks the database for.
@Suite struct GoingUpTests {
  @Test func namesOfOthersAreThoseOfWhatIsNoCamera() throws {
    let stored = try Stored()
    try stored.save(Stored.device(1, .personal), Stored.device(2, .embedded))
    let names = try stored.store.namesOfOthers(limit: 10)
    #expect(names.contains(Stored.device(1).id.mac.description))
    #expect(try stored.store.namesOfOthers(limit: 0).isEmpty)
  }

  /// A verdict that falls is no event of the engine: central must learn of it all the same, once.
  @Test func aVerdictThatFallsIsLoggedOnce() throws {
    let stored = try Stored()
    let id = "0000000000000001"
    try stored.raise(id, of: Stored.device(1, .embedded))
    func note(_ deviceClass: DeviceClass, _ verdict: Verdict) throws -> [String] {
      let device = Stored.device(1, deviceClass, verdict: verdict)
      let alert = Alert(id: id, time: Stored.start, device: device.id, verdict: .camera)
      try stored.store.noteVerdicts([DeviceSnapshot(device: device, alert: alert)], at: Stored.start)
      return try stored.store.log(after: 0).map(\.type).filter { $0 == "alert.cleared" || $0 == "alert.confirmed" }
    }
    #expect(try note(.embedded, .camera).isEmpty)
    #expect(try note(.embedded, .none) == ["alert.cleared"])
    #expect(try note(.embedded, .possible) == ["alert.cleared"])
    #expect(try note(.embedded, .probable) == ["alert.cleared", "alert.confirmed"])
    #expect(try note(.personal, .camera).last == "alert.cleared")
    try stored.store.apply(.dismiss, to: id, who: nil, note: nil, at: Stored.start)
    #expect(try note(.embedded, .camera).count == 3, "somebody decided")
  }
}
