// Text in borrowed bytes: comparisons and searches first, a `String` only when something matched.

@inlinable public func asciiLowercased(_ byte: UInt8) -> UInt8 {
  byte &- 0x41 < 26 ? byte | 0x20 : byte
}

@inlinable public func isASCIIAlphanumeric(_ byte: UInt8) -> Bool {
  (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
}

extension RawSpan {
  @inlinable public func starts(with text: StaticString, at offset: Int = 0) -> Bool {
    let count = text.utf8CodeUnitCount
    guard offset >= 0, byteCount - offset >= count else { return false }
    let start = unsafe text.utf8Start
    for index in 0..<count where unsafe u8(offset + index) != start[index] { return false }
    return true
  }

  /// As `starts(with:)`, without regard to ASCII case; `text` must be lower case.
  @inlinable public func startsIgnoringCase(_ text: StaticString, at offset: Int = 0) -> Bool {
    let count = text.utf8CodeUnitCount
    guard offset >= 0, byteCount - offset >= count else { return false }
    let start = unsafe text.utf8Start
    for index in 0..<count where unsafe asciiLowercased(u8(offset + index)) != start[index] { return false }
    return true
  }

  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    var index = Swift.max(0, start)
    while index < byteCount {
      if u8(index) == byte { return index }
      index += 1
    }
    return nil
  }

  public func contains(_ text: StaticString) -> Bool { firstIndex(of: text) != nil }

  public func firstIndex(of text: StaticString, from start: Int = 0) -> Int? {
    let count = text.utf8CodeUnitCount
    guard count > 0, byteCount >= count else { return nil }
    var index = Swift.max(0, start)
    while index <= byteCount - count {
      if starts(with: text, at: index) { return index }
      index += 1
    }
    return nil
  }

  /// The region without spaces, tabs, CR and LF at its ends.
  public var trimmed: RawSpan {
    @_lifetime(copy self)
    get {
      var low = 0
      var high = byteCount
      while low < high, u8(low) == 0x20 || (0x09...0x0D).contains(u8(low)) { low += 1 }
      while high > low, u8(high - 1) == 0x20 || (0x09...0x0D).contains(u8(high - 1)) { high -= 1 }
      return extracting(low..<high)
    }
  }

  /// Printable ASCII as it is, all else in hexadecimal digits.
  public var textOrHexadecimal: String {
    let isText = byteCount > 0 && (0..<byteCount).allSatisfy { (0x20..<0x7F).contains(u8($0)) }
    return isText ? text() : array.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The bytes as text: invalid UTF-8 and control characters become U+FFFD, at most `limit` bytes are taken, and it ends at the first NUL.
  public func text(limit: Int = 512) -> String {
    let count = Swift.min(byteCount, limit)
    // Nearly all text: no byte of it needs to be replaced.
    let plain: String? = unsafe withUnsafeBytes { bytes in
      let head = unsafe bytes.prefix(count)
      return unsafe head.contains { $0 < 0x20 || $0 == 0x7F } ? nil : String(decoding: head, as: UTF8.self)
    }
    if let plain { return plain }
    var units: [UInt8] = []
    units.reserveCapacity(count)
    for index in 0..<count {
      let byte = u8(index)
      if byte == 0 { break }
      units.append(byte < 0x20 || byte == 0x7F ? 0x1A : byte)
    }
    var text = String(decoding: units, as: UTF8.self)
    if units.contains(0x1A) { text = String(text.map { $0 == "\u{1A}" ? "\u{FFFD}" : $0 }) }
    return text
  }

  /// An unsigned decimal number that fills the region; nil for anything else or beyond 18 digits.
  public var decimal: Int? {
    guard (1...18).contains(byteCount) else { return nil }
    var value = 0
    for index in 0..<byteCount {
      let digit = u8(index) &- 0x30
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }

  public var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}
