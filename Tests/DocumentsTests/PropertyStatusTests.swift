import Detection
import Foundation
import Store
import Testing

@testable import Documents

@Suite final class PropertyStatusTests {
  private let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"
  private static let hour: Int64 = 3_600_000_000_000

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  private static func time(_ hours: Int64, _ minutes: Int64 = 0) -> Timestamp {
    Timestamp(nanoseconds: (480_000 + hours) * hour + minutes * 60_000_000_000)
  }

  /// Hours before 0 are the day before; it is 0:30 now.
  @Test func roomsOfTheLastDay() throws {
    let store = try PropertyStore(path: path)
    try store.setRooms(["Always", "Lately", "Stopped", "Never"])
    for number in -30...0 as ClosedRange<Int64> {
      try store.save([RoomHour(room: "Always", hour: Self.time(number), reason: nil, lastFrame: Self.time(number, 10))])
    }
    try store.save([
      RoomHour(room: "Lately", hour: Self.time(0), reason: nil, lastFrame: Self.time(0, 5)),
      RoomHour(room: "Lately", hour: Self.time(-1), reason: .packetsLost, lastFrame: Self.time(0, 5)),
      RoomHour(room: "Stopped", hour: Self.time(-5), reason: .quiet, lastFrame: Self.time(-6)),
    ])
    let rooms = try PropertyStatus(of: store, at: Self.time(0, 30)).rooms
    #expect(
      rooms == [
        RoomCoverage(room: "Always", hours: 24, hoursWatched: 24, lastFrame: Self.time(0, 10), reason: nil),
        RoomCoverage(room: "Lately", hours: 24, hoursWatched: 1, lastFrame: Self.time(0, 5), reason: .packetsLost),
        RoomCoverage(room: "Stopped", hours: 24, hoursWatched: 0, lastFrame: Self.time(-6), reason: .notRunning),
        RoomCoverage(room: "Never", hours: 24, hoursWatched: 0, lastFrame: nil, reason: .notRunning),
      ])
  }

  @Test func runningAndStopped() throws {
    let store = try PropertyStore(path: path)
    try store.set(.started, to: Self.time(0))
    try store.save([], lastPacket: Self.time(0, 1), at: Self.time(0, 1))
    #expect(try PropertyStatus(of: store, at: Self.time(0, 1)).isWatching)
    #expect(try !PropertyStatus(of: store, at: Self.time(0, 3)).isWatching, "no sign of life")
    try store.set(.stopped, to: Self.time(0, 1))
    #expect(try !PropertyStatus(of: store, at: Self.time(0, 1)).isWatching)
  }

  /// A watch of a quiet link, or of a piped capture that has not begun, writes nothing but signs of life.
  @Test func aSignOfLifeIsEnough() throws {
    let store = try PropertyStore(path: path)
    try store.set(.stopped, to: Self.time(0))
    try store.write(SignOfLife(time: Self.time(0, 5), packets: 0, dropped: 0), lastPacket: nil)
    #expect(try PropertyStatus(of: store, at: Self.time(0, 5)).isWatching, "the run after the one that stopped")
    #expect(try !PropertyStatus(of: store, at: Self.time(0, 7)).isWatching)
    try store.set(.stopped, to: Self.time(0, 5) + .seconds(1))
    #expect(try !PropertyStatus(of: store, at: Self.time(0, 5) + .seconds(2)).isWatching)
  }
}
