import Detection
import Foundation
import GRDB
import Testing

@testable import Store

/// Which signatures the watch has in force, and which of them devices have met.
@Suite struct LoadedSignatureTests {
  private func list(_ stored: Stored, _ text: String = "", isMet: Bool = false) throws -> [String] {
    var filter = SignatureFilter()
    (filter.text, filter.isMet) = (text, isMet)
    return try stored.store.signatures(filter, after: nil, limit: 10).map(\.id)
  }

  private func signature(_ id: String, _ because: String = "says {value}") -> Signature {
    let maker = PropertyStoreTests.maker
    return Signature(
      id: id, says: maker.says, facet: maker.facet, strength: maker.strength, condition: maker.condition, because: because)
  }

  @Test func whatIsInForceIsListed() throws {
    let stored = try Stored()
    try stored.store.setSignatures(["b", "a_1", "maker"].map { signature($0) })
    try stored.save(Stored.device(1), Stored.device(2))
    #expect(try list(stored) == ["maker", "a_1", "b"], "those that most devices met come first")
    #expect(try list(stored, isMet: true) == ["maker"] && list(stored, "_") == ["a_1"] && list(stored, "%").isEmpty)
    #expect(try stored.store.signatureCounts() == (3, 1))
    let first = try #require(try stored.store.signatures(SignatureFilter(), after: nil, limit: 1).first)
    #expect(first.devices == 2)
    let place = ListPlace(time: Timestamp(nanoseconds: Int64(first.devices)), id: first.id)
    #expect(try stored.store.signatures(SignatureFilter(), after: place, limit: 5).map(\.id) == ["a_1", "b"])
  }

  @Test func othersTakeTheirPlace() throws {
    let stored = try Stored()
    try stored.store.setSignatures([signature("a"), signature("b")])
    let changes = try stored.store.read { $0.totalChangesCount }
    try stored.store.setSignatures([signature("b"), signature("a")])
    #expect(try stored.store.read { $0.totalChangesCount } == changes, "nothing is written where nothing changed")
    try stored.store.setSignatures([signature("c", "reworded")])
    #expect(try list(stored) == ["c"])
  }
}
