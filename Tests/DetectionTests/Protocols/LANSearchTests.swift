import Testing

@testable import Detection

@Suite struct LANSearchTests {
  static let recognizer = LANSearchRecognizer()

  static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
  /// Text in a place of this size.
  static func place(_ text: String, _ size: Int) -> [UInt8] { ascii(text) + zeros(size - text.utf8.count) }
  static let mac = "00:11:22:33:44:55"

  // Answers in the forms that julienblitte/UniversalScanner parses; texts and numbers are made up.
  static let sony =
    hex("02") + ascii("MAC:00-11-22-33-44-55") + hex("ff") + ascii("MODEL:SNC-VB770") + hex("ff") + ascii("INFO:a") + hex("ff03")
  static func panasonic(_ entries: [UInt8]) -> [UInt8] {
    let body = [0] + entries + hex("ffff1234")
    return hex("0001") + FrameBuilder.big(UInt16(body.count)) + hex("000e 001122334455") + zeros(40) + body
  }
  static let boschSearch = hex("9939a427 6008ad0a ff0006de")
  static let bosch = hex("9939a427 6008ad0a 001122334455 03ff c0a8010a ff000000 00000000 00030071")
  static let boschXML = ascii(
    #"<?xml version="1.0"?><root xmlns="OEMExt00:device-1-0"><device><deviceType>OEMExt00:device:deviceID0</deviceType>"#
      + "<friendlyName>DINION IP 5000 HD</friendlyName><RCPPort>1756</RCPPort></device></root>")
  static func hanwha(_ kind: UInt8) -> [UInt8] {
    [kind] + zeros(18) + place(mac, 18) + place("192.168.1.10", 16) + zeros(56) + place("SND-6083", 24) + place("http://192.168.1.10/", 129)
  }
  static let nice =
    ascii("NICE") + hex("0001 0001 0000 001122334455 c0a8010a ffffff00 00000000") + zeros(46) + place("NVE-1008", 22) + zeros(100)
  /// A dump of wue-iot-note; the MAC address is changed.
  static let vivotek = hex(
    "02f5dd76 03 0111 4942393336302d5656544b2d3032323362 0206 0002d1000053 0304 c0a80140 0424 0602 3d22 1602 bb01 0802 656e 0908 4942393336302d48"
      + "1004 03008200 0a01 00 1703 010181 0504 00000000")
  /// Dumps of unifi-cam-proxy and unifi-discovery.
  static let unifi = ubiquiti("01000000", [(0x02, hex("740000000001c0a801de")), (0x0B, ascii("Porch")), (0x0C, ascii("UVC G3 Flex"))])
  static func ubiquiti(_ head: String, _ entries: [(UInt8, [UInt8])]) -> [UInt8] {
    let body = entries.flatMap { [$0.0] + FrameBuilder.big(UInt16($0.1.count)) + $0.1 }
    return Array(hex(head).prefix(2)) + FrameBuilder.big(UInt16(body.count)) + body
  }
  static let dahua =
    hex("b3001800 58000000 00000000 00000000 02000000 58000000") + zeros(16) + place("IP Camera", 16) + zeros(64) + ascii(mac)
    + ascii("IPC-HDW") + zeros(88)
  static let gigE =
    hex("0000 0003 00f8 0001 0001 0002 00000001") + zeros(64) + place("Basler", 32) + place("acA1300-60gm", 32) + zeros(112)

