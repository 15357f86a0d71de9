import Testing

@testable import Detection

@Suite struct SIPTests {
  static let recognizer = SIPRecognizer()

  /// RFC 3261 section 24.1 with a program's name; the sender is 192.168.1.10.
  static let register = wire(
    """
    REGISTER sip:registrar.biloxi.com SIP/2.0
    Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bKnashds7
    Max-Forwards: 70
    To: Bob <sip:bob@biloxi.com>
    From: Bob <sip:bob@biloxi.com>;tag=456248
    Call-ID: 843817637684230@998sdasdh09
    CSeq: 1826 REGISTER
    Contact: <sip:bob@192.168.1.10>
    User-Agent: DoorBird D2101V
    Content-Length: 0


    """)

  static func message(
    _ body: String, from: String = "34020000001320000001", type: String = "Application/MANSCDP+xml", via: String = "192.168.1.10:5060"
  ) -> [UInt8] {
    let head = wire(
      """
      MESSAGE sip:34020000002000000001@3402000000 SIP/2.0
      Via: SIP/2.0/UDP \(via);rport;branch=z9hG4bK1
      From: <sip:\(from)@3402000000>;tag=1
      To: <sip:34020000002000000001@3402000000>
      Call-ID: 1
      CSeq: 20 MESSAGE
      Content-Type: \(type)
      Content-Length: \(wire(body).count)


      """)
    return head + wire(body)
  }

  static let keepalive =
    "<?xml version=\"1.0\"?>\n<Notify>\n<CmdType>Keepalive</CmdType>\n<SN>7</SN>\n<DeviceID>34020000001320000001</DeviceID>\n<Status>OK</Status>\n</Notify>\n"
  static let number = ["gb28181.id=34020000001320000001", "gb28181.type=132"]

  static let described = "<Manufacturer>Hikvision</Manufacturer><Model>DS-2CD3T46</Model><DeviceName>IP CAMERA</DeviceName>"
  static let description = ["gb28181.manufacturer=Hikvision", "gb28181.model=DS-2CD3T46", "gb28181.name=IP CAMERA"]

  /// An answer of one side to the other's request, as RFC 3261 section 8.2.6.2 copies its headers.
  static func answer(to method: String, of asker: String, for asked: String, _ more: String = "", body: String = "") -> [UInt8] {
    wire(
      """
      SIP/2.0 200 OK
      Via: SIP/2.0/UDP 192.168.1.11:5060;branch=z9hG4bK1
      From: <sip:\(asker)@3402000000>;tag=1
      To: <sip:\(asked)@3402000000>;tag=2
      CSeq: 1 \(method)\(more)
      Content-Length: \(wire(body).count)

      \(body)
      """)
  }

  static let (platform, camera) = ("34020000002000000001", "34020000001310000001")

  /// Sound, and video in a direction.
  static func call(_ direction: String, sound: String = "sendrecv", headers: String = "") -> [UInt8] {
    let session = "v=0\ns=-\nt=0 0\nm=audio 7078 RTP/AVP 0\na=\(sound)\nm=video 9078 RTP/AVP 96\na=rtpmap:96 H264/90000\n\(direction)"
    return wire("INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP c\n\(headers)Content-Type: application/sdp\n\n\(session)")
  }

