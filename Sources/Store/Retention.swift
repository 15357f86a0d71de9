import Detection
import GRDB

/// Limits on what a database holds. What belongs to an alert on hold stays beyond all of them.
public struct Retention: Sendable {
  /// Devices without alerts are deleted this long after their last packet.
  public var devices = Duration.seconds(30 * 86_400)
  /// Alerts are deleted, with their devices, this long after their last update.
  public var alerts = Duration.seconds(366 * 86_400)
  /// People's devices without alerts are deleted this long after their last packet, or with other devices if that is sooner.
  public var guests = Duration.seconds(7 * 86_400)
  /// Hours of rooms are deleted after this time, and so are stays of devices in rooms, but for each device's last one. Nil: as alerts.
  public var rooms: Duration?
  /// Where there is an uplink, entries of the event log with higher numbers are kept until alerts go: central may want them. Nil: there is none.
  public var released: Int64?
  /// Entries of the event log are deleted after this time, by which they were delivered or will not be, or with alerts if that is sooner.
  public static let events = Duration.seconds(30 * 86_400)
  /// Bytes of the file. Beyond them, invented cameras are deleted first, then the devices absent longest, then the oldest entries of the
  /// event log, then the oldest pieces of pictures of traffic, then the oldest alerts, of which those of high severity go last.
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
    let oldGuests = (now - min(retention.guests, retention.devices)).nanoseconds
    let oldRooms = (now - (retention.rooms ?? retention.alerts)).nanoseconds
    let oldEvents = (now - min(Retention.events, retention.alerts)).nanoseconds
    let gone = try write { db in
      try db.execute(
        sql: "DELETE FROM log WHERE recorded < ?1 AND (?2 IS NULL OR number <= ?2) OR recorded < ?3",
        arguments: [oldEvents, retention.released, oldAlerts])
      try db.execute(sql: "DELETE FROM alert WHERE updated < ? AND \(Query.isFree)", arguments: [oldAlerts])
      let alerts = db.changesCount
      try db.execute(sql: "DELETE FROM room_hour WHERE hour < ?", arguments: [oldRooms])
      try db.execute(
        sql: """
          DELETE FROM device WHERE (last_seen < ? OR last_seen < ? AND class = ? AND NOT is_declared) AND deadline IS NULL
          AND (alert IS NULL OR NOT EXISTS (SELECT 1 FROM alert WHERE alert.device = device.id)) AND id NOT IN (\(Query.heldDevices))
          """, arguments: [oldDevices, oldGuests, DeviceClass.personal.rawValue])
      let devices = db.changesCount
      try db.execute(
        sql: """
          DELETE FROM stay WHERE last_seen < ? AND device NOT IN (\(Query.heldDevices))
          AND EXISTS (SELECT 1 FROM stay AS later WHERE later.device = stay.device AND later.first_seen > stay.first_seen)
          """, arguments: [oldRooms])
      let pictures = try Int.fetchOne(db, sql: "SELECT count(*) FROM traffic") ?? 0
      if pictures > TrafficSlot.totalLimit { _ = try TrafficSlot.deleteOldest(pictures - TrafficSlot.totalLimit / 8 * 7, db) }
      return (devices: devices, alerts: alerts)
    }
    let beyond = try enforceSize(retention)
    return (gone.devices + beyond.devices, gone.alerts + beyond.alerts)
  }

  /// Deletes what goes first if the file is larger than it may be: a flood fills it within minutes.
  ///
  /// - Returns: the numbers of devices and alerts deleted.
  @discardableResult
  public func enforceSize(_ retention: Retention) throws(StoreError) -> (devices: Int, alerts: Int) {
    var gone = (devices: 0, alerts: 0)
    // There is room for the next transaction.
    guard try usedBytes() > retention.size / 16 * 15 else { return gone }
    // SQLite reuses freed pages: the file does not shrink, but does not grow either. A little more is freed, so that this is seldom done.
    while try usedBytes() > retention.size / 8 * 7 {
      let devices = try write { db in
        try db.execute(sql: "DELETE FROM device WHERE id IN (\(Query.invented))")
        if db.changesCount == 0 {
          try db.execute(
            sql: """
              DELETE FROM device WHERE id IN (
                SELECT id FROM device WHERE alert IS NULL AND id NOT IN (\(Query.heldDevices)) ORDER BY last_seen LIMIT 1000)
              """)
        }
        return db.changesCount
      }
      gone.devices += devices
      if devices > 0 { continue }
      let events = try write { db in
        try db.execute(sql: "DELETE FROM log WHERE number IN (SELECT number FROM log ORDER BY number LIMIT 1000)")
        return db.changesCount
      }
      if events > 0 { continue }
      if try write({ try TrafficSlot.deleteOldest(5000, $0) }) > 0 { continue }
      let alerts = try write { db in
        // Few at a time: the last ones are those that count.
        let count = min(200, max(1, try Int.fetchOne(db, sql: "SELECT count(*) FROM alert WHERE kind <> 'health'") ?? 0) / 4 + 1)
        try db.execute(
          sql: """
            DELETE FROM alert WHERE id IN (
              SELECT alert.id FROM alert LEFT JOIN device ON device.id = alert.device WHERE \(Query.isFree)
              ORDER BY device.alert_group IS NULL, alert.severity = 'high' AND alert.follows IS NULL, alert.updated LIMIT ?)
            """, arguments: [count])
        let alerts = db.changesCount
        try db.execute(
          sql: """
            DELETE FROM device WHERE alert IS NOT NULL AND NOT EXISTS (SELECT 1 FROM alert WHERE alert.id = device.alert)
            AND id NOT IN (\(Query.heldDevices))
            """)
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
