import CPostgreSQL

/// The rows that a statement gave, copied out of libpq.
struct PostgresResult: Sendable {
  private let columns: [String: Int]
  private let cells: [[String?]]
  /// Rows that were inserted, changed or deleted; those that were read.
  let affected: Int

  init(_ result: OpaquePointer) {
    let (width, height) = unsafe (PQnfields(result), PQntuples(result))
    var columns: [String: Int] = [:]
    for column in 0..<width { unsafe columns[String(cString: PQfname(result, column))] = Int(column) }
    self.columns = columns
    cells = (0..<height).map { row in
      (0..<width).map { unsafe PQgetisnull(result, row, $0) == 1 ? nil : String(cString: PQgetvalue(result, row, $0)) }
    }
    affected = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
  }

  var count: Int { cells.count }
  var rows: [PostgresRow] { cells.map { PostgresRow(columns: columns, cells: $0) } }
  var first: PostgresRow? { cells.first.map { PostgresRow(columns: columns, cells: $0) } }
}

struct PostgresRow: Sendable {
  fileprivate let columns: [String: Int]
  fileprivate let cells: [String?]

  /// Nil for NULL.
  func textIfAny(_ column: String) throws(PostgresError) -> String? {
    guard let index = columns[column] else { throw .unexpected("no column \(column)") }
    return cells[index]
  }

  func text(_ column: String) throws(PostgresError) -> String {
    guard let text = try textIfAny(column) else { throw .unexpected("\(column) is null") }
    return text
  }

  func integer(_ column: String) throws(PostgresError) -> Int64 {
    let text = try text(column)
    guard let number = Int64(text) else { throw .unexpected("\(column) is no number") }
    return number
  }

  func integerIfAny(_ column: String) throws(PostgresError) -> Int64? {
    try textIfAny(column) == nil ? nil : try integer(column)
  }

  func flag(_ column: String) throws(PostgresError) -> Bool { try text(column) == "t" }
}
