import Detection
import Testing

@testable import Store

/// Alerts that somebody put on hold.
@Suite struct HoldTests {
  private let day = Stored.day
  private let case1 = "0000000000000001"
  private let later = Stored.start + Stored.day * 1000

  private func hold(_ id: String, in stored: Stored, _ action: AlertAction = .hold) throws {
    try stored.store.apply(action, to: id, who: "maria", note: "police", at: Stored.start + day)
  }

  /// A held camera with what followed, and another one.
  private func twoCameras() throws -> Stored {
    let stored = try Stored()
    let camera = Stored.device(1, .embedded, room: "12", validUntil: Stored.start + day)
    try stored.raise(case1, of: camera)
    try stored.raise("0000000000000002", of: camera, follows: case1)
    try stored.raise("0000000000000003", of: Stored.device(3, .embedded))
    return stored
  }

  @Test func whatIsHeldOutlivesRetention() throws {
    let stored = try twoCameras()
    try hold(case1, in: stored)
    var retention = Retention()
    retention.rooms = day * 30
    try stored.store.enforce(retention, at: later)
    #expect(try stored.alerts == [case1, "0000000000000002"])
    #expect(try stored.devices == [Stored.device(1).id.description])
    #expect(try stored.store.device(Stored.device(1).id.description)?.device.evidence.count == 1)
    #expect(try stored.store.roomVisits(of: Stored.device(1).id.description).count == 1)
    #expect(try stored.store.history(of: case1).events.map(\.what) == ["raised", "held"])
    #expect(try stored.store.heldAlerts() == [case1])
  }

  @Test func itOutlivesTheLimitOfTheSize() throws {
    let stored = try twoCameras()
    try hold(case1, in: stored)
    var retention = Retention()
    retention.size = 1 << 10
    try stored.store.enforceSize(retention)
    #expect(try stored.alerts == [case1, "0000000000000002"], "less than an empty database")
    #expect(try stored.devices == [Stored.device(1).id.description])
  }

  /// What no longer counts against the device was true when the alert was raised.
  @Test(arguments: [true, false])
  func evidenceThatEnds(isHeld: Bool) throws {
    let stored = try twoCameras()
    if isHeld { try hold(case1, in: stored) }
    let camera = Stored.device(1, .embedded, seen: Stored.start + day * 2)
    let silent = Device(
      id: camera.id, addresses: [], hostname: nil, vendor: nil, model: nil, kind: nil, role: .other, weighing: Weighing([]),
      isDeclared: false, isRouter: false, room: nil, firstSeen: camera.firstSeen, lastSeen: camera.lastSeen, packetsSent: 1, bytesSent: 1,
      bytesReceived: 0, evidence: [], streams: [])
    try stored.save(silent, at: camera.lastSeen)
    #expect(try stored.store.device(camera.id.description)?.device.evidence.count == (isHeld ? 1 : 0))
  }

  @Test func aReleasedAlertGoesAsOthersDo() throws {
    let stored = try twoCameras()
    try hold(case1, in: stored)
    #expect(try stored.store.alert(case1)?.isHeld == true)
    try hold(case1, in: stored, .release)
    #expect(try stored.store.alert(case1)?.isHeld == false)
    #expect(try stored.store.history(of: case1).events.map(\.what) == ["raised", "held", "released"])
    try stored.store.enforce(Retention(), at: later)
    #expect(try stored.alerts.isEmpty && stored.devices.isEmpty)
  }

  @Test func anEventHoldsItsCase() throws {
    let stored = try twoCameras()
    try hold("0000000000000002", in: stored)
    #expect(try stored.store.heldAlerts() == [case1])
    #expect(try stored.store.history(of: case1).events.map(\.what) == ["raised", "held"])
  }

  /// It changes nothing else: the alert stays open, an update does not end the hold, and nobody is told.
  @Test func aHoldIsNoDecision() throws {
    let stored = try twoCameras()
    let entries = try stored.store.log(after: 0).count
    try hold(case1, in: stored)
    try stored.raise(case1, of: Stored.device(1, .embedded))
    try stored.store.apply(.reopen, to: case1, who: nil, note: nil, at: Stored.start)
    #expect(try stored.store.alert(case1)?.isHeld == true)
    #expect(try stored.store.alert(case1)?.status(at: later) == .open)
    #expect(try stored.store.log(after: 0).map(\.type).dropFirst(entries) == ["alert.raised", "alert.reopened"])
  }

  @Test func erasingLeavesIt() throws {
    let stored = try twoCameras()
    try hold(case1, in: stored)
    let scope = try stored.store.erase(Stored.address(1), hash: "h", who: "maria", isWatched: true, at: later)
    #expect(scope.isEmpty && scope.held == [case1])
    #expect(try stored.alerts.count == 3 && stored.devices.count == 2)
    #expect(try stored.store.log(after: 0).count == 3)
    #expect(try stored.store.erasures().isEmpty, "nothing happened")
  }
}
