/// The compression of a capture file, recognised by its first bytes.
public enum Compression: String, Sendable {
  case gzip, xz, zstd

  /// Bytes that `init(magic:)` needs.
  static let magicLength = 6

  /// Nil if the bytes begin no supported compressed format.
  init?(magic bytes: UnsafeRawBufferPointer) {
    func starts(with magic: [UInt8]) -> Bool { unsafe bytes.starts(with: magic) }
    if starts(with: [0x1f, 0x8b]) {  // RFC 1952, section 2.3.1
      self = .gzip
    } else if starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {  // .xz file format, section 2.1.1.1
      self = .xz
    } else if starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {  // RFC 8878, section 3.1.1
      self = .zstd
    } else if bytes.count >= 4, unsafe bytes[0] & 0xf0 == 0x50, unsafe bytes[1...3].elementsEqual([0x2a, 0x4d, 0x18]) {
      self = .zstd  // a skippable frame, with which pzstd begins: RFC 8878, section 3.1.2
    } else {
      return nil
    }
  }

  /// Advice for files that exceed our limits for decompression.
  private var remedy: String { "decompress it yourself if you trust it: \(rawValue) -dc FILE | lenscap replay -" }

  func describe(_ fault: DecompressionFault) -> String {
    switch fault {
    case .cut: "its \(rawValue) stream is cut off"
    case .damaged(let what): "its \(rawValue) stream is damaged (\(what))"
    case .needsMemory(let limit): "its \(rawValue) stream needs more than \(limit >> 20) MiB to decompress; \(remedy)"
    case .expandsTooMuch: "its \(rawValue) stream expands far more than any capture does; \(remedy)"
    }
  }
}

/// A failure to decompress.
public enum DecompressionFault: Equatable, Sendable {
  /// The compressed stream ends too early.
  case cut
  /// Described by the library or by us.
  case damaged(String)
  /// The stream needs a window or dictionary larger than this many bytes.
  case needsMemory(limit: Int)
  /// A decompression bomb: see `DecompressionLimits`.
  case expandsTooMuch
}