  @Test(arguments: [
    // who is asked and answers: about itself, or about a camera behind it
    (answer(to: "INVITE", of: platform, for: camera), ["client gb28181.channel=34020000001310000001"]),
    (answer(to: "MESSAGE", of: platform, for: camera), ["client gb28181.channel=34020000001310000001"]),
    // a platform confirms a registration, and a keep-alive
    (
      answer(to: "REGISTER", of: camera, for: camera, "\nContact: <sip:\(camera)@192.168.1.11:5060>"),
      ["server gb28181.id=34020000001310000001", "server gb28181.type=131"]
    ),
    (answer(to: "MESSAGE", of: camera, for: platform), ["client gb28181.channel=34020000002000000001"]),
    // a door station sends video and takes none; a video call; no sound, as from a camera to a platform; sound that is held
    (call("a=sendonly\n"), ["client sip.video=H264 sendonly"]), (call(""), ["client sip.video=H264 sendrecv"]),
    (call("a=sendonly\n", sound: "inactive"), []), (call("a=sendonly\n", sound: "sendonly"), []),
    // a caller's model and a subject that a program wrote; names of persons, numbers and addresses are not reported
    (
      call("", headers: "From: \"DS-KD8003-IME1\" <sip:1@192.168.1.10>;tag=1\n"),
      ["client sip.name=DS-KD8003-IME1", "client sip.video=H264 sendrecv"]
    ),
    (
      call("", headers: "Subject: This is a call to app.\n"),
      ["client sip.subject=This is a call to app.", "client sip.video=H264 sendrecv"]
    ),
    (call("", headers: "f: \"Jane O-Doe 2\" <sip:1@a>\ns: \(camera):0,\(platform):0\n"), ["client sip.video=H264 sendrecv"]),
    (call("", headers: "From: \"JANE-DOE\" <sip:1@a>\nSubject: mail to jane@example.com\n"), ["client sip.video=H264 sendrecv"]),
  ])
  func calls(bytes: [UInt8], expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: 5060, to: 5060).1.sides == expected)
  }

  static func answer(_ headers: String) -> [UInt8] {
    wire("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.168.1.11\n\(headers)\nServer: Asterisk PBX 16\nl: 0\n\n")
  }

  @Test(arguments: [
    (register, ["sip.user_agent=DoorBird D2101V"]), (message(keepalive), number),
    (message("<Notify><CmdType>Alarm</CmdType></Notify>"), number), (message(keepalive, type: "text/plain"), number),
    // a device describes itself; what it says of the cameras behind it, and what a platform asks, is about others
    (message("<Response>\n<CmdType>DeviceInfo</CmdType>\n\(described)\n</Response>\n"), description + number),
    (message("<Response><CmdType>Catalog</CmdType><SumNum>1</SumNum><Item>\(described)</Item></Response>"), description + number),
    (message("<Response><CmdType>Catalog</CmdType><SumNum>2</SumNum><Item>\(described)</Item></Response>"), number),
    (
      message("<Query>\n<CmdType>DeviceInfo</CmdType>\n\(described)</Query>\n", from: "34020000002000000001"),
      ["gb28181.id=34020000002000000001", "gb28181.type=200"]
    ),
    // digits that are no type; another number; letters
    (message(keepalive, from: "34020000000000000001"), ["gb28181.id=34020000000000000001"]),
    (message(keepalive, from: "3402000000132000001"), []),
    (message(keepalive, from: "340200000013200000011"), []), (message(keepalive, from: "3402000000132000000a"), []),
    // what an exchange passes on
    (message(keepalive, via: "192.168.1.10, SIP/2.0/UDP 10.0.0.1"), []),
    // answers: of the sender; of another behind it; without contact; a name as contact
    (answer("Contact: <sip:7@192.168.1.10:5060>"), ["sip.user_agent=Asterisk PBX 16"]), (answer("m: <sip:7@192.168.1.99>"), []),
    (answer("CSeq: 1 REGISTER"), ["sip.user_agent=Asterisk PBX 16"]),
    (answer("Contact: <sip:7@pbx.example>"), ["sip.user_agent=Asterisk PBX 16"]),
    // a session description is not reported
    (wire("INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP c\nContent-Type: application/sdp\n\nv=0\ns=Play\nm=video 5000 RTP/AVP 96\n"), []),
    // cut within the headers
    (Array(register.prefix(100)), []),
  ])
  func datagrams(bytes: [UInt8], expected: [String]) {
    for ports in [(5060, 5060), (40000, 40001)] as [(UInt16, UInt16)] {
      let (disposition, observed) = Harness.datagram(Self.recognizer, bytes, from: ports.0, to: ports.1)
      #expect(disposition == .message)
      #expect(observed.summary == expected)
      for observation in observed { #expect(observation.subject == Harness.camera.station) }
    }
  }

  @Test func others() {
    for text in [
      "", "OPTIONS rtsp://a/ RTSP/1.0\n\n", "OPTIONS * HTTP/1.1\n\n", "NOTIFY * HTTP/1.1\n\n", "SIP/1.0 200 OK\n\n", "REGISTER",
      "INVITE http:",
    ] {
      #expect(!Harness.claims(Self.recognizer, wire(text), to: 5060))
    }
    #expect(Harness.claims(Self.recognizer, wire("\n\n"), to: 5060))
    #expect(Harness.claims(Self.recognizer, [0, 0, 0, 0], to: 5060))
    #expect(!Harness.claims(Self.recognizer, wire("\n\n"), to: 5061))
  }

  @Test func stream() {
    let pieces = [
      (true, Self.register), (false, Self.answer("CSeq: 1826 REGISTER")),
      (true, wire("\n\n") + Self.message(Self.keepalive) + Self.register),
    ]
    let observed = Harness.stream([Self.recognizer], port: 5060, pieces)
    #expect(
      observed.sides == [
        "client sip.user_agent=DoorBird D2101V", "server sip.user_agent=Asterisk PBX 16", "client gb28181.id=34020000001320000001",
        "client gb28181.type=132", "client sip.user_agent=DoorBird D2101V",
      ])
    // A body beyond the limit: its headers are reported, and reading continues at the next message.
    let long = wire("NOTIFY sip:a SIP/2.0\nVia: SIP/2.0/TCP a\nUser-Agent: x\nContent-Length: 99999\n\n")
    #expect(Harness.stream([Self.recognizer], port: 5060, [(true, long)]).summary == ["sip.user_agent=x"])
    let hole: [(fromClient: Bool, bytes: [UInt8]?)] = [
      (true, Array(Self.register.prefix(60))), (true, nil), (true, ascii("rest")), (true, Self.register),
    ]
    #expect(Harness.conversation([Self.recognizer], hole).observations.summary == ["sip.user_agent=DoorBird D2101V"])
  }

  @Test func hostile() {
    let bytes = Self.message(Self.keepalive)
    for count in 0..<bytes.count {
      let said = Harness.datagram(Self.recognizer, Array(bytes[..<count]), to: 5060, length: bytes.count).1.summary
      #expect(said == [] || said == Self.number)
    }
    let endless = wire("REGISTER sip:a SIP/2.0\n") + [UInt8](repeating: 0x41, count: 40000)
    #expect(Harness.feed([Self.recognizer], 5060, [(true, endless)]).isEmpty)
    #expect(Harness.feed([Self.recognizer], 5060, [(true, wire("MESSAGE sip:a SIP/2.0\nContent-Length: 999999999999999999\n\n"))]).isEmpty)
  }
}
