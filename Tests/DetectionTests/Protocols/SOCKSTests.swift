import Testing

@testable import Detection

@Suite struct SOCKSTests {
  static let recognizers: [any Recognizer] = [SOCKSRecognizer(), HTTPRecognizer()]
  typealias Piece = (fromClient: Bool, bytes: [UInt8])
  static let inside: [Piece] = [
    (true, wire("GET /inner HTTP/1.1\nHost: inner.example\n\n")), (false, wire("HTTP/1.1 200 OK\nServer: camera\n\n")),
  ]

  static let conversations: [([Piece], Bool)] = [
    // Version 4 with an address, 4a with a name; refused.
    ([(true, hex("04 01 0050 c0a80105 6100")), (false, hex("00 5a 0000 00000000"))], true),
    ([(true, hex("04 01 0050 00000001 00 612e6200")), (false, hex("00 5a 0000 00000000"))], true),
    ([(true, hex("04 01 0050 c0a80105 6100")), (false, hex("00 5b 0000 00000000"))], false),
    // Version 5 with an address, a name, an IPv6 address; after a login; refused; no way to log in.
    (
      [
        (true, hex("05 01 00")), (false, hex("05 00")), (true, hex("05 01 00 01 c0a80105 0050")), (false, hex("05 00 00 01 00000000 0000")),
      ], true
    ),
    (
      [(true, hex("05 01 00")), (false, hex("05 00")), (true, hex("05 01 00 03 03 612e62 0050")), (false, hex("05 00 00 03 01 61 0000"))],
      true
    ),
    (
      [
        (true, hex("05 02 00 02")), (false, hex("05 02")), (true, hex("01 01 61 01 62")), (false, hex("01 00")),
        (true, hex("05 01 00 04 00000000000000000000000000000001 0050")), (false, hex("05 00 00 01 00000000 0000")),
      ], true
    ),
    (
      [
        (true, hex("05 01 00")), (false, hex("05 00")), (true, hex("05 01 00 01 c0a80105 0050")), (false, hex("05 05 00 01 00000000 0000")),
      ], false
    ),
    ([(true, hex("05 01 02")), (false, hex("05 ff"))], false),
  ]

  @Test(arguments: conversations) func relayed(pieces: [Piece], connected: Bool) {
    let observed = Harness.stream(Self.recognizers, port: 1080, pieces + Self.inside).filter { !$0.field.isPayload }
    // What comes out of the proxy is not its own.
    #expect(observed.sides == (connected ? ["client http.path=GET /inner", "client http.host=inner.example"] : []))
  }

  /// Bytes that begin alike belong to other protocols.
  @Test(arguments: [
    "04 01 0000 c0a80105 6100", "04 03 0050 c0a80105 6100", "04 01 0050 c0a80105 01", "05 00 00", "05 01 00 05 01 01", "06",
  ])
  func others(_ bytes: String) {
    #expect(Harness.datagram(SOCKSRecognizer(), hex(bytes), transport: .tcp).0 == .notMine)
  }
}
