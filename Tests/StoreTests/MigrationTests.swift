import Detection
import Foundation
import GRDB
import Testing

@testable import Store

/// Databases of earlier versions open, with everything that was in them.
@Suite final class MigrationTests {
  private let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  /// The second version, as it left a camera, its alert, a dismissal and a declaration.
  private func writeSecondVersion() throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "PRAGMA application_id = \(0x4C45_4E53)") }
    try Schema.migrator.migrate(queue, upTo: "2")
    try queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO device (id, segment, mac, addresses, vendor, role, verdict, confidence, is_declared, first_seen, last_seen, packets_sent,
            bytes_sent, bytes_received, alert, alert_time, alert_verdict, alert_streams, viewers)
          VALUES ('mac:00:aa:bb:00:00:01', 0, '00:aa:bb:00:00:01', '10.0.0.1', 'Acme', 'camera', 'probable', 0.9, 0, 5, 9, 1, 60, 0,
            '0123456789abcdef', 5, 'probable', 0, '10.0.0.9');
          INSERT INTO evidence (device, signature, says, facet, strength, field, value, reason, count, first_seen, packet)
          VALUES ('mac:00:aa:bb:00:00:01', 'maker', 'camera', 'maker', 'strong', 'eth.oui', '00aabb', 'maker 00aabb', 1, 5, 1);
          INSERT INTO alert (id, kind, severity, time, updated, device, verdict, facets, summary, document, is_announced, dismissed)
          VALUES ('0123456789abcdef', 'unknown-camera', 'high', 5, 5, 'mac:00:aa:bb:00:00:01', 'probable', 'maker', 'a camera', '{}', 1, 7);
          INSERT INTO declaration (pattern, declared) VALUES ('00:cc:*', 6);
          """)
    }
  }

  @Test func theSecondVersionOpens() throws {
    try writeSecondVersion()
    let store = try PropertyStore(path: path)
    let alert = try #require(try store.alerts().first)
    #expect(alert.id == "0123456789abcdef" && alert.status(at: .zero) == .dismissed)
    #expect(try store.declarations().map(\.pattern) == ["00:cc:*"])
    #expect(try store.dismissals()["mac:00:aa:bb:00:00:01"] == Dismissal(alert: "0123456789abcdef", facets: [.maker]))
    let device = try #require(try store.devices(knownBy: [PropertyStoreTests.maker]).first)
    #expect(device.alert?.id == "0123456789abcdef" && device.alert?.revision == 1)
    #expect(device.device.evidence.map(\.signature.id) == ["maker"])
    #expect(device.viewers.map(\.description) == ["10.0.0.9"])
    #expect(try store.sensor() == nil && store.rooms() == [])
    #expect(try store.log(after: 0).isEmpty && !store.logID().isEmpty)
  }

  /// What an operator sees of a device needs no signatures.
  @Test func reasonsOutliveTheirSignatures() throws {
    try writeSecondVersion()
    let store = try PropertyStore(path: path)
    #expect(try store.device("mac:00:aa:bb:00:00:01")?.device.evidence.map(\.reason) == ["maker 00aabb"])
    #expect(try store.devices(knownBy: []).first?.device.evidence == [])
  }
}

@Suite final class RoomHourTests {
  private let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  private static func hour(
    _ room: String, _ number: Int64, _ reason: RoomHour.Reason?, last: Int64? = nil
  ) -> RoomHour {
    RoomHour(
      room: room, hour: Timestamp(nanoseconds: number * 3_600_000_000_000), reason: reason,
      lastFrame: last.map { Timestamp(nanoseconds: $0) })
  }

  /// Two runs within one hour: one of them watched the room.
  @Test func anHourThatWasWatchedStaysWatched() throws {
    let store = try PropertyStore(path: path)
    try store.save([Self.hour("1", 5, .quiet), Self.hour("2", 5, nil, last: 7)])
    try store.save([Self.hour("1", 5, nil, last: 9), Self.hour("2", 5, .packetsLost, last: 8), Self.hour("1", 6, .interfaceGone)])
    #expect(
      try store.roomHours(since: .zero) == [
        Self.hour("1", 5, nil, last: 9), Self.hour("1", 6, .interfaceGone), Self.hour("2", 5, nil, last: 8),
      ])
    #expect(try store.lastFrames() == ["1": Timestamp(nanoseconds: 9), "2": Timestamp(nanoseconds: 8)])
    #expect(try store.roomHours(since: Timestamp(nanoseconds: 6 * 3_600_000_000_000)).map(\.room) == ["1"])
  }

  @Test func roomsAreThoseOfTheLastRun() throws {
    let store = try PropertyStore(path: path)
    try store.setRooms(["Lobby", "Room 1"])
    try store.setRooms(["Room 1", "Attic"])
    #expect(try store.rooms() == ["Room 1", "Attic"])
  }

  @Test func oldHoursGo() throws {
    let store = try PropertyStore(path: path)
    try store.save([Self.hour("1", 1, .quiet), Self.hour("1", 100_000, .quiet)])
    try store.enforce(Retention(), at: Timestamp(nanoseconds: 100_001 * 3_600_000_000_000))
    #expect(try store.roomHours(since: .distantPast).count == 1)
  }
}
