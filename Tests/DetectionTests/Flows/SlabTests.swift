import Testing

@testable import Detection

@Suite struct SlabTests {
  private final class Counted {
    static nonisolated(unsafe) var alive = 0
    let number: Int
    init(_ number: Int) {
      self.number = number
      Self.alive += 1
    }
    deinit { Self.alive -= 1 }
  }

  @Test func growsAndFreesWhatItHolds() {
    do {
      var slab = Slab<Counted?>(capacity: 3)
      for number in 0..<1000 { slab.append(number % 7 == 0 ? nil : Counted(number)) }
      #expect(slab.count == 1000 && slab.capacity >= 1000)
      #expect(slab.indices.allSatisfy { slab[$0]?.number == ($0 % 7 == 0 ? nil : $0) })
      slab[1] = nil
      #expect(Counted.alive == 856)
    }
    #expect(Counted.alive == 0)
  }
}
