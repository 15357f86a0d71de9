/// Brings the schema of the database up to date.
public enum Migrations {
  /// In order; a number that was given stays.
  static let all: [(number: Int, script: String)] = [
    (1, Migration1.script), (2, Migration2.script), (3, Migration3.script), (4, Migration4.script),
    (5, Migration5.script), (6, Migration6.script),
  ]

  /// Each migration is one transaction. Two processes that begin at once wait for each other.
  ///
  /// - Returns: the numbers of those that were applied.
  /// - Throws: `PostgresError`.
  public static func apply(_ address: String) throws -> [Int] {
    let connection = try PostgresConnection(address)
    // The other process may take longer than a statement may.
    try connection.run("SET statement_timeout = 0")
    try connection.run("SELECT pg_advisory_lock($1)", [PostgresValue(AdvisoryLock.migration)])
    defer { _ = try? connection.run("SELECT pg_advisory_unlock($1)", [PostgresValue(AdvisoryLock.migration)]) }
    try connection.run("CREATE SCHEMA IF NOT EXISTS lenscap")
    try connection.run(
      "CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())")
    let present = Set(try connection.run("SELECT number FROM migration").rows.map { try $0.integer("number") })
    let missing = all.filter { !present.contains(Int64($0.number)) }
    for migration in missing {
      try connection.transaction { connection in
        try connection.runScript(migration.script)
        try connection.run("INSERT INTO migration (number) VALUES ($1)", [PostgresValue(migration.number)])
      }
    }
    return missing.map(\.number)
  }

  /// - Throws: `PostgresError`; `SchemaMismatch` where `migrate` has to be run, or this program is older than the database.
  static func check(_ address: String) throws {
    let connection = try PostgresConnection(address)
    let exists = try connection.run("SELECT to_regclass('lenscap.migration') IS NOT NULL AS it").first?.flag("it") ?? false
    let newest = exists ? try connection.run("SELECT max(number) AS it FROM migration").first?.integerIfAny("it") ?? 0 : 0
    let own = Int64(all.last?.number ?? 0)
    guard newest == own else { throw SchemaMismatch(database: newest, program: own) }
  }
}

/// The database is of another version than this program.
public struct SchemaMismatch: Error, CustomStringConvertible {
  let database: Int64
  let program: Int64

  public var description: String {
    database < program
      ? "the database has schema \(database), this program needs \(program): run lenscap-central migrate"
      : "the database has schema \(database), newer than \(program), the last that this program knows"
  }
}
