import Testing

@testable import Detection

@Suite struct TUTKTests {
  static let recognizer = TUTKRecognizer()

  /// Heads as captured and published; bodies scrambled by an independent program, the identifier is invented.
  enum Sample {
    static let login = hex(
      """
      ee2f8cec40d140ca3d2d882d20e6cada 1a6acedb7753324e0e691c0873d68fed 6e2e8d8c40d040ca3e6d3b1f40a4cbd8 436861726a68
      """)
    static let keepalive = hex("8e2d95ac40d140ca3d2d882dc0e6cad8 2071726168648b40")
    static let answer =
      hex(
        "4e4f8dac40d040ca2d2d882dc0e7cad2 1a6acedb7753324e0e691c0873d68fed 6e2e8d8c40d040ca3e6d3b1f40a4cbd8") + padding(152)
    static let ping = hex("4c6f8d0c40d040ca2d2d082dc0eecad8 e06b702365cd6318")
    static let data = hex("4e6f8d0c40d040ca3d29a82d40eeca88") + padding(1280)
    static let search = hex("6e4c9d8c40d040ca2d2d882d00e7cada") + padding(52)
    static let clientData = hex("6e6c9dec40d140ca3d29a82d40eecada") + padding(32)
    static let clientAnswer = hex("6c6c9dec40d140ca2d2d882dc0eecad8 e06b702365cd6318")

    static func padding(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x6E, count: count) }
  }

  @Test(arguments: [
    (Sample.login, ["client tutk.uid=A1B2C3D4E5F6G7H8111A"]), (Sample.keepalive, ["client tutk.role=device"]),
    (Sample.answer, ["client tutk.role=device"]), (Sample.ping, ["client tutk.role=device"]),
    // The telephone's: a search, data, an answer; one long message is no video; and lengths that are not the datagram's.
    (Sample.search, []), (Sample.clientData, []), (Sample.clientAnswer, []), (Sample.data, []), (Sample.login + [0], []),
    (Array(Sample.keepalive.dropLast()), []),
    // A name server's question, zeros
    (hex("1a2b01000001000000000000047475746b03636f6d0000010001"), []), (Sample.padding(54), []),
  ])
  func message(bytes: [UInt8], expected: [String]) {
    #expect(
      Harness.datagrams(Self.recognizer, to: 10001, [.init(true, bytes), .init(true, bytes)]).observations.sides == expected)
  }

  @Test func runOfDataIsVideo() {
    var session: [Harness.Datagram] = [.init(true, Sample.clientData)]
    for _ in 0..<9 { session += [.init(false, Sample.data), .init(true, Sample.clientAnswer)] }
    let result = Harness.datagrams(Self.recognizer, session)
    #expect(result.observations.sides == ["server tutk.role=device data"])
    #expect(result.streams.map(\.sender.station) == [Harness.other.station])
  }
}
