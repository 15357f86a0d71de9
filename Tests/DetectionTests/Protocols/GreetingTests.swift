import Testing

@testable import Detection

/// FTP, Telnet, SSH and mail: protocols in which the server speaks first.
@Suite struct GreetingTests {
  static let recognizers: [any Recognizer] = [SSHRecognizer(), FTPRecognizer(), TelnetRecognizer(), MailRecognizer()]
  typealias Piece = (fromClient: Bool, bytes: [UInt8])

  static func observe(port: UInt16, _ pieces: [Piece], sourceLocation: SourceLocation = #_sourceLocation) -> [String] {
    Harness.stream(recognizers, port: port, pieces, sourceLocation: sourceLocation).sides
  }

  // MARK: FTP

  static let filler = String(repeating: "x", count: 100)
  static let user: Piece = (true, ascii("USER admin\r\n"))

  @Test(
    arguments: [
      (21, [(false, wire("220 DCS-935L FTP server ready.\n")), user], ["server ftp.banner=DCS-935L FTP server ready."]),
      // several lines (RFC 959 section 4.2), with and without codes between
      (
        21, [(false, wire("220-Welcome\n  to 220 x\n220-the camera\n220 ready\n"))], ["server ftp.banner=Welcome to 220 x the camera ready"]
      ),
      // other ports: the greeting names FTP; the client does; neither does; mail
      (2121, [(false, wire("220 (vsFTPd 3.0.2)\n"))], ["server ftp.banner=(vsFTPd 3.0.2)"]),
      (2121, [(false, wire("220 Hello\n")), user], ["server ftp.banner=Hello"]),
      (2121, [(false, wire("220 Hello\n")), (true, wire("EHLO x\n"))], []), (2121, [(false, wire("220 mx ESMTP Postfix\n")), user], []),
      (25, [(false, wire("220 ftp.example.com ESMTP\n")), (true, wire("EHLO x\n"))], []),
      // nothing but the code; refused
      (21, [(false, wire("220 \n"))], []),
    ] as [(UInt16, [Piece], [String])])
  func ftp(port: UInt16, pieces: [Piece], expected: [String]) {
    #expect(Self.observe(port: port, pieces) == expected)
  }

  @Test func longGreeting() {
    let observed = Harness.stream(Self.recognizers, port: 21, [(false, ascii("220-" + String(repeating: "camera ", count: 500)))])
    #expect(observed.count == 1)
    #expect(observed[0].text.utf8.count <= 256)
    // Joined in the middle.
    #expect(Harness.stream(Self.recognizers, port: 21, [(false, wire("226 Transfer complete\n" + Self.filler))]).isEmpty)
    #expect(Harness.stream(Self.recognizers, port: 21, [(true, wire("STOR cam01.jpg\n" + Self.filler))]).isEmpty)
    #expect(Harness.stream([FTPRecognizer()], port: 21, [(true, wire("GET / HTTP/1.1\n" + Self.filler))])[.tcpPayload] == [""])
    #expect(Harness.stream([FTPRecognizer()], port: 21, [(false, wire("001 x\n" + Self.filler))])[.tcpPayload] == [""])
  }

  /// A mail with a picture is noted, and nothing else of it.
  @Test(
    arguments: [
      ("Content-Type: image/jpeg; name=\"a.jpg\"", [MediaItem.Content.mailedPicture]), ("content-type: IMAGE/JPG", [.mailedPicture]),
      ("Content-Type: application/pdf", []), ("Subject: Content-Type: image/jpeg", []),
    ] as [(String, [MediaItem.Content])])
  func mails(header: String, expected: [MediaItem.Content]) {
    let lines = [
      (false, "220 mx ESMTP"), (true, "EHLO cam"), (false, "250 ok"), (true, "MAIL FROM:<a@example.com>"), (false, "250 ok"),
      (true, "DATA"), (false, "354 go on"), (true, header), (true, "\n/9j/4AAQSkZJRg==\n."), (false, "250 ok"),
    ]
    #expect(Self.items(lines.map { ($0.0, $0.1 + "\n") }, port: 25).map(\.content) == expected)
  }

