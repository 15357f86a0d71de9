import Detection
import Foundation
import SignatureFiles
import Testing

/// The signatures of this repository hold.
@Suite struct RepositoryTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "signatures").path

  static var isAbsent: Bool { !FileManager.default.fileExists(atPath: folder) }

  @Test(.disabled(if: isAbsent, "there is no folder signatures/"))
  func examplesHold() {
    let (signatures, problems) = SignatureLoader.read(Self.folder)
    for problem in problems { Issue.record(problem) }
    for problem in signatures.flatMap({ $0.exampleProblems() }) { Issue.record(problem) }
    #expect(Set(signatures.map(\.signature.id)).count == signatures.count)
  }
}
