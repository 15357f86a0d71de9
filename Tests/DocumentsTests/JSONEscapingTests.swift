import Documents
import Foundation
import Testing

@Suite struct JSONEscapingTests {
  /// Readers of JSON Lines split at what Unicode calls a line, too; the value is the same for all.
  @Test(arguments: ["a\u{2028}b\u{85}c", "\u{9B}31m\u{202E}", "plain", "e\u{301}\u{301}\u{301}", "👩‍👧\u{200D}\u{E0041}"])
  func valuesAreKeptAndLinesAreLines(name: String) throws {
    let text = try JSON.text(["name": name])
    #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0 != "\u{2028}" && $0 != "\u{202E}" })
    let read = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    #expect(read["name"].map { Array($0.unicodeScalars) } == Array(name.unicodeScalars))
  }
}
