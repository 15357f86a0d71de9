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
  }

  /// What changes a case.
  static let isWork = "action NOT IN ('paper-asked', 'paper-taken')"

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

  var at: Timestamp { Timestamp(nanoseconds: time) }

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
  let number: Int64
  let time: String
  let who: String
  @OrNull var role: String?
  @OrNull var address: String?
  let action: String
  @OrNull var alert: String?
  @OrNull var note: String?
  @OrNull var detail: String?

  init(_ row: AuditRow) {
    number = row.number ?? 0
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
  /// - Parameter number: only rows before this one.
  func audit(before number: Int64?, since: Timestamp = .distantPast, limit: Int) throws(StoreError) -> [AuditRow] {
    try read {
      try AuditRow.fetchAll(
        $0, sql: "SELECT * FROM audit WHERE number < ? AND time >= ? ORDER BY number DESC LIMIT ?",
        arguments: [number ?? .max, since.nanoseconds, limit])
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
