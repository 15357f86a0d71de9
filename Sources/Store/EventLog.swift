import Detection
import GRDB

/// An entry of the event log: what happened, numbered in the order in which it was committed. `lenscap serve` delivers from it.
public struct LogEntry: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "log"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  /// Rises by one or more from entry to entry, and is never used twice.
  public private(set) var number: Int64?
  /// The same if the event is reported again.
  public let uid: String
  /// `alert.raised`, `alert.acknowledged`, `health` …
  public let type: String
  /// Id of the case; nil for health events.
  public let alert: String?
  let time: Int64
  var recorded: Int64
  /// For what people do.
  public let who: String?
  public let note: String?
  /// True within the first report of a new database.
  public let isFirstReport: Bool
  /// A line of JSON: the event, or for what people do the alert as it was last stored.
  public let document: String

  /// When it happened.
  public var at: Timestamp { Timestamp(nanoseconds: time) }
  /// When it was committed, by the wall clock.
  public var recordedAt: Timestamp { Timestamp(nanoseconds: recorded) }

  public init(
    uid: String, type: String, alert: String?, at time: Timestamp, recordedAt: Timestamp, who: String? = nil, note: String? = nil,
    isFirstReport: Bool = false, document: String
  ) {
    self.uid = uid
    self.type = type
    self.alert = alert
    self.time = time.nanoseconds
    recorded = recordedAt.nanoseconds
    self.who = who
    self.note = note
    self.isFirstReport = isFirstReport
    self.document = document
  }
}

/// An event to store, with what belongs to it.
public struct AlertRecord: Sendable {
  public let alert: StoredAlert
  public let device: DeviceSnapshot?
  /// Nil for an event that is stored only.
  public let entry: LogEntry?

  public init(_ alert: StoredAlert, device: DeviceSnapshot? = nil, entry: LogEntry? = nil) {
    self.alert = alert
    self.device = device
    self.entry = entry
  }
}

extension PropertyStore {
  /// Made with the file, at random. Numbers of entries begin again in a file with another id, which takes the place of a damaged one.
  public func logID() throws(StoreError) -> String {
    try read { try Self.property("log_id", $0) ?? "" }
  }

  /// Entries after a number, in order.
  public func log(after number: Int64, limit: Int = 256) throws(StoreError) -> [LogEntry] {
    try read { try LogEntry.fetchAll($0, sql: "SELECT * FROM log WHERE number > ? ORDER BY number LIMIT ?", arguments: [number, limit]) }
  }

  /// The number of the last entry, also where it was deleted since; 0 if there never was one.
  public func lastLogNumber() throws(StoreError) -> Int64 {
    try read { try Self.lastNumber($0) }
  }

  /// Entries after a number.
  public func logCount(after number: Int64) throws(StoreError) -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM log WHERE number > ?", arguments: [number]) ?? 0 }
  }

  private static func lastNumber(_ db: Database) throws -> Int64 {
    try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'log'") ?? 0
  }
}

extension PropertyStore {
  /// The number before the first entry that was committed at or after a time: the place of a reader who begins there.
  public func logPlace(before time: Timestamp) throws(StoreError) -> Int64 {
    try read { db in
      if let first = try Int64.fetchOne(db, sql: "SELECT min(number) FROM log WHERE recorded >= ?", arguments: [time.nanoseconds]) {
        return first - 1
      }
      return try Self.lastNumber(db)
    }
  }

  /// What people did in a period, oldest first.
  public func actions(from: Timestamp, to: Timestamp) throws(StoreError) -> [LogEntry] {
    try read {
      try LogEntry.fetchAll(
        $0, sql: "SELECT * FROM log WHERE recorded >= ? AND recorded < ? AND who IS NOT NULL ORDER BY number LIMIT 1000",
        arguments: [from.nanoseconds, to.nanoseconds])
    }
  }
}

// What people do.
extension PropertyStore {
  /// Stores an entry of an alert's history. Where others should learn of it, logs it with the alert as it was last stored.
  static func record(_ event: StoredEvent, _ db: Database) throws {
    try event.insert(db)
    let number = db.lastInsertedRowID
    guard event.isNews, let alert = try StoredAlert.fetchOne(db, key: event.alert) else { return }
    let origin = try alert.follows.flatMap { try StoredAlert.fetchOne(db, key: $0) } ?? alert
    try LogEntry(
      uid: "\(sensorID(db)).\(alert.id).p\(number)", type: "alert.\(event.what)", alert: origin.id, at: event.at, recordedAt: event.at,
      who: event.who, note: event.note, document: origin.document
    ).insert(db)
  }

  /// Logs a declaration that closes no alert. Its document is the declaration itself, as `known list` prints it.
  static func log(_ declaration: Declaration, _ db: Database) throws {
    let id = FNV1a.hash("\(declaration.pattern)|declared|\(declaration.declared)".utf8).hexDigits
    try LogEntry(
      uid: "\(sensorID(db)).\(id).p1", type: "alert.declared", alert: nil, at: declaration.declaredAt, recordedAt: declaration.declaredAt,
      who: declaration.declaredBy, note: declaration.note, document: document(of: declaration, db)
    ).insert(db)
  }

  private static func document(of declaration: Declaration, _ db: Database) throws -> String {
    func time(_ column: String) -> String {
      """
      strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000000000, 'unixepoch')
        || printf('.%06dZ', \(column) % 1000000000 / 1000)
      """
    }
    let sql = """
      SELECT json_object('type', 'declaration', 'pattern', pattern, 'name', name, 'place', place, 'owner', owner, 'note', note,
        'expires', \(time("expires")), 'declared_by', declared_by, 'declared', \(time("declared")))
      FROM declaration WHERE pattern = ?
      """
    return try String.fetchOne(db, sql: sql, arguments: [declaration.pattern]) ?? "{}"
  }
}

extension LogEntry {
  /// The same with the time at which it is committed.
  func recorded(at now: Timestamp) -> LogEntry {
    var entry = self
    entry.recorded = now.nanoseconds
    return entry
  }
}

extension StoredEvent {
  /// What `watch` itself finds is logged with its own document; that somebody wants no news for a while, or that a
  /// case is kept, concerns nobody else.
  fileprivate var isNews: Bool {
    switch What(rawValue: what) {
    case .acknowledged, .dismissed, .reopened, .declared, .cleared, .confirmed: true
    case .raised, .surer, .snoozed, .handedOut, .paperMade, .held, .released, nil: false
    }
  }
}
