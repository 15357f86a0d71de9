import Foundation

/// Tar archives of plain files, in the format ustar (POSIX.1-2017, pax, "ustar Interchange Format").
package enum Tar {
  package static let block = 512
  /// Octal digits of the size.
  package static let largestFile = 1 << 33
  private static let nameBytes = 100
  private static let sizeField = 124..<136
  private static let checksumField = 148..<156

  package struct Entry: Equatable, Sendable {
    package let name: String
    package let size: Int

    package init(name: String, size: Int) { (self.name, self.size) = (name, size) }
  }

  /// Why a header is not taken.
  package struct Problem: Error {
    package let reason: String
  }

  /// The header of a plain file with mode 0600, that belongs to nobody in particular.
  package static func header(_ entry: Entry, time: Int) -> Data {
    var header = [UInt8](repeating: 0, count: block)
    func put(_ text: String, at start: Int) { header.replaceSubrange(start..<start + text.utf8.count, with: Array(text.utf8)) }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    put(entry.name, at: 0)
    put("0000600", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(octal(entry.size, 11), at: sizeField.lowerBound)
    put(octal(max(0, time), 11), at: 136)
    put("0", at: 156)
    put("ustar\u{0}00", at: 257)
    put(octal(checksum(header), 6) + "\u{0} ", at: checksumField.lowerBound)
    return Data(header)
  }

  /// Bytes after a file, up to the next block.
  package static func padding(_ size: Int) -> Int { (block - size % block) % block }

  /// Nil for the end of the archive, a block of zeros.
  ///
  /// - Throws: for all but plain files with short names, and for headers that are wrong.
  package static func entry(_ header: Data) throws(Problem) -> Entry? {
    let bytes = Array(header)
    guard bytes.count == block else { throw Problem(reason: "the file ends too early") }
    if bytes.allSatisfy({ $0 == 0 }) { return nil }
    func number(_ field: Range<Int>) -> Int? {
      let digits = bytes[field].drop { $0 == UInt8(ascii: " ") }.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
      return digits.isEmpty ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }
    let isPlain = bytes[156] == UInt8(ascii: "0") && bytes[345] == 0
    guard bytes[257..<263].elementsEqual("ustar\u{0}".utf8), number(checksumField) == checksum(bytes), isPlain,
      let size = number(sizeField), size < largestFile,
      let name = String(validating: bytes[..<nameBytes].prefix { $0 != 0 }, as: UTF8.self)
    else { throw Problem(reason: "this is not an archive of lenscap") }
    return Entry(name: name, size: size)
  }

  /// The sum of all bytes of a header, with the checksum itself as blanks.
  private static func checksum(_ header: [UInt8]) -> Int {
    header.enumerated().reduce(0) { $0 + Int(checksumField.contains($1.offset) ? UInt8(ascii: " ") : $1.element) }
  }
}
