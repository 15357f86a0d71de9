import Glibc

/// What the file system knows of a file (stat(2)).
public struct FileFacts: Sendable, Equatable {
  public let device: UInt64
  public let inode: UInt64
  public let owner: UInt32
  public let group: UInt32
  public let mode: UInt32

  /// Follows links. Nil if there is no such file, with the cause in `errno`.
  public init?(_ path: String) {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { return nil }
    (device, inode, owner, group, mode) = (UInt64(facts.st_dev), UInt64(facts.st_ino), facts.st_uid, facts.st_gid, facts.st_mode)
  }

  /// Which file it is, whatever its name.
  public struct Identity: Sendable, Equatable {
    public let device: UInt64
    public let inode: UInt64
  }

  public var identity: Identity { Identity(device: device, inode: inode) }
  public var isRegular: Bool { mode & S_IFMT == S_IFREG }
}
