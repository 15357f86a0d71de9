/// Why bytes are no archive that is safe to read.
public struct ZipError: Error, Equatable, CustomStringConvertible {
  public enum Reason: String, Sendable {
    case tooLarge = "it is larger than any pack"
    case noEnd = "it is no ZIP archive, or cut"
    case zip64 = "it is a ZIP64 archive, which no pack is"
    case severalDisks = "it is a part of a divided archive"
    case tooMany = "it has more files than any pack"
    case badDirectory = "its directory is damaged"
    case badName = "a name in it leads elsewhere, or is no name"
    case twice = "it has the same name twice"
    case encrypted = "a file in it is encrypted"
    case badHeader = "the header of a file is damaged"
    case overlapping = "its files overlap"
    case badSize = "the sizes of a file disagree"
  }

  public let reason: Reason
  /// The file that it is about, where that is known.
  public let file: String?

  init(_ reason: Reason, file: String? = nil) {
    self.reason = reason
    self.file = file
  }

  public var description: String { reason.rawValue + (file.map { ": \($0)" } ?? "") }
}

/// Reads a ZIP archive that anybody may have made. It writes nothing and unpacks nothing.
struct ZipReader {
  /// A file of the archive.
  struct Entry {
    let name: String
    /// Nil if it is compressed: no pack is.
    let bytes: ArraySlice<UInt8>?
    let checksum: UInt32
    /// Where its headers and its bytes lie.
    let local: Range<Int>
    let central: Range<Int>
  }

  static let sizeLimit = ZipWriter.limit
  static let entryLimit = 4096
  static let nameLimit = 200
  /// Bytes of the comment at the end.
  private static let commentLimit = 0xFFFF

  let entries: [Entry]

  private struct Directory {
    let count: Int
    let start: Int
    let end: Int
  }

  init(_ bytes: [UInt8]) throws(ZipError) {
    guard bytes.count <= Self.sizeLimit else { throw ZipError(.tooLarge) }
    let directory = try Self.directory(bytes)
    var entries: [Entry] = []
    var names: Set<String> = []
    var place = directory.start
    for _ in 0..<directory.count {
      let (entry, next) = try Self.entry(bytes, at: place, directory)
      guard names.insert(entry.name).inserted else { throw ZipError(.twice, file: entry.name) }
      entries.append(entry)
      place = next
    }
    guard place == directory.end else { throw ZipError(.badDirectory) }
    var end = 0
    for entry in entries.sorted(by: { $0.local.lowerBound < $1.local.lowerBound }) {
      guard entry.local.lowerBound >= end else { throw ZipError(.overlapping, file: entry.name) }
      end = entry.local.upperBound
    }
    self.entries = entries
  }

  /// The record at the end, and the directory before it.
  private static func directory(_ bytes: [UInt8]) throws(ZipError) -> Directory {
    let last = bytes.count - ZipFormat.endLength
    guard last >= 0 else { throw ZipError(.noEnd) }
    var found: Int?
    for place in stride(from: last, through: max(0, last - commentLimit), by: -1)
    where bytes.word(place) == ZipFormat.end && place + ZipFormat.endLength + Int(bytes.half(place + 20)) == bytes.count {
      found = place
      break
    }
    guard let end = found else { throw ZipError(.noEnd) }
    let locator = end - ZipFormat.zip64LocatorLength
    if locator >= 0, bytes.word(locator) == ZipFormat.zip64Locator { throw ZipError(.zip64) }
    let (count, size, start) = (bytes.half(end + 10), bytes.word(end + 12), bytes.word(end + 16))
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF { throw ZipError(.zip64) }
    guard bytes.half(end + 4) == 0, bytes.half(end + 6) == 0, bytes.half(end + 8) == count else { throw ZipError(.severalDisks) }
    guard count <= entryLimit else { throw ZipError(.tooMany) }
    guard Int(start) + Int(size) == end else { throw ZipError(.badDirectory) }
    return Directory(count: Int(count), start: Int(start), end: end)
  }

  private static func entry(_ bytes: [UInt8], at place: Int, _ directory: Directory) throws(ZipError) -> (Entry, next: Int) {
    guard place + ZipFormat.centralLength <= directory.end, bytes.word(place) == ZipFormat.centralHeader else {
      throw ZipError(.badDirectory)
    }
    let flags = bytes.half(place + 8)
    let (method, checksum) = (bytes.half(place + 10), bytes.word(place + 16))
    let (packed, size) = (Int(bytes.word(place + 20)), Int(bytes.word(place + 24)))
    let (nameLength, extra, comment) = (Int(bytes.half(place + 28)), Int(bytes.half(place + 30)), Int(bytes.half(place + 32)))
    let local = Int(bytes.word(place + 42))
    let next = place + ZipFormat.centralLength + nameLength + extra + comment
    guard next <= directory.end else { throw ZipError(.badDirectory) }
    let name = try name(bytes[(place + ZipFormat.centralLength)...].prefix(nameLength))
    if packed == 0xFFFF_FFFF || size == 0xFFFF_FFFF || local == 0xFFFF_FFFF { throw ZipError(.zip64, file: name) }
    if flags & ZipFormat.isEncrypted != 0 { throw ZipError(.encrypted, file: name) }
    // The local header must say the same, or two readers would see two archives.
    guard local + ZipFormat.localLength <= directory.start, bytes.word(local) == ZipFormat.localHeader,
      flags & ZipFormat.hasDescriptor == 0, bytes.half(local + 6) == flags, bytes.half(local + 8) == method,
      bytes.word(local + 14) == checksum, Int(bytes.word(local + 18)) == packed, Int(bytes.word(local + 22)) == size,
      Int(bytes.half(local + 26)) == nameLength
    else { throw ZipError(.badHeader, file: name) }
    let start = local + ZipFormat.localLength + nameLength + Int(bytes.half(local + 28))
    guard start + packed <= directory.start else { throw ZipError(.badSize, file: name) }
    guard bytes[(local + ZipFormat.localLength)...].prefix(nameLength).elementsEqual(name.utf8) else {
      throw ZipError(.badHeader, file: name)
    }
    if method == ZipFormat.stored, packed != size { throw ZipError(.badSize, file: name) }
    let entry = Entry(
      name: name, bytes: method == ZipFormat.stored ? bytes[start..<start + packed] : nil, checksum: checksum,
      local: local..<start + packed, central: place..<next)
    return (entry, next)
  }

  /// A path below the pack's folder, in printable ASCII.
  private static func name(_ bytes: ArraySlice<UInt8>) throws(ZipError) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...nameLimit).contains(bytes.count),
      bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: ":") }),
      !parts.contains(""), !parts.contains("."), !parts.contains("..")
    else { throw ZipError(.badName) }
    return text
  }
}

extension [UInt8] {
  fileprivate func half(_ place: Int) -> UInt16 { UInt16(self[place]) | UInt16(self[place + 1]) << 8 }
  fileprivate func word(_ place: Int) -> UInt32 { UInt32(half(place)) | UInt32(half(place + 2)) << 16 }
}
