import Detection
import GRDB

/// That a person had a device erased: what is left of it. Nobody deletes these rows.
public struct Erasure: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "erasure"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  public private(set) var number: Int64?
  let time: Int64
  public let who: String
  /// Whoever knows the address can check that it is the one; nobody can compute it from this.
  public let addressHash: String
  /// How much was erased.
  public let devices: Int
  public let alerts: Int
  /// Of the event log.
  public let entries: Int
  /// The address, until the running watch has forgotten it.
  let pending: String?

  public var at: Timestamp { Timestamp(nanoseconds: time) }
  public var address: MACAddress? { pending.flatMap { MACAddress($0) } }
}

/// What the database holds about a MAC address.
public struct ErasureScope: Sendable, Equatable {
  public var devices = 0
  public var stays = 0
  public var evidence = 0
  /// Ids of the alerts that go; those of what followed them, too.
  public var alerts: [String] = []
  /// Entries of the event log.
  public var entries = 0
  /// Alerts about others that mention it, such as a flood.
  public var mentions = 0
  /// Ids of the alerts on hold, which stay with their devices.
  public var held: [String] = []
  /// Papers about these alerts, made for the page.
  public var papers = 0
  /// Declarations of exactly this address, which are the property's and stay.
  public var declarations = 0

  public var isEmpty: Bool { devices == 0 && alerts.isEmpty && entries == 0 && mentions == 0 }
}

extension PropertyStore {
  /// What takes the place of an erased address where an alert about others mentions it.
  private static let nobody = MACAddress.none.description

  /// What erasing would take.
  public func scope(ofErasing address: MACAddress) throws(StoreError) -> ErasureScope {
    try read { try Self.scope(address, before: .distantFuture, $0) }
  }

  /// Erases a device: what is stored of it, its addresses, stays, evidence and alerts, and what the event log says about it. What belongs to
  /// an alert on hold stays.
  ///
  /// - Parameters:
  ///   - hash: of the address, for the record of this.
  ///   - evenIfEmpty: something is kept beside the database.
  ///   - isWatched: a watch runs. It must forget the device, too, and erases what it stores until then.
  public func erase(
    _ address: MACAddress, hash: String, who: String, isWatched: Bool, evenIfEmpty: Bool = false, at now: Timestamp
  ) throws(StoreError) -> ErasureScope {
    try writeLeavingNothing { db in
      let scope = try Self.scope(address, before: .distantFuture, db)
      guard !scope.isEmpty || evenIfEmpty else { return scope }
      try Self.delete(scope, address, before: .distantFuture, db)
      try Erasure(
        time: now.nanoseconds, who: who, addressHash: hash, devices: scope.devices, alerts: scope.alerts.count, entries: scope.entries,
        pending: isWatched ? address.description : nil
      ).insert(db)
      return scope
    }
  }

  /// All erasures, oldest first.
  public func erasures() throws(StoreError) -> [Erasure] {
    try read { try Erasure.fetchAll($0, sql: "SELECT * FROM erasure ORDER BY number") }
  }

  /// Those that the running watch has not taken note of.
  public func pendingErasures() throws(StoreError) -> [Erasure] {
    try read { try Erasure.fetchAll($0, sql: "SELECT * FROM erasure WHERE pending IS NOT NULL ORDER BY number") }
  }

  /// Erases what was stored about these devices since, out of a watch's memory, and forgets their addresses.
  public func finish(_ erasures: [Erasure]) throws(StoreError) {
    guard !erasures.isEmpty else { return }
    try writeLeavingNothing { db in
      for erasure in erasures {
        if let address = erasure.address {
          try Self.delete(Self.scope(address, before: erasure.at, db), address, before: erasure.at, db)
        }
        try db.execute(sql: "UPDATE erasure SET pending = NULL WHERE number = ?", arguments: [erasure.number])
      }
    }
  }

  // MARK: What belongs to an address

