import Testing

@testable import Detection

@Suite struct KasaTests {
  static let recognizer = KasaRecognizer()

  /// Masked by an independent program: answers of a plug and of a camera, numbers left out; and the search as captured.
  enum Sample {
    static let search = hex("d0f281f88bff9af7d5ef94b6d1b4c09fec95e68fe187e8caf08bf68bf6")
    static let plug = hex(
      """
      d0f281f88bff9af7d5ef94b6d1b4c09fec95e68fe187e8caf08ba9ccbecc93f09ffb9ebc86b69ab8cbbce395f082a09ab889a795bb8eaeec99f09cf8
      d8e9deefddecdfffadc8a48abb8bba8fbd8eac80a2cabde294f183a19bb988a696b498baceb7c7a280ba98d19ecae4b7fabbe9bdeda1f4b3e0b7feaa
      e9a183af8de08feb8ee2c0fad890c3f2c3f3db9ecbe2c0ecceafc3aacbb89aa082ceafc2b290ed90ed
      """)
    static let camera = hex(
      """
      d0f281f88bff9af7d5ef94b6d1b4c09fec95e68fe187e8caf08ba9ccbecc93f09ffb9ebc86b69ab8cbb2c1b5d0bd9fa5defc8ff8a7d1b4c6e4defcce
      e0d3fdcffddd9fea83ef8bab99a99bab9bad9dae8ca082ea9dc2b4d1a381bb99a886b694b89af798fc99f5d7edcf8ac9ffcfe7b2e1c8eac6e480e593
      cca2c3aecbe9d3f1badba8c9e9bacaa5d1f3dffd89f080e5c7fddf96d98da3eabaf9b8f5b0e2a381ad8fee82eb8af9dbe1c387e291fad8a5d8a5d8
      """)
    static func inStream(_ bytes: [UInt8]) -> [UInt8] { [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes }
  }

  @Test(
    arguments: [
      (Sample.camera, 9999, ["tplink.model=EC60(US)", "tplink.type=IOT.IPCAMERA"]),
      (Sample.plug, 9999, ["tplink.model=HS110(EU)", "tplink.type=IOT.SMARTPLUGSWITCH"]), (Sample.search, 40000, []),
      (Sample.search, 9999, []), (Sample.camera, 40000, []), (Array("{\"system\":{}}".utf8), 9999, []),
    ] as [([UInt8], UInt16, [String])])
  func datagram(bytes: [UInt8], port: UInt16, expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: port, to: port == 9999 ? 40000 : 9999).1.summary == expected)
  }

  @Test func stream() {
    let pieces = [
      (fromClient: true, bytes: Sample.inStream(Sample.search)), (fromClient: false, bytes: Sample.inStream(Sample.camera)),
    ]
    #expect(
      Harness.stream([Self.recognizer], port: 9999, pieces).sides.filter { !$0.contains("payload") }
        == ["server tplink.model=EC60(US)", "server tplink.type=IOT.IPCAMERA"])
    #expect(Harness.feed([Self.recognizer], 80, pieces)[.tpLinkType] == [])
  }
}
