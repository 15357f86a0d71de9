import Detection
import Foundation
import Synchronization

/// One list of makers. For who asks once it is read once; for who asks again it is indexed, because a flood of alerts would read megabytes
/// for each of them.
final class MakerList: Sendable {
  private static let folders = ["/usr/share/ieee-data", "/var/lib/ieee-data"]
  /// Bytes that are read at once, and so the longest line.
  private static let pieceSize = 65_536
  /// Bytes from the start of a name that are read.
  private static let nameLimit = 256
  /// Bits of an index entry that hold the place in the file.
  private static let placeBits: UInt64 = 28

  /// The most specific one first.
  static let all = [MakerList("oui36.csv", digits: 9), MakerList("mam.csv", digits: 7), MakerList("oui.csv", digits: 6)]

  private struct Index {
    /// Stays open: places are those in this file, even when another takes its name.
    let file: FileHandle
    /// Prefixes with the place of the name behind each, sorted.
    let entries: [UInt64]
  }

  private enum State {
    case unread
    case readOnce
    case indexed(Index)
    case absent
  }

  private let file: String
  /// Length of its prefixes in hexadecimal digits.
  private let digits: Int
  private let state = Mutex(State.unread)

  private init(_ file: String, digits: Int) {
    self.file = file
    self.digits = digits
  }

  func prefix(_ mac: MACAddress) -> UInt64 { mac.bits >> UInt64(48 - 4 * digits) }

  func names(of prefixes: Set<UInt64>) -> [UInt64: String] {
    state.withLock { state in
      switch state {
      case .unread:
        state = .readOnce
        return readThrough(prefixes)
      case .readOnce:
        state = makeIndex().map(State.indexed) ?? .absent
      case .indexed, .absent: break
      }
      guard case .indexed(let index) = state else { return [:] }
      var found: [UInt64: String] = [:]
      for prefix in prefixes { found[prefix] = Self.name(of: prefix, index) }
      return found
    }
  }

  private func readThrough(_ prefixes: Set<UInt64>) -> [UInt64: String] {
    var found: [UInt64: String] = [:]
    var isWanted = [Bool](repeating: false, count: 1 << 15)
    for prefix in prefixes {
      let digits = Array(String(prefix, radix: 16).utf8).suffix(3)
      let padding = [UInt8](repeating: UInt8(ascii: "0"), count: 3 - digits.count)
      isWanted[(padding + digits).reduce(0) { Self.folded($0, $1) }] = true
    }
    for folder in Self.folders {
      let descriptor = unsafe open("\(folder)/\(file)", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      unsafe forEachPiece(of: descriptor) { bytes in
        unsafe forEachLine(bytes, where: { isWanted[$0] }) { prefix, name in
          if prefixes.contains(prefix) { found[prefix] = unsafe Self.organization(bytes[name]) }
        }
      }
      break
    }
    return found
  }

  /// Whole lines, as many as fit: memory for all of a list takes longer to get than the list to read.
  private func forEachPiece(of descriptor: Int32, _ body: (UnsafeRawBufferPointer) -> Void) {
    unsafe withUnsafeTemporaryAllocation(byteCount: Self.pieceSize, alignment: 16) { buffer in
      guard let base = buffer.baseAddress else { return }
      var kept = 0
      while true {
        let count = unsafe read(descriptor, base + kept, buffer.count - kept)
        if count < 0, errno == EINTR { continue }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<(kept + max(0, count))])
        guard count > 0 else { return unsafe body(bytes) }
        // A line that does not fit goes.
        let lines = unsafe bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? (bytes.count < buffer.count ? 0 : bytes.count)
        unsafe body(UnsafeRawBufferPointer(rebasing: bytes[..<lines]))
        kept = bytes.count - lines
        unsafe memmove(base, base + lines, kept)
      }
    }
  }

  private func makeIndex() -> Index? {
    for folder in Self.folders {
      guard let file = FileHandle(forReadingAtPath: "\(folder)/\(self.file)"), let data = try? file.readToEnd() else { continue }
      var entries: [UInt64] = []
      unsafe data.withUnsafeBytes { bytes in
        unsafe forEachLine(bytes) { prefix, name in
          if name.lowerBound < 1 << Self.placeBits { entries.append(prefix << Self.placeBits | UInt64(name.lowerBound)) }
        }
      }
      entries.sort()
      return Index(file: file, entries: entries)
    }
    return nil
  }

  private static func name(of prefix: UInt64, _ index: Index) -> String? {
    // The last one, as where the list is read through.
    var (low, high) = (0, index.entries.count)
    while low < high {
      let middle = (low + high) / 2
      if index.entries[middle] >> placeBits <= prefix { low = middle + 1 } else { high = middle }
    }
    guard low > 0, index.entries[low - 1] >> placeBits == prefix else { return nil }
    let place = index.entries[low - 1] & (1 << placeBits - 1)
    return unsafe withUnsafeTemporaryAllocation(byteCount: nameLimit, alignment: 1) { buffer in
      let count = unsafe pread(index.file.fileDescriptor, buffer.baseAddress, buffer.count, off_t(place))
      guard count > 0 else { return nil }
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
      return unsafe organization(bytes[..<(bytes.firstIndex(of: UInt8(ascii: "\n")) ?? count)])
    }
  }

  /// Lines are `Registry,Assignment,Organization Name,Organization Address`, with quotes if a name has a comma. Only names that are wanted
  /// become text, because the lists have megabytes.
  ///
  /// - Parameters:
  ///   - isWanted: is asked with the last three digits of a prefix, `folded`, before anything else is looked at.
  ///   - body: gets the prefix, and where the name and what follows it stand.
  private func forEachLine(
    _ bytes: UnsafeRawBufferPointer, where isWanted: (Int) -> Bool = { _ in true }, _ body: (UInt64, Range<Int>) -> Void
  ) {
    guard let base = bytes.baseAddress else { return }
    var start = 0
    while start < bytes.count {
      let end =
        unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start).map { unsafe base.distance(to: $0) } ?? bytes.count
      // `MA-L,` and the like: five bytes, then the prefix and a comma.
      let name = start + 5 + digits + 1
      if name < end, isWanted(unsafe bytes[name - 4..<name - 1].reduce(0) { Self.folded($0, $1) }),
        let prefix = unsafe Self.number(bytes, start + 5..<start + 5 + digits)
      {
        body(prefix, name..<end)
      }
      start = end + 1
    }
  }

  /// Joins a digit to those before it: five bits, the same for both cases of a letter.
  private static func folded(_ digits: Int, _ digit: UInt8) -> Int { digits << 5 | Int(digit & 0x1F) }

  /// The value of hexadecimal digits.
  private static func number(_ bytes: UnsafeRawBufferPointer, _ places: Range<Int>) -> UInt64? {
    var number: UInt64 = 0
    for place in places {
      guard let value = unsafe ASCII.hexValue(bytes[place]) else { return nil }
      number = number << 4 | UInt64(value)
    }
    return number
  }

  private static func organization(_ field: Slice<UnsafeRawBufferPointer>) -> String {
    let isQuoted = unsafe field.first == UInt8(ascii: "\"")
    let body = unsafe isQuoted ? field.dropFirst() : field
    let end = unsafe body.firstIndex(of: UInt8(ascii: isQuoted ? "\"" : ",")) ?? body.endIndex
    let name = unsafe String(decoding: body[..<end], as: UTF8.self)
    // Few names begin or end with blanks, some of them not ASCII.
    let isTrimmed = [name.utf8.first, name.utf8.last].allSatisfy { $0.map(ASCII.isVisible) == true }
    return isTrimmed ? name : name.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
