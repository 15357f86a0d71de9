import Glibc

// Text in borrowed bytes: comparisons and searches first, a `String` only once something matched.

extension RawSpan {
  @inlinable public func starts(with text: StaticString, at offset: Int = 0) -> Bool {
    let count = text.utf8CodeUnitCount
    guard offset >= 0, byteCount - offset >= count else { return false }
    let start = unsafe text.utf8Start
    for index in 0..<count where unsafe u8(offset + index) != start[index] { return false }
    return true
  }

  /// Compares like `starts(with:)`, ignoring the case of ASCII letters; `text` must be in lower case.
  @inlinable public func startsIgnoringCase(_ text: StaticString, at offset: Int = 0) -> Bool {
    let count = text.utf8CodeUnitCount
    guard offset >= 0, byteCount - offset >= count else { return false }
    let start = unsafe text.utf8Start
    for index in 0..<count where unsafe ASCII.lowercased(u8(offset + index)) != start[index] { return false }
    return true
  }

  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    let start = Swift.max(0, start)
    guard start < byteCount else { return nil }
    return unsafe withUnsafeBytes { bytes in
      guard let first = bytes.baseAddress, let found = unsafe memchr(first + start, Int32(byte), bytes.count - start) else { return nil }
      return unsafe UnsafeRawPointer(found) - first
    }
  }

  func starts(with bytes: [UInt8]) -> Bool {
    guard byteCount >= bytes.count else { return false }
    for (index, byte) in bytes.enumerated() where u8(index) != byte { return false }
    return true
  }

  /// The first occurrence of `needle`, which must not be empty.
  func firstIndex(of needle: RawSpan, from start: Int = 0) -> Int? {
    var next = firstIndex(of: needle.u8(0), from: start)
    while let index = next, byteCount - index >= needle.byteCount {
      if extracting(index..<index + needle.byteCount).isEqual(to: needle) { return index }
      next = firstIndex(of: needle.u8(0), from: index + 1)
    }
    return nil
  }

  private func isEqual(to other: RawSpan) -> Bool {
    unsafe withUnsafeBytes { bytes in
      unsafe other.withUnsafeBytes { other in
        guard let first = bytes.baseAddress, let second = other.baseAddress else { return true }
        return unsafe memcmp(first, second, other.count) == 0
      }
    }
  }

  public func contains(_ text: StaticString) -> Bool { firstIndex(of: text) != nil }

  public func firstIndex(of text: StaticString, from start: Int = 0) -> Int? {
    let count = text.utf8CodeUnitCount
    guard count > 0, byteCount >= count else { return nil }
    let first = unsafe text.utf8Start[0]
    var next = firstIndex(of: first, from: start)
    while let index = next, byteCount - index >= count {
      if starts(with: text, at: index) { return index }
      next = firstIndex(of: first, from: index + 1)
    }
    return nil
  }

  /// The first occurrence of `text`, ignoring the case of ASCII letters; `text` must be in lower case.
  func firstIndexIgnoringCase(of text: StaticString, from start: Int = 0) -> Int? {
    var index = Swift.max(0, start)
    while index + text.utf8CodeUnitCount <= byteCount {
      if startsIgnoringCase(text, at: index) { return index }
      index += 1
    }
    return nil
  }

  /// The region without the white space at its ends.
  public var trimmed: RawSpan {
    @_lifetime(copy self)
    get {
      var low = 0
      var high = byteCount
      while low < high, ASCII.isWhitespace(u8(low)) { low += 1 }
      while high > low, ASCII.isWhitespace(u8(high - 1)) { high -= 1 }
      return extracting(low..<high)
    }
  }

  /// The bytes as text if all of them are printable ASCII, otherwise in hexadecimal digits.
  public var textOrHexadecimal: String {
    let isText = byteCount > 0 && (0..<byteCount).allSatisfy { ASCII.isPrintable(u8($0)) }
    return isText ? text() : array.hexDigits
  }

  /// The first `limit` bytes as text, up to the first NUL. Invalid UTF-8 and control characters become U+FFFD.
  public func text(limit: Int = 512) -> String {
    let count = Swift.min(byteCount, limit)
    var plain = 0
    while plain < count, ASCII.isPrintable(u8(plain)) { plain += 1 }
    // The usual case: no byte needs to be looked at again.
    if plain == count { return unsafe extracting(0..<count).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    // A byte becomes three at most.
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * count) { units in
      var (index, end) = (0, 0)
      while index < count, u8(index) != 0 {
        let (length, isText) = character(at: index, before: count)
        for unit in 0..<(isText ? length : Self.replacement.count) {
          unsafe units[end] = isText ? u8(index + unit) : Self.replacement[unit]
          end += 1
        }
        index += length
      }
      return unsafe String(decoding: units[..<end], as: UTF8.self)
    }
  }

  /// The length of the character at an offset, in UTF-8; or of what is a control character or malformed and becomes one U+FFFD (Unicode 16,
  /// table 3-7, and section 3.9 about maximal subparts). Here, because `String` takes ten times as long to repair what is malformed.
  private func character(at index: Int, before end: Int) -> (length: Int, isText: Bool) {
    let (rest, second): (Int, ClosedRange<UInt8>)
    switch u8(index) {
    case let byte where byte < 0x80: return (1, ASCII.isPrintable(byte))
    case 0xC2...0xDF: (rest, second) = (1, 0x80...0xBF)
    case 0xE0: (rest, second) = (2, 0xA0...0xBF)
    case 0xED: (rest, second) = (2, 0x80...0x9F)
    case 0xE1...0xEF: (rest, second) = (2, 0x80...0xBF)
    case 0xF0: (rest, second) = (3, 0x90...0xBF)
    case 0xF1...0xF3: (rest, second) = (3, 0x80...0xBF)
    case 0xF4: (rest, second) = (3, 0x80...0x8F)
    default: return (1, false)
    }
    for place in 1...rest {
      guard index + place < end, (place == 1 ? second : 0x80...0xBF).contains(u8(index + place)) else { return (place, false) }
    }
    return (rest + 1, true)
  }

  /// The first `limit` bytes as text, with the letters of ASCII in lower case. Invalid UTF-8 becomes U+FFFD.
  func lowercasedText(limit: Int) -> String {
    let count = Swift.min(byteCount, limit)
    return unsafe String(unsafeUninitializedCapacity: count) { units in
      for index in 0..<count { unsafe units[index] = ASCII.lowercased(u8(index)) }
      return count
    }
  }

  /// U+FFFD in UTF-8.
  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  /// The first `limit` bytes as text, each run of white space as one space and none at the ends.
  func collapsedText(limit: Int = 512) -> String {
    var units: [UInt8] = []
    var pending = false
    for index in 0..<byteCount {
      let byte = u8(index)
      if ASCII.isWhitespace(byte) {
        pending = !units.isEmpty
        continue
      }
      if units.count + (pending ? 1 : 0) >= limit { break }
      if pending { units.append(ASCII.space) }
      pending = false
      units.append(byte)
    }
    return unsafe units.span.bytes.text(limit: limit)
  }

  /// The unsigned decimal number that fills the region; nil for anything else and for more than 18 digits.
  public var decimal: Int? {
    guard (1...18).contains(byteCount) else { return nil }
    var value = 0
    for index in 0..<byteCount {
      guard ASCII.isDigit(u8(index)) else { return nil }
      value = value * 10 + Int(u8(index) - 0x30)
    }
    return value
  }

  public var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

  /// Longest host name (RFC 1035 section 2.3.4).
  static let hostNameLimit = 255

  /// The bytes could be a host name: letters, digits, hyphens, periods and underscores, and not too many.
  var isHostName: Bool {
    guard (1...Self.hostNameLimit).contains(byteCount) else { return false }
    for index in 0..<byteCount {
      let byte = u8(index)
      guard ASCII.isAlphanumeric(byte) || byte == ASCII.hyphen || byte == ASCII.period || byte == ASCII.underscore else { return false }
    }
    return true
  }

  /// There are bytes, and all of them are visible ASCII.
  var isVisibleText: Bool {
    for index in 0..<byteCount where !ASCII.isVisible(u8(index)) { return false }
    return byteCount > 0
  }
}

extension [UInt8] {
  mutating func append(_ bytes: RawSpan) { unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) } }
}
