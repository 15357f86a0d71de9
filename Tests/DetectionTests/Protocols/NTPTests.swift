import Testing

@testable import Detection

@Suite struct NTPTests {
  static let recognizer = NTPRecognizer()
  /// A client's request (RFC 5905 section 7.3): version 4, mode 3.
  static let request = [0x23] + [UInt8](repeating: 0, count: 39) + hex("e8c5 a1b2 00000000")

  @Test func claimed() {
    for first: UInt8 in [0x23, 0x1B, 0xE3, 0x24, 0x25, 0x19] {
      let (disposition, observed) = Harness.datagram(Self.recognizer, [first] + Self.request.dropFirst(), to: 123)
      #expect(disposition == .done)
      #expect(observed.isEmpty)
    }
    #expect(Harness.datagram(Self.recognizer, Array(Self.request.prefix(4)), to: 123, length: 48).0 == .done)
    // Control: version 2, mode 6.
    #expect(Harness.claims(Self.recognizer, hex("16 01 0001 0000 0000 0000 0000"), to: 123))
  }

  @Test func others() {
    #expect(!Harness.claims(Self.recognizer, Self.request, to: 1234))
    let others: [[UInt8]] = [
      [], [0x23], Array(Self.request.prefix(30)), [0x03] + Self.request.dropFirst(), [0x20] + Self.request.dropFirst(),
    ]
    for bytes in others {
      #expect(!Harness.claims(Self.recognizer, bytes, to: 123))
    }
  }
}
