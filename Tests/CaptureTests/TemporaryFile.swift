import Glibc
import Testing

/// A file that is deleted with its owner.
final class TemporaryFile {
  let path: String

  init(_ bytes: [UInt8]) throws {
    var name = Array("/tmp/lenscap-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    path = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      try #require(count > 0)
      written += count
    }
  }

  deinit { unlink(path) }
}
