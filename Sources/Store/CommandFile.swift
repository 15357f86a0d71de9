import Detection
import Foundation
import GRDB
import GRDBSQLite

/// The database of `serve`, as `watch` reads it. `serve` faces the Internet: whoever took it over may write anything into this file, and
/// must neither stop `watch` nor hold it up for long.
public final class CommandFile: Sendable {
  /// Commands that are read at once.
  public static let batch = 64
  /// Bytes of one row.
  private static let rowLimit: Int32 = 64 << 10
  /// Steps of SQLite's virtual machine for one query: reading a batch takes a few thousand.
  private static let stepLimit: Int32 = 1_000_000
  /// Seconds to wait for a lock.
  private static let patience = 0.1

  /// The id of the list of commands.
  public let list: String
  /// The number of the last command; 0 if there is none.
  public let last: Int64
  private let queue: DatabaseQueue

  /// Opens the file for a short look.
  ///
  /// - Returns: nil if there is no such file, or no command in it yet.
  /// - Throws: `foreign` if it is no database of `serve`; `damaged`, `busy` and others as SQLite says.
  public static func open(_ path: String) throws(StoreError) -> CommandFile? {
    var facts = stat()
    if unsafe stat(path, &facts) != 0 {
      if errno == ENOENT { return nil }
      throw unsafe .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
    // To open a pipe would wait for its other end. An empty file is a database that `serve` has just begun.
    guard facts.st_mode & S_IFMT == S_IFREG else { throw .foreign(path: path) }
    if facts.st_size == 0 { return nil }
    try DatabaseFile.refuseLinks(path)
    do {
      return try CommandFile(path)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      throw .cannotOpen(path: path, reason: error.message ?? "it may not be read")
    } catch {
      throw StoreError(error)
    }
  }

  private init(_ path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(Self.patience)
    configuration.prepareDatabase { db in
      unsafe sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, Self.rowLimit)
      unsafe sqlite3_progress_handler(db.sqliteConnection, Self.stepLimit, { _ in 1 }, nil)
      // Against functions in a schema, and against pages that contradict themselves (https://www.sqlite.org/security.html).
      try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0")
    }
    queue = try DatabaseQueue(path: path, configuration: configuration)
    (list, last) = try queue.read { db in
      // Views and virtual tables, which could compute anything, have no page of their own.
      let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name IN ('command', 'command_list')"
      guard try Int.fetchOne(db, sql: sql) == 2 else { throw StoreError.foreign(path: path) }
      let list = try String.fetchOne(db, sql: "SELECT CAST(id AS TEXT) FROM command_list LIMIT 1") ?? ""
      guard list.utf8.count == 16, list.allSatisfy(\.isHexDigit) else { throw StoreError.foreign(path: path) }
      return (list, try Int64.fetchOne(db, sql: "SELECT CAST(max(number) AS INTEGER) FROM command") ?? 0)
    }
  }

  /// Commands after a number, in order, at most `batch`. The columns may hold anything.
  public func commands(after number: Int64) throws(StoreError) -> [OperatorCommand] {
    do {
      return try queue.read { db in
        let sql = """
          SELECT CAST(number AS INTEGER) AS number, coalesce(CAST(time AS INTEGER), 0) AS time, coalesce(CAST(action AS TEXT), '') AS action,
            CAST(alert AS TEXT) AS alert, coalesce(CAST(who AS TEXT), '') AS who, coalesce(CAST(origin AS TEXT), '') AS origin,
            CAST(note AS TEXT) AS note, CAST(argument AS TEXT) AS argument
          FROM command WHERE number > ? ORDER BY number LIMIT ?
          """
        return try OperatorCommand.fetchAll(db, sql: sql, arguments: [number, Self.batch])
      }
    } catch { throw StoreError(error) }
  }

  /// The archive of a release, of at most so many bytes; nil if there is none, or a longer one.
  public func archive(of release: String, limit: Int) throws(StoreError) -> Data? {
    do {
      return try queue.read { db in
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = 'release_part'"
        guard try Int.fetchOne(db, sql: sql) == 1 else { return nil }
        var archive = Data()
        let parts = "SELECT CAST(bytes AS BLOB) FROM release_part WHERE id = ? ORDER BY part LIMIT ?"
        let rows = try Data.fetchCursor(db, sql: parts, arguments: [release, limit / OperatorCommand.partSize + 2])
        while let part = try rows.next() {
          archive += part
          if archive.count > limit { return nil }
        }
        return archive.isEmpty ? nil : archive
      }
    } catch { throw StoreError(error) }
  }

  /// The number up to which central has had the entries of a log for a week, so that they may go; 0 if nothing is known.
  public func released(of log: String) throws(StoreError) -> Int64 {
    do {
      return try queue.read { db in
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = 'uplink'"
        guard try Int.fetchOne(db, sql: sql) == 1 else { return 0 }
        let released = "SELECT coalesce(CAST(released AS INTEGER), 0) FROM uplink WHERE log = ? LIMIT 1"
        return try max(0, Int64.fetchOne(db, sql: released, arguments: [log]) ?? 0)
      }
    } catch { throw StoreError(error) }
  }
}
