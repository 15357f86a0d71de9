import Detection
import Foundation
import GRDB
import Testing

@testable import Store

/// What suspected devices sent and received over time.
@Suite struct TrafficSlotTests {
  private let minute = Duration.seconds(60)

  private func device(
    _ number: UInt64, up: UInt64, down: UInt64, after time: Duration, first: Duration = .zero, role: Role = .camera,
    verdict: Verdict = .camera, _ deviceClass: DeviceClass = .embedded
  ) -> Device {
    Device(
      id: DeviceID(segment: .untagged, mac: Stored.address(number), address: .none), addresses: [], hostname: nil, vendor: nil, model: nil,
      kind: nil, role: role, weighing: Weighing([]), verdict: verdict, isDeclared: false, isRouter: false, room: nil,
      firstSeen: Stored.start + first, lastSeen: Stored.start + time, packetsSent: 1, bytesSent: up, bytesReceived: down, evidence: [],
      streams: [], deviceClass: deviceClass)
  }

  private func slots(_ number: UInt64, in stored: Stored, last span: Duration? = nil) throws -> [[UInt64]] {
    try stored.store.traffic(of: Stored.device(number).id.description, last: span).map { [$0.up, $0.down] }
  }

  @Test func fiveMinutesHoldWhatCameInThem() throws {
    let stored = try Stored()
    try stored.save(device(1, up: 100, down: 10, after: .zero))
    try stored.save(device(1, up: 150, down: 10, after: minute))
    try stored.save(device(1, up: 150, down: 10, after: minute))
    try stored.save(device(1, up: 1150, down: 30, after: minute * 6))
    try stored.save(device(1, up: 1200, down: 30, after: minute * 20))
    #expect(try slots(1, in: stored) == [[150, 10], [1000, 20], [50, 0]])
    #expect(try slots(1, in: stored, last: minute * 16) == [[1000, 20], [50, 0]])
    let first = try stored.store.traffic(of: Stored.device(1).id.description)[0].start
    #expect(first <= Stored.start && Stored.start < first + minute * 5 && first.nanoseconds % 300_000_000_000 == 0)
  }

  /// The engine forgot a device, and counts from nothing until it has its history.
  @Test func countsThatFallAddNothing() throws {
    let stored = try Stored()
    try stored.save(device(1, up: 1000, down: 500, after: .zero))
    try stored.save(device(1, up: 7, down: 3, after: .seconds(10)))
    #expect(try slots(1, in: stored) == [[1000, 500]])
    try stored.save(device(1, up: 1040, down: 510, after: .seconds(20)))
    #expect(try slots(1, in: stored) == [[1040, 510]])
  }

  /// What a device did before it was stored has no time: in one slot it would be a peak that never was.
  @Test func theFirstRowOfAnOldDeviceAddsNothing() throws {
    let stored = try Stored()
    try stored.save(device(1, up: 5_000_000, down: 500, after: minute * 600))
    #expect(try slots(1, in: stored).isEmpty)
    try stored.save(device(1, up: 5_000_100, down: 500, after: minute * 601))
    #expect(try slots(1, in: stored) == [[100, 0]])
  }

  @Test func onlyWhatMayBeACameraHasThem() throws {
    let stored = try Stored()
    let phone = device(4, up: 1, down: 1, after: .zero, role: .camera, verdict: .possible, .personal)
    try stored.save(
      device(1, up: 1, down: 1, after: .zero, role: .other, verdict: .none), device(2, up: 1, down: 1, after: .zero, verdict: .possible),
      device(3, up: 1, down: 1, after: .zero, role: .viewer, verdict: .possible), phone,
      device(5, up: 1, down: 1, after: .zero, role: .recorder, verdict: .possible), device(6, up: 1, down: 1, after: .zero, .personal))
    let invented = DeviceSnapshot(device: device(7, up: 1, down: 1, after: .zero), group: "0123456789abcdef")
    try stored.store.save([invented], lastPacket: nil, at: Stored.start)
    #expect(try (1...7).map { try slots($0, in: stored).count } == [0, 1, 0, 0, 1, 1, 0])
    try stored.raise("0000000000000001", of: device(4, up: 9, down: 9, after: minute, verdict: .possible, .personal))
    #expect(try slots(4, in: stored) == [[8, 8]], "a phone with an alert has them from then on")
  }

  private func fill(_ number: UInt64, _ count: Int, in stored: Stored, from first: Int64 = 0) throws {
    let id = Stored.device(number).id.description
    try stored.store.write { db in
      for slot in 0..<Int64(count) {
        try db.execute(sql: "INSERT INTO traffic VALUES (?, ?, 1, 1)", arguments: [id, first + slot * TrafficSlot.width])
      }
    }
  }

  @Test func aDeviceHasSevenDaysOfThem() throws {
    let stored = try Stored()
    try stored.save(device(1, up: 1, down: 1, after: .zero))
    try fill(1, 3000, in: stored)
    try stored.save(device(1, up: 5, down: 1, after: minute * 10))
    let found = try slots(1, in: stored)
    #expect(found.count == TrafficSlot.limit && found.suffix(2) == [[1, 1], [4, 0]])
  }

  @Test func theyGoWithTheirDevice() throws {
    let stored = try Stored()
    try stored.save(device(1, up: 1, down: 1, after: .zero), device(2, up: 1, down: 1, after: .zero))
    _ = try stored.store.erase(Stored.address(1), hash: "hash", who: "maria", isWatched: false, at: Stored.start + Stored.day)
    #expect(try slots(1, in: stored).isEmpty && slots(2, in: stored).count == 1)
    try stored.store.enforce(Retention(), at: Stored.start + Stored.day * 31)
    #expect(try stored.store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM traffic") } == 0)
  }

  /// Of all devices together, the oldest go, but not those of a case on hold.
  @Test func thereIsALimitOfAll() throws {
    let stored = try Stored()
    let held = device(1, up: 1, down: 1, after: .zero)
    try stored.raise("0000000000000001", of: held)
    try stored.store.write { try $0.execute(sql: "UPDATE alert SET held = 1") }
    try stored.save(device(2, up: 1, down: 1, after: .zero))
    try fill(1, 100, in: stored)
    try fill(2, TrafficSlot.totalLimit, in: stored)
    try stored.store.enforce(Retention(), at: Stored.start)
    let total = try stored.store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM traffic") ?? 0 }
    #expect(total <= TrafficSlot.totalLimit && total > TrafficSlot.totalLimit / 2)
    #expect(try slots(1, in: stored).count == 101)
  }

  /// A picture is worth less than an alert.
  @Test func aFullFileLosesPicturesBeforeAlerts() throws {
    let stored = try Stored()
    try stored.raise("0000000000000001", of: device(1, up: 1, down: 1, after: .zero))
    try fill(1, 100_000, in: stored)
    var retention = Retention()
    retention.size = 2 << 20
    try stored.store.enforceSize(retention)
    #expect(try stored.alerts == ["0000000000000001"])
    #expect(try slots(1, in: stored).count < 100_000)
    #expect(try stored.devices.count == 1)
  }
}