  /// What a conversation notes, fed byte by byte.
  static func items(_ lines: [(Bool, String)], port: UInt16) -> [MediaItem] {
    var sink = ObservationSink()
    var conversation = StreamConversation(candidates: RecognizerSet(of: recognizers, on: .tcp))
    let client = Endpoint(station: Harness.camera.station, port: 50000)
    let server = Endpoint(station: Harness.other.station, port: port)
    for (fromClient, line) in lines {
      for byte in wire(line) {
        conversation.deliver(
          Message(
            payload: [byte].span.bytes, length: 1, transport: .tcp, source: fromClient ? client : server,
            destination: fromClient ? server : client, fromOriginator: fromClient, time: .zero, packet: PacketReference(file: 0, number: 1)),
          to: recognizers, into: &sink)
      }
    }
    return sink.items
  }

  /// Pictures and clips that a client stores, by the endings of their names; not documents, nor what it fetches.
  @Test(
    arguments: [
      ("STOR cam_01.jpg", [MediaItem.Content.storedPicture]), ("stor /hall/2026-11-29 10.00.00.JPEG", [.storedPicture]),
      ("APPE clip.mp4", [.storedClip]), ("STOR ch0.dav", [.storedClip]), ("STOR scan0001.pdf", []), ("RETR cam_01.jpg", []),
      ("STOR .jpg.txt", []), ("STOR", []), ("MKD a.jpg", []),
    ] as [(String, [MediaItem.Content])])
  func stores(command: String, expected: [MediaItem.Content]) {
    let items = Self.items(
      [(false, "220 ready\n"), (true, "USER cam\n"), (false, "331 x\n"), (true, "PASS y\n"), (true, command + "\n")], port: 21)
    #expect(items.map(\.content) == expected)
    #expect(items.allSatisfy { $0.sender.station == Harness.camera.station && !$0.target.contains("cam") })
  }

  // MARK: Telnet

  @Test(
    arguments: [
      // WILL ECHO, DO NAWS, a subnegotiation, then the prompt
      ([(false, hex("fffb01 fffd1f fffa1801fff0") + ascii("\r\nDCS-935L login: "))], ["server telnet.banner=DCS-935L login:"]),
      ([(false, hex("fffd18")), (true, hex("fffb18")), (false, ascii("(none) login: "))], ["server telnet.banner=(none) login:"]),
      ([(true, hex("fffb18 fffd01")), (false, ascii("Welcome\r\nUser Name:"))], ["server telnet.banner=Welcome User Name:"]),
      // a shell without login: the text before the client types, without colours
      (
        [(false, ascii("\u{1B}[1;32mBusyBox v1.16.1\u{1B}[0m\r\n/ # ")), (true, ascii("ls\r\n"))],
        ["server telnet.banner=BusyBox v1.16.1 / #"]
      ),
      ([(false, ascii("IQinVision IQeye3\r\nLogin password> "))], ["server telnet.banner=IQinVision IQeye3 Login password>"]),
      // nothing but negotiation; only the client; a time before the prompt
      ([(false, hex("fffb01 fffb03")), (true, hex("fffd01"))], []),
      ([(false, ascii("12:30:00\r\nlogin:"))], ["server telnet.banner=12:30:00 login:"]),
      ([(false, ascii(String(repeating: "x", count: 300)))], ["server telnet.banner=" + String(repeating: "x", count: 200)]),
    ] as [([Piece], [String])])
  func telnet(pieces: [Piece], expected: [String]) {
    #expect(Self.observe(port: 23, pieces) == expected)
    #expect(Self.observe(port: 2323, pieces) == expected)
    #expect(Harness.stream(Self.recognizers, port: 2424, pieces)[.telnetBanner] == [])
  }

