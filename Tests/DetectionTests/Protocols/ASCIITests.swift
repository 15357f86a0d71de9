import Testing

@testable import Detection

@Suite struct ASCIITests {
  @Test func fourBytesAreLoweredLikeEach() {
    for byte in UInt8.min ... .max {
      let four = UInt32(byte) << 24 | UInt32(byte ^ 0x20) << 16 | 0x5A << 8 | UInt32(byte)
      let expected = [byte, byte ^ 0x20, 0x5A, byte].reduce(UInt32(0)) { $0 << 8 | UInt32(ASCII.lowercased($1)) }
      #expect(ASCII.lowercased(four) == expected)
    }
  }

  @Test func lettersOfOtherAlphabetsStay() {
    #expect(String(decoding: ASCII.lowercased("Kamera ÄÖ Z[@"), as: UTF8.self) == "kamera ÄÖ z[@")
  }
}
