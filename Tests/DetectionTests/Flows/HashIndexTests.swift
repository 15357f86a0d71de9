import Testing

@testable import Detection

@Suite struct HashIndexTests {
  /// Against a dictionary: the same keys are found after the same insertions and removals.
  @Test func agreesWithDictionary() {
    var generator = SystemRandomNumberGenerator()
    var index = HashIndex(minimumCapacity: 4)
    var keys: [UInt64] = []
    var reference: [UInt64: Int] = [:]
    for _ in 0..<20_000 {
      let key = UInt64.random(in: 0..<500, using: &generator)
      // A poor hash, so that runs of occupied slots form and removals must move entries.
      let hash = UInt32(key % 37)
      let found = index.find(hash: hash) { keys[$0] == key }
      #expect(found == reference[key])
      if let found {
        index.remove(found, hash: hash)
        reference[key] = nil
      } else {
        keys.append(key)
        index.insert(keys.count - 1, hash: hash)
        reference[key] = keys.count - 1
      }
      #expect(index.count == reference.count)
    }
  }
}
