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
  static let number = ["gb28181.id=34020000001320000001"]

  static func answer(_ headers: String) -> [UInt8] {
    wire("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.168.1.11\n\(headers)\nServer: Asterisk PBX 16\nl: 0\n\n")
  }

  @Test(arguments: [
    (register, ["sip.user_agent=DoorBird D2101V"]), (message(keepalive), number),
    (message("<Response>\n<CmdType>Catalog</CmdType>\n</Response>\n"), number),
    (message("<Response><CmdType>DeviceInfo</CmdType></Response>"), number),
    // a platform asks; an alarm; other content; another number; letters
    (message("<Query>\n<CmdType>Catalog</CmdType>\n</Query>\n"), []), (message("<Notify><CmdType>Alarm</CmdType></Notify>"), []),
    (message(keepalive, type: "text/plain"), []), (message(keepalive, from: "3402000000132000001"), []),
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
        "client sip.user_agent=DoorBird D2101V",
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
    // A cut message of GB/T 28181 shows its number only with the body.
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
