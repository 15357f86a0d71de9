import Foundation

/// Texts of any language in headers (RFC 2047).
enum EncodedWord {
  /// Of a word with its frame: RFC 2047, section 2, allows 75, and lines of 76 with the header's name before the first word.
  static let limit = 64
  private static let prefix = "=?utf-8?B?"
  private static let suffix = "?="
  /// Bytes whose base64 fits between the frame.
  private static let byteLimit = (limit - prefix.utf8.count - suffix.utf8.count) / 4 * 3

  /// Words of at most 64 characters, none of which cuts a character in two.
  static func words(_ text: String) -> [String] {
    var words: [String] = []
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      let next = Array(String(scalar).utf8)
      if bytes.count + next.count > byteLimit {
        words.append(word(bytes))
        bytes = []
      }
      bytes += next
    }
    if !bytes.isEmpty { words.append(word(bytes)) }
    return words
  }

  private static func word(_ bytes: [UInt8]) -> String { prefix + Data(bytes).base64EncodedString() + suffix }
}

/// Bodies of any language in lines of ASCII (RFC 2045, section 6.7).
enum QuotedPrintable {
  /// Of a line without its end.
  static let lineLimit = 76

  /// Lines end with CR LF. No line begins with a dot or "From ", which mail servers change.
  static func encode(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line($0) }.joined(separator: "\r\n")
  }

  private static func line(_ line: Substring) -> String {
    let bytes = Array(line.utf8)
    var encoded = ""
    var width = 0
    for (index, byte) in bytes.enumerated() {
      let isLast = index == bytes.count - 1
      let unit = unit(byte, isFirst: width == 0, isLast: isLast)
      // The last character of a line that goes on is the soft line break "=".
      if width + unit.utf8.count > lineLimit - (isLast ? 0 : 1) {
        encoded += "=\r\n"
        width = 0
      }
      let placed = width == 0 ? self.unit(byte, isFirst: true, isLast: isLast) : unit
      encoded += placed
      width += placed.utf8.count
    }
    return encoded
  }

  private static func unit(_ byte: UInt8, isFirst: Bool, isLast: Bool) -> String {
    switch byte {
    case UInt8(ascii: "="): break
    case UInt8(ascii: "."), UInt8(ascii: "F"), UInt8(ascii: "-"): if !isFirst { return plain(byte) }
    case UInt8(ascii: " "): if !isLast { return plain(byte) }
    case 0x21...0x7E: return plain(byte)
    default: break
    }
    return "=" + byte.hexadecimal
  }

  private static func plain(_ byte: UInt8) -> String { String(Unicode.Scalar(byte)) }
}
