import Detection
import Foundation
import SignatureFiles
import Testing

/// The examples in docs/signatures.md are valid.
@Suite struct GuideTests {
  private func guide() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/signatures.md"), encoding: .utf8)
  }

  @Test func signaturesOfTheGuideAreValid() throws {
    let blocks = try guide().components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    let files = blocks.filter { $0.hasPrefix("yaml\n") }.map { $0.dropFirst(5) }
    #expect(files.count >= 4)
    for file in files {
      let (signatures, problems) = SignatureLoader.read(yaml: String(file), file: "docs/signatures.md")
      #expect(problems == [])
      #expect(!signatures.isEmpty)
      #expect(SignatureLint.findings(in: signatures) == [])
    }
  }

  @Test func guideMentionsEveryWordOfTheLanguage() throws {
    let guide = try guide()
    let words =
      Field.allCases.map(\.rawValue) + Claim.allCases.map(\.rawValue) + Facet.allCases.map(\.rawValue)
      + Strength.allCases.map(\.rawValue) + DeviceClass.allCases.map(\.rawValue) + ClassMark.Group.allCases.map(\.rawValue)
      + SharedWith.allCases.map(\.rawValue)
    for word in words { #expect(guide.contains("`\(word)`"), "\(word)") }
    let operators = [
      "equals", "prefix", "suffix", "contains", "under", "word", "like", "unless", "bytes", "text", "length", "port", "above", "below",
      "between",
    ]
    for word in operators { #expect(guide.contains("| `\(word):"), "\(word)") }
  }
}
