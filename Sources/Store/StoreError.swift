import GRDB

/// A failure of the store.
public enum StoreError: Error, Equatable, Sendable {
  case cannotOpen(path: String, reason: String)
  /// The folder for the file does not exist.
  case noFolder(path: String, folder: String)
  /// The file is a symbolic link.
  case isLink(path: String)
  /// The disk is full. The store works again when there is space.
  case full
  /// The file, its folder or its disk is read-only.
  case readOnly
  /// The file is corrupt.
  case damaged(String)
  /// The file belongs to another program.
  case foreign(path: String)
  /// A later version of the program wrote the file.
  case newer(path: String)
  /// An earlier version wrote the file, and it was opened only to read.
  case older(path: String)
  /// Another process holds a lock.
  case busy
  /// The values violate a rule of the tables: a fault of this program.
  case refused(String)
  /// With SQLite's message.
  case other(String)

  /// True if the store works and refused only this row.
  public var concernsOneRow: Bool {
    if case .refused = self { return true }
    return false
  }

  public init(_ error: any Error) {
    guard let error = error as? DatabaseError else {
      self = (error as? StoreError) ?? .other("\(error)")
      return
    }
    self =
      switch error.resultCode {
      case .SQLITE_FULL: .full
      case .SQLITE_READONLY: .readOnly
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(error.message ?? "\(error.resultCode)")
      case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG: .refused(error.message ?? "\(error.resultCode)")
      case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
      default: .other(error.message ?? "\(error.resultCode)")
      }
  }
}

extension StoreError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "\(path): cannot open: \(reason)"
    case .noFolder(let path, let folder): "\(path): the folder \(folder) does not exist"
    case .isLink(let path): "\(path): is a symbolic link, which is not followed; name the file itself"
    case .full: "the disk is full: nothing is stored until there is space"
    case .readOnly: "the database is read-only: its file and folder must belong to the user that `watch` runs as"
    case .damaged(let reason): "the database is damaged: \(reason); the next `watch` moves it aside and recovers what it can"
    case .foreign(let path): "\(path): this file belongs to another program and was not touched; choose another path"
    case .newer(let path): "\(path): written by a later version of lenscap; use that version"
    case .older(let path): "\(path): written by an earlier version of lenscap; start `lenscap watch` once, which brings it up to date"
    case .busy: "the database is locked by another program"
    case .refused(let message), .other(let message): "database error: \(message)"
    }
  }
}