  /// A greeting without a prompt is reported once, when either side closes the connection.
  @Test(arguments: [true, false]) func telnetClosed(byClient: Bool) {
    let greeting: Piece = (false, hex("fffb01") + ascii("\r\nWelcome to FLEXIDOME NDC-455-P from 10.0.0.2\r\n"))
    let typed: Piece = (true, ascii("x\r\n"))
    let prompt: Piece = (false, ascii("login: "))
    let seen = { (pieces: [Piece]) in Harness.feed(Self.recognizers, 23, pieces, closedByClient: byClient).sides }
    #expect(seen([greeting]) == ["server telnet.banner=Welcome to FLEXIDOME NDC-455-P from 10.0.0.2"])
    #expect(seen([greeting, typed]) == ["server telnet.banner=Welcome to FLEXIDOME NDC-455-P from 10.0.0.2"])
    #expect(seen([prompt]) == ["server telnet.banner=login:"])
    #expect(seen([(false, hex("fffb01") + ascii("\r\n"))]) == [])
  }

  @Test func notTelnet() {
    for bytes in [hex("1603010200010001fc0303"), hex("ff00"), hex("00000000")] {
      #expect(Harness.stream(Self.recognizers, port: 23, [(true, bytes), (false, bytes)])[.telnetBanner] == [])
    }
  }

  // MARK: SSH

  static let exchange = hex("0000 01f4 0a14") + [UInt8](repeating: 0x61, count: 500)

  @Test(
    arguments: [
      (
        [(false, ascii("SSH-2.0-dropbear_2012.55\r\n")), (true, ascii("SSH-2.0-OpenSSH_9.2p1\r\n"))],
        ["server ssh.banner=SSH-2.0-dropbear_2012.55"]
      ),
      // the client first, with its key exchange
      (
        [(true, ascii("SSH-2.0-PuTTY_Release_0.78\r\n") + exchange), (false, ascii("SSH-1.99-OpenSSH_3.9\n"))],
        ["server ssh.banner=SSH-1.99-OpenSSH_3.9"]
      ),
      ([(true, ascii("SSH-2.0-OpenSSH_9.2p1\r\n"))], []), ([(false, ascii("SSH-2.0-x"))], []),
    ] as [([Piece], [String])])
  func ssh(pieces: [Piece], expected: [String]) {
    #expect(Self.observe(port: 22, pieces) == expected)
    #expect(Self.observe(port: 2022, pieces) == expected)
  }

  // MARK: Mail

  @Test(arguments: [
    (110, "+OK POP3 ready\r\n"), (143, "* OK IMAP4rev1 ready\r\n"), (25, "220 mx.example.com ESMTP\r\n"), (587, "220-x\r\n"),
  ])
  func mail(port: UInt16, greeting: String) {
    // Claimed, so that not even the payload is reported.
    #expect(Harness.stream([MailRecognizer()], port: port, [(false, ascii(greeting + String(repeating: "x", count: 100)))]).isEmpty)
    let elsewhere = Harness.stream([MailRecognizer()], port: 9999, [(false, ascii(greeting + String(repeating: "x", count: 100)))])
    #expect(elsewhere.map(\.field) == [.tcpPayload])
  }

  @Test func hostile() {
    for (port, pieces) in [
      (21, [(false, wire("220-Welcome\n220 ready\n")), Self.user]),
      (23, [(false, hex("fffb01 fffd1f fffa1801fff0") + ascii("\r\nlogin: ")), (true, ascii("a"))]),
      (22, [(false, ascii("SSH-2.0-dropbear_2012.55\r\n")), (true, Self.exchange)]),
    ] as [(UInt16, [Piece])] {
      _ = port
      var random = TestRandom(seed: UInt64(port))
      for _ in 0..<300 {
        _ = Harness.feed(Self.recognizers, port, pieces.map { ($0.fromClient, $0.bytes + random.bytes(20)) } + [(false, random.bytes(400))])
        _ = Harness.feed(Self.recognizers, port, [(false, random.bytes(300)), (true, random.bytes(300))])
      }
    }
  }
}
