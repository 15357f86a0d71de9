import Glibc

/// A file's bytes, with what is known about who may read it.
package struct TextFile {
  package enum Failure: Error, Equatable, CustomStringConvertible {
    case missing
    case noPermission
    case isFolder
    /// A pipe or a socket: reading it could wait forever.
    case isNoFile
    case tooLarge(limit: Int)
    case failed(errno: Int32)

    package var description: String {
      switch self {
      case .missing: "no such file"
      case .noPermission: "no permission to read the file"
      case .isFolder: "this is a folder, expected a file"
      case .isNoFile: "this is a pipe, a socket or a disk, expected a file"
      case .tooLarge(let limit): "the file is too large, expected at most \(limit >> 10) KiB"
      case .failed(let number): unsafe "cannot read the file: " + String(cString: strerror(number))
      }
    }
  }

  package let bytes: [UInt8]
  /// Permission bits and file type, as stat(2) gives them.
  package let mode: UInt32
  package let group: UInt32

  /// Reads a file of at most `limit` bytes. Never waits for a writer. Devices such as /dev/null count as files.
  package init(path: String, limit: Int) throws(Failure) {
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(errno) }
    defer { close(descriptor) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0 else { throw Failure(errno) }
    switch facts.st_mode & S_IFMT {
    case S_IFREG, S_IFCHR: break
    case S_IFDIR: throw .isFolder
    default: throw .isNoFile
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= limit {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(errno) }
      if count == 0 { break }
      bytes += chunk.prefix(count)
    }
    guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
    (self.bytes, mode, group) = (bytes, facts.st_mode, facts.st_gid)
  }
}

extension TextFile.Failure {
  fileprivate init(_ number: Int32) {
    switch number {
    case ENOENT, ENOTDIR: self = .missing
    case EACCES, EPERM: self = .noPermission
    case ENXIO: self = .isNoFile
    default: self = .failed(errno: number)
    }
  }
}
