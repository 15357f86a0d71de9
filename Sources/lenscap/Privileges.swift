import CLinux
import Foundation
import Glibc

/// What the program gives up once its interfaces and files are open: root's rights, and every capability that capturing does not need.
///
/// CAP_NET_RAW stays, for interfaces that come back are opened again. Threads that were started before lose all of theirs where root becomes
/// another user; otherwise they keep them.
struct Privileges {
  /// The user that a service of this program is given, where there is one.
  private static let ownUser = "lenscap"
  private static let nobody = "nobody"

  /// Whom to become; nil to stay who one is.
  private let account: Account?
  private let kept: UInt32

  /// Looks up the user, before anything is opened.
  ///
  /// - Parameters:
  ///   - user: as the command line names it. Root becomes `lenscap` or else `nobody` where it is not named.
  ///   - monitors: monitor mode is asked for, which takes CAP_NET_ADMIN at each opening.
  init(user: String?, monitors: Bool) throws(PrivilegeError) {
    kept = 1 << UInt32(CAP_NET_RAW) | (monitors ? 1 << UInt32(CAP_NET_ADMIN) : 0)
    if let user {
      guard let found = Account(named: user) else { throw .noSuchUser(user) }
      guard geteuid() == 0 || found.user == geteuid() else { throw .notRoot(user) }
      account = found.user == geteuid() ? nil : found
    } else if geteuid() == 0 {
      guard let found = Account(named: Self.ownUser) ?? Account(named: Self.nobody) else { throw .noSuchUser(Self.nobody) }
      account = found
    } else {
      account = nil
    }
  }

  /// Gives the database, which is made where there is none, to the user that the process is about to become. Before it is opened: closing
  /// another descriptor of a file takes its locks away (fcntl(2)), and SQLite then takes it for nobody's. What SQLite makes beside the
  /// file, it gives to whose that is.
  ///
  /// Passed over is whatever somebody may have put in its place: links, and files that are neither root's nor that user's. The standard
  /// folder is given to the program's own user alone, and not to one that others share.
  func giveDatabase(_ path: String?) {
    guard let account, let path else { return }
    if path == DatabaseOptions.standard, account.name == Self.ownUser {
      give((path as NSString).deletingLastPathComponent, to: account, flags: O_DIRECTORY)
    }
    let made = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
    if made >= 0 { close(made) }
    for file in [path, path + "-wal", path + "-shm"] { give(file, to: account, flags: 0) }
  }

  private func give(_ path: String, to account: Account, flags: Int32) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_uid == 0 || facts.st_uid == account.user else { return }
    let isFolder = facts.st_mode & S_IFMT == S_IFDIR
    guard isFolder == (flags != 0), isFolder || facts.st_mode & S_IFMT == S_IFREG && facts.st_nlink == 1 else { return }
    _ = fchown(descriptor, account.user, account.group)
  }

  /// Gives them up, for good. Gives the name of the user that the process became, nil where it stays who it was.
  func drop() throws(PrivilegeError) -> String? {
    var permitted: UInt32 = 0
    guard lenscap_permitted_capabilities(&permitted) == 0 else { throw .failed(errno: errno, user: account?.name) }
    if let account {
      let isDone =
        lenscap_keep_capabilities() == 0 && initgroups(account.name, account.group) == 0 && setgid(account.group) == 0
        && setuid(account.user) == 0
      guard isDone else { throw .failed(errno: errno, user: account.name) }
    } else if geteuid() == 0 {
      return nil  // who asks to stay root stays it altogether
    }
    guard lenscap_set_capabilities(permitted & kept) == 0 else { throw .failed(errno: errno, user: account?.name) }
    return account?.name
  }

  /// Of the system's list of users.
  private struct Account {
    let name: String
    let user: uid_t
    let group: gid_t

    init?(named name: String) {
      guard let entry = getpwnam(name) else { return nil }
      (self.name, user, group) = (name, entry.pointee.pw_uid, entry.pointee.pw_gid)
    }
  }
}

enum PrivilegeError: Error, Equatable {
  case noSuchUser(String)
  /// Only root can become another.
  case notRoot(String)
  /// `user` is nil where only capabilities were to be given up.
  case failed(errno: Int32, user: String?)

  var status: ExitStatus {
    switch self {
    case .noSuchUser, .notRoot: .usage
    case .failed: .noPermission
    }
  }
}

extension PrivilegeError: CustomStringConvertible {
  var description: String {
    switch self {
    case .noSuchUser(let user): "--user: there is no user \(user); make it, name another, or keep root with: --user root"
    case .notRoot(let user): "--user: only root can become \(user); leave the option out, or start as root"
    case .failed(let number, let user?): "cannot become user \(user): \(String(cString: strerror(number))); --user root keeps root"
    case .failed(let number, nil): "cannot give up capabilities: \(String(cString: strerror(number)))"
    }
  }
}
