import Testing

@testable import Detection

@Suite struct MiIOTests {
  static let recognizer = MiIORecognizer()
  static let hello = hex("21310020") + [UInt8](repeating: 0xFF, count: 28)
  /// A device's answers to the greeting, and with a body; number and digest are invented.
  static let answer = hex("21310020 00000000 0a1b2c3d 00001234 00112233445566778899aabbccddeeff")
  static let body =
    hex("21310030 00000000 0a1b2c3d 00001234 00112233445566778899aabbccddeeff") + [UInt8](repeating: 0x5A, count: 16)

  @Test(
    arguments: [
      (answer, 54321, 40000, ["miio.device=0a1b2c3d"]), (body, 54321, 40000, ["miio.device=0a1b2c3d"]),
      (body, 40000, 8053, ["miio.device=0a1b2c3d"]),
      // A telephone's greeting and command, the cloud's answer, a device's greeting to the cloud, a length that is not the datagram's
      (hello, 40000, 54321, []), (body, 40000, 54321, []), (body, 8053, 40000, []), (hello, 40000, 8053, []),
      (answer + [0], 54321, 40000, []),
      (answer, 5000, 40000, []),
    ] as [([UInt8], UInt16, UInt16, [String])])
  func message(bytes: [UInt8], from: UInt16, to: UInt16, expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: from, to: to).1.summary == expected)
  }
}
