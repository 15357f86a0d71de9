import GRDB
import Synchronization

/// Inserts rows of one table, or replaces what is stored under their key. The statement is made once: to make it anew for each row, and to
/// read the row back, takes most of the time where devices come by the thousand.
final class RowWriter: Sendable {
  private struct Statement {
    let columns: [String]
    let sql: String
  }

  private let table: String
  private let key: [String]
  /// What a column becomes where a row exists, if not the new value.
  private let kept: [String: String]
  private let statement = Mutex<Statement?>(nil)

  init(_ table: String, key: [String], keeping kept: [String: String]) {
    self.table = table
    self.key = key
    self.kept = kept
  }

  func save(_ row: some EncodableRecord, _ db: Database) throws {
    let values = try row.databaseDictionary
    let known = statement.withLock { statement in
      if let statement { return statement }
      let made = make(values.keys.sorted())
      statement = made
      return made
    }
    try db.cachedStatement(sql: known.sql).execute(arguments: StatementArguments(known.columns.map { values[$0] ?? .null }))
  }

  private func make(_ columns: [String]) -> Statement {
    let changes = columns.filter { !key.contains($0) }.map { "\"\($0)\" = \(kept[$0] ?? "excluded.\"\($0)\"")" }
    let sql = """
      INSERT INTO \(table) (\(columns.map { "\"\($0)\"" }.joined(separator: ", "))) VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
      ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET \(changes.joined(separator: ", "))
      """
    return Statement(columns: columns, sql: sql)
  }
}

extension DatabaseColumnEncodingStrategy {
  /// `firstSeen` is stored as `first_seen`, as by `convertToSnakeCase`. That makes the name anew for each value of each row, which took a
  /// fifth of the time of rows that a `RowWriter` saves by the thousand.
  static let snakeCase = custom { key in
    columnNames.withLock { names in
      if let name = names[key.stringValue] { return name }
      let name = key.stringValue.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
      names[key.stringValue] = name
      return name
    }
  }
}

private let columnNames = Mutex<[String: String]>([:])
