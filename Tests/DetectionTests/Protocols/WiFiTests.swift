import Testing

@testable import Detection

@Suite struct WiFiTests {
  static let recognizer = WiFiRecognizer()
  static let header = "0000 ffffffffffff 0200000000a0 0200000000a0 1000"
  static let fixed = "0000000000000000 6400 0104"

  @Test(arguments: [
    ("8000" + header + fixed + "0007 49504341 4d2d31", ["wifi.ssid=IPCAM-1"]),
    ("5000" + header + fixed + "0007 49504341 4d2d31 0101 82", ["wifi.ssid=IPCAM-1"]),
    // behind another element; with the four bytes of the order bit
    ("8000" + header + fixed + "0101 82 0003 414243", ["wifi.ssid=ABC"]),
    ("8080" + header + "00000000" + fixed + "0003 414243", ["wifi.ssid=ABC"]),
    // hidden: empty, zeros
    ("8000" + header + fixed + "0000", []), ("8000" + header + fixed + "0003 000000", []),
    // longer than 32 bytes; cut
    ("8000" + header + fixed + "0021" + String(repeating: "41", count: 33), []), ("8000" + header + fixed + "0003 4142", []),
    ("8000" + header + "0000", []),
  ])
  func announced(bytes: String, expected: [String]) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, hex(bytes), carrier: .wifi)
    #expect(disposition == .message && observed.summary == expected)
  }

  /// Probe requests, association requests, and what is too short.
  @Test(arguments: ["4000" + header + "0003 414243", "0000" + header + "0104 0100 0003 414243", "8000 0000", ""])
  func silent(bytes: String) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, hex(bytes), carrier: .wifi)
    #expect(disposition == .notMine && observed.isEmpty)
  }

  @Test func damage() {
    let bytes = hex("8000" + Self.header + Self.fixed + "0101 82 0003 414243")
    for count in 0...bytes.count { _ = Harness.datagram(Self.recognizer, Array(bytes.prefix(count)), carrier: .wifi) }
    for index in bytes.indices {
      var changed = bytes
      changed[index] = 0xFF
      _ = Harness.datagram(Self.recognizer, changed, carrier: .wifi)
    }
  }
}
