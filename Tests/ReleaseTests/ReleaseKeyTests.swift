import ChainMessages
import Foundation
import Testing

@testable import Releases

/// Who may release, and what was signed.
@Suite struct ReleaseKeyTests {
  private let key = ReleaseSigningKey()

  private func signed(
    _ archive: Data, id: String = "signatures-1", kind: String = "signatures", number: Int64 = 1
  ) throws -> (text: String, signature: String) {
    let data = SignatureRelease(
      number: number, sha256: ReleaseArchive.sum(of: archive), bytes: archive.count, path: SignatureRelease.path(of: id))
    let bytes = try ConfigMessage(id: id, kind: kind, data: data).canonicalBytes()
    return (String(decoding: bytes, as: UTF8.self), try key.sign(bytes))
  }

  @Test func keysAreReadAsTheyWereWritten() throws {
    #expect(try ReleaseKey(pem: key.publicKey.pem) == key.publicKey)
    #expect(try ReleaseSigningKey(pem: key.pem).publicKey == key.publicKey)
    // `openssl genpkey -algorithm ed25519`, and its public half.
    let foreign = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
    #expect(try ReleaseKey(pem: foreign).pem == foreign)
    for wrong in ["", "x", key.pem, String(repeating: "x", count: 5000)] {
      #expect(throws: ReleaseProblem.key) { try ReleaseKey(pem: wrong) }
    }
    #expect(throws: ReleaseProblem.signingKey) { try ReleaseSigningKey(pem: try key.publicKey.pem) }
  }

  @Test func aReleaseIsTakenOnlyAsItWasSigned() throws {
    let archive = try ReleaseArchive([.init(name: "a.yaml", bytes: Array("- id: x\n".utf8))])
    let (text, signature) = try signed(archive.bytes)
    let release = try SignedSignatures(text: text, signature: signature, key: key.publicKey)
    #expect(release.id == "signatures-1" && release.release.number == 1)
    #expect(try release.archive(archive.bytes) == archive)
    var other = archive.bytes
    other[600] ^= 1
    #expect(throws: ReleaseProblem.sum) { try release.archive(other) }
    #expect(throws: ReleaseProblem.sum) { try release.archive(archive.bytes + Data([0])) }
    for (text, signature) in [
      (text.replacing("\"number\":1", with: "\"number\":2"), signature), (text, ""), (text, "AAAA"), (text, "no base64"),
      (text, try ReleaseSigningKey().sign(Data(text.utf8))),
    ] {
      #expect(throws: ReleaseProblem.signature) { try SignedSignatures(text: text, signature: signature, key: key.publicKey) }
    }
  }

  @Test func whatIsNoReleaseOfSignaturesIsRefused() throws {
    for (kind, number) in [("software", Int64(1)), ("signatures", 0), ("signatures", -1)] {
      let (text, signature) = try signed(Data("x".utf8), kind: kind, number: number)
      #expect(throws: ReleaseProblem.self) { try SignedSignatures(text: text, signature: signature, key: key.publicKey) }
    }
    let bytes = Data(#"{"id":"a","kind":"signatures","data":{"number":1,"sha256":"../x","bytes":1,"path":"/x"}}"#.utf8)
    let signature = try key.sign(bytes)
    #expect(throws: ReleaseProblem.self) {
      try SignedSignatures(text: String(decoding: bytes, as: UTF8.self), signature: signature, key: key.publicKey)
    }
  }
}
