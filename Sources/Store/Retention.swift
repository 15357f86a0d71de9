import Detection
import GRDB

/// Limits on what a database holds.
public struct Retention: Sendable {
  /// Devices without alerts are deleted this long after their last packet.
  public var devices = Duration.seconds(30 * 86_400)
  /// Alerts are deleted, with their devices, this long after their last update; hours of rooms, too.
  public var alerts = Duration.seconds(366 * 86_400)
  /// Entries of the event log are deleted after this time, by which they were delivered or will not be, or with alerts if that is sooner.
  public static let events = Duration.seconds(30 * 86_400)
  /// Bytes of the file. Beyond them, the devices absent longest are deleted, then the oldest entries of the event log, then the oldest
  /// alerts.
  public var size = 256 << 20

  public init() {}
}

extension PropertyStore {
  /// Deletes everything beyond the limits.
  ///
  /// - Returns: the numbers of devices and alerts deleted.
  @discardableResult
  public func enforce(_ retention: Retention, at now: Timestamp) throws(StoreError) -> (devices: Int, alerts: Int) {
    let (oldDevices, oldAlerts) = ((now - retention.devices).nanoseconds, (now - retention.alerts).nanoseconds)
    let oldEvents = (now - min(Retention.events, retention.alerts)).nanoseconds
    var gone = try write { db in
      try db.execute(sql: "DELETE FROM log WHERE recorded < ?", arguments: [oldEvents])
      try db.execute(sql: "DELETE FROM alert WHERE updated < ?", arguments: [oldAlerts])
      let alerts = db.changesCount
      try db.execute(sql: "DELETE FROM room_hour WHERE hour < ?", arguments: [oldAlerts])
      try db.execute(
        sql: """
          DELETE FROM device WHERE last_seen < ? AND deadline IS NULL
          AND (alert IS NULL OR NOT EXISTS (SELECT 1 FROM alert WHERE alert.device = device.id))
          """, arguments: [oldDevices])
      return (devices: db.changesCount, alerts: alerts)
    }
    // SQLite reuses freed pages: the file does not shrink, but does not grow either.
    while try usedBytes() > retention.size {
      let count = try write { db in
        try db.execute(
          sql: "DELETE FROM device WHERE id IN (SELECT id FROM device WHERE alert IS NULL ORDER BY last_seen LIMIT 1000)")
        return db.changesCount
      }
      gone.devices += count
      if count > 0 { continue }
      let events = try write { db in
        try db.execute(sql: "DELETE FROM log WHERE number IN (SELECT number FROM log ORDER BY number LIMIT 1000)")
        return db.changesCount
      }
      if events > 0 { continue }
      let alerts = try write { db in
        try db.execute(sql: "DELETE FROM alert WHERE id IN (SELECT id FROM alert ORDER BY updated LIMIT 1000)")
        let alerts = db.changesCount
        try db.execute(sql: "DELETE FROM device WHERE alert IS NOT NULL AND NOT EXISTS (SELECT 1 FROM alert WHERE alert.id = device.alert)")
        return alerts
      }
      gone.alerts += alerts
      if alerts == 0 { break }
    }
    return gone
  }

  private func usedBytes() throws(StoreError) -> Int {
    try read { db in
      let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
      return try (pages - free) * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }
  }
}
