import Testing

@testable import Packs

/// Archives as they are written, and as strangers may write them.
@Suite struct ZipTests {
  static let files = [
    PackFile(name: "alert.json", text: "{}\n"), PackFile(name: "signatures/axis.yaml", text: "- id: a\n"),
    PackFile(name: "empty", bytes: []),
    PackFile(name: "manifest.sig", bytes: Array(0...63)),
  ]

  static func archive(_ files: [PackFile] = files) -> [UInt8] { ZipWriter.archive(files) ?? [] }

  @Test func whatIsWrittenIsReadBack() throws {
    let entries = try ZipReader(Self.archive()).entries
    #expect(entries.map(\.name) == Self.files.map(\.name))
    #expect(entries.map { Array($0.bytes ?? [9]) } == Self.files.map(\.bytes))
    #expect(entries.allSatisfy { ZipFormat.checksum($0.bytes ?? []) == $0.checksum })
    #expect(Self.archive() == Self.archive(), "the same files give the same bytes")
    #expect(try ZipReader(Self.archive([])).entries.isEmpty)
  }

  /// A change to an archive, and what is said about it.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let reason: ZipError.Reason
    let change: @Sendable (inout [UInt8]) -> Void
    var testDescription: String { name }

    init(_ name: String, _ reason: ZipError.Reason, _ change: @escaping @Sendable (inout [UInt8]) -> Void) {
      (self.name, self.reason, self.change) = (name, reason, change)
    }
  }

  /// Where the first file's header stands in the directory.
  private static func central(_ bytes: [UInt8]) -> Int { word(bytes, bytes.count - 6) }
  private static func word(_ bytes: [UInt8], _ place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) } }
  private static func set(_ bytes: inout [UInt8], _ place: Int, _ value: UInt32, _ length: Int = 4) {
    for index in 0..<length { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }
  /// The same name in both headers of the first file.
  private static func rename(_ bytes: inout [UInt8], _ name: String) {
    let (local, central) = (ZipFormat.localLength, central(bytes) + ZipFormat.centralLength)
    for (index, byte) in name.utf8.enumerated() {
      bytes[local + index] = byte
      bytes[central + index] = byte
    }
  }

  static let cases = [
    Case("empty", .noEnd) { $0 = [] },
    Case("one byte", .noEnd) { $0 = [0x50] },
    Case("text", .noEnd) { $0 = Array(String(repeating: "PK", count: 100).utf8) },
    Case("truncated", .noEnd) { $0.removeLast() },
    Case("only the end", .badDirectory) { $0 = Array($0.suffix(22)) },
    Case("the first half", .noEnd) { $0.removeLast($0.count / 2) },
    Case("bytes before it", .badDirectory) { $0 = [0] + $0 },
    Case("bytes behind it", .noEnd) { $0.append(0) },
    Case("ZIP64 by its count", .zip64) { set(&$0, $0.count - 12, 0xFFFF, 2) },
    Case("ZIP64 by its place", .zip64) { set(&$0, $0.count - 6, 0xFFFF_FFFF) },
    Case("ZIP64 by a locator", .zip64) { bytes in
      let end = bytes.suffix(22)
      bytes = bytes.dropLast(22) + [0x50, 0x4B, 6, 7] + [UInt8](repeating: 0, count: 16) + end
    },
    Case("ZIP64 by a size", .zip64) { set(&$0, central($0) + 24, 0xFFFF_FFFF) },
    Case("several disks", .severalDisks) { set(&$0, $0.count - 18, 1, 2) },
    Case("counts that disagree", .severalDisks) { set(&$0, $0.count - 14, 3, 2) },
    Case("too many files", .tooMany) { bytes in
      set(&bytes, bytes.count - 14, 5000, 2)
      set(&bytes, bytes.count - 12, 5000, 2)
    },
    Case("a directory behind the end", .badDirectory) { set(&$0, $0.count - 6, 0x7FFF_FFFF) },
    Case("a directory that is too large", .badDirectory) { set(&$0, $0.count - 10, 0x7FFF_FFFF) },
    Case("one file too few", .badDirectory) { bytes in
      set(&bytes, bytes.count - 14, 3, 2)
      set(&bytes, bytes.count - 12, 3, 2)
    },
    Case("a header that is none", .badDirectory) { set(&$0, central($0), 0) },
    Case("a name that is longer than the directory", .badDirectory) { set(&$0, central($0) + 28, 0xFFFF, 2) },
    Case("a name without letters", .badName) { bytes in set(&bytes, central(bytes) + 28, 0, 2) },
    Case("an absolute name", .badName) { rename(&$0, "/etc/passw") },
    Case("a name above", .badName) { rename(&$0, "../../a.js") },
    Case("a name with a backslash", .badName) { rename(&$0, "..\\..\\a.b") },
    Case("a name with a drive", .badName) { rename(&$0, "C:a.jsonab") },
    Case("a name with a control character", .badName) { rename(&$0, "a\u{1B}[2Jlert.") },
    Case("a name with a zero", .badName) { rename(&$0, "alert.jso\0") },
    Case("a folder's name", .badName) { rename(&$0, "alert.jso/") },
    Case("an encrypted file", .encrypted) { set(&$0, central($0) + 8, 1, 2) },
    Case("a local header that is none", .badHeader) { set(&$0, 0, 0) },
    Case("a local header behind the end", .badHeader) { set(&$0, central($0) + 42, 0x7FFF_FFF0) },
    Case("another name in the local header", .badHeader) { $0[ZipFormat.localLength] = UInt8(ascii: "b") },
    Case("another size in the local header", .badHeader) { set(&$0, 22, 4) },
    Case("a descriptor behind the file", .badHeader) { bytes in
      set(&bytes, 6, 8, 2)
      set(&bytes, central(bytes) + 8, 8, 2)
    },
    Case("sizes that disagree", .badSize) { bytes in
      set(&bytes, 22, 4)
      set(&bytes, central(bytes) + 24, 4)
    },
    Case("a file that is longer than the archive", .badSize) { bytes in
      for place in [18, 22] { set(&bytes, place, 0x7FFF_FFFF) }
      for place in [20, 24] { set(&bytes, central(bytes) + place, 0x7FFF_FFFF) }
    },
    Case("a file that reaches into the next", .overlapping) { bytes in
      for place in [18, 22] { set(&bytes, place, 9) }
      for place in [20, 24] { set(&bytes, central(bytes) + place, 9) }
    },
  ]

  @Test(arguments: cases)
  func refused(sample: Case) {
    var bytes = Self.archive()
    sample.change(&bytes)
    #expect(throws: ZipError.self) { try ZipReader(bytes) }
    do throws(ZipError) { _ = try ZipReader(bytes) } catch { #expect(error.reason == sample.reason) }
  }

  @Test func theSameNameTwice() {
    let bytes = Self.archive([PackFile(name: "a", bytes: [1]), PackFile(name: "a", bytes: [2])])
    #expect(throws: ZipError(.twice, file: "a")) { try ZipReader(bytes) }
  }

  /// Two entries of the directory with one local header: a bomb in its simplest form.
  @Test func oneFileUnderTwoNames() {
    var bytes = Self.archive([PackFile(name: "aa", bytes: [1, 2, 3]), PackFile(name: "ab", bytes: [4, 5, 6])])
    let second = Self.central(bytes) + ZipFormat.centralLength + 2
    Self.set(&bytes, second + 42, 0)
    #expect(throws: ZipError.self) { try ZipReader(bytes) }
  }

  @Test func noArchiveTraps() {
    let whole = Self.archive()
    for place in whole.indices {
      for value in [0, 0xFF, whole[place] ^ 0x80, whole[place] &+ 1] {
        var bytes = whole
        bytes[place] = value
        _ = try? ZipReader(bytes)
      }
      _ = try? ZipReader(Array(whole.prefix(place)))
      _ = try? ZipReader(Array(whole.suffix(place)))
    }
  }
}
