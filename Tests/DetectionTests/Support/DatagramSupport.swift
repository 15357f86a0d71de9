import Testing

@testable import Detection

extension Harness {
  /// Shows a recognizer of datagrams `bytes` cut at every length, and with random bytes in random places: nothing may trap, and
  /// what a cut one says the whole one must say too.
  static func torture(
    _ recognizer: any Recognizer, _ bytes: [UInt8], from: UInt16 = 40000, to: UInt16, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    Seeds.$isPaused.withValue(true) {
      let whole = Set(datagram(recognizer, bytes, from: from, to: to).1.summary)
      for count in 0..<bytes.count {
        let cut = datagram(recognizer, Array(bytes[..<count]), from: from, to: to, length: bytes.count).1
        #expect(whole.isSuperset(of: cut.summary), "cut to \(count)", sourceLocation: sourceLocation)
      }
      var random = TestRandom(seed: UInt64(bytes.count))
      for _ in 0..<2000 {
        var changed = bytes
        for _ in 0...random.next() % 4 {
          changed[Int(random.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random.next() >> 24)
        }
        _ = datagram(recognizer, changed, from: from, to: to)
        _ = datagram(recognizer, bytes.prefix(Int(random.next() % 24)) + random.bytes(Int(random.next() % 200)), from: from, to: to)
      }
    }
  }

  /// Whether a recognizer claims a datagram.
  static func claims(_ recognizer: any Recognizer, _ bytes: [UInt8], from: UInt16 = 40000, to: UInt16) -> Bool {
    switch datagram(recognizer, bytes, from: from, to: to).0 {
    case .notMine, .needMore: false
    case .message, .mine, .done, .next: true
    }
  }
}

/// The bytes of ASCII text.
func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
