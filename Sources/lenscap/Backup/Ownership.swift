import Foundation
import Services

/// Users and groups that files of the package belong to, where these exist and this process may give files away.
enum Ownership {
  /// Both services, which read the configuration.
  static let group = "lenscap"
  /// The group of `serve` alone, which reads secrets.
  static let secretsGroup = "lenscap-serve"

  static func groupID(_ name: String) -> gid_t? {
    guard geteuid() == 0, let entry = unsafe getgrnam(name) else { return nil }
    return unsafe entry.pointee.gr_gid
  }

  /// Gives an open file to a group that may read it; without the group only its owner may.
  static func share(_ descriptor: Int32, with name: String) -> Bool {
    guard let group = groupID(name) else { return fchmod(descriptor, 0o600) == 0 }
    return fchown(descriptor, 0, group) == 0 && fchmod(descriptor, 0o640) == 0
  }

  /// Gives an open file to the owner and group of the folder that it is in.
  static func giveToFolder(_ descriptor: Int32, of path: String) -> Bool {
    guard geteuid() == 0, let folder = FileFacts(BoxFiles.folder(of: path)) else { return fchmod(descriptor, 0o600) == 0 }
    return fchown(descriptor, folder.owner, folder.group) == 0 && fchmod(descriptor, folder.group == 0 ? 0o600 : 0o640) == 0
  }

  /// The folder of secrets, which only root and `serve` may enter. False, with the cause in `errno`, if it cannot be made.
  static func makeSecretsFolder(_ path: String) -> Bool {
    guard unsafe mkdir(path, 0o700) == 0 else { return errno == EEXIST }
    guard let group = groupID(secretsGroup) else { return true }
    return unsafe chown(path, 0, group) == 0 && chmod(path, 0o750) == 0
  }
}
