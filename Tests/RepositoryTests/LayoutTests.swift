import Foundation
import Testing

/// Rules for files, folders and prose.
@Suite struct LayoutTests {
  static let longestFile = 500

  @Test func sourceFilesAreShort() throws {
    for path in Repository.files(under: "Sources", suffix: ".swift") + Repository.files(under: "Tests", suffix: ".swift") {
      let lines = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
      #expect(lines <= Self.longestFile, "\(path) has \(lines) lines")
    }
  }

  @Test(arguments: [("Sources/lenscap", 6), ("Sources/Detection/Protocols", 8)])
  func filesHaveFolders(folder: String, most: Int) throws {
    let files = try Repository.files(in: folder)
    #expect(!files.isEmpty && files.count <= most, "\(folder): \(files)")
  }

  /// Local links, without their anchors, point at files that exist.
  @Test(arguments: Repository.documents)
  func linksHold(document: String) throws {
    let folder = URL(filePath: "/" + document).deletingLastPathComponent()
    for link in try Repository.text(document).matches(of: /\]\(([^)\s]+)\)/).map({ String($0.1) }) {
      if link.hasPrefix("#") || link.contains("://") || link.hasPrefix("mailto:") { continue }
      let path = folder.appending(path: String(link.prefix { $0 != "#" })).standardized.path.dropFirst()
      #expect(Repository.exists(String(path)), "\(document) links to \(link)")
    }
  }

  /// Phrases that only this project's authors ever used.
  @Test func proseIsPlain() throws {
    let dialect = /told of|is told|are told|is heard|are heard|a watching/
    for path in Repository.files(under: "Sources", suffix: ".swift") + Repository.documents where path != "captures/README.md" {
      for (number, line) in try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        if line.contains(dialect) { Issue.record("\(path):\(number + 1): \(line)") }
      }
    }
  }
}
