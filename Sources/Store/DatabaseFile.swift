import CLinux
import Detection
import GRDB
import GRDBSQLite
import Glibc

/// Who may use a new database: its owner alone; in a folder that a group shares, that group may read. Where its group is `lenscap`, the group
/// may also write, so that the staff in it can decide about alerts; but not in a folder of that group that it cannot write: that is the
/// package's, whose `serve` is in the group, faces the Internet, and must change nothing.
///
/// The mode of the file decides, not the umask, so that it is the same by whichever command the file is created. SQLite gives its auxiliary
/// files the mode of the database.
public enum DatabaseFile {
  private static let own: mode_t = 0o600
  private static let shared: mode_t = 0o640
  private static let ownGroup: mode_t = 0o660

  /// Which file is at a path.
  struct Identity: Equatable {
    private let device: dev_t
    private let inode: ino_t

    /// Nil if there is none, or it cannot be reached; `errno` says why.
    init?(_ path: String) {
      var facts = stat()
      guard unsafe stat(path, &facts) == 0 else { return nil }
      (device, inode) = (facts.st_dev, facts.st_ino)
    }
  }

  /// Creates an empty file, which SQLite takes for a new database. Does nothing if there is something at the path.
  ///
  /// - Parameters:
  ///   - isForStaff: false for a database that only its service writes: then the group `lenscap` may only read it.
  ///   - owner: whom it is given to.
  public static func create(_ path: String, isForStaff: Bool = true, owner: (user: uid_t, group: gid_t)? = nil) {
    let made = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, own)
    guard made >= 0 else { return }
    defer { close(made) }
    let isShared = isShared(folderOf: path)
    if let owner { _ = fchown(made, owner.user, isShared ? gid_t.max : owner.group) }
    var facts = stat()
    guard unsafe fstat(made, &facts) == 0 else { return }
    if lenscap_is_own_group(facts.st_gid) != 0 {
      _ = fchmod(made, isForStaff && !isReadOnly(facts.st_gid, folderOf: path) ? ownGroup : shared)
    } else if isShared {
      _ = fchmod(made, shared)
    }
  }

  /// Refuses a database that is a symbolic link, or whose auxiliary files are: in a folder of others it could lead to any file.
  public static func refuseLinks(_ path: String) throws(StoreError) {
    for suffix in ["", "-wal", "-shm"] {
      var facts = stat()
      if unsafe lstat(path + suffix, &facts) == 0, facts.st_mode & S_IFMT == S_IFLNK { throw .isLink(path: path + suffix) }
    }
  }

  /// The URI of a file that nobody can change, as SQLite then need not lock it (https://www.sqlite.org/uri.html, "immutable"): on a
  /// read-only medium, and without a log. Nil for any other.
  static func immutable(_ path: String) -> String? {
    guard unsafe access(path, W_OK) != 0, unsafe sqlite3_compileoption_used("USE_URI") != 0 else { return nil }
    var facts = stat()
    if unsafe stat(path + "-wal", &facts) == 0, facts.st_size > 0 { return nil }
    let characters = path.utf8.map { byte -> String in
      let isPlain = "/-._~".utf8.contains(byte) || ASCII.isAlphanumeric(byte)
      return isPlain ? String(Unicode.Scalar(byte)) : "%" + [byte].hexDigits
    }
    return "file:" + characters.joined() + "?immutable=1"
  }

  /// Lets the last connection that writes leave the -wal and -shm files: a reader that may not write the folder cannot create them
  /// (https://www.sqlite.org/wal.html, "Read-Only Databases").
  public static func keepAuxiliaryFiles(_ db: Database) throws {
    var keeps: Int32 = 1
    let code = unsafe sqlite3_file_control(db.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &keeps)
    guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }

  /// True if the folder passes its group on to new files (set-group-ID, inode(7)), and the group may list it.
  public static func isShared(folderOf path: String) -> Bool {
    var facts = stat()
    guard unsafe stat(folder(of: path), &facts) == 0 else { return false }
    let needed = S_ISGID | S_IRGRP | S_IXGRP
    return facts.st_mode & needed == needed
  }

  /// True if the folder belongs to the group and may not be written by it.
  private static func isReadOnly(_ group: gid_t, folderOf path: String) -> Bool {
    var facts = stat()
    return unsafe stat(folder(of: path), &facts) == 0 && facts.st_gid == group && facts.st_mode & S_IWGRP == 0
  }

  /// Where `lenscap serve` keeps its own database, unless the configuration says otherwise: beside this one.
  public static func serve(beside path: String) -> String { "\(folder(of: path))/serve.sqlite" }

  /// The folder of a file; `.` where the path has none.
  public static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
