import Detection
import Glibc

/// Writes frames to a pcap file with nanoseconds (draft-ietf-opsawg-pcap), buffered.
public final class CaptureWriter {
  private static let bufferLimit = 1 << 16

  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var error: CaptureError?

  /// Creates the file, or empties it.
  public init(path: String, linkType: LinkType, snapLength: Int) throws(CaptureError) {
    self.path = path
    descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CaptureError(path: path, reason: .io(errno: errno)) }
    // Magic of nanosecond files, version 2.4, no zone, no accuracy.
    for word in [0xA1B2_3C4D, 0x0004_0002, 0, 0, UInt32(snapLength), UInt32(linkType.rawValue)] { append(word) }
  }

  deinit { Glibc.close(descriptor) }

  private func append(_ word: UInt32) { withUnsafeBytes(of: word.littleEndian) { buffer.append(contentsOf: $0) } }

  /// Errors are kept for `close`: detection goes on when a disk is full.
  public func write(_ frame: borrowing Frame) {
    guard error == nil else { return }
    let (seconds, fraction) = frame.time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    append(UInt32(truncatingIfNeeded: seconds))
    append(UInt32(truncatingIfNeeded: fraction))
    append(UInt32(frame.bytes.byteCount))
    append(UInt32(Swift.max(frame.originalLength, frame.bytes.byteCount)))
    frame.bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    if buffer.count >= Self.bufferLimit { flush() }
  }

  private func flush() {
    var rest = buffer[...]
    while !rest.isEmpty, error == nil {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        error = CaptureError(path: path, reason: .io(errno: errno))
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left; gives the first error of the whole run.
  public func close() -> CaptureError? {
    flush()
    return error
  }
}
