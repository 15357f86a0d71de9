import Detection
import Foundation
import SignatureFiles
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "signatures").path

/// The signatures of this repository: what `lenscap signatures check` checks, but for the captures.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder), "there is no folder signatures/"))
struct RepositoryTests {
  @Test func allLoadAndTheirExamplesHold() {
    let (signatures, problems) = SignatureLoader.read(folder)
    for problem in problems { Issue.record(problem) }
    for problem in signatures.flatMap({ $0.exampleProblems() }) { Issue.record(problem) }
    #expect(Set(signatures.map(\.signature.id)).count == signatures.count)
  }

  @Test func lintFindsNoErrors() {
    for finding in SignatureLint.findings(in: SignatureLoader.read(folder).signatures) where finding.severity == .error {
      Issue.record(finding.problem)
    }
  }

  @Test func theCompiledFormIsTheSame() throws {
    let signatures = SignatureLoader.read(folder).signatures.map(\.signature)
    let copy = try SignatureCoding.decode(SignatureCoding.encode(signatures).span.bytes)
    #expect(copy == signatures)
  }
}
