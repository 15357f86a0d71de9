import Detection
import GRDB

/// Times that are kept of the watching itself.
public enum StateKey: String, Sendable {
  case lastPacket = "last_packet"
  /// When the run that is or was last began, last kept something, and ended as it was asked to: the wall clock's.
  case started
  case lastKept = "last_kept"
  case stopped
  /// Until when the last daily digest went.
  case digested
  /// When somebody first declared the property's cameras, or said that there are none.
  case adopted
}

extension PropertyStore {
  /// Keeps these devices, in place of what was kept of them.
  ///
  /// - Parameters:
  ///   - lastPacket: when the run had its last packet.
  ///   - now: the wall clock's time, a sign of life.
  public func save(_ states: [DeviceState], lastPacket: Timestamp?, at now: Timestamp) throws(StoreError) {
    try write { db in
      for state in states {
        try Self.save(state, db)
      }
      if let lastPacket {
        try db.execute(
          sql: "INSERT INTO state VALUES ('last_packet', ?) ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value)",
          arguments: [lastPacket.nanoseconds])
      }
      try Self.set(.lastKept, to: now, db)
    }
  }

  /// Stays of one device that are kept, the latest.
  static let roomVisitLimit = 200

  static func save(_ state: DeviceState, _ db: Database) throws {
    let device = StoredDevice(state)
    try device.keep(db)
    if let alert = device.alert {
      // It came with a station that was filed anew, or moved.
      try db.execute(
        sql: "UPDATE device SET alert = NULL, alert_time = NULL, alert_verdict = NULL WHERE alert = ? AND id <> ?",
        arguments: [alert, device.id])
    }
    for evidence in state.device.evidence { try StoredEvidence(evidence, of: device.id).keep(db) }
    guard let room = device.room else { return }
    let last = try Row.fetchOne(
      db, sql: "SELECT rowid, room FROM stay WHERE device = ? ORDER BY first_seen DESC LIMIT 1", arguments: [device.id])
    if let last, last["room"] == room {
      try db.execute(sql: "UPDATE stay SET last_seen = ? WHERE rowid = ?", arguments: [device.lastSeen, last["rowid"] as Int64])
    } else {
      let since = last == nil ? device.firstSeen : device.lastSeen
      try db.execute(
        sql: "INSERT OR REPLACE INTO stay VALUES (?, ?, ?, ?)", arguments: [device.id, room, since, device.lastSeen])
      try db.execute(
        sql: """
          DELETE FROM stay WHERE device = ?1 AND first_seen <=
            (SELECT first_seen FROM stay WHERE device = ?1 ORDER BY first_seen DESC LIMIT 1 OFFSET ?2)
          """, arguments: [device.id, roomVisitLimit])
    }
  }

  /// In which rooms a device was, in the order of time.
  public func roomVisits(of device: String) throws(StoreError) -> [RoomVisit] {
    try read { try RoomVisit.fetchAll($0, sql: "SELECT * FROM stay WHERE device = ? ORDER BY first_seen", arguments: [device]) }
  }

  /// A number that is kept under a name, such as the time of the last sign of life.
  public func value(_ key: StateKey) throws(StoreError) -> Timestamp? {
    try read { db in
      try Int64.fetchOne(db, sql: "SELECT value FROM state WHERE key = ?", arguments: [key.rawValue]).map { Timestamp(nanoseconds: $0) }
    }
  }

  public func set(_ key: StateKey, to time: Timestamp) throws(StoreError) {
    try write { try Self.set(key, to: time, $0) }
  }

  private static func set(_ key: StateKey, to time: Timestamp, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO state VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
      arguments: [key.rawValue, time.nanoseconds])
  }

  /// What the last run left for the next one: all that an alert was raised for or waits for, and those of the others that were heard lately.
  ///
  /// - Parameters:
  ///   - signatures: those of today. Evidence by others has gone.
  ///   - since: others are left out that were last heard before this time.
  ///   - limit: at most so many devices.
  public func memories(
    _ signatures: [Signature], since: Timestamp = .distantPast, limit: Int = 20_000
  ) throws(StoreError) -> [DeviceMemory] {
    try memories(signatures) { db in
      try StoredDevice.fetchAll(
        db,
        sql: """
          SELECT * FROM device WHERE alert IS NOT NULL OR deadline IS NOT NULL OR last_seen >= ?
          ORDER BY alert IS NULL AND deadline IS NULL, last_seen DESC LIMIT ?
          """, arguments: [since.nanoseconds, limit])
    }
  }

  /// What is known of these devices.
  public func memories(_ signatures: [Signature], of devices: [DeviceID]) throws(StoreError) -> [DeviceMemory] {
    let ids = devices.map(\.description)
    return try memories(signatures) { db in
      try ids.compactMap { try StoredDevice.fetchOne(db, sql: "SELECT * FROM device WHERE id = ?", arguments: [$0]) }
    }
  }

  private func memories(
    _ signatures: [Signature], _ fetch: @Sendable (Database) throws -> [StoredDevice]
  ) throws(StoreError) -> [DeviceMemory] {
    let known = Dictionary(signatures.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return try read { db in
      // Whose alert was answered by a declaration has none: if it is no longer declared, it is a stranger's again.
      let settled = try Set(String.fetchAll(db, sql: "SELECT id FROM alert WHERE declared IS NOT NULL"))
      return try fetch(db).compactMap { device in
        let rows = try StoredEvidence.fetchAll(db, sql: "SELECT * FROM evidence WHERE device = ?", arguments: [device.id])
        let evidence = rows.compactMap { row in known[row.signature].flatMap { row.evidence($0) } }
        return device.memory(evidence, isSettled: device.alert.map(settled.contains) ?? false)
      }
    }
  }

  /// Devices whose last packet came at or after a time, the latest first.
  public func devices(since: Timestamp = .distantPast) throws(StoreError) -> [StoredDevice] {
    try read { db in
      try StoredDevice.fetchAll(
        db, sql: "SELECT * FROM device WHERE last_seen >= ? ORDER BY last_seen DESC, id", arguments: [since.nanoseconds])
    }
  }

  /// What speaks for the device, in the order in which it was seen.
  public func evidence(of device: String) throws(StoreError) -> [StoredEvidence] {
    try read { db in
      try StoredEvidence.fetchAll(db, sql: "SELECT * FROM evidence WHERE device = ? ORDER BY first_seen", arguments: [device])
    }
  }
}
