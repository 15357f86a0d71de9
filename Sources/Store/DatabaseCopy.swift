import Foundation
import GRDB

/// Copies databases for backups, and checks what a backup contains.
public enum DatabaseCopy {
  /// SQLite's file format, section 2.6 ("The Lock-Byte Page"), and `SHARED_FIRST` and `SHARED_SIZE` in its os_unix.c: every connection keeps
  /// a lock in this range of the file.
  private static let sharedLock = (start: 0x4000_0002, length: 510)

  /// Writes a consistent copy to a new file, also while another process writes the database.
  ///
  /// - Throws: if the database cannot be read, or the file exists or cannot be written.
  public static func make(of path: String, at target: String) throws(StoreError) {
    try open(path) { try $0.execute(sql: "VACUUM INTO ?", arguments: [target]) }
  }

  /// Reads a copy from end to end.
  ///
  /// - Parameter isProperty: true for the database of `watch`, which must be one of this program, and not of a later version.
  public static func check(_ path: String, isProperty: Bool) throws(StoreError) {
    try open(path) { db in
      let problem = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
      if let problem, problem != "ok" { throw StoreError.damaged(problem) }
      guard isProperty else { return }
      let owner = try Int.fetchOne(db, sql: "PRAGMA application_id")
      guard owner == PropertyStore.applicationID else { throw StoreError.foreign(path: path) }
      if try Schema.migrator.hasBeenSuperseded(db) { throw StoreError.newer(path: path) }
    }
  }

  /// The number of the last command that people gave through `lenscap serve`; 0 without any.
  public static func lastCommand(in path: String) throws(StoreError) -> Int64 {
    try open(path) { db in
      guard try db.tableExists(OperatorCommand.databaseTableName) else { return 0 }
      return try Int64.fetchOne(db, sql: "SELECT max(number) FROM \(OperatorCommand.databaseTableName)") ?? 0
    }
  }

  /// True if a process has the database open. Ask before this process opens it, because closing a file gives up all its locks.
  public static func isInUse(_ path: String) -> Bool {
    let descriptor = unsafe Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = off_t(sharedLock.start)
    lock.l_len = off_t(sharedLock.length)
    return unsafe fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
  }

  private static func open<R>(_ path: String, _ body: (Database) throws -> R) throws(StoreError) -> R {
    guard FileManager.default.fileExists(atPath: path) else { throw .cannotOpen(path: path, reason: "no such file") }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    do {
      return try DatabaseQueue(path: path, configuration: configuration).inDatabase(body)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      throw .cannotOpen(path: path, reason: error.message ?? "it cannot be read")
    } catch {
      throw StoreError(error)
    }
  }
}
