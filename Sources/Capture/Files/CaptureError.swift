import Glibc

/// A failure to read a capture file, in whole or in part, or to write one. Packets before the damage have been delivered.
public struct CaptureError: Error, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    case noSuchFile
    /// The file exists but cannot be opened: an `errno` value.
    case notReadable(errno: Int32)
    /// Neither pcap nor pcapng; the text describes the first bytes.
    case isNotACapture(looksLike: String)
    /// The file ends inside its header or inside a record.
    case cut
    /// The file violates its format; the text describes how.
    case malformed(String)
    case decompression(Compression, DecompressionFault)
    /// Reading failed: an `errno` value.
    case io(errno: Int32)
    /// Creating or writing the file failed: an `errno` value.
    case notWritable(errno: Int32)
  }

  /// The path given by the caller; `-` is standard input.
  public let path: String
  /// Bytes from the start of the capture, after decompression, to the error or the start of the faulty record.
  public let offset: UInt64?
  public let reason: Reason

  public init(path: String, offset: UInt64? = nil, reason: Reason) {
    self.path = path
    self.offset = offset
    self.reason = reason
  }
}

extension CaptureError: CustomStringConvertible {
  public var description: String {
    let name = path == "-" ? "standard input" : path
    let place = offset.map { " at byte \($0)" } ?? ""
    switch reason {
    case .noSuchFile: return "\(name): no such file"
    case .notReadable(EISDIR): return "\(name): is a directory; name the capture files in it"
    case .notReadable(EACCES), .notReadable(EPERM): return "\(name): no permission to read it"
    case .notReadable(let code): return "\(name): cannot be opened: \(systemMessage(code))"
    case .isNotACapture(let what): return "\(name): is not a pcap or pcapng capture; it looks like \(what)"
    case .cut: return "\(name): is cut off: it ends inside the record that starts\(place); everything before that was read"
    case .malformed(let what): return "\(name): is damaged\(place): \(what)"
    case .decompression(let kind, let fault): return "\(name): \(kind.describe(fault)), after \(offset ?? 0) bytes of output"
    case .io(let code): return "\(name): reading failed\(place): \(systemMessage(code))"
    case .notWritable(ELOOP): return "\(name): is a symbolic link, which is not followed; name the file itself"
    case .notWritable(let code): return "\(name): cannot be written: \(systemMessage(code))"
    }
  }
}

/// The system's message for an `errno` value.
func systemMessage(_ code: Int32) -> String {
  // The POSIX form of strerror_r, which is safe from any thread.
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
    let failed = unsafe strerror_r(code, buffer.baseAddress!, buffer.count) != 0
    return failed ? "error \(code)" : unsafe String(cString: buffer.baseAddress!)
  }
}
