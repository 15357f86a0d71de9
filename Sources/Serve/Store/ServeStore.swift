import Detection
import Foundation
import GRDB
import Services
import Store

/// The database of `lenscap serve`: what was delivered, how far each sink has come in the event log, and what people decided. Only `serve` and
/// the commands `lenscap sinks …` write it; `watch` reads the table `command`.
public final class ServeStore: Sendable {
  public let path: String
  /// A message if a damaged file had to be put aside.
  public let remark: String?
  private let queue: DatabaseQueue
  private let file: FileFacts.Identity?
  /// "LENV"
  private static let applicationID = 0x4C45_4E56

  /// Opens the file.
  ///
  /// - Parameter create: creates the file if there is none.
  /// - Throws: what makes it unusable. Where `create` is true, a damaged file is put aside and a new one begun.
  public init(path: String, create: Bool) throws(StoreError) {
    self.path = path
    try DatabaseFile.refuseLinks(path)
    let manager = FileManager.default
    if !manager.fileExists(atPath: path) {
      guard create else { throw .cannotOpen(path: path, reason: "no such file") }
      let folder = (path as NSString).deletingLastPathComponent
      guard manager.fileExists(atPath: folder.isEmpty ? "." : folder) else { throw .noFolder(path: path, folder: folder) }
      DatabaseFile.create(path, isForStaff: false)
    }
    do throws(StoreError) {
      queue = try Self.opened(path)
      remark = nil
    } catch .damaged(let reason) where create {
      let aside = Self.putAside(path)
      DatabaseFile.create(path, isForStaff: false)
      queue = try Self.opened(path)
      let count = Self.salvage(aside, into: queue)
      remark = "\(path) was damaged (\(reason)) and is now \(aside); the places of \(count) sinks were recovered"
    }
    file = FileFacts(path)?.identity
  }

  /// Opens the file only to read it.
  public init(readingOnly path: String) throws(StoreError) {
    self.path = path
    remark = nil
    file = nil
    try DatabaseFile.refuseLinks(path)
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.read { db in
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == Self.applicationID else { throw StoreError.foreign(path: path) }
        let migrator = ServeSchema.migrator
        if try migrator.hasBeenSuperseded(db) { throw StoreError.newer(path: path) }
        guard try migrator.hasCompletedMigrations(db) else { throw StoreError.older(path: path) }
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      throw .cannotOpen(path: path, reason: error.message ?? "it may not be read")
    } catch {
      throw StoreError(error)
    }
  }

  /// True if the file that is open here has no name any more: what is written would be lost.
  var isReplaced: Bool { FileFacts(path)?.identity != file }

  private static func opened(_ path: String) throws(StoreError) -> DatabaseQueue {
    do {
      return try open(path)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      throw .cannotOpen(path: path, reason: error.message ?? "its folder cannot be written")
    } catch {
      throw StoreError(error)
    }
  }

