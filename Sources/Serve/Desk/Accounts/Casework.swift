import Detection
import GRDB
import Store

/// A decision that waits for a second manager.
struct Proposal: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "proposal"

  let alert: String
  let action: String
  let who: String
  let note: String
  let argument: String?
  let time: Int64
}

/// Who was sent.
struct Assignment: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "assignment"

  let alert: String
  let assignee: String
  let note: String?
  let who: String
  let time: Int64
}

/// What people do about cases: each with its row in the audit log, and what `watch` is to apply, all or nothing.
extension ServeStore {
  func assignment(of alert: String) throws(StoreError) -> Assignment? { try read { try Assignment.fetchOne($0, key: alert) } }
  func proposal(for alert: String) throws(StoreError) -> Proposal? { try read { try Proposal.fetchOne($0, key: alert) } }

  /// The id of the list of commands.
  func commandList() throws(StoreError) -> String { try read { try String.fetchOne($0, sql: "SELECT id FROM command_list") ?? "" } }

  /// How many cases are settled that were not, once the watch has applied what waits; less than 0 if more are opened again.
  func settledSoon(after number: Int64) throws(StoreError) -> Int {
    try read { db in
      let sql = """
        SELECT coalesce(sum(CASE WHEN action IN ('dismiss', 'declare') THEN 1 WHEN action = 'reopen' THEN -1 ELSE 0 END), 0)
        FROM command WHERE number > ? AND origin = ?
        """
      return try Int.fetchOne(db, sql: sql, arguments: [number, OperatorCommand.page]) ?? 0
    }
  }

  /// - Parameters:
  ///   - row: what is written down.
  ///   - count: rows about this alert that were there when the decision was prepared: with more, somebody was faster.
  /// - Returns: false if somebody was faster.
  func work(
    _ row: AuditRow, after count: Int, command: OperatorCommand? = nil, assignment: Assignment? = nil, proposal: Proposal? = nil,
    endsProposal: Bool = false
  ) throws(StoreError) -> Bool {
    try write { db in
      guard let alert = row.alert else { return false }
      let present = try Int.fetchOne(db, sql: "SELECT count(*) FROM audit WHERE alert = ? AND \(AuditRow.isWork)", arguments: [alert]) ?? 0
      guard present == count else { return false }
      var row = row
      if let command {
        try command.insert(db)
        row.command = db.lastInsertedRowID
      }
      try assignment?.save(db)
      if endsProposal { try db.execute(sql: "DELETE FROM proposal WHERE alert = ?", arguments: [alert]) }
      try proposal?.insert(db)
      try row.insert(db)
      return true
    }
  }
}
