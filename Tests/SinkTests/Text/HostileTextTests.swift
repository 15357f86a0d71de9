import Testing

@testable import Sinks

@Suite struct HostileTextTests {
  @Test func oneLineHasNoBreaksAndNoOverrides() {
    #expect("a\r\nb\u{0}c\u{2028}d\u{85}e".oneLine == "a b c d e")
    #expect("  many \t spaces  ".oneLine == "many spaces")
    #expect("\u{202E}gnp.exe\u{2066}".oneLine == "gnp.exe")
    #expect("日本語 👩‍👩‍👧 é".oneLine == "日本語 👩‍👩‍👧 é")
  }

  @Test func plainTextKeepsItsLines() {
    #expect("a\r\nb\nc\u{7}\u{202E}d".plainText == "a\nb\ncd")
  }

  @Test func cutsBetweenCharacters() {
    #expect("short".cut(utf8: 5) == "short")
    #expect("longer".cut(utf8: 5) == "lo…")
    #expect("ééé".cut(utf8: 5) == "é…")
    #expect("👩‍👩‍👧👩‍👩‍👧".cut(utf16: 12) == "👩‍👩‍👧…")
    #expect("abc".cut(utf8: 2) == "" && "abc".cut(utf8: 0) == "")
    let marks = "e" + String(repeating: "\u{301}", count: 5000)
    #expect(marks.cut(utf8: 100).utf8.count == 100 - (100 - 3 - 1) % 2)
  }

  @Test(arguments: 0..<40) func neverExceedsTheLimit(limit: Int) {
    for text in ["日本語のカメラ 📷📷📷📷📷", "e" + String(repeating: "\u{301}", count: 90), "plain text that is longer than that limit is"] {
      #expect(text.cut(utf8: limit).utf8.count <= limit && text.cut(utf16: limit).utf16.count <= limit)
    }
  }

  @Test(arguments: [
    ("Room 12", "Room 12"), ("  a \t\r\n b ", "a b"), ("\u{202E}abc", "abc"), ("http://evil", "http[:]//evil"),
    ("WWW.evil", "WWW[.]evil"), ("👩‍👧", "👩‍👧"), ("a\u{200D}b", "ab"), ("❤️", "❤️"), ("über Ωμέγα 摄像头", "über Ωμέγα 摄像头"), ("\u{200B}", ""),
  ])
  func linesForPeopleHideNothing(text: String, line: String) {
    #expect(text.unlinked() == line)
  }

  @Test func namesStayInTheirQuotationMarks() {
    #expect("abcdef".shown(limit: 4) == "abc…")
    #expect("👍🏽👍🏽👍🏽".shown(limit: 2) == "👍🏽…")
    #expect("   ".quoted() == nil)
    #expect("a “b”".quoted() == "“a 'b'”")
    #expect("a”\u{301} b".quoted() == "“a'\u{301} b”")
  }
}
