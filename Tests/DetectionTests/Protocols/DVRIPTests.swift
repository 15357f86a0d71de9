import Testing

@testable import Detection

@Suite struct DVRIPTests {
  static let recognizer = DVRIPRecognizer()

  static func framed(_ head: String, _ text: String) -> [UInt8] { hex(head) + hex("2c000000") + Array(text.utf8) }
  static let answerHead = "ff010000 00000000 00000000 0000 fb05"

  /// sol-vin/xet and KostasEreksonas' notes: answers of cameras, addresses left out.
  static let camera = framed(
    answerHead,
    """
    { "NetWork.NetCommon" : { "ChannelNum" : 1, "DeviceType" : 1, "HostName" : "LocalHost", "MAC" : "00:12:31:00:00:01" }, "Ret" : 100 }
    """)

  @Test(arguments: [
    (camera, ["dvrip.device=LocalHost", "dvrip.channels=1"]),
    (
      framed(answerHead, "{\n\t\"NetWork.NetCommon\" :\n\t{\n\t\t\"DeviceType\" : 43,\n\t\t\"HostName\" : \"IPC_6a6b\"\n\t} }"),
      ["dvrip.device=IPC_6a6b", "dvrip.channels=not said"]
    ),
    (
      framed(answerHead, #"{"NetWork.NetCommon":{"ChannelNum":16,"HostName":"DVR"}}"#), ["dvrip.device=DVR", "dvrip.channels=16"]
    ),
    // A search, without and with text
    (hex("ff00000000000000000000000000fa0500000000"), []),
    (framed("ff000000 00000000 00000000 0000 fa05", #"{"NetWork.NetCommon":{"HostName":"IPC"},"SearchType":"Config"}"#), []),
  ])
  func answer(bytes: [UInt8], expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: 34569, to: 34569).1.summary == expected)
  }

  // MARK: TCP

  /// A header as `struct.pack("BB2xII2xHI")` of OpenIPC/python-dvr writes it.
  static func message(_ number: String, _ body: [UInt8], version: String = "01") -> [UInt8] {
    let length = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) }
    return hex("ff" + version + "0000 57000000 00000000 0000" + number) + length + body
  }
  static func said(_ number: String, _ text: String, version: String = "01") -> [UInt8] {
    message(number, Array(text.utf8) + [0x0A, 0x00], version: version)
  }

  /// The login of go2rtc (password hash replaced), and the answer of a recorder in the tests of a published client.
  static let login = said(
    "e803", #"{"EncryptType":"MD5","LoginType":"DVRIP-Web","PassWord":"tlJwpbo6","UserName":"admin"}"#, version: "00")
  static let recorder =
    hex("ff010000 57000000 00000000 0000 e903 96000000")
    + Array(
      #"{ "AliveInterval" : 21, "ChannelNum" : 4, "DataUseAES" : false, "DeviceType " : "HVR", "ExtraChannel" : 0, "Ret" : 100, "#.utf8)
    + Array(#""SessionID" : "0x00000057" }"#.utf8) + [0x0A, 0x00]
  /// sofia-netsurv/python-netsurv, issue 7; the serial number is replaced.
  static let camera1001 = said(
    "e903",
    #"{ "AliveInterval" : 30, "ChannelNum" : 1, "DeviceType " : "IPC", "ExtraChannel" : 0, "Ret" : 100, "SessionID" : "0x00000032" }"#)
  static let refused = said("e903", #"{ "Name" : "", "Ret" : 203, "SessionID" : "0x00000000" }"#)
  static let systemInfo = said(
    "fd03",
    #"{ "Name" : "SystemInfo", "Ret" : 100, "SessionID" : "0x00000001", "SystemInfo" : { "AlarmInChannel" : 0, "DeviceModel" : "RA50X20", "#
      + #""HardWare" : "XM530_RA50X20_8M", "SerialNo" : "0123456789abcdef", "VideoInChannel" : 1, "VideoOutChannel" : 1 } }"#)
  static let boardOnly = said(
    "fd03", #"{ "Name" : "SystemInfo", "SystemInfo" : { "HardWare" : "HI3516C_50H20L_S38", "SerialNo" : "01" } }"#)
  static let asksSystemInfo = said("fc03", #"{"Name": "SystemInfo", "SessionID": "0x00000032"}"#, version: "00")

  static let claim = said("8505", #"{"Name":"OPMonitor","SessionID":"0x00000057","OPMonitor":{"Action":"Claim"}}"#, version: "00")
  static let claimed = said("8605", #"{ "Name" : "OPMonitor", "Ret" : 100, "SessionID" : "0x00000057" }"#)
  /// Frames as in go2rtc: codec, rate, size in eighths, time, length; or the length alone. Longer frames continue in further messages.
  static func keyFrame(_ codec: String) -> [UInt8] {
    message("8405", hex("000001fc" + codec + "19 a0 5a 2b7d946b 40400000") + hex("00000001 67") + [UInt8](repeating: 0xA5, count: 8171))
  }
  static let rest = message("8405", [UInt8](repeating: 0x5A, count: 8192)) + message("8405", [UInt8](repeating: 0x5A, count: 72))
  static let frame = message("8405", hex("000001fd 58020000") + [UInt8](repeating: 0x3C, count: 600))
  /// 320 bytes of G.711 from a capture.
  static let sound = message("8405", hex("000001fa 0e024001") + [UInt8](repeating: 0xD5, count: 320))

  @Test(
    arguments: [
      ([(true, login), (false, camera1001)], ["client dvrip.client=DVRIP-Web", "server dvrip.channels=1", "server dvrip.type=IPC"]),
      ([(true, login), (false, recorder)], ["client dvrip.client=DVRIP-Web", "server dvrip.channels=4", "server dvrip.type=HVR"]),
      (
        [(true, login), (false, refused), (true, login), (false, camera1001), (true, asksSystemInfo), (false, systemInfo)],
        [
          "client dvrip.client=DVRIP-Web", "server dvrip.type=not said", "server dvrip.channels=1", "server dvrip.type=IPC",
          "server dvrip.model=RA50X20",
        ]
      ),
      ([(true, asksSystemInfo), (false, boardOnly)], ["server dvrip.model=HI3516C_50H20L_S38"]),
      // Video: recognized by an independent picture; sound and dependent pictures do not suffice
      ([(true, claim), (false, claimed + sound + keyFrame("12") + rest)], ["server dvrip.video=H264"]),
      ([(true, claim), (false, claimed + keyFrame("43") + rest)], ["server dvrip.video=H265"]),
      ([(true, claim), (false, claimed + sound + Array(repeatElement(frame, count: 7).joined()))], []),
      ([(true, claim), (false, claimed + Array(repeatElement(frame, count: 8).joined()))], ["server dvrip.video=not said"]),
      // A phone that sends sound, a phone without an answer, and text without names
      ([(true, message("9805", hex("000001fa 0e024001") + [UInt8](repeating: 0xD5, count: 320))), (false, claimed)], []),
      ([(true, login)], ["client dvrip.client=DVRIP-Web"]),
      ([(true, asksSystemInfo), (false, said("fd03", #"{ "Ret" : 607, "SystemInfo" : null }"#))], []),
      // Camera and client exchanged their places: a device that calls its server
      ([(false, login), (true, camera1001)], ["server dvrip.client=DVRIP-Web", "client dvrip.channels=1", "client dvrip.type=IPC"]),
    ] as [([(Bool, [UInt8])], [String])])
  func conversation(pieces: [(Bool, [UInt8])], expected: [String]) {
    let named = pieces.map { (fromClient: $0.0, bytes: $0.1) }
    #expect(Harness.stream([Self.recognizer], port: 34567, named).sides == expected)
    // JSON at the start suffices on any port.
    if pieces[0].1[20] == 0x7B { #expect(Harness.stream([Self.recognizer], port: 9999, named).sides == expected) }
  }

  @Test func streamIsReported() {
    let result = Harness.conversation([Self.recognizer], port: 34567, [(true, Self.claim), (false, Self.claimed + Self.keyFrame("12"))])
    #expect(result.streams.map(\.name) == ["H264 over DVRIP"] && result.streams[0].sender.station == Harness.other.station)
  }

  @Test func foundAgainBehindHoles() {
    // A capture that begins within a message, and one with a hole.
    let middle = [UInt8](repeating: 0x77, count: 400) + Self.frame + Self.keyFrame("12")
    #expect(Harness.stream([Self.recognizer], port: 34567, [(false, middle)]).sides == ["server dvrip.video=H264"])
    let pieces: [(fromClient: Bool, bytes: [UInt8]?)] = [
      (true, Self.claim), (false, Self.claimed + Self.frame.prefix(300)), (false, nil),
      (false, [UInt8](repeating: 0x77, count: 100) + Self.keyFrame("03")),
    ]
    #expect(Harness.conversation([Self.recognizer], port: 34567, pieces).observations.sides == ["server dvrip.video=H265"])
    // Without any evidence it is not claimed.
    #expect(Harness.feed([Self.recognizer], 8080, [(false, middle)])[.dvripVideo] == [])
  }

  /// Other protocols on the same port, and bytes that begin alike.
  @Test(arguments: [
    ascii("GET / HTTP/1.1\r\nHost: 192.168.1.10:34567\r\n\r\n"), hex("16030100c8010000c40303") + [UInt8](repeating: 7, count: 60),
    hex("fffd18 fffd20 fffd23 fffd27 fffb03"), hex("ff010000 00000000 00000000 0000 e903 ffffff7f") + ascii(#"{ "Ret" : 100 }"#),
    hex("ff010000 00000000 00000000 0000 0300 10000000") + ascii(#"{ "Ret" : 100 }"#), hex("ff000000"),
  ])
  func others(bytes: [UInt8]) {
    for port: UInt16 in [34567, 80] {
      let observed = Harness.stream([Self.recognizer], port: port, [(false, bytes), (true, bytes)])
      #expect(observed.allSatisfy { $0.field.isPayload })
    }
  }
}
