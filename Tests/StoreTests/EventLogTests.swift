import Detection
import Foundation
import Store
import Testing

/// The log from which `serve` delivers, and what people do in it.
@Suite final class EventLogTests {
  private let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"
  private let now = Timestamp(seconds: 1_700_001_000, nanoseconds: 1_500_000)

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  /// A database with a case, and its id.
  private func storeWithCase() throws -> (PropertyStore, String) {
    let engine = try PropertyStoreTests.engine()
    let alert = try #require(engine.drain().events.first)
    let store = try PropertyStore(path: path)
    let stored = StoredAlert(alert, kind: "unknown-camera", summary: "a camera", document: #"{"id":"\#(alert.id)"}"#)
    let entry = LogEntry(uid: "raised", type: "alert.raised", alert: alert.id, at: alert.time, recordedAt: .zero, document: "{}")
    try store.record([AlertRecord(stored, device: engine.snapshots().first, entry: entry)], at: now)
    return (store, alert.id)
  }

  @Test func anEntryIsCommittedWithItsAlert() throws {
    let (store, alert) = try storeWithCase()
    let entry = try #require(try store.log(after: 0).first)
    #expect(entry.number == 1 && entry.type == "alert.raised" && entry.alert == alert)
    #expect(entry.recordedAt == now, "when it was committed")
    #expect(try store.log(after: 1).isEmpty)
    #expect(try store.lastLogNumber() == 1)
  }

  @Test func whatPeopleDoIsLogged() throws {
    let (store, alert) = try storeWithCase()
    try store.apply(.acknowledge, to: alert, who: "maria", note: "looks", at: now)
    try store.apply(.snooze(until: now + .seconds(60)), to: alert, who: "maria", note: nil, at: now)
    try store.apply(.dismiss, to: alert, who: "maria", note: "a baby monitor", at: now)
    try store.apply(.reopen, to: alert, who: "pat", note: nil, at: now)
    try store.declare([Declaration(pattern: "00:aa:bb:*", note: "ours", declaredBy: "pat", at: now)], answering: [alert])
    let entries = try store.log(after: 1)
    #expect(entries.map(\.type) == ["alert.acknowledged", "alert.dismissed", "alert.reopened", "alert.declared"])
    #expect(entries.map(\.who) == ["maria", "maria", "pat", "pat"])
    #expect(entries.map(\.note) == ["looks", "a baby monitor", nil, "ours"])
    #expect(entries.allSatisfy { $0.alert == alert && $0.document == #"{"id":"\#(alert)"}"# })
    // Commands are used before the first run, too.
    let sensor = try store.sensor(name: nil, defaultName: "test").id ?? ""
    for entry in entries { #expect(entry.uid.wholeMatch(of: /[0-9a-f]{16}\.[0-9a-f]{16}\.p[0-9]+/) != nil) }
    #expect(entries.allSatisfy { $0.uid.hasPrefix("\(sensor).\(alert).p") })
    #expect(Set(entries.map(\.uid)).count == 4)
  }

  /// An event that followed a case is acknowledged: that is news about the case.
  @Test func whatPeopleDoAboutAFollowerIsAboutItsCase() throws {
    let (store, alert) = try storeWithCase()
    let follower = StoredAlert(
      id: "00000000000000ff", kind: "changed", severity: "medium", time: now, follows: alert, summary: "moved", document: "{}")
    try store.record([AlertRecord(follower)], at: now)
    try store.apply(.acknowledge, to: follower.id, who: "maria", note: nil, at: now)
    let entry = try #require(try store.log(after: 1).first)
    #expect(entry.alert == alert && entry.document.contains(alert))
  }

  @Test func declarationsWithoutAnAlertAreLogged() throws {
    let store = try PropertyStore(path: path)
    let declaration = Declaration(
      pattern: "00:aa:bb:*", name: "lobby \"1\"", expires: now + .seconds(1), declaredBy: "maria", at: now)
    try store.declare([declaration])
    // An alert that was deleted meanwhile.
    try store.declare([Declaration(pattern: "00:cc:*", at: now)], answering: ["0123456789abcdef"])
    let entries = try store.log(after: 0)
    #expect(entries.map(\.type) == ["alert.declared", "alert.declared"] && entries.allSatisfy { $0.alert == nil })
    #expect(Set(entries.map(\.uid)).count == 2)
    let first = try #require(try JSONSerialization.jsonObject(with: Data(entries[0].document.utf8)) as? [String: Any])
    #expect(first["pattern"] as? String == "00:aa:bb:*" && first["name"] as? String == "lobby \"1\"")
    #expect(first["declared"] as? String == "2023-11-14T22:30:00.001500Z" && first["expires"] as? String == "2023-11-14T22:30:01.001500Z")
    #expect(first["place"] is NSNull && first["declared_by"] as? String == "maria")
  }

  /// Numbers begin again in a new file: whoever remembers a place in the log sees that it is another one.
  @Test func aNewFileHasAnotherLog() throws {
    let first = try PropertyStore(path: path).logID()
    #expect(try PropertyStore(path: path).logID() == first)
    #expect(first.wholeMatch(of: /[0-9a-f]{16}/) != nil)
    try FileManager.default.removeItem(atPath: path)
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    #expect(try PropertyStore(path: path).logID() != first)
  }

  /// The number of a deleted entry is not used again.
  @Test func numbersOnlyRise() throws {
    let (store, alert) = try storeWithCase()
    var small = Retention()
    small.size = 1
    try store.enforce(small, at: now)
    #expect(try store.log(after: 0).isEmpty)
    try store.declare([Declaration(pattern: "x", at: now)])
    #expect(try store.log(after: 0).map(\.number) == [2])
    #expect(try store.alert(alert) == nil)
  }
}
