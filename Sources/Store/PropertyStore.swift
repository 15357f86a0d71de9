import Detection
import Foundation
import GRDB

/// The database of a property: its devices with their evidence, its alerts with their history, and its own cameras. One SQLite file in WAL
/// mode, so that commands can read and write while `watch` runs. Committed data survives a crash and a loss of power.
public final class PropertyStore: Sendable {
  public let path: String
  /// A message if a damaged file had to be moved aside.
  public let remark: String?
  private let queue: DatabaseQueue
  private let file: DatabaseFile.Identity?
  /// "LENS"
  static let applicationID = 0x4C45_4E53
  /// Seconds that a reader waits for a lock. In WAL mode nobody locks it out for longer than a recovery.
  private static let readerPatience = 5.0
  /// KiB of pages that a reader keeps: what is counted for every visitor of the page is in a hundred thousand alerts more than SQLite's own 2 MB.
  private static let readerCache = 8192

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - create: creates the file if there is none.
  ///   - recover: moves a damaged file aside, creates a new one, and copies the readable alerts and declarations. For `watch` only; other
  ///     commands just report the damage.
  public init(path: String, create: Bool = true, recover: Bool = false) throws(StoreError) {
    self.path = path
    if !create, !FileManager.default.fileExists(atPath: path) { throw .cannotOpen(path: path, reason: "no such file") }
    let folder = DatabaseFile.folder(of: path)
    if !FileManager.default.fileExists(atPath: folder) { throw .noFolder(path: path, folder: folder) }
    try DatabaseFile.refuseLinks(path)
    do throws(StoreError) {
      queue = try Self.open(path)
      remark = nil
    } catch .damaged(let reason) where recover {
      guard Self.isOurs(path) else { throw .foreign(path: path) }
      let aside = try Self.putAside(path)
      queue = try Self.open(path)
      let saved = Self.salvage(aside, into: queue)
      remark = "\(path) was damaged (\(reason)) and is now \(aside); \(saved)"
    }
    file = DatabaseFile.Identity(path)
  }

