import GRDB

/// Why the store could not do what was asked.
public enum StoreError: Error, Equatable, Sendable {
  case cannotOpen(path: String, reason: String)
  /// The disk is full; the store works again by itself when there is room.
  case full
  /// The file, its folder or its disk may only be read.
  case readOnly
  /// The file does not hold what it should.
  case damaged(String)
  /// It is another program's file.
  case foreign(path: String)
  /// It was written by a later version of the program.
  case newer(path: String)
  /// Another process keeps it locked.
  case busy
  /// It does not suit the tables: a fault of this program.
  case refused(String)
  /// In SQLite's words.
  case other(String)

  /// The store works; what it was given does not suit it.
  public var concernsOneRow: Bool {
    if case .refused = self { return true }
    return false
  }

  init(_ error: any Error) {
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
    case .cannotOpen(let path, let reason): "\(path): cannot be opened: \(reason)"
    case .full: "the disk is full: nothing can be kept until there is room"
    case .readOnly: "the database may only be read: its file and folder must belong to the user that watches"
    case .damaged(let reason): "the database is damaged: \(reason); a `watch` that uses it puts it aside and saves what it can"
    case .foreign(let path): "\(path): is another program's file, and stays as it is; name another"
    case .newer(let path): "\(path): written by a later version of lenscap; use that one"
    case .busy: "the database is locked by another program"
    case .refused(let message), .other(let message): "the database: \(message)"
    }
  }
}
