import Foundation
import Services

/// A file that nobody but root, or who runs this program, could have written: neither it nor a folder on the way to it is another's, or may be
/// changed by others.
enum TrustedFile {
  /// - Throws: why it cannot be trusted, or read.
  static func bytes(_ path: String, limit: Int = UpgradeFiles.limit) throws(UpgradeRefusal) -> [UInt8] {
    let real = try check(path)
    do throws(SystemError) { return try RegularFile(real).bytes(upTo: limit) } catch { throw UpgradeRefusal("\(path): \(error.reason)") }
  }

  /// - Returns: its path without links.
  @discardableResult static func check(_ path: String) throws(UpgradeRefusal) -> String {
    guard let resolved = unsafe realpath(path, nil) else { throw UpgradeRefusal(unsafe "\(path): \(String(cString: strerror(errno)))") }
    defer { unsafe free(resolved) }
    let real = unsafe String(cString: resolved)
    var part = real
    while true {
      // There are no links on it.
      guard let facts = FileFacts(part) else { throw UpgradeRefusal(unsafe "\(part): \(String(cString: strerror(errno)))") }
      guard facts.owner == 0 || facts.owner == geteuid() else {
        throw UpgradeRefusal("\(path): \(part == real ? "it" : part) belongs to another user, who could change it; only root's is trusted")
      }
      // In a folder with the sticky bit nobody can replace what is another's.
      let isShared = !facts.isRegular && facts.mode & S_ISVTX != 0
      guard facts.mode & 0o022 == 0 || isShared else {
        throw UpgradeRefusal("\(path): \(part == real ? "it" : part) may be changed by others than its owner")
      }
      if part == "/" { return real }
      part = (part as NSString).deletingLastPathComponent
    }
  }
}
