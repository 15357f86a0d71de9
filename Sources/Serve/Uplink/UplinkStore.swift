import Detection
import GRDB
import Store

/// How far central has come in the event log, and how the uplink fares. The one row of its table.
public struct UplinkRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "uplink"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  public enum State: String, Codable, Sendable {
    /// No connection, and the next attempt has its time.
    case offline
    case connecting
    case online
  }

  private(set) var id = 1
  /// The id of the event log that the places belong to.
  var log: String
  /// Rises when an older copy of the same log came back: its numbers would be used twice.
  var generation: Int64 = 1
  /// Central has everything up to this number.
  public internal(set) var acked: Int64 = 0
  /// Everything up to this number may be deleted: central has had it for a week.
  var released: Int64 = 0
  public internal(set) var state: State = .offline
  public internal(set) var pending: Int64 = 0
  public internal(set) var lastAck: Int64?
  /// Why there is no connection.
  public internal(set) var problem: String?
  /// True after others were told that central does not acknowledge.
  var isAlarmed = false
  /// When this row was written.
  var updated: Int64 = 0

  init(log: String) { self.log = log }

  /// What messages have as the epoch of their numbers.
  var epoch: String { generation == 1 ? log : "\(log)-\(generation)" }

  public var lastAckTime: Timestamp? { lastAck.map { Timestamp(nanoseconds: $0) } }

  /// A row that is not written any more says nothing about the present.
  public func state(at now: Timestamp) -> State {
    let age = now.nanoseconds &- updated
    return age > UplinkRow.stale || age < -UplinkRow.stale ? .offline : state
  }

  /// Nanoseconds; it is written every minute.
  private static let stale: Int64 = 180_000_000_000
}

extension ServeStore {
  /// Alerts that are remembered as sent.
  private static let caseLimit = 100_000

  /// How the uplink fares; by kind, the id of what is in force; and by id, why something of central is not.
  public func uplinkState() throws(StoreError) -> (row: UplinkRow?, applied: [String: String], refused: [String: String]) {
    let record = Downloads.Record(try value(Downloads.key))
    return (try uplink(), record.applied, record.reasons)
  }

  /// Adds a command of central.
  ///
  /// - Returns: its number, and the list that it stands in.
  func addForCentral(_ command: OperatorCommand) throws(StoreError) -> (number: Int64, list: String) {
    try write { db in
      try command.insert(db)
      return (db.lastInsertedRowID, try String.fetchOne(db, sql: "SELECT id FROM command_list") ?? "")
    }
  }

  /// Nil before the first connection.
  public func uplink() throws(StoreError) -> UplinkRow? { try read { try UplinkRow.fetchOne($0, key: 1) } }

  /// Stores the row, the alerts that events of these numbers were the first about, and now and then a mark, all or none.
  ///
  /// - Parameter isOther: true if the row begins another epoch: what was known of the former one goes.
  func store(_ row: UplinkRow, sent: [String: Int64], mark: UplinkMark?, isOther: Bool) throws(StoreError) {
    try write { db in
      if isOther { try db.execute(sql: "DELETE FROM uplink_case; DELETE FROM uplink_mark") }
      try row.upsert(db)
      for (alert, number) in sent {
        try db.execute(
          sql: "INSERT INTO uplink_case VALUES (?, ?) ON CONFLICT(alert) DO UPDATE SET number = min(number, excluded.number)",
          arguments: [alert, number])
      }
      guard let mark else { return }
      // What central wants again counts as new.
      try db.execute(sql: "DELETE FROM uplink_mark WHERE place > ? OR time > ?", arguments: [mark.place, mark.time])
      // Of a place, the first time counts.
      try mark.insert(db, onConflict: .ignore)
      try db.execute(
        sql: "DELETE FROM uplink_case WHERE alert NOT IN (SELECT alert FROM uplink_case ORDER BY number DESC LIMIT \(Self.caseLimit))")
    }
  }

  /// The highest place that was reached by a time; older marks are not needed any more, and go.
  func place(at time: Timestamp) throws(StoreError) -> Int64 {
    try write { db in
      let sql = "SELECT max(place) FROM uplink_mark WHERE time <= ?"
      let place = try Int64.fetchOne(db, sql: sql, arguments: [time.nanoseconds]) ?? 0
      try db.execute(sql: "DELETE FROM uplink_mark WHERE place < ?", arguments: [place])
      return place
    }
  }

  /// The number of the first event about an alert that went up.
  func firstSent(_ alert: String) throws(StoreError) -> Int64? {
    try read { try Int64.fetchOne($0, sql: "SELECT number FROM uplink_case WHERE alert = ?", arguments: [alert]) }
  }
}

/// Everything up to a place was acknowledged by a time.
struct UplinkMark: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "uplink_mark"
  let place: Int64
  let time: Int64
}

extension ServeSchema {
  static func registerUplink(_ migrator: inout DatabaseMigrator) {
    migrator.registerMigration("uplink") { db in
      try db.execute(
        sql: """
          CREATE TABLE uplink (
            id INTEGER PRIMARY KEY CHECK (id = 1), log TEXT NOT NULL, generation INTEGER NOT NULL, acked INTEGER NOT NULL,
            released INTEGER NOT NULL, state TEXT NOT NULL, pending INTEGER NOT NULL, last_ack INTEGER, problem TEXT,
            is_alarmed INTEGER NOT NULL, updated INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE uplink_case (alert TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
          CREATE INDEX uplink_case_number ON uplink_case(number);
          CREATE TABLE uplink_mark (place INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;
          """)
    }
  }
}