  /// Opens the file only to read it, for another user and another process: nothing is checked, migrated or created. Works while `watch`
  /// runs, after it ended, and after it was killed.
  ///
  /// - Parameter once: for a command that ends at once: a copy on a read-only medium is read, too, without the locks that it cannot have.
  /// - Throws: `cannotOpen` if there is no such file, or it may not be read; `older` if `watch` has yet to bring it up to date, `newer` if
  ///   it is from a later version, `foreign` if it is another program's.
  public init(readingOnly path: String, once: Bool = false) throws(StoreError) {
    self.path = path
    remark = nil
    try DatabaseFile.refuseLinks(path)
    file = DatabaseFile.Identity(path)
    guard file != nil else {
      throw unsafe .cannotOpen(path: path, reason: errno == ENOENT ? "no such file" : String(cString: strerror(errno)))
    }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(Self.readerPatience)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -\(Self.readerCache)") }
    do {
      queue = try Self.openReader(path, once: once, configuration)
      try queue.read { db in
        let (owner, tables) = try Self.ownership(db)
        guard owner == Self.applicationID || owner == 0 && tables == 0 else { throw StoreError.foreign(path: path) }
        let migrator = Schema.migrator
        if try migrator.hasBeenSuperseded(db) { throw StoreError.newer(path: path) }
        guard try migrator.hasCompletedMigrations(db) else { throw StoreError.older(path: path) }
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      throw .cannotOpen(path: path, reason: error.message ?? "it may not be read")
    } catch {
      throw StoreError(error)
    }
  }

  private static func openReader(_ path: String, once: Bool, _ configuration: Configuration) throws -> DatabaseQueue {
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      _ = try queue.read { try ownership($0) }
      return queue
    } catch let error as DatabaseError where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode) {
      guard once else { throw error }
      if let uri = DatabaseFile.immutable(path) { return try DatabaseQueue(path: uri, configuration: configuration) }
      guard unsafe access(path + "-wal", F_OK) == 0, unsafe access(path + "-shm", F_OK) != 0 else { throw error }
      let reason = "its log, \(path)-wal, cannot be read here; copy both to a folder that you can write"
      throw StoreError.cannotOpen(path: path, reason: reason)
    }
  }

  private static func open(_ path: String) throws(StoreError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
      try DatabaseFile.keepAuxiliaryFiles(db)
    }
    DatabaseFile.create(path)
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      let problem = try queue.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
      if let problem, problem != "ok" { throw StoreError.damaged(problem) }
      try claim(queue, path)
      let migrator = Schema.migrator
      if try queue.read({ try migrator.hasBeenSuperseded($0) }) { throw StoreError.newer(path: path) }
      try migrator.migrate(queue)
      return queue
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      throw .cannotOpen(path: path, reason: error.message ?? "its folder does not exist or cannot be written")
    } catch {
      throw StoreError(error)
    }
  }

  /// Marks a new file as ours by the application id of SQLite's header, and refuses files of other programs.
  private static func claim(_ queue: DatabaseQueue, _ path: String) throws {
    let (owner, tables) = try queue.read { try Self.ownership($0) }
    if owner == applicationID { return }
    guard owner == 0, tables == 0 else { throw StoreError.foreign(path: path) }
    try queue.write { try $0.execute(sql: "PRAGMA application_id = \(applicationID)") }
  }

  private static func ownership(_ db: Database) throws -> (application: Int, tables: Int) {
    (try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0)
  }

  /// True if the file was probably a database: it begins like one of SQLite's, or with zeros (a page that was never written).
  private static func isOurs(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path), let header = try? file.read(upToCount: 16) else { return false }
    return header.elementsEqual("SQLite format 3\0".utf8) || header.allSatisfy { $0 == 0 }
  }

  private static func putAside(_ path: String) throws(StoreError) -> String {
    let stamp = Int(Date().timeIntervalSince1970)
    let aside = "\(path).damaged-\(stamp)"
    do {
      try FileManager.default.moveItem(atPath: path, toPath: aside)
      for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
        try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
      }
    } catch {
      throw .cannotOpen(path: path, reason: "it is damaged and cannot be renamed: \(error.localizedDescription)")
    }
    return aside
  }

  /// Copies row by row, so that an unreadable row loses only those after it.
  private static func salvage(_ aside: String, into queue: DatabaseQueue) -> String {
    var configuration = Configuration()
    configuration.readonly = true
    var declarations: [Declaration] = []
    var alerts: [StoredAlert] = []
    if let old = try? DatabaseQueue(path: aside, configuration: configuration) {
      try? old.read { db in
        if let rows = try? Declaration.fetchCursor(db) { while let row = try? rows.next() { declarations.append(row) } }
        if let rows = try? StoredAlert.fetchCursor(db) { while let row = try? rows.next() { alerts.append(row) } }
      }
    }
    let (oldDeclarations, oldAlerts) = (declarations, alerts)
    let isWritten: Void? = try? queue.write { db in
      for row in oldDeclarations { try row.insert(db, onConflict: .ignore) }
      for row in oldAlerts { try row.insert(db, onConflict: .ignore) }
    }
    return isWritten == nil || declarations.isEmpty && alerts.isEmpty
      ? "nothing could be recovered from it" : "recovered: \(declarations.count) declared cameras, \(alerts.count) alerts"
  }

  /// True if another file is at the path now: `watch` moved a damaged one aside, or somebody restored a copy. What is open here is the former
  /// one, and must be opened again.
  public var isReplaced: Bool { DatabaseFile.Identity(path) != file }

  func write<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) throws(StoreError) -> Result {
    do { return try queue.write(body) } catch { throw StoreError(error) }
  }

  /// The same, and what it deletes is overwritten, in the log, too, as soon as no reader needs that.
  func writeLeavingNothing<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) throws(StoreError) -> Result {
    do {
      try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA secure_delete = ON") }
      let result = try queue.write(body)
      try queue.writeWithoutTransaction { db in
        // While others read, the next checkpoint does it.
        _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        try db.execute(sql: "PRAGMA secure_delete = OFF")
      }
      return result
    } catch { throw StoreError(error) }
  }

  func read<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) throws(StoreError) -> Result {
    do { return try queue.read(body) } catch { throw StoreError(error) }
  }

  /// A number that changes when another process writes.
  public func version() throws(StoreError) -> Int {
    try read { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
  }

  /// Bytes of the file, without its log.
  public func size() throws(StoreError) -> Int {
    try read { db in
      try (Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }
  }
}
