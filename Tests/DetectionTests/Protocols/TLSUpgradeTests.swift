import Testing

@testable import Detection

/// TLS that begins in the middle of a conversation of text.
@Suite struct TLSUpgradeTests {
  static let recognizers: [any Recognizer] = [TLSRecognizer(), FTPRecognizer(), MailRecognizer()]
  static let hello = TLSTests.hello(hex("0000 000a 0008 00 0005 63616D2E78"))
  typealias Piece = (fromClient: Bool, bytes: [UInt8])

  static let conversations: [(UInt16, [Piece], Bool)] = [
    (
      25,
      [(false, wire("220 mx ESMTP\n")), (true, wire("EHLO x\n")), (false, wire("250-mx\n250 STARTTLS\n"))] + asked("STARTTLS", "220 go"),
      true
    ),
    (25, [(false, wire("220 mx ESMTP\n")), (true, wire("EHLO x\n")), (false, wire("250 mx\n"))] + asked("STARTTLS", "454 no"), false),
    (25, [(false, wire("220 mx ESMTP\n")), (true, wire("EHLO x\n")), (false, wire("250 mx\n"))] + asked("DATA", "220 go"), false),
    (110, [(false, wire("+OK\n"))] + asked("STLS", "+OK"), true), (110, [(false, wire("+OK\n"))] + asked("STLS", "-ERR"), false),
    (143, [(false, wire("* OK\n"))] + asked("a1 starttls", "* INFO\na1 OK"), true),
    (143, [(false, wire("* OK\n"))] + asked("a1 STARTTLS", "a1 NO"), false),
    (143, [(false, wire("* OK\n"))] + asked("a1 STARTTLS", "a2 OK"), false),
    (21, [(false, wire("220 x\n"))] + asked("AUTH TLS", "234 go"), true),
    (21, [(false, wire("220 x\n"))] + asked("AUTH TLS", "534 no"), false),
  ]

  static func asked(_ command: String, _ answer: String) -> [Piece] {
    [(true, wire(command + "\n")), (false, wire(answer + "\n")), (true, hello)]
  }

  @Test(arguments: conversations) func upgrade(port: UInt16, pieces: [Piece], agreed: Bool) {
    let observed = Harness.stream(Self.recognizers, port: port, pieces)
    #expect(observed[.tlsServerName] == (agreed ? ["cam.x"] : []))
  }

  /// A conversation without a request for TLS is left after a while.
  @Test func limited() {
    var pieces = Self.conversations[3].1
    pieces.insert((true, wire(String(repeating: "NOOP\n", count: TLSUpgrade.lines))), at: 1)
    #expect(Harness.stream(Self.recognizers, port: 110, pieces)[.tlsServerName].isEmpty)
  }
}
