import Detection
import Foundation
import Store
import Testing

/// Visits to rooms, including rooms found by the ingress interface.
@Suite final class RoomVisitTests {
  let path = NSTemporaryDirectory() + "lenscap-stays-\(UUID().uuidString).sqlite"

  deinit { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }

  static let site = Site([.init(room: "Room 1", criteria: [.interface("eth1")]), .init(room: "Room 2", criteria: [.interface("eth2")])])
  static let device = "mac:00:aa:bb:00:00:01"

  /// A run in which a device sends on an interface from one second to another.
  func run(_ interface: String, from start: Int64, to end: Int64, in store: PropertyStore) throws {
    let engine = Engine(signatures: SignatureSet([PropertyStoreTests.maker]), site: Self.site)
    engine.apply(.recall(try store.devices(knownBy: [PropertyStoreTests.maker]), lastPacket: try store.value(.lastPacket)))
    let mac: [UInt8] = [0, 0xAA, 0xBB, 0, 0, 1]
    let bytes =
      [2, 0, 0, 0, 0, 9] + mac + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + mac + [10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2] as [UInt8]
    for second in stride(from: start, through: end, by: 60) {
      engine.ingest(
        Frame(
          bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: Timestamp(seconds: second, nanoseconds: 0),
          reference: PacketReference(file: 0, number: 1), interface: engine.interfaces.number(of: interface)))
      try store.save(engine.snapshots(), lastPacket: engine.lastPacket, at: .zero)
    }
  }

  @Test func roomsOverRestarts() throws {
    let store = try PropertyStore(path: path)
    func roomVisits() throws -> [String] {
      try store.roomVisits(of: Self.device).map {
        "\($0.room) \($0.firstSeenTime.nanoseconds / 1_000_000_000) \($0.lastSeenTime.nanoseconds / 1_000_000_000)"
      }
    }
    try run("eth1", from: 0, to: 600, in: store)
    #expect(try roomVisits() == ["Room 1 0 600"])
    // Seen again on an interface without a rule: the room stays.
    try run("uplink", from: 1200, to: 1800, in: store)
    #expect(try store.devices(knownBy: []).first?.device.room == "Room 1")
    #expect(try roomVisits() == ["Room 1 0 1800"])
    try run("eth2", from: 2400, to: 3000, in: store)
    #expect(try roomVisits() == ["Room 1 0 2640", "Room 2 2700 3000"])
  }
}
