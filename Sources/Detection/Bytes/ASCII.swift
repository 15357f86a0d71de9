/// Names and classes of the ASCII bytes that text protocols use.
public enum ASCII {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let escape: UInt8 = 0x1B
  static let space: UInt8 = 0x20
  static let quote: UInt8 = 0x22
  static let dollar: UInt8 = 0x24
  static let percent: UInt8 = 0x25
  static let ampersand: UInt8 = 0x26
  static let apostrophe: UInt8 = 0x27
  static let asterisk: UInt8 = 0x2A
  static let plus: UInt8 = 0x2B
  static let comma: UInt8 = 0x2C
  static let hyphen: UInt8 = 0x2D
  static let period: UInt8 = 0x2E
  static let slash: UInt8 = 0x2F
  static let colon: UInt8 = 0x3A
  static let semicolon: UInt8 = 0x3B
  static let lessThan: UInt8 = 0x3C
  static let equals: UInt8 = 0x3D
  static let greaterThan: UInt8 = 0x3E
  static let questionMark: UInt8 = 0x3F
  static let at: UInt8 = 0x40
  static let openBracket: UInt8 = 0x5B
  static let backslash: UInt8 = 0x5C
  static let closeBracket: UInt8 = 0x5D
  static let underscore: UInt8 = 0x5F
  static let openBrace: UInt8 = 0x7B
  static let closeBrace: UInt8 = 0x7D

  @inlinable public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
  @inlinable public static func isUppercase(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
  @inlinable public static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
  @inlinable public static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

  /// Space, tab, line feed, vertical tab, form feed or carriage return.
  @inlinable public static func isWhitespace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }
  /// Carriage return or line feed.
  @inlinable public static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0D || byte == 0x0A }
  /// Space or tab.
  @inlinable public static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  /// A character or a space.
  @inlinable public static func isPrintable(_ byte: UInt8) -> Bool { byte &- 0x20 < 0x5F }
  /// A character, and no space.
  @inlinable public static func isVisible(_ byte: UInt8) -> Bool { byte &- 0x21 < 0x5E }

  @inlinable public static func lowercased(_ byte: UInt8) -> UInt8 { isUppercase(byte) ? byte | 0x20 : byte }

  /// Four bytes at once.
  static func lowercased(_ bytes: UInt32) -> UInt32 {
    let low = bytes & 0x7F7F_7F7F
    // The high bit of each byte: from "A" on, but not behind "Z", and ASCII.
    let upper = (low &+ 0x3F3F_3F3F) & ~(low &+ 0x2525_2525) & ~bytes & 0x8080_8080
    return bytes | upper >> 2
  }

  /// The UTF-8 of a text, with the letters of ASCII in lower case.
  static func lowercased(_ text: String) -> [UInt8] {
    var bytes = Array(text.utf8)
    for index in bytes.indices { bytes[index] = lowercased(bytes[index]) }
    return bytes
  }

  /// The value of a hexadecimal digit in either case.
  @inlinable public static func hexValue(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte &- 0x30 }
    let letter = lowercased(byte) &- 0x61
    return letter < 6 ? letter + 10 : nil
  }
}
