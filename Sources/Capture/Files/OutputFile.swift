import CLinux
import Glibc

/// A buffered file that is written from its start, record by record.
///
/// A full disk must not stop the caller: the file then ends with its last whole record, what is in the buffer waits for the next flush, and
/// the caller leaves out further records. `close` returns the first error.
struct OutputFile: ~Copyable {
  private static let bufferLimit = 1 << 16
  private static let ownMode: mode_t = 0o600
  private static let sharedMode: mode_t = 0o640

  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// Bytes in the file, all of whole records.
  private var length: off_t = 0
  /// Why the last flush failed; nil if it did not.
  private(set) var error: CaptureError?
  private var firstError: CaptureError?

  /// Creates the file, for its owner only, or, where its group is `lenscap`, for that group to read; or empties it. Follows no symbolic link:
  /// in a folder of others it could lead to any file.
  init(path: String) throws(CaptureError) {
    self.path = path
    var opened = unsafe Self.duplicate(path) ?? open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, Self.ownMode)
    if opened >= 0 {
      Self.share(opened)
    } else if errno == EEXIST {
      opened = unsafe open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)
    }
    descriptor = opened
    guard descriptor >= 0 else { throw CaptureError(path: path, reason: .notWritable(errno: errno)) }
  }

  deinit { Glibc.close(descriptor) }

  /// `/dev/fd/63`, by which a shell names a pipe to a program: a link, but to what is open already.
  private static func duplicate(_ path: String) -> Int32? {
    for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
      return Int32(path.dropFirst(folder.count)).map { fcntl($0, F_DUPFD_CLOEXEC, 0) }
    }
    return path == "/dev/stdout" ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) : nil
  }

  private static func share(_ descriptor: Int32) {
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, lenscap_is_own_group(facts.st_gid) != 0 else { return }
    _ = fchmod(descriptor, sharedMode)
  }

  mutating func append(_ number: some FixedWidthInteger) {
    unsafe withUnsafeBytes(of: number.littleEndian) { unsafe buffer.append(contentsOf: $0) }
  }

  mutating func append(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

  /// Writes buffered bytes if there are many. Call it between records.
  mutating func flushIfFull() {
    if buffer.count >= Self.bufferLimit { flush() }
  }

  /// Writes buffered bytes. Call it between records.
  mutating func flush() {
    var rest = buffer[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if written == 0 || errno != EINTR {
        let failure = CaptureError(path: path, reason: .notWritable(errno: written == 0 ? EIO : errno))
        error = failure
        firstError = firstError ?? failure
        return takeBack(buffer.count - rest.count)
      }
    }
    length += off_t(buffer.count)
    buffer.removeAll(keepingCapacity: true)
    error = nil
  }

  /// Ends the file with its last whole record. What a pipe has taken stays with it.
  private mutating func takeBack(_ count: Int) {
    guard count > 0 else { return }
    if ftruncate(descriptor, length) == 0, lseek(descriptor, length, SEEK_SET) == length { return }
    buffer.removeFirst(count)
    length += off_t(count)
  }

  /// Writes buffered bytes, and returns the first error since the file was created.
  mutating func close() -> CaptureError? {
    flush()
    return firstError
  }
}
