import Detection
import GRDB

extension PropertyStore {
  /// Saves devices, replacing their stored rows.
  ///
  /// - Parameters:
  ///   - lastPacket: time of the run's last packet.
  ///   - now: the wall clock's time, stored as the last write.
  public func save(_ devices: [DeviceSnapshot], lastPacket: Timestamp?, at now: Timestamp) throws(StoreError) {
    try write { db in
      for device in devices { try Self.save(device, at: now, db) }
      if let lastPacket { try Self.setLastPacket(lastPacket, db) }
      try Self.set(.lastKept, to: now, db)
    }
  }

  static func save(_ snapshot: DeviceSnapshot, at now: Timestamp, _ db: Database) throws {
    let device = DeviceRow(snapshot)
    let hasPicture = TrafficSlot.isKept(of: snapshot)
    let former =
      hasPicture
      ? try Row.fetchOne(db.cachedStatement(sql: "SELECT bytes_sent, bytes_received FROM device WHERE id = ?"), arguments: [device.id])
      : nil
    try device.save(over: db)
    if hasPicture { try TrafficSlot.add(device, since: former.map { ($0["bytes_sent"], $0["bytes_received"]) }, db) }
    if let alert = device.alert {
      // The evidence came with a station that belonged to another device or moved.
      try db.cachedStatement(sql: "UPDATE device SET alert = NULL, alert_time = NULL, alert_verdict = NULL WHERE alert = ? AND id <> ?")
        .execute(arguments: [alert, device.id])
    }
    for evidence in snapshot.device.evidence { try EvidenceRow(evidence, of: snapshot.device).save(over: db) }
    try db.cachedStatement(sql: "DELETE FROM evidence WHERE device = ? AND valid_until < ? AND device NOT IN (\(Query.heldDevices))")
      .execute(arguments: [device.id, now.nanoseconds])
    try RoomVisit.extend(device, db)
  }

  /// Devices for the next run to continue with: all with an alert, raised or pending, and others that were seen lately.
  ///
  /// - Parameters:
  ///   - signatures: the present signatures. Evidence of others is left out.
  ///   - since: devices without an alert are left out if their last packet came before this time.
  ///   - limit: at most this many devices.
  public func devices(
    knownBy signatures: [Signature], since: Timestamp = .distantPast, limit: Int = 20_000
  ) throws(StoreError) -> [DeviceSnapshot] {
    try recalled(signatures) { db in
      try DeviceRow.fetchAll(
        db,
        sql: """
          SELECT * FROM device WHERE alert IS NOT NULL OR deadline IS NOT NULL OR last_seen >= ?
          ORDER BY alert IS NULL AND deadline IS NULL, last_seen DESC LIMIT ?
          """, arguments: [since.nanoseconds, limit])
    }
  }

  /// Devices by id, for a run that forgot them.
  public func devices(knownBy signatures: [Signature], of ids: [DeviceID]) throws(StoreError) -> [DeviceSnapshot] {
    let ids = ids.map(\.description)
    return try recalled(signatures) { db in try ids.compactMap { try DeviceRow.of($0, db) } }
  }

  private func recalled(
    _ signatures: [Signature], _ fetch: @Sendable (Database) throws -> [DeviceRow]
  ) throws(StoreError) -> [DeviceSnapshot] {
    let known = Dictionary(signatures.map { ($0.id, $0.summary) }, uniquingKeysWith: { first, _ in first })
    return try read { db in
      // A declaration closed these alerts: if it ends, the device is undeclared again and raises a new one.
      let settled = try Set(String.fetchAll(db, sql: Query.settled))
      return try fetch(db).compactMap { device in
        let evidence = try EvidenceRow.of(device.id, db).compactMap { row in
          known[row.signature].flatMap { row.evidence(by: $0, of: device.deviceClass) }
        }
        return device.snapshot(evidence, isSettled: device.alert.map(settled.contains) ?? false)
      }
    }
  }

  /// Devices whose last packet came at or after a time, as stored, latest first.
  ///
  /// - Parameter withEvidence: false saves a query for each device.
  public func devices(since: Timestamp = .distantPast, withEvidence: Bool = true) throws(StoreError) -> [DeviceSnapshot] {
    try read { db in
      let devices = try DeviceRow.fetchAll(
        db, sql: "SELECT * FROM device WHERE last_seen >= ? ORDER BY last_seen DESC, id", arguments: [since.nanoseconds])
      return try devices.compactMap { withEvidence ? try $0.snapshot(db) : $0.snapshot([]) }
    }
  }

