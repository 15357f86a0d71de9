/// What is fixed in ZIP (APPNOTE 6.3.10): a reader accepts any of it that is plain, a writer knows one way only.
enum ZipFormat {
  static let localHeader: UInt32 = 0x0403_4B50  // section 4.3.7
  static let centralHeader: UInt32 = 0x0201_4B50  // section 4.3.12
  static let end: UInt32 = 0x0605_4B50  // section 4.3.16
  static let zip64Locator: UInt32 = 0x0706_4B50  // section 4.3.15
  static let localLength = 30
  static let centralLength = 46
  static let endLength = 22
  static let zip64LocatorLength = 20

  static let version: UInt16 = 20
  /// Made on Unix, so that the permissions count.
  static let madeBy: UInt16 = 3 << 8 | version
  static let stored: UInt16 = 0
  /// 1 January 1980, the first day that ZIP knows: the same files give the same pack.
  static let date: UInt16 = 0x0021
  /// A regular file that everybody may read.
  static let attributes: UInt32 = 0o100_644 << 16
  static let isEncrypted: UInt16 = 1
  static let hasDescriptor: UInt16 = 1 << 3

  /// CRC-32 of each byte (section 4.4.7).
  private static let sums: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
  }

  /// Not zlib's: central verifies packs and compresses nothing.
  static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
    unsafe sums.withUnsafeBufferPointer { sums in
      ~bytes.reduce(UInt32.max) { sum, byte in unsafe sum >> 8 ^ sums[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
    }
  }
}

/// Writes a ZIP archive without compression.
public enum ZipWriter {
  /// Bytes of a pack: the format itself ends at 4 GiB.
  public static let limit = 1 << 30

  /// Nil if the files are too large together, or too many.
  public static func archive(_ files: [PackFile]) -> [UInt8]? {
    guard files.count < 0xFFFF, files.reduce(0, { $0 + $1.bytes.count + $1.name.utf8.count + 128 }) < limit else { return nil }
    var out: [UInt8] = []
    var central: [UInt8] = []
    for file in files {
      let offset = UInt32(out.count)
      out.append(little: ZipFormat.localHeader)
      out.append(contentsOf: common(file))
      out += Array(file.name.utf8) + file.bytes
      central.append(little: ZipFormat.centralHeader)
      central.append(little: ZipFormat.madeBy)
      central.append(contentsOf: common(file))
      for _ in 0..<3 { central.append(little: 0 as UInt16) }  // comment, disk, internal attributes
      central.append(little: ZipFormat.attributes)
      central.append(little: offset)
      central += Array(file.name.utf8)
    }
    let start = UInt32(out.count)
    out += central
    out.append(little: ZipFormat.end)
    for number in [0, 0, UInt16(files.count), UInt16(files.count)] { out.append(little: number) }
    out.append(little: UInt32(central.count))
    out.append(little: start)
    out.append(little: 0 as UInt16)
    return out
  }

  /// The fields that both headers of a file have.
  private static func common(_ file: PackFile) -> [UInt8] {
    var out: [UInt8] = []
    for number in [ZipFormat.version, 0, ZipFormat.stored, 0, ZipFormat.date] { out.append(little: number) }
    out.append(little: ZipFormat.checksum(file.bytes))
    for _ in 0..<2 { out.append(little: UInt32(file.bytes.count)) }
    out.append(little: UInt16(file.name.utf8.count))
    out.append(little: 0 as UInt16)
    return out
  }
}

extension [UInt8] {
  fileprivate mutating func append(little number: some FixedWidthInteger) {
    unsafe Swift.withUnsafeBytes(of: number.littleEndian) { unsafe append(contentsOf: $0) }
  }
}
