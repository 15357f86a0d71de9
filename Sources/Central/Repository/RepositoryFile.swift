import Crypto
import Foundation
import Glibc
import Services

/// Why the repository is as it was.
public enum RepositoryError: Error, Equatable, CustomStringConvertible {
  case missing(program: String, package: String)
  /// The package is none for this repository.
  case refused(String, String)
  case failed(program: String, String)
  case file(String, Int32)
  case busy(String)

  public var description: String {
    switch self {
    case .missing(let program, let package): "the program \(program) is needed: apt install \(package)"
    case .refused(let path, let reason): "\(path): \(reason)"
    case .failed(let program, let text): "\(program): \(text.isEmpty ? "it failed" : text)"
    case .file(let path, let code): unsafe "\(path): \(String(cString: strerror(code)))"
    case .busy(let folder): "\(folder): another command changes this repository"
    }
  }
}

extension String {
  /// What stands in a package, short and without what a terminal would obey.
  var forLog: String {
    "“" + String(decoding: utf8.prefix(64).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self) + "”"
  }
}

/// Files of the repository: readable for all, and whole whenever they are there.
enum RepositoryFile {
  private static let chunk = 1 << 20

  static func write(_ bytes: [UInt8], to path: String) throws {
    let draft = (path as NSString).deletingLastPathComponent + "/.new-" + (path as NSString).lastPathComponent
    try write(to: draft) { put in try put(bytes) }
    guard unsafe rename(draft, path) == 0 else {
      let code = errno
      unsafe unlink(draft)
      throw RepositoryError.file(path, code)
    }
  }

  /// - Returns: the SHA-256 of what was copied.
  static func copy(_ source: String, to target: String, limit: Int) throws -> String {
    let file: RegularFile
    do { file = try RegularFile(source) } catch { throw RepositoryError.refused(source, error.reason) }
    guard file.size <= limit else { throw RepositoryError.refused(source, "it has more than \(limit >> 20) MiB") }
    var hash = SHA256()
    try write(to: target) { put in
      try pieces(of: file, source) { piece in
        hash.update(data: piece)
        try put(piece)
      }
    }
    return hexadecimal(hash.finalize())
  }

  static func sha256(_ path: String) throws -> String {
    let file: RegularFile
    do { file = try RegularFile(path) } catch { throw RepositoryError.refused(path, error.reason) }
    var hash = SHA256()
    try pieces(of: file, path) { hash.update(data: $0) }
    return hexadecimal(hash.finalize())
  }

  static func sha256(of bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

  private static func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private static func pieces(of file: RegularFile, _ path: String, _ body: ([UInt8]) throws -> Void) throws {
    var place = 0
    while place < file.size {
      let piece: [UInt8]
      do { piece = try file.read(at: place, count: min(chunk, file.size - place)) } catch {
        throw RepositoryError.refused(path, error.reason)
      }
      guard !piece.isEmpty else { throw RepositoryError.refused(path, "it became shorter meanwhile") }
      try body(piece)
      place += piece.count
    }
  }

  private static func write(to path: String, _ body: (([UInt8]) throws -> Void) throws -> Void) throws {
    unsafe unlink(path)
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw RepositoryError.file(path, errno) }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    do {
      try body { bytes in
        do { try handle.write(contentsOf: Data(bytes)) } catch { throw RepositoryError.file(path, errno) }
      }
      guard fchmod(file, 0o644) == 0, fsync(file) == 0 else { throw RepositoryError.file(path, errno) }
    } catch {
      unsafe unlink(path)
      throw error
    }
  }
}
