import Testing

@testable import Detection

@Suite struct TuyaTests {
  static let recognizer = TuyaRecognizer()

  static func frame(_ command: String, _ size: Int) -> [UInt8] {
    hex("000055aa 00000001 000000\(command)") + [0, 0, UInt8(size >> 8), UInt8(size & 255)]
      + [UInt8](repeating: 0x5A, count: size)
  }
  static func newFrame(_ command: String, _ size: Int) -> [UInt8] {
    hex("00006699 0000 00000001 000000\(command)") + [0, 0, UInt8(size >> 8), UInt8(size & 255)]
      + [UInt8](repeating: 0x5A, count: size) + hex("00009966")
  }

  @Test(
    arguments: [
      (frame("13", 172), 6667, ["tuya.frame=19"]), (newFrame("23", 120), 7000, ["tuya.frame=35"]),
      (frame("00", 80), 6666, ["tuya.frame=0"]),
      // The telephone's search; a length that is not the datagram's; other ports; Beward's text on the same port
      (newFrame("25", 80), 7000, []), (frame("13", 172) + [0], 6667, []), (frame("13", 172), 5000, []),
      (Array("u4aRnryQk5CN08".utf8), 6667, []),
    ] as [([UInt8], UInt16, [String])])
  func announcement(bytes: [UInt8], port: UInt16, expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, to: port).1.summary == expected)
  }

  @Test func session() {
    let pieces = [
      (fromClient: true, bytes: Self.frame("03", 100)), (fromClient: false, bytes: Self.frame("04", 120)),
      (fromClient: true, bytes: Self.frame("05", 100) + Self.frame("20", 1600)),
      (fromClient: false, bytes: Self.frame("20", 1200)),
    ]
    #expect(Harness.stream([Self.recognizer], port: 6668, pieces).sides == ["server tuya.command=32"])
    let new = [
      (fromClient: true, bytes: Self.newFrame("20", 900)),
      (fromClient: false, bytes: Self.newFrame("08", 40) + Self.newFrame("20", 90)),
    ]
    #expect(Harness.stream([Self.recognizer], port: 6668, new).sides == ["server tuya.command=32"])
    // A plug, and a telephone that asks it for video without an answer
    let plug = [
      (fromClient: true, bytes: Self.frame("0a", 136)), (fromClient: false, bytes: Self.frame("0a", 92)),
      (fromClient: true, bytes: Self.frame("20", 1600)), (fromClient: false, bytes: Self.frame("09", 20)),
    ]
    #expect(Harness.stream([Self.recognizer], port: 6668, plug).isEmpty)
    #expect(Harness.feed([Self.recognizer], 80, pieces)[.tuyaCommand] == [])
  }
}
