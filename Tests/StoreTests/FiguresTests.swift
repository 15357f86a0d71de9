import Detection
import Foundation
import GRDB
import Testing

@testable import Store

@Suite final class FiguresTests {
  private let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  private static func alert(_ id: String, kind: String = "unknown-camera", follows: String? = nil, time: Int64 = 0) -> StoredAlert {
    StoredAlert(
      id: id, kind: kind, severity: "high", time: Timestamp(nanoseconds: time), follows: follows, summary: "a camera", document: "{}")
  }

  @Test func onlyCasesThatNobodyAnsweredAreOpen() throws {
    let store = try PropertyStore(path: path)
    let now = Timestamp(nanoseconds: 1_000)
    try store.write { db in
      for (index, id) in ["c", "b", "a", "d"].enumerated() { try Self.alert(id, time: Int64(index)).insert(db) }
      try Self.alert("h", kind: "health").insert(db)
      try Self.alert("f", follows: "a").insert(db)
    }
    try store.apply(.acknowledge, to: "a", who: nil, note: nil, at: now)
    try store.apply(.snooze(until: Timestamp(nanoseconds: 2_000)), to: "d", who: nil, note: nil, at: now)
    let figures = try store.figures(at: now)
    #expect(figures.openAlerts == 2)
    #expect(figures.openAlertIDs == ["c", "b"], "oldest first")
    #expect(try store.figures(at: Timestamp(nanoseconds: 3_000)).openAlertIDs == ["c", "b", "d"])
  }

  @Test func roomsOfThisHourAndTheLastAreWatched() throws {
    let store = try PropertyStore(path: path)
    let hour: Int64 = 3_600_000_000_000
    try store.setRooms(["Room 1", "Room 2", "Room 3"])
    func hours(_ room: String, _ number: Int64, _ reason: RoomHour.Reason?) -> RoomHour {
      RoomHour(room: room, hour: Timestamp(nanoseconds: number * hour), reason: reason, lastFrame: nil)
    }
    try store.save([hours("Room 1", 9, nil), hours("Room 2", 8, nil), hours("Room 3", 10, .notRunning)])
    let figures = try store.figures(at: Timestamp(nanoseconds: 10 * hour + 5))
    #expect((figures.rooms, figures.roomsWatched) == (3, 1))
  }
}
