import Detection
import GRDB
import Testing

@testable import Store

/// How long what is stored about whom.
@Suite struct RetentionTests {
  private let day = Stored.day

  @Test func guestsGoSoonerThanOthers() throws {
    let stored = try Stored()
    try stored.save(
      Stored.device(1, .personal), Stored.device(2, .unknown), Stored.device(3, .embedded), Stored.device(4, .personal, isDeclared: true))
    let camera = Stored.device(5, .personal)
    try stored.raise("0000000000000001", of: camera)
    try stored.store.enforce(Retention(), at: Stored.start + day * 7)
    #expect(try stored.devices.count == 5, "not before the end of the seventh day")
    let gone = try stored.store.enforce(Retention(), at: Stored.start + day * 7 + .seconds(1))
    #expect(gone.devices == 1)
    #expect(try stored.store.device(Stored.device(1).id.description) == nil)
    #expect(try stored.store.roomVisits(of: Stored.device(1).id.description).isEmpty)
    #expect(try stored.store.device(camera.id.description) != nil, "a phone that is itself a camera has an alert")
  }

  /// What central has not had for a week stays, but not longer than alerts.
  @Test func theLogWaitsForCentral() throws {
    let stored = try Stored()
    try stored.store.write { db in
      for number in 1...4 {
        try LogEntry(uid: "s.\(number).1", type: "health", alert: nil, at: Stored.start, recordedAt: Stored.start, document: "{}").insert(
          db)
      }
    }
    func numbers(_ released: Int64?, days: Int) throws -> [Int64?] {
      var retention = Retention()
      retention.released = released
      try stored.store.enforce(retention, at: Stored.start + day * days)
      return try stored.store.log(after: 0).map(\.number)
    }
    #expect(try numbers(0, days: 31) == [1, 2, 3, 4])
    #expect(try numbers(2, days: 29) == [1, 2, 3, 4], "others may not have had it")
    #expect(try numbers(2, days: 31) == [3, 4])
    #expect(try numbers(2, days: 365) == [3, 4])
    #expect(try numbers(2, days: 367).isEmpty)
  }

  @Test func withoutAnUplinkTheLogWaitsForNobody() throws {
    let stored = try Stored()
    try stored.store.write { db in
      try LogEntry(uid: "s.1.1", type: "health", alert: nil, at: Stored.start, recordedAt: Stored.start, document: "{}").insert(db)
    }
    try stored.store.enforce(Retention(), at: Stored.start + day * 31)
    #expect(try stored.store.log(after: 0).isEmpty)
  }

  @Test(arguments: [(2, 30, 2), (7, 3, 3), (40, 30, 30)])
  func theSoonerLimitHolds(guests: Int, devices: Int, days: Int) throws {
    let stored = try Stored()
    try stored.save(Stored.device(1, .personal))
    var retention = Retention()
    (retention.guests, retention.devices) = (day * guests, day * devices)
    #expect(try stored.store.enforce(retention, at: Stored.start + day * days).devices == 0)
    #expect(try stored.store.enforce(retention, at: Stored.start + day * days + .seconds(1)).devices == 1)
  }

  @Test func hoursOfRoomsHaveALimitOfTheirOwn() throws {
    let stored = try Stored()
    let hours = [0, 100].map { Stored.start + day * $0 }
    try stored.store.save(hours.map { RoomHour(room: "1", hour: $0, reason: nil, lastFrame: nil) })
    var retention = Retention()
    try stored.store.enforce(retention, at: Stored.start + day * 101)
    #expect(try stored.store.roomHours(since: .distantPast).count == 2, "as long as alerts, unless somebody says so")
    retention.rooms = day * 90
    try stored.store.enforce(retention, at: Stored.start + day * 101)
    #expect(try stored.store.roomHours(since: .distantPast).map(\.hour) == [hours[1]])
  }

  /// Where a device was long ago goes; where it was last does not, or its next stay would seem to have begun at its first packet.
  @Test func oldStaysGo() throws {
    let stored = try Stored()
    for (index, room) in ["1", "2", "3"].enumerated() {
      try stored.save(Stored.device(1, .embedded, seen: Stored.start + day * (10 * index), room: room))
    }
    func rooms() throws -> [String] { try stored.store.roomVisits(of: Stored.device(1).id.description).map(\.room) }
    #expect(try rooms() == ["1", "2", "3"])
    var retention = Retention()
    retention.rooms = day * 5
    try stored.store.enforce(retention, at: Stored.start + day * 21)
    #expect(try rooms() == ["3"])
    try stored.store.enforce(retention, at: Stored.start + day * 30)
    #expect(try rooms() == ["3"])
  }
}
