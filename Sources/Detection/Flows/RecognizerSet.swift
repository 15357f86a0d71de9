/// A set of indices into the registry, at most 64.
struct RecognizerSet: Sequence, Equatable {
  private(set) var bits: UInt64 = 0

  init() {}
  init(bits: UInt64) { self.bits = bits }

  /// The recognizers that read messages of a transport.
  /// - Parameter headersOnly: only those that read what devices announce publicly.
  init(of recognizers: [any Recognizer], on transport: Transports, headersOnly: Bool = false) {
    for (index, recognizer) in recognizers.enumerated() {
      if (headersOnly ? recognizer.publicTransports : recognizer.transports).contains(transport) { bits |= 1 << UInt64(index) }
    }
  }

  /// Those of the set that look for their protocol behind bytes that nobody knows.
  func searching(_ recognizers: [any Recognizer]) -> RecognizerSet {
    RecognizerSet(bits: reduce(0) { recognizers[$1].searches ? $0 | 1 << UInt64($1) : $0 })
  }

  var isEmpty: Bool { bits == 0 }
  mutating func remove(_ index: Int) { bits &= ~(1 << UInt64(index)) }
  func contains(_ index: Int) -> Bool { bits & 1 << UInt64(index) != 0 }

  struct Iterator: IteratorProtocol {
    var bits: UInt64
    mutating func next() -> Int? {
      guard bits != 0 else { return nil }
      let index = bits.trailingZeroBitCount
      bits &= bits - 1
      return index
    }
  }
  func makeIterator() -> Iterator { Iterator(bits: bits) }
}
