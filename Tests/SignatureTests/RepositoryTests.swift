import Detection
import Foundation
import SignatureFiles
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "signatures").path

/// The signatures of this repository, with the checks of `lenscap signatures check` except the captures.
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

  /// The index of all signatures finds the same matches as an index of each one.
  @Test func sameMatchesTogetherAsAlone() {
    let signatures = SignatureLoader.read(folder).signatures
    let all = SignatureSet(signatures.map(\.signature))
    for loaded in signatures {
      for example in loaded.examples {
        let fired = all.match(example.observations).contains { $0.id == loaded.signature.id }
        #expect(fired, "\(loaded.signature.id), line \(example.line)")
      }
      for example in loaded.counterexamples {
        let fired = all.match(example.observations).contains { $0.id == loaded.signature.id }
        #expect(!fired, "\(loaded.signature.id), line \(example.line)")
      }
    }
  }

  @Test func compiledFormIsTheSame() throws {
    let signatures = SignatureLoader.read(folder).signatures.map(\.signature)
    let copy = try SignatureCoding.decode(SignatureCoding.encode(signatures).span.bytes)
    #expect(copy == signatures)
  }
}