  /// - Parameter time: devices and alerts that began at or after it are new, and not meant.
  private static func scope(_ address: MACAddress, before time: Timestamp, _ db: Database) throws -> ErasureScope {
    func count(_ sql: String, _ arguments: StatementArguments) throws -> Int { try Int.fetchOne(db, sql: sql, arguments: arguments) ?? 0 }
    let (mac, limit) = (address.description, time.nanoseconds)
    var scope = ErasureScope()
    let devices = try String.fetchAll(db, sql: "SELECT id FROM device WHERE \(ofAddress)", arguments: [mac, limit])
    scope.devices = devices.count
    for device in devices {
      scope.stays += try count("SELECT count(*) FROM stay WHERE device = ?", [device])
      scope.evidence += try count("SELECT count(*) FROM evidence WHERE device = ?", [device])
    }
    // In a segment, the id has more behind it.
    let id = DeviceID(segment: .untagged, mac: address, address: .none).description
    let arguments: StatementArguments = [id, id + "@", id + "A", mac]
    scope.held = try String.fetchAll(
      db, sql: "\(ownAlerts) SELECT id FROM alert WHERE held IS NOT NULL AND id IN own ORDER BY id", arguments: arguments)
    scope.alerts = try String.fetchAll(
      db,
      sql: """
        \(ownAlerts) SELECT id FROM alert WHERE (id IN own OR follows IN own) AND time < ? AND \(Query.isFree)
        AND (device IS NULL OR device NOT IN (\(Query.heldDevices))) ORDER BY id
        """, arguments: arguments + [limit])
    scope.entries = try count("SELECT count(*) FROM log WHERE \(entriesOf)", [json(scope.alerts), mac, limit])
    scope.papers = try count("SELECT count(*) FROM paper WHERE alert IN (SELECT value FROM json_each(?))", [json(scope.alerts)])
    scope.mentions = try count("SELECT count(*) FROM alert WHERE \(mentioning)", [mac, mac, json(scope.alerts)])
    scope.declarations = try count("SELECT count(*) FROM declaration WHERE lower(pattern) = ?", [mac])
    return scope
  }

  private static func delete(_ scope: ErasureScope, _ address: MACAddress, before time: Timestamp, _ db: Database) throws {
    let (mac, limit) = (address.description, time.nanoseconds)
    try db.execute(sql: "DELETE FROM log WHERE \(entriesOf)", arguments: [json(scope.alerts), mac, limit])
    try db.execute(
      sql: "UPDATE alert SET document = replace(document, ?, ?), summary = replace(summary, ?, ?) WHERE \(mentioning)",
      arguments: [mac, nobody, mac, nobody, mac, mac, json(scope.alerts)])
    // Their files go with the next look of whoever keeps the folder.
    try db.execute(sql: "DELETE FROM paper WHERE alert IN (SELECT value FROM json_each(?))", arguments: [json(scope.alerts)])
    try db.execute(sql: "DELETE FROM device WHERE \(ofAddress)", arguments: [mac, limit])
    try db.execute(sql: "DELETE FROM alert WHERE id IN (SELECT value FROM json_each(?))", arguments: [json(scope.alerts)])
  }

  private static let ownAlerts = """
    WITH own(id) AS (
      SELECT id FROM alert WHERE device = ? OR device >= ? AND device < ?
      UNION SELECT alert FROM device WHERE mac = ? AND alert IS NOT NULL)
    """
  private static let ofAddress = "mac = ? AND id NOT IN (\(Query.heldDevices)) AND first_seen < ?"
  /// Entries about these alerts, and others that name the address; not those of alerts that stay because of a hold.
  private static let entriesOf = """
    (alert IN (SELECT value FROM json_each(?)) OR instr(document, ?) > 0 AND recorded < ?)
    AND (alert IS NULL OR alert NOT IN (SELECT id FROM alert WHERE held IS NOT NULL OR device IN (\(Query.heldDevices))))
    """
  private static let mentioning = """
    (instr(document, ?) > 0 OR instr(summary, ?) > 0) AND id NOT IN (SELECT value FROM json_each(?))
    AND \(Query.isFree) AND (device IS NULL OR device NOT IN (\(Query.heldDevices)))
    """

  private static func json(_ ids: [String]) -> String { "[" + ids.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
}