  /// Devices of a class that sent a packet at or after a time, without their evidence.
  public func devices(of deviceClass: DeviceClass, since: Timestamp) throws(StoreError) -> [DeviceSnapshot] {
    try read { db in
      try DeviceRow.fetchAll(
        db, sql: "SELECT * FROM device WHERE class = ? AND last_seen >= ? ORDER BY id",
        arguments: [deviceClass.rawValue, since.nanoseconds]
      ).compactMap { $0.snapshot([]) }
    }
  }

  /// Devices that sent for hours as cameras do and raised no alert, of those that sent a packet at or after a time. What declared cameras,
  /// people's devices, media players and routers send is explained.
  public func unexplainedUploads(since: Timestamp) throws(StoreError) -> [DeviceSnapshot] {
    try read { db in
      try DeviceRow.fetchAll(
        db,
        sql: """
          SELECT * FROM device WHERE uploads_for_hours AND class IN ('embedded', 'unknown') AND NOT is_declared AND alert IS NULL
          AND last_seen >= ? ORDER BY id
          """, arguments: [since.nanoseconds]
      ).compactMap { $0.snapshot([]) }.filter { !$0.device.isCamera }
    }
  }

  /// Declared devices and those of alerts, as they were stored. A fraction of all where guests come and go.
  public func devicesOfConcern() throws(StoreError) -> [DeviceSnapshot] {
    try read { db in
      let devices = try DeviceRow.fetchAll(
        db, sql: "SELECT * FROM device WHERE is_declared OR id IN (SELECT device FROM alert) ORDER BY last_seen DESC, id")
      return try devices.compactMap { try $0.snapshot(db) }
    }
  }

  /// Counts devices that sent a packet since a time, and those of them that sent their first.
  public func deviceCounts(since: Timestamp) throws(StoreError) -> (seen: Int, new: Int) {
    try read { db in
      func count(_ column: String) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM device WHERE \(column) >= ?", arguments: [since.nanoseconds]) ?? 0
      }
      return (try count("last_seen"), try count("first_seen"))
    }
  }

  /// The devices with these ids, as stored, in that order; without those that do not exist.
  public func devices(_ ids: [String]) throws(StoreError) -> [DeviceSnapshot] {
    try read { db in try ids.compactMap { try DeviceRow.of($0, db)?.snapshot(db) } }
  }

  /// A device as stored; nil if none has this id.
  public func device(_ id: String) throws(StoreError) -> DeviceSnapshot? { try devices([id]).first }

  /// The rooms that a device was in, sorted by time.
  public func roomVisits(of device: String) throws(StoreError) -> [RoomVisit] {
    try read { try RoomVisit.fetchAll($0, sql: "SELECT * FROM stay WHERE device = ? ORDER BY first_seen", arguments: [device]) }
  }
}

/// A device's stay in a room.
public struct RoomVisit: Codable, Sendable, FetchableRecord {
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  /// The number of latest stays stored for a device.
  static let limit = 200

  public let room: String
  let firstSeen: Int64
  let lastSeen: Int64

  public var firstSeenTime: Timestamp { Timestamp(nanoseconds: firstSeen) }
  public var lastSeenTime: Timestamp { Timestamp(nanoseconds: lastSeen) }

  static func extend(_ device: DeviceRow, _ db: Database) throws {
    guard let room = device.room else { return }
    let last = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT rowid, room FROM stay WHERE device = ? ORDER BY first_seen DESC LIMIT 1"), arguments: [device.id])
    if let last, last["room"] == room {
      try db.cachedStatement(sql: "UPDATE stay SET last_seen = ? WHERE rowid = ?")
        .execute(arguments: [device.lastSeen, last["rowid"] as Int64])
      return
    }
    let since = last == nil ? device.firstSeen : device.lastSeen
    try db.cachedStatement(sql: "INSERT OR REPLACE INTO stay VALUES (?, ?, ?, ?)")
      .execute(arguments: [device.id, room, since, device.lastSeen])
    try db.cachedStatement(
      sql: """
        DELETE FROM stay WHERE device = ?1 AND first_seen <=
          (SELECT first_seen FROM stay WHERE device = ?1 ORDER BY first_seen DESC LIMIT 1 OFFSET ?2)
        """
    ).execute(arguments: [device.id, limit])
  }
}
