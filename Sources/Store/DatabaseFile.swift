import GRDB
import GRDBSQLite
import Glibc

/// Who may read a new database: its owner alone; in a folder that a group shares, that group, too.
///
/// The mode of the file decides, not the umask, so that it is the same by whichever command the file is created. SQLite gives its auxiliary
/// files the mode of the database.
public enum DatabaseFile {
  private static let own: mode_t = 0o600
  private static let shared: mode_t = 0o640

  /// Which file is at a path.
  struct Identity: Equatable {
    private let device: dev_t
    private let inode: ino_t

    /// Nil if there is none, or it cannot be reached; `errno` says why.
    init?(_ path: String) {
      var facts = stat()
      guard stat(path, &facts) == 0 else { return nil }
      (device, inode) = (facts.st_dev, facts.st_ino)
    }
  }

  /// Creates an empty file, which SQLite takes for a new database. Does nothing if there is something at the path.
  public static func create(_ path: String) {
    let made = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, own)
    guard made >= 0 else { return }
    defer { close(made) }
    if isShared(folderOf: path) { _ = fchmod(made, shared) }
  }

  /// Lets the last connection that writes leave the -wal and -shm files: a reader that may not write the folder cannot create them
  /// (https://www.sqlite.org/wal.html, "Read-Only Databases").
  public static func keepAuxiliaryFiles(_ db: Database) throws {
    var keeps: Int32 = 1
    let code = sqlite3_file_control(db.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &keeps)
    guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }

  /// True if the folder passes its group on to new files (set-group-ID, inode(7)), and the group may list it.
  public static func isShared(folderOf path: String) -> Bool {
    var facts = stat()
    guard stat(folder(of: path), &facts) == 0 else { return false }
    let needed = S_ISGID | S_IRGRP | S_IXGRP
    return facts.st_mode & needed == needed
  }

  /// Where `lenscap serve` keeps its own database, unless the configuration says otherwise: beside this one.
  public static func serve(beside path: String) -> String { "\(folder(of: path))/serve.sqlite" }

  /// The folder of a file; `.` where the path has none.
  public static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
