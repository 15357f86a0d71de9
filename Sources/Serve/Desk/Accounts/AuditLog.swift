import Detection
import Documents
import GRDB
import Store

/// What somebody did. Rows are only added: the database itself refuses to change or delete one.
struct AuditRow: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "audit"

  enum Action: String, Sendable {
    case invited, accepted, reset, removed
    case signedIn = "signed-in"
    case signedOut = "signed-out"
    case signInFailed = "sign-in-failed"
    case tokenAdded = "token-added"
    case tokenRemoved = "token-removed"
    case wallBegun = "wall-begun"
    case acknowledged, assigned, dismissed, declared, reopened
    /// Waits for a second manager.
    case proposed
    case withdrawn
    /// A paper, which changes nothing about its case.
    case paperAsked = "paper-asked"
    case paperTaken = "paper-taken"
    /// Central asked for one, and gets none.
    case paperRefused = "paper-refused"
    /// A table left the page.
    case exported
  }

  /// What changes a case.
  static let isWork = "action NOT IN ('paper-asked', 'paper-taken', 'paper-refused')"

  private(set) var number: Int64?
  let time: Int64
  let who: String
  var role: String?
  /// Of the network that it came from.
  var address: String?
  let action: String
  var alert: String?
  var note: String?
  var detail: String?
  /// The command that `watch` applies.
  var command: Int64?

  /// Nil for what was done on the page; else its place in the watch's own records.
  var key: String?

  var at: Timestamp { Timestamp(nanoseconds: time) }
  /// In a list of both.
  var place: ListPlace { ListPlace(time: at, id: key ?? Self.key(number)) }

  private enum CodingKeys: String, CodingKey { case number, time, who, role, address, action, alert, note, detail, command }

  fileprivate static func key(_ number: Int64?) -> String {
    let digits = String(number ?? 0)
    return "p" + String(repeating: "0", count: max(0, 20 - digits.count)) + digits
  }

  init(_ deed: DeedOnTheBox) {
    (time, who, action, key) = (deed.at.nanoseconds, deed.who, deed.action, deed.key)
    (alert, note, detail) = (deed.alert, deed.note, deed.detail)
  }

  init(
    _ action: Action, who: String, role: String? = nil, address: String? = nil, alert: String? = nil, note: String? = nil,
    detail: String? = nil, command: Int64? = nil, at time: Timestamp
  ) {
    self.time = time.nanoseconds
    self.who = who
    self.role = role
    self.address = address
    self.action = action.rawValue
    self.alert = alert
    self.note = note
    self.detail = detail
    self.command = command
  }
}

/// A row of the audit log, as JSON.
struct AuditDocument: Encodable, Sendable {
  @OrNull var number: Int64?
  let time: String
  let who: String
  @OrNull var role: String?
  @OrNull var address: String?
  let action: String
  @OrNull var alert: String?
  @OrNull var note: String?
  @OrNull var detail: String?

  init(_ row: AuditRow) {
    number = row.number
    time = row.at.rfc3339
    who = row.who
    role = row.role
    address = row.address
    action = row.action
    alert = row.alert
    note = row.note
    detail = row.detail
  }
}

extension ServeStore {
  func addAudit(_ row: AuditRow) throws(StoreError) { try write { try row.insert($0) } }

  /// The latest first.
  ///
  /// - Parameter place: only rows before this one.
  func audit(before place: ListPlace?, since: Timestamp = .distantPast, limit: Int) throws(StoreError) -> [AuditRow] {
    let (time, key) = (place?.time.nanoseconds ?? .max, place?.id ?? "~")
    return try read {
      try AuditRow.fetchAll(
        $0,
        sql: """
          SELECT * FROM audit WHERE time >= ?1 AND time <= ?2 AND (time < ?2 OR printf('p%020d', number) < ?3)
          ORDER BY time DESC, number DESC LIMIT ?4
          """, arguments: [since.nanoseconds, time, key, limit])
    }
  }

  /// What was done about an alert, oldest first.
  func audit(of alert: String) throws(StoreError) -> [AuditRow] {
    try read {
      try AuditRow.fetchAll($0, sql: "SELECT * FROM audit WHERE alert = ? AND \(AuditRow.isWork) ORDER BY number", arguments: [alert])
    }
  }

  /// What was done about alerts after a row, oldest first.
  func casework(after number: Int64, limit: Int) throws(StoreError) -> [AuditRow] {
    try read {
      try AuditRow.fetchAll(
        $0, sql: "SELECT * FROM audit WHERE number > ? AND alert IS NOT NULL ORDER BY number LIMIT ?", arguments: [number, limit])
    }
  }

  func lastAuditNumber() throws(StoreError) -> Int64 {
    try read { try Int64.fetchOne($0, sql: "SELECT max(number) FROM audit") ?? 0 }
  }
}

extension DeskDatabase {
  /// What people did on the page, by messages and on the box, the latest first.
  func audit(before place: ListPlace?, since: Timestamp, limit: Int) throws -> [AuditRow] {
    let deeds = try log?.deedsOnTheBox(before: place, since: since, limit: limit) ?? []
    let rows = try store.audit(before: place, since: since, limit: limit) + deeds.map { AuditRow($0) }
    let sorted = rows.sorted { ($0.at, $0.place.id) > ($1.at, $1.place.id) }
    return Array(sorted.prefix(limit))
  }
}
