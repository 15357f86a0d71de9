import Testing

@testable import Detection

@Suite struct DHIPTests {
  static let recognizer = DHIPRecognizer()

  static func framed(_ text: String) -> [UInt8] {
    let size = UInt32(text.utf8.count)
    let length = (0..<4).map { UInt8(truncatingIfNeeded: size >> UInt32(8 * $0)) }
    return hex("20000000 44484950 0000000000000000") + length + hex("00000000") + length + hex("00000000") + Array(text.utf8)
  }

  /// Answers as published by different authors, addresses and serials left out.
  static let camera = framed(
    """
    { "mac" : "00:11:22:33:44:55", "method" : "client.notifyDevInfo", "params" : { "deviceInfo" : { "AlarmInputChannels" : 0, \
    "DeviceClass" : "IPC", "DeviceType" : "IPC-HDW5421S", "HttpPort" : 80 } } }
    """)

  @Test(arguments: [
    (camera, ["dahua.model=IPC-HDW5421S", "dahua.class=IPC"]),
    (
      framed(
        #"{"method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceClass":"VTO","DeviceType":"VTO2000A","Init":150}}}"#),
      ["dahua.model=VTO2000A", "dahua.class=VTO"]
    ),
    (
      framed(#"{"method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceType":"SS 3530 MF FACE W"}}}"#),
      ["dahua.model=SS 3530 MF FACE W", "dahua.class=not said"]
    ),
    // A searcher; another house's frame
    (framed(#"{ "method" : "DHDiscover.search", "params" : { "mac" : "", "uni" : 1 } }"#), []),
    (Array(#"{"method":"client.notifyDevInfo","DeviceClass":"IPC"}"#.utf8), []),
  ])
  func answer(bytes: [UInt8], expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: 37810).1.summary == expected)
  }

  // MARK: TCP

  /// A frame of the older protocol: type with three bytes about the login, length, the eight bytes behind, the last eight.
  static func older(_ type: String, _ body: [UInt8], code: String = "00000000", last: String = "0000000000000000") -> [UInt8] {
    let length = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) }
    return hex(type) + length + hex(code + "0000000000000000 00000000") + hex(last) + body
  }
  static func older(_ type: String, _ text: String, code: String = "00000000", last: String = "0000000000000000") -> [UInt8] {
    older(type, Array(text.utf8), code: code, last: last)
  }

  /// Frames in the captures of r4bit999/dvrip-analysis, and the answer with the realm; the serial number is replaced.
  static let asksRealm = hex("a0050060 00000000 c4a3af48 9956b6b4 fa269dec 29d84afb 05020001 0000a1aa")
  static let realm =
    hex("b0000078 45000000 010e0100 00000000 00000000 01000000 0600f900 00000002")
    + ascii("Realm:Login to 0123456789abcdef0123456789abcdef\r\nRandom:668077460\r\n\r\n")
  static let login = older(
    "a0050060", "admin&&00000000000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", last: "050200080000a1aa")
  static let accepted = hex("b0000078 00000000 00080000 00000000 f9ffff7f 00000000 00000000 00000000")
  static let keepalive = older("a1000000", [UInt8]())
  static let asksModel = older("a4000000", [UInt8](), code: "0b000000")
  static let model = older("b4000078", "IPC-HDW4431C\0", code: "0b000000")
  static let serial = older("b4000078", "1A2B3C4PAK00000", code: "07000000")

  /// Calls of mcw0/DahuaConsole, and answers of the same form.
  static let globalLogin = framed(
    #"{"method":"global.login","params":{"userName":"admin","password":"","clientType":"NetKeyboard"},"id":1,"session":0}"#)
  static let challenge = framed(
    """
    {"error":{"code":268632079,"message":"Component error: login challenge!"},"id":1,"params":{"encryption":"Default",\
    "random":"1852772904","realm":"Login to 1A2B3C4PAK00000"},"result":false,"session":1234567}
    """)
  static let asksBoth = framed(
    """
    {"method":"system.multicall","params":[{"method":"magicBox.getDeviceType","params":null,"id":5,"session":1},\
    {"method":"magicBox.getDeviceClass","params":null,"id":6,"session":1},\
    {"method":"global.getCurrentTime","params":null,"id":7,"session":1}],"id":8,"session":1}
    """)
  static func both(_ device: String, _ model: String) -> [UInt8] {
    framed(
      """
      {"id":8,"params":[{"id":5,"params":{"type":"\(model)"},"result":true,"session":1},{"id":6,"params":{"type":"\(device)"},\
      "result":true,"session":1},{"id":7,"params":{"time":"2020-01-01 00:00:00"},"result":true}],"result":true,"session":1}
      """)
  }
  static let asksClass = older("f6000000", #"{ "id" : 564, "method" : "magicBox.getDeviceClass", "params" : null, "session" : 1 }"#)
  static let doorClass = older("f6000078", #"{ "id" : 564, "params" : { "type" : "VTO" }, "result" : true, "session" : 1 }"#)
  static let otherAnswer = older("f6000078", #"{ "id" : 565, "params" : { "type" : "IPC" }, "result" : true, "session" : 1 }"#)

  /// Frames as FFmpeg reads them: type, number, length, date and time, and the content.
  static func picture(_ type: String, _ list: String) -> [UInt8] {
    let items = hex(list)
    return older(
      "bc000000",
      hex("44484156" + type + "000000 01000000 00020000 2b7d946b 0100") + [UInt8(items.count), 0] + items
        + [UInt8](repeating: 0xA5, count: 480 - items.count) + hex("64686176 00020000"))
  }
  static let sound = picture("f0", "83011a04")

  @Test(
    arguments: [
      (
        37777, [(true, asksRealm), (false, realm), (true, login), (false, accepted), (true, asksModel), (false, model)],
        ["client dahua.client=DVRIP", "server dahua.login=DVRIP", "server dahua.model=IPC-HDW4431C"]
      ),
      (
        5000, [(true, globalLogin), (false, challenge), (true, asksBoth), (false, both("IPC", "IPC-HDW5421S"))],
        ["client dahua.client=NetKeyboard", "server dahua.login=DHIP", "server dahua.model=IPC-HDW5421S", "server dahua.class=IPC"]
      ),
      (80, [(true, asksBoth), (false, both("NVR", "DHI-NVR2104"))], ["server dahua.model=DHI-NVR2104", "server dahua.class=NVR"]),
      (37777, [(true, asksClass), (false, otherAnswer + doorClass)], ["server dahua.class=VTO"]),
      // An answer without a question, a serial number, a keep-alive
      (37777, [(false, otherAnswer + serial), (true, keepalive), (false, otherAnswer)], []),
      // Video, by any of what names its codec; sound is none
      (37777, [(true, keepalive), (false, sound + picture("fd", "8000f0878100020e"))], ["server dahua.video=H264"]),
      (37777, [(true, keepalive), (false, picture("fd", "820000000007b0048100 0c19"))], ["server dahua.video=H265"]),
      (37777, [(true, keepalive), (false, picture("fc", ""))], ["server dahua.video=not said"]),
      (37777, [(true, keepalive + sound), (false, sound)], []),
    ] as [(UInt16, [(Bool, [UInt8])], [String])])
  func conversation(port: UInt16, pieces: [(Bool, [UInt8])], expected: [String]) {
    #expect(Harness.stream([Self.recognizer], port: port, pieces.map { (fromClient: $0.0, bytes: $0.1) }).sides == expected)
  }

  @Test func anyPort() {
    let pieces = [(fromClient: true, bytes: Self.asksRealm), (fromClient: false, bytes: Self.realm)]
    #expect(Harness.stream([Self.recognizer], port: 9999, pieces).sides == ["client dahua.client=DVRIP", "server dahua.login=DVRIP"])
    // The answer alone
    #expect(Harness.stream([Self.recognizer], port: 9999, [(false, Self.realm)]).sides == ["server dahua.login=DVRIP"])
    #expect(Harness.feed([Self.recognizer], 9999, [(false, Self.picture("fd", ""))])[.dahuaVideo] == [])
  }

  @Test func silentBehindHoles() {
    let pieces: [(fromClient: Bool, bytes: [UInt8]?)] = [
      (true, Self.asksRealm), (false, Self.accepted), (false, nil), (false, Self.picture("fd", "8100020e")),
    ]
    #expect(Harness.conversation([Self.recognizer], port: 37777, pieces).observations.sides == ["client dahua.client=DVRIP"])
  }

  /// Other protocols that begin with the same byte, and others on the same port.
  @Test(arguments: [
    ascii(" HTTP"), hex("a0010203 04050607") + [UInt8](repeating: 9, count: 60), ascii("GET / HTTP/1.1\r\nHost: camera\r\n\r\n0123456789"),
    hex("16030100c8010000c40303") + [UInt8](repeating: 7, count: 60), hex("b0000078 ffffff7f") + [UInt8](repeating: 0, count: 60),
    [],
  ])
  func others(bytes: [UInt8]) {
    for port: UInt16 in [37777, 443] {
      #expect(Harness.stream([Self.recognizer], port: port, [(false, bytes), (true, bytes)]).allSatisfy { $0.field.isPayload })
    }
  }
}
