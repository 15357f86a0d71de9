import Glibc

/// A regular file that is open for reading and was reached without following a symbolic link below its folder. What is read of it does not
/// change when another takes its name.
public final class RegularFile: Sendable {
  public let size: Int
  /// When it was changed, in seconds since 1970.
  public let modified: Int
  public let owner: UInt32
  public let mode: UInt32
  /// Names that it has.
  public let names: Int
  private let descriptor: Int32

  /// - Parameters:
  ///   - path: the names of folders below the first, and at last its own.
  /// - Throws: why it cannot be opened; also for names with slashes, `.` and `..`.
  public init(in folder: String, _ path: [String]) throws(SystemError) {
    guard !path.isEmpty, path.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains { $0 == 0x2F || $0 == 0 } }) else {
      throw SystemError(reason: "it is no name of a file")
    }
    var current = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    for (index, name) in path.enumerated() where current >= 0 {
      let isLast = index == path.count - 1
      // Without O_NONBLOCK a pipe in its place would hold this thread.
      let next = unsafe openat(current, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (isLast ? O_NONBLOCK : O_DIRECTORY))
      let code = errno
      close(current)
      errno = code
      current = next
    }
    guard current >= 0 else { throw .number(errno) }
    var facts = stat()
    guard unsafe fstat(current, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(current)
      throw SystemError(reason: "it is no regular file")
    }
    descriptor = current
    (size, modified) = (facts.st_size, facts.st_mtim.tv_sec)
    (owner, mode, names) = (facts.st_uid, facts.st_mode, Int(facts.st_nlink))
  }

  /// A file by its whole path: its folder may be reached by a link, the file itself may be none.
  public convenience init(_ path: String) throws(SystemError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    try self.init(in: folder, [String(path[(slash.map(path.index(after:)) ?? path.startIndex)...])])
  }

  deinit { close(descriptor) }

  /// Fewer bytes at its end, none beyond it.
  public func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      while used < count {
        let got = unsafe pread(descriptor, buffer.baseAddress! + used, count - used, offset + used)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        used += got
      }
    }
    guard failure == 0 else { throw .number(failure) }
    return bytes
  }

  /// All of it.
  public func bytes(upTo limit: Int) throws(SystemError) -> [UInt8] {
    let bytes = try read(at: 0, count: limit + 1)
    guard bytes.count <= limit else { throw SystemError(reason: "it has more than \(limit) bytes") }
    return bytes
  }
}
