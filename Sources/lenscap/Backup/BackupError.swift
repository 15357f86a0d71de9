import ConfigurationFiles
import Foundation
import Store

/// Why a backup was not written, or not restored.
enum BackupError: Error, Equatable {
  case missing(String)
  /// The file is no backup, or was changed.
  case damaged(path: String, reason: String)
  /// A file cannot be read or written.
  case io(path: String, reason: String)
  case noPermission(path: String)
  /// A service has the database open.
  case inUse(String)
  /// What the backup names does not fit this box.
  case refused(String)
  case configuration(ConfigurationError)

  /// From `errno`.
  static func last(_ path: String) -> BackupError {
    switch errno {
    case ENOENT: .missing(path)
    case EACCES, EPERM: .noPermission(path: path)
    default: unsafe .io(path: path, reason: String(cString: strerror(errno)))
    }
  }

  init(_ error: StoreError, path: String) {
    switch error {
    case .damaged, .foreign, .newer: self = .damaged(path: path, reason: "\(error)")
    default: self = .io(path: path, reason: "\(error)")
    }
  }

  var status: ExitStatus {
    switch self {
    case .missing: .noInput
    case .damaged, .refused: .unreadableInput
    case .io, .inUse: .ioError
    case .noPermission: .noPermission
    case .configuration(let error): ExitStatus(for: error)
    }
  }
}

extension BackupError: CustomStringConvertible {
  var description: String {
    switch self {
    case .missing(let path): "\(path): no such file"
    case .damaged(let path, let reason): "\(path): \(reason)"
    case .io(let path, let reason): "\(path): \(reason)"
    case .noPermission(let path): "\(path): no permission; run this as root, with sudo"
    case .inUse(let path): "\(path) is in use; stop the services first: systemctl stop lenscap-watch lenscap-serve"
    case .refused(let message): message
    case .configuration(let error): "\(error)"
    }
  }
}
