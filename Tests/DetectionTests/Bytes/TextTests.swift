import Testing

@testable import Detection

/// Bytes of strangers as text.
@Suite struct TextTests {
  /// What the standard library makes of bytes that are no UTF-8, where they hold no control characters.
  @Test func malformedText() {
    let bytes: [UInt8] = [
      0x20, 0x41, 0x7E, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3,
      0xF4, 0xF5, 0xFF,
    ]
    for first in bytes {
      for second in bytes {
        for third in bytes {
          for last in [[], [0x80], [0xBF, 0x41], [0xE2, 0x82]] as [[UInt8]] {
            let text = [first, second, third] + last
            #expect(text.span.bytes.text() == String(decoding: text, as: UTF8.self))
          }
        }
      }
    }
  }

  @Test(arguments: [
    ("plain", 512, "plain"), ("a\u{0}b", 512, "a"), ("a\tb\u{7F}", 512, "a\u{FFFD}b\u{FFFD}"), ("größe", 512, "größe"),
    ("größe", 3, "gr\u{FFFD}"), ("日本語", 512, "日本語"), ("🎥 lobby", 512, "🎥 lobby"), ("🎥", 3, "\u{FFFD}"), ("", 512, ""),
  ])
  func readableText(text: String, limit: Int, expected: String) { #expect(Array(text.utf8).span.bytes.text(limit: limit) == expected) }
}
