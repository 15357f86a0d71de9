import Detection
import Testing

@Suite struct VisibleTextTests {
  @Test(arguments: [
    ("IPC-C22", "IPC-C22"), ("über Ωμέγα 摄像头", "über Ωμέγα 摄像头"), ("", ""),
    // U+009B begins a control sequence, as ESC [ does.
    ("cam\u{9B}31mera", "cam 31mera"), ("a\u{1B}[2Jb", "a [2Jb"), ("a\r\nb\u{85}c\u{2028}d\u{2029}e", "a  b c d e"),
    ("\u{202E}gnp.exe\u{2066}\u{200F}\u{61C}", "gnp.exe"), ("a\u{200B}b\u{200C}c\u{2060}d\u{FEFF}e\u{AD}f", "abcdef"),
    ("a\u{E0041}\u{E007F}b", "ab"), ("a\u{3164}b\u{34F}c\u{115F}", "abc"), ("a\u{2800}\u{A0}b", "a  b"), ("a\u{E000}b", "ab"),
    ("e\u{301}\u{302}\u{303}\u{304}x\u{301}", "e\u{301}\u{302}x\u{301}"), ("e\u{301}\u{200B}\u{302}\u{20DD}", "e\u{301}\u{302}"),
    ("👩‍👧 ❤️ 👍🏽 🇵🇹", "👩‍👧 ❤️ 👍🏽 🇵🇹"), ("a\u{200D}b", "ab"), ("👩\u{200D}b", "👩b"), ("\u{200D}👧", "👧"), ("x\u{FE0F}y", "xy"),
  ])
  func namesForPeople(text: String, line: String) {
    #expect(Array(text.forPeople().unicodeScalars) == Array(line.unicodeScalars))
  }

  @Test func longNamesAreCut() {
    #expect(String(repeating: "x", count: 80).forPeople().count == 80)
    #expect(String(repeating: "x", count: 81).forPeople() == String(repeating: "x", count: 79) + "…")
    #expect("👍🏽👍🏽👍🏽".forPeople(limit: 2) == "👍🏽…")
    #expect("abc".forPeople(limit: 0) == "…")
    #expect(String(repeating: "\u{301}", count: 100_000).forPeople().unicodeScalars.count == 2)
  }

  /// What the program itself wants to look so stays.
  @Test(arguments: [
    ("a\n\tb\n", "a\n\tb\n"),
    ("\u{1B}[1;31mCAMERA\u{1B}[0m é", "\u{1B}[1;31mCAMERA\u{1B}[0m é"), ("\u{1B}[2J\u{1B}]0;x\u{7}", " [2J ]0;x "),
    ("\u{1B}", " "), ("\u{1B}[", " ["), ("\u{1B}[31", " [31"), ("“cam\u{9B}31m”\r", "“cam 31m” "), ("a\u{202E}b", "ab"),
  ])
  func textsForTerminals(text: String, shown: String) {
    #expect(Array(text.forTerminal.unicodeScalars) == Array(shown.unicodeScalars))
  }

  @Test(arguments: [
    (#"{"a":"é 摄 👩‍👧"}"#, #"{"a":"é 摄 👩‍👧"}"#), ("[\n  \"x\"\n]", "[\n  \"x\"\n]"), ("\"\u{7F}\u{9B}\u{2028}\"", #""\u007f\u009b\u2028""#),
    ("\"\u{202E}\u{200D}\u{E0041}\"", #""\u202e\u200d\udb40\udc41""#),
    ("\"e\u{301}\u{302}\u{303}\"", "\"e\u{301}\u{302}\\u0303\""),
  ])
  func jsonKeepsWhatHides(json: String, escaped: String) {
    #expect(Array(json.withInvisibleEscaped.unicodeScalars) == Array(escaped.unicodeScalars))
  }
}
