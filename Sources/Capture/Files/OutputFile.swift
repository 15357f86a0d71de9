import Glibc

/// A buffered file that is written from its start. After the first error it writes nothing more, and `close` returns the error: a full
/// disk must not stop the caller.
struct OutputFile: ~Copyable {
  private static let bufferLimit = 1 << 16

  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private(set) var error: CaptureError?

  /// Creates the file, for its owner only, or empties it.
  init(path: String) throws(CaptureError) {
    self.path = path
    descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CaptureError(path: path, reason: .notWritable(errno: errno)) }
  }

  deinit { Glibc.close(descriptor) }

  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { buffer.append(contentsOf: $0) }
  }

  mutating func append(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

  /// Writes buffered bytes if there are many. Call it between records.
  mutating func flushIfFull() {
    if buffer.count >= Self.bufferLimit { flush() }
  }

  /// Writes buffered bytes.
  mutating func flush() {
    var rest = buffer[...]
    while !rest.isEmpty, error == nil {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        error = CaptureError(path: path, reason: .notWritable(errno: errno))
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes buffered bytes, and returns the first error since the file was created.
  mutating func close() -> CaptureError? {
    flush()
    return error
  }
}