  @Test(
    arguments: [
      (sony, 2380, 49152, ["search.model=SNC-VB770", "search.answer=sony"]),
      (
        panasonic(hex("0020 0004 c0a8010a 00a7 0010") + place("WV-S1131", 16)), 10670, 10669,
        ["search.model=WV-S1131", "search.answer=panasonic"]
      ),
      (panasonic(hex("00a8 0004") + ascii("WV-S")), 10670, 10669, ["search.model=WV-S", "search.answer=panasonic"]),
      (bosch, 1757, 1758, ["search.answer=bosch"]),
      (boschXML, 1757, 1758, ["search.model=DINION IP 5000 HD", "search.answer=bosch"]),
      (hanwha(0x0B), 7701, 7711, ["search.model=SND-6083", "search.answer=hanwha"]),
      (wire("DISCOVER TYPE=IPDOME KEY='00:11:22:33:44:55' ID=1\n"), 3600, 49152, ["search.answer=360 vision"]),
      (nice, 2007, 49152, ["search.model=NVE-1008", "search.answer=nice"]),
      (vivotek, 10000, 5678, ["search.model=IB9360-H", "search.answer=vivotek"]),
      // another tool's number of the search, and no short name
      (
        hex("024a5d8f1c 0109 464438313644652d56 0206 001122334455 0304 c0a8010a"), 10000, 5678,
        ["search.model=FD816De", "search.answer=vivotek"]
      ),
      (unifi, 10001, 41117, ["search.model=UVC G3 Flex", "search.answer=ubiquiti"]),
      (
        ubiquiti("0206", [(0x01, hex("001122334455")), (0x15, ascii("UVC AI Pro"))]), 50000, 10001,
        ["search.model=UVC AI Pro", "search.answer=ubiquiti"]
      ),
      (dahua, 5050, 49152, ["search.model=IPC-HDW", "search.answer=dahua"]),
      (gigE, 3956, 49152, ["search.vendor=Basler", "search.model=acA1300-60gm", "search.answer=gige vision"]),
    ] as [([UInt8], UInt16, UInt16, [String])])
  func answers(bytes: [UInt8], from: UInt16, to: UInt16, expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: from, to: to).1.summary == expected)
    // From another port it is something else.
    #expect(!Harness.claims(Self.recognizer, bytes, from: 40000, to: 40001))
  }

  @Test(
    arguments: [
      // searches
      (hex("02") + ascii("ENQ:allinfo") + hex("ff03"), 49152, 2380), (boschSearch, 1758, 1757), (hanwha(0x01), 7711, 7701),
      (hanwha(0x01), 7701, 7711), (ascii("DISCOVER\n"), 49152, 3600), (ascii("NICE") + hex("0001 01080000 c000"), 49152, 2007),
      (hex("01abcdef03"), 5678, 10000), (hex("01000000"), 41117, 10001), (hex("02080000"), 10001, 10001),
      (hex("42110002 00000001"), 49152, 3956), (hex("a3010001") + zeros(28), 5050, 5050),
      (hex("00010000 000d0000") + zeros(44), 10669, 10670),
      // other devices on the same ports: a Foscam, a search without a MAC address, an UPS, an older Lantronix
      (hex("4d4f5f490100 00") + zeros(80), 10000, 10000), (ubiquiti("0100", [(0x0B, ascii("x"))]), 10001, 41117),
      (hex("510020") + zeros(100), 2007, 49152),
      // lengths and kinds that do not fit
      (bosch + [0], 1757, 1758), (gigE + [0], 3956, 49152), (unifi + [0], 10001, 41117), (panasonic([]) + [0], 10670, 10669),
      (Array(vivotek.prefix(24)), 10000, 5678), (hex("0000 0083 00f8 0001") + zeros(248), 3956, 49152),
    ] as [([UInt8], UInt16, UInt16)])
  func othersStaySilent(bytes: [UInt8], from: UInt16, to: UInt16) {
    #expect(!Harness.claims(Self.recognizer, bytes, from: from, to: to))
  }

  /// The head of an answer says who it is, even if the rest was not captured.
  @Test func cut() {
    #expect(
      Harness.datagram(Self.recognizer, Array(Self.gigE.prefix(86)), from: 3956, to: 49152, length: 256).1.summary
        == ["search.vendor=Basler", "search.answer=gige vision"])
    #expect(
      Harness.datagram(Self.recognizer, Array(Self.hanwha(0x0B).prefix(54)), from: 7701, to: 7711, length: 262).1.summary
        == ["search.answer=hanwha"])
  }
}
