import Detection
import GRDB

extension PropertyStore {
  public func declarations() throws(StoreError) -> [Declaration] {
    try read { try Declaration.fetchAll($0, sql: "SELECT * FROM declaration ORDER BY pattern") }
  }

  /// Declares cameras; a pattern that is there gets the new particulars. Alerts about these devices are marked as declared.
  ///
  /// - Parameter alerts: ids of the alerts that this answers.
  public func declare(_ declarations: [Declaration], answering alerts: [String] = []) throws(StoreError) {
    try write { db in
      for declaration in declarations {
        try db.execute(sql: "DELETE FROM declaration WHERE pattern = ?", arguments: [declaration.pattern])
        try declaration.insert(db)
      }
      guard let first = declarations.first else { return }
      for id in alerts {
        try db.execute(sql: "UPDATE alert SET declared = ? WHERE id = ?", arguments: [first.declared, id])
        try StoredEvent(.declared, id, at: first.declaredAt, who: first.declaredBy, note: first.note).insert(db)
      }
    }
  }

  /// - Returns: how many were removed.
  public func removeDeclarations(_ patterns: [String]) throws(StoreError) -> Int {
    try write { db in
      var count = 0
      for pattern in patterns {
        try db.execute(sql: "DELETE FROM declaration WHERE pattern = ?", arguments: [pattern])
        count += db.changesCount
      }
      return count
    }
  }
}
