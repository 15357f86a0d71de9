import CLinux
import Glibc
import Store

/// Gives up root and all capabilities that capturing does not need, once interfaces and files are open.
///
/// CAP_NET_RAW stays, to open interfaces again that return. Threads started before lose all capabilities if root becomes another user, and
/// keep them otherwise.
public struct Privileges {
  /// Users of this program's services, the first that exists.
  private static let ownUsers = ["lenscap-watch", "lenscap"]
  private static let nobody = "nobody"

  /// The user to become; nil to remain the present one.
  private let account: Account?
  private let retained: UInt32

  /// Looks up the user, before anything is opened.
  ///
  /// - Parameters:
  ///   - user: the user named on the command line. Without one, root becomes `lenscap-watch` or `lenscap`, or
  ///     else `nobody`.
  ///   - monitors: true for monitor mode, which needs CAP_NET_ADMIN each time an interface is opened.
  public init(user: String?, monitors: Bool) throws(PrivilegeError) {
    retained = 1 << UInt32(CAP_NET_RAW) | (monitors ? 1 << UInt32(CAP_NET_ADMIN) : 0)
    if let user {
      guard let found = Account(named: user) else { throw .noSuchUser(user) }
      guard geteuid() == 0 || found.user == geteuid() else { throw .notRoot(user) }
      account = found.user == geteuid() ? nil : found
    } else if geteuid() == 0 {
      guard let found = (Self.ownUsers + [Self.nobody]).lazy.compactMap({ Account(named: $0) }).first else {
        throw .noSuchUser(Self.nobody)
      }
      account = found
    } else {
      account = nil
    }
  }

  /// Gives the database, creating it if necessary, to the user that the process is about to become. Call this before opening it: closing
  /// another descriptor of a file releases its locks (fcntl(2)), so SQLite would lose its own. SQLite itself gives its auxiliary files to
  /// the owner of the database.
  ///
  /// Skips whatever someone else may have put in its place: links, and files that belong neither to root nor to that user. The standard
  /// folder is given only to the program's own user, not to a shared one.
  ///
  /// - Parameter standard: the path whose folder may be given, too.
  public func giveDatabase(_ path: String?, standard: String) {
    guard let account, let path else { return }
    let isShared = DatabaseFile.isShared(folderOf: path)
    if path == standard, Self.ownUsers.contains(account.name) {
      give(DatabaseFile.folder(of: path), to: account, isShared: isShared, flags: O_DIRECTORY)
    }
    DatabaseFile.create(path, owner: (account.user, account.group))
    for file in [path, path + "-wal", path + "-shm"] { give(file, to: account, isShared: isShared, flags: 0) }
  }

  /// Makes a folder that only the user of the watch can read, also where that user could not make it.
  ///
  /// - Parameter isShared: the group of the folder that it lies in may read it, too.
  public func makeFolder(_ path: String, isShared: Bool = false) {
    // In a folder that passes its group on, it gets that group, and passes it on itself. Changing the mode afterwards would end that, or be
    // forbidden by the unit.
    let mask = umask(0)
    let isThere = unsafe mkdir(path, isShared ? 0o750 : 0o700) == 0 || errno == EEXIST
    umask(mask)
    guard isThere else { return }
    if let account { give(path, to: account, isShared: isShared, flags: O_DIRECTORY) }
  }

  /// - Parameter isShared: leaves the group as it is, which may read.
  private func give(_ path: String, to account: Account, isShared: Bool, flags: Int32) {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_uid == 0 || facts.st_uid == account.user else { return }
    let isFolder = facts.st_mode & S_IFMT == S_IFDIR
    guard isFolder == (flags != 0), isFolder || facts.st_mode & S_IFMT == S_IFREG && facts.st_nlink == 1 else { return }
    _ = fchown(descriptor, account.user, isShared ? gid_t.max : account.group)
  }

  /// Gives up the privileges for good.
  ///
  /// - Returns: the name of the user that the process became; nil if it stays the same.
  public func drop() throws(PrivilegeError) -> String? {
    var (permitted, effective): (UInt32, UInt32) = (0, 0)
    guard unsafe lenscap_capabilities(&permitted, &effective) == 0 else { throw .failed(errno: errno, user: account?.name) }
    if let account {
      let isDone =
        unsafe lenscap_keep_capabilities() == 0 && initgroups(account.name, account.group) == 0 && setgid(account.group) == 0
        && setuid(account.user) == 0
      guard isDone else { throw .failed(errno: errno, user: account.name) }
    } else if geteuid() == 0 {
      return nil  // `--user root` keeps all privileges
    } else if permitted & ~retained == 0, effective == permitted {
      // As a service manager starts it: nothing to give up, and its filter of system calls may forbid capset.
      lenscap_clear_ambient_capabilities()
      return nil
    }
    guard lenscap_set_capabilities(permitted & retained) == 0 else { throw .failed(errno: errno, user: account?.name) }
    return account?.name
  }

  /// A user of the system.
  private struct Account {
    let name: String
    let user: uid_t
    let group: gid_t

    init?(named name: String) {
      guard let entry = unsafe getpwnam(name) else { return nil }
      (self.name, user, group) = unsafe (name, entry.pointee.pw_uid, entry.pointee.pw_gid)
    }
  }
}

public enum PrivilegeError: Error, Equatable {
  case noSuchUser(String)
  /// Only root can become another user.
  case notRoot(String)
  /// `user` is nil if only capabilities had to be given up.
  case failed(errno: Int32, user: String?)

  /// True if the command line is wrong; false if a right is missing.
  public var isUsage: Bool {
    switch self {
    case .noSuchUser, .notRoot: true
    case .failed: false
    }
  }
}

extension PrivilegeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSuchUser(let user): "--user: there is no user \(user); create it, name another, or stay root with: --user root"
    case .notRoot(let user): "--user: only root can become \(user); omit the option, or start as root"
    case .failed(let number, let user?): unsafe "cannot become user \(user): \(String(cString: strerror(number))); --user root keeps root"
    case .failed(let number, nil): unsafe "cannot give up capabilities: \(String(cString: strerror(number)))"
    }
  }
}
