import Detection

/// Describes a file that is not a capture, so that users recognise the file they chose.
enum FirstBytes {
  private static let known: [([UInt8], String)] = [
    (Array("snoop\0\0\0".utf8), "a Sun snoop capture (editcap converts it)"),
    (Array("RTSS".utf8), "a Network Monitor 1 capture (editcap converts it)"),
    (Array("GMBU".utf8), "a Network Monitor 2 capture (editcap converts it)"),
    (Array("TRSNIFF data".utf8), "a Sniffer capture (editcap converts it)"),
    (Array("BZh".utf8), "bzip2 data (decompress it first)"),
    ([0x04, 0x22, 0x4d, 0x18], "LZ4 data (decompress it first)"),
    (Array("PK\u{3}\u{4}".utf8), "a ZIP archive (unpack it first)"),
    (Array("7z\u{BC}\u{AF}".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }), "a 7z archive (unpack it first)"),
    ([0x1f, 0x8b], "gzip data inside compressed data"),
    ([0x28, 0xb5, 0x2f, 0xfd], "zstd data inside compressed data"),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz data inside compressed data"),
    (Array("SQLite format 3".utf8), "an SQLite database"),
    ([0x7f, 0x45, 0x4c, 0x46], "an executable"),
  ]

  static func describe(_ bytes: UnsafeRawBufferPointer) -> String {
    if unsafe bytes.isEmpty { return "an empty file" }
    for (magic, name) in known where unsafe bytes.starts(with: magic) { return name }
    let head = unsafe bytes.prefix(32)
    if unsafe head.allSatisfy({ $0 == 0 }) { return "zeros" }
    if unsafe head.allSatisfy({ (0x20..<0x7f).contains($0) || (0x09...0x0d).contains($0) }) { return "text" }
    return unsafe "unknown data that begins " + head.prefix(8).map(\.hexDigits).joined(separator: " ")
  }
}
