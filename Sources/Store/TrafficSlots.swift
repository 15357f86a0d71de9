import Detection
import GRDB

/// What a suspected device sent and received within five minutes, for a picture of its traffic over time.
public struct TrafficSlot: Sendable, Equatable {
  /// Nanoseconds.
  static let width: Int64 = 300 * 1_000_000_000
  public static let seconds = 300.0
  /// Slots that are kept of a device: the last seven days in which it sent something.
  static let limit = 7 * 288
  /// Slots of all devices together, some ten megabytes; beyond them the oldest go.
  static let totalLimit = 200_000

  public let start: Timestamp
  /// Bytes on the wire.
  public let up: UInt64
  public let down: UInt64

  public init(start: Timestamp, up: UInt64, down: UInt64) {
    (self.start, self.up, self.down) = (start, up, down)
  }

  /// Only what may be a camera has a picture: when a guest's telephone sends how much is nobody's business. Invented cameras have none.
  static func isKept(of snapshot: DeviceSnapshot) -> Bool {
    let device = snapshot.device
    guard snapshot.group == nil else { return false }
    if snapshot.alert != nil || device.isCamera { return true }
    return device.deviceClass != .personal && (device.role == .camera || device.role == .recorder) && device.verdict >= .possible
  }

  /// Adds what a device sent and received since it was stored last. Its new row is there.
  ///
  /// - Parameter former: the bytes of its former row; nil if there was none.
  static func add(_ device: DeviceRow, since former: (up: Int64, down: Int64)?, _ db: Database) throws {
    // What a device did that is new here, and not new on the network, has no time.
    guard former != nil || device.lastSeen - device.firstSeen <= width else { return }
    let (up, down) = (max(0, device.bytesSent - (former?.up ?? 0)), max(0, device.bytesReceived - (former?.down ?? 0)))
    guard up > 0 || down > 0 else { return }
    let slot = device.lastSeen / width * width
    try db.cachedStatement(
      sql: "UPDATE traffic SET up = min(up + ?, \(Int64.max / 2)), down = min(down + ?, \(Int64.max / 2)) WHERE device = ? AND slot = ?"
    ).execute(arguments: [min(up, .max / 4), min(down, .max / 4), device.id, slot])
    guard db.changesCount == 0 else { return }
    try db.cachedStatement(sql: "INSERT INTO traffic VALUES (?, ?, ?, ?)")
      .execute(arguments: [device.id, slot, min(up, .max / 4), min(down, .max / 4)])
    try db.cachedStatement(
      sql: """
        DELETE FROM traffic WHERE device = ?1 AND slot <= (SELECT slot FROM traffic WHERE device = ?1 ORDER BY slot DESC LIMIT 1 OFFSET ?2)
        """
    ).execute(arguments: [device.id, limit])
  }

  /// Deletes the oldest slots of all devices that are not on hold.
  ///
  /// - Returns: how many it deleted.
  static func deleteOldest(_ count: Int, _ db: Database) throws -> Int {
    try db.execute(
      sql: """
        DELETE FROM traffic WHERE (device, slot) IN (
          SELECT device, slot FROM traffic WHERE device NOT IN (\(Query.heldDevices)) ORDER BY slot LIMIT ?)
        """, arguments: [count])
    return db.changesCount
  }
}

extension PropertyStore {
  /// What a device sent and received, oldest first; times in which it did neither are left out.
  ///
  /// - Parameter span: of it, only the last so long.
  public func traffic(of device: String, last span: Duration? = nil) throws(StoreError) -> [TrafficSlot] {
    try read { db in
      let last = try Int64.fetchOne(db, sql: "SELECT max(slot) FROM traffic WHERE device = ?", arguments: [device])
      guard let last else { return [] }
      let first = span.map { (Timestamp(nanoseconds: last) - $0).nanoseconds } ?? .min
      return try Row.fetchAll(
        db, sql: "SELECT slot, up, down FROM traffic WHERE device = ? AND slot > ? ORDER BY slot", arguments: [device, first]
      ).map {
        TrafficSlot(
          start: Timestamp(nanoseconds: $0["slot"]), up: UInt64(clamping: $0["up"] as Int64), down: UInt64(clamping: $0["down"] as Int64))
      }
    }
  }
}