  private static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304")
      try DatabaseFile.keepAuxiliaryFiles(db)
    }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    let problem = try queue.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
    if let problem, problem != "ok" { throw StoreError.damaged(problem) }
    let (owner, tables) = try queue.read { db in
      (try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0)
    }
    guard owner == applicationID || owner == 0 && tables == 0 else { throw StoreError.foreign(path: path) }
    if owner == 0 { try queue.write { try $0.execute(sql: "PRAGMA application_id = \(applicationID)") } }
    let migrator = ServeSchema.migrator
    if try queue.read({ try migrator.hasBeenSuperseded($0) }) { throw StoreError.newer(path: path) }
    try migrator.migrate(queue)
    return queue
  }

  private static func putAside(_ path: String) -> String {
    let aside = "\(path).damaged-\(Int(Date().timeIntervalSince1970))"
    for suffix in ["", "-wal", "-shm"] { unsafe rename(path + suffix, aside + suffix) }
    return aside
  }

  /// Copies how far each sink had come, as far as it can be read: else what waited would be lost, or come again.
  private static func salvage(_ aside: String, into queue: DatabaseQueue) -> Int {
    var configuration = Configuration()
    configuration.readonly = true
    guard let old = try? DatabaseQueue(path: aside, configuration: configuration) else { return 0 }
    let log = try? old.read { try value(logKey, $0) }
    let sinks = (try? old.read { try SinkRow.fetchAll($0) }) ?? []
    guard let log = log ?? nil, !sinks.isEmpty else { return 0 }
    let isWritten: Void? = try? queue.write { db in
      try set(logKey, to: log, db)
      for var sink in sinks {
        sink.ownPlace = 0
        try sink.insert(db)
      }
    }
    return isWritten == nil ? 0 : sinks.count
  }

  func write<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) throws(StoreError) -> Result {
    do { return try queue.write(body) } catch { throw StoreError(error) }
  }

  func read<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) throws(StoreError) -> Result {
    do { return try queue.read(body) } catch { throw StoreError(error) }
  }

  /// A number that changes when another process writes.
  func version() throws(StoreError) -> Int {
    try read { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
  }

  // MARK: Single values

  func value(_ key: String) throws(StoreError) -> String? {
    try read { try Self.value(key, $0) }
  }

  private static func value(_ key: String, _ db: Database) throws -> String? {
    try String.fetchOne(db, sql: "SELECT value FROM property WHERE key = ?", arguments: [key])
  }

  func set(_ key: String, to value: String) throws(StoreError) {
    try write { try Self.set(key, to: value, $0) }
  }

  static func set(_ key: String, to value: String, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO property VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", arguments: [key, value])
  }

  func remove(_ key: String) throws(StoreError) {
    try write { try $0.execute(sql: "DELETE FROM property WHERE key = ?", arguments: [key]) }
  }

  // MARK: What people decided

  public func add(_ command: OperatorCommand) throws(StoreError) {
    try write { try command.insert($0) }
  }
}

/// The tables of serve.sqlite. Times are nanoseconds since 1970, UTC, by the wall clock.
enum ServeSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(
        sql: OperatorCommand.schema + """
          CREATE TABLE property (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
          CREATE TABLE sink (
            name TEXT PRIMARY KEY,
            log_place INTEGER NOT NULL, own_place INTEGER NOT NULL,
            is_disabled INTEGER NOT NULL DEFAULT 0, last_success INTEGER, last_error TEXT, is_alarmed INTEGER NOT NULL DEFAULT 0,
            retry_requested INTEGER NOT NULL DEFAULT 0
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE delivery (
            sink TEXT NOT NULL, uid TEXT NOT NULL, type TEXT NOT NULL, alert TEXT, parcel TEXT,
            state TEXT NOT NULL, attempts INTEGER NOT NULL, first_attempt INTEGER NOT NULL, time INTEGER NOT NULL, next INTEGER, error TEXT,
            PRIMARY KEY (sink, uid)
          ) STRICT;
          CREATE INDEX delivery_time ON delivery(time);
          CREATE INDEX delivery_alert ON delivery(alert, sink);
          CREATE TABLE event (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            uid TEXT NOT NULL UNIQUE, type TEXT NOT NULL, alert TEXT, time INTEGER NOT NULL,
            sinks TEXT, left_out TEXT, document TEXT NOT NULL
          ) STRICT;
          CREATE TABLE escalation (
            alert TEXT NOT NULL, sink TEXT NOT NULL, target TEXT NOT NULL, due INTEGER NOT NULL, uid TEXT NOT NULL, after INTEGER NOT NULL,
            document TEXT NOT NULL, is_done INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (alert, sink)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE link (
            hash TEXT PRIMARY KEY, alert TEXT NOT NULL, contact TEXT NOT NULL, expires INTEGER NOT NULL, used INTEGER
          ) STRICT, WITHOUT ROWID;
          """)
    }
    registerDesk(&migrator)
    registerUplink(&migrator)
    migrator.registerMigration("releases") { try $0.execute(sql: OperatorCommand.partSchema) }
    return migrator
  }
}
