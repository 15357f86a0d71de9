import Foundation
import Glibc

/// Why a certificate or key cannot be used.
public struct CertificateProblem: Error, Equatable, CustomStringConvertible {
  let path: String
  let reason: String
  public var description: String { "\(path): \(reason)" }
}

/// Small files with keys and certificates.
enum PrivateFile {
  private static let limit = 1 << 20

  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  static func read(_ path: String) throws(CertificateProblem) -> String {
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: limit),
      let text = String(data: data, encoding: .utf8)
    else { throw CertificateProblem(path: path, reason: errno == ENOENT ? "no such file" : "cannot be read") }
    return text
  }

  /// All of it or nothing, never readable by others in between.
  static func write(_ text: String, to path: String, mode: mode_t) throws(CertificateProblem) {
    let draft = path + ".new"
    unsafe unlink(draft)
    let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard file >= 0 else { throw CertificateProblem(path: path, reason: unsafe "cannot be written: \(String(cString: strerror(errno)))") }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    guard (try? handle.write(contentsOf: Data(text.utf8))) != nil, fchmod(file, mode) == 0, fsync(file) == 0,
      unsafe rename(draft, path) == 0
    else {
      unsafe unlink(draft)
      throw CertificateProblem(path: path, reason: unsafe "cannot be written: \(String(cString: strerror(errno)))")
    }
  }
}
