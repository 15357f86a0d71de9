import Detection
import Foundation
import GRDB
import Testing

@testable import Store

/// A database that somebody fills with invented cameras.
@Suite final class FloodStoreTests {
  private let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  /// What is asked for each alert, and at each start, goes through no table.
  @Test(arguments: [
    Query.alertsWithPrefix, Query.unannounced, Query.dismissals, Query.settled, Query.invented, Query.held, Query.heldDevices,
  ])
  func questionsUseAnIndex(sql: String) throws {
    let store = try PropertyStore(path: path)
    let plan = try store.read { db in
      let arguments = StatementArguments(sql.contains("?") ? ["a", "b"] : [])
      return try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments).map { $0["detail"] as String }
    }
    #expect(plan.contains { $0.contains("USING INDEX") || $0.contains("USING COVERING INDEX") }, "\(plan)")
    let scans = plan.filter { $0.hasPrefix("SCAN") && !$0.contains("INDEX") }
    #expect(scans.isEmpty, "\(plan)")
  }

  @Test func prefixesOfIDs() throws {
    let store = try PropertyStore(path: path)
    try store.write { db in
      for id in ["00ff", "0100", "01ff", "0200"] {
        try StoredAlert(id: id, kind: "unknown-camera", severity: "high", time: .zero, summary: "", document: "{}").insert(db)
      }
    }
    #expect(try store.alerts(withPrefix: "01").map(\.id).sorted() == ["0100", "01ff"])
    #expect(try store.alerts(withPrefix: "0").count == 4 && store.alerts(withPrefix: "").count == 4)
    #expect(try store.alerts(withPrefix: "01ff").map(\.id) == ["01ff"])
    #expect(try store.alerts(withPrefix: "%").isEmpty && store.alerts(withPrefix: "ff").isEmpty)
  }

  private static func snapshot(_ number: Int, group: String? = nil, alert: String? = nil, seen: Int64 = 0) -> DeviceSnapshot {
    let id = DeviceID(segment: .untagged, mac: MACAddress(bits: UInt64(0x00E0_4C00_0000 + number)), address: .none)
    let time = Timestamp(seconds: 1_700_000_000 + seen, nanoseconds: 0)
    let device = Device(
      id: id, addresses: [], hostname: String(repeating: "x", count: 2000), vendor: nil, model: nil, kind: nil, role: .camera,
      weighing: Weighing([]), isDeclared: false, isRouter: false, room: nil, firstSeen: time, lastSeen: time, packetsSent: 1, bytesSent: 1,
      bytesReceived: 0, evidence: [], streams: [])
    let own = alert.map { Alert(id: $0, time: time, device: id, verdict: .camera) }
    return DeviceSnapshot(device: device, alert: own, group: group)
  }

  private static func alert(_ id: String, of number: Int, severity: String, follows: String? = nil) -> StoredAlert {
    StoredAlert(
      id: id, kind: "unknown-camera", severity: severity, time: .zero, device: snapshot(number).id.description, follows: follows,
      summary: "a camera", document: String(repeating: "y", count: 2000))
  }

  /// The invented ones go first, however lately they were seen; a guest's device next; the alert of the true camera last.
  @Test func inventedCamerasGoFirst() throws {
    let store = try PropertyStore(path: path)
    let group = "00000000000000aa"
    try store.record(
      [
        AlertRecord(Self.alert("0000000000000001", of: 1, severity: "high"), device: Self.snapshot(1, alert: "0000000000000001")),
        AlertRecord(
          Self.alert("0000000000000002", of: 2, severity: "medium"), device: Self.snapshot(2, group: group, alert: "0000000000000002")),
        AlertRecord(Self.alert(group, of: 2, severity: "medium")),
      ], at: .zero)
    try store.save([Self.snapshot(3)], lastPacket: nil, at: .zero)
    try store.save((10..<2500).map { Self.snapshot($0, group: group, seen: 100) }, lastPacket: nil, at: .zero)
    var retention = Retention()
    retention.size = 2 << 20
    let gone = try store.enforceSize(retention)
    #expect(gone.devices >= 1000 && gone.alerts == 0)
    #expect(try store.device(Self.snapshot(3).id.description) != nil)
    retention.size = 1 << 10
    try store.enforceSize(retention)
    #expect(try store.alerts().isEmpty, "less than an empty database")
  }

  @Test func theTrueOneGoesLast() throws {
    let store = try PropertyStore(path: path)
    let first = "0000000000000001"
    var records = [AlertRecord(Self.alert(first, of: 1, severity: "high"), device: Self.snapshot(1, alert: first))]
    for number in 10..<1200 {
      let id = String(format: "%016x", number)
      records.append(
        AlertRecord(Self.alert(id, of: number, severity: "medium"), device: Self.snapshot(number, group: "aa", alert: id, seen: 50)))
    }
    try store.record(records, at: .zero)
    var retention = Retention()
    retention.size = 1 << 20
    let gone = try store.enforceSize(retention)
    #expect(gone.alerts > 500)
    let left = try store.alerts()
    #expect(left.contains { $0.id == "0000000000000001" } && left.count < 600)
    let again = try store.enforceSize(retention)
    #expect(again.alerts == 0 && again.devices == 0, "kept")
  }

  @Test func groupsAreRestored() throws {
    let store = try PropertyStore(path: path)
    try store.save([Self.snapshot(1, group: "00000000000000aa")], lastPacket: nil, at: .zero)
    #expect(try store.devices(knownBy: []).map(\.group) == ["00000000000000aa"])
  }
}
