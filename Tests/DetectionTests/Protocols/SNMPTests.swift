import Testing

@testable import Detection

@Suite struct SNMPTests {
  static let recognizer = SNMPRecognizer()

  static func tlv(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
    [tag] + (contents.count < 128 ? [UInt8(contents.count)] : [0x81, UInt8(contents.count)]) + contents
  }

  static func message(version: UInt8 = 1, pdu: UInt8 = 0xA2, _ variables: [(String, [UInt8])]) -> [UInt8] {
    let list = variables.flatMap { tlv(0x30, tlv(6, hex($0.0)) + $0.1) }
    let pdu = tlv(pdu, hex("020400a1b2c3 020100 020100") + tlv(0x30, list))
    return tlv(0x30, [2, 1, version] + tlv(4, ascii("public")) + pdu)
  }

  static let description = ("2b06010201010100", tlv(4, ascii("AXIS P3245-V;\r\n Network Camera; 10.12")))
  static let uptime = ("2b06010201010300", hex("4302 1234"))

  @Test(arguments: [
    (message([description]), ["snmp.sysdescr=AXIS P3245-V; Network Camera; 10.12"]),
    (message(version: 0, [uptime, description]), ["snmp.sysdescr=AXIS P3245-V; Network Camera; 10.12"]),
    // other variables; no such object (v2c); a question; a trap; version 3
    (message([uptime]), []), (message([("2b06010201010100", hex("8000"))]), []),
    (message(pdu: 0xA0, [("2b06010201010100", hex("0500"))]), []),
    (message(pdu: 0xA7, [description]), []), (message(version: 3, [description]), []),
    // a longer identifier
    (message([("2b0601020101010001", tlv(4, ascii("x")))]), []),
  ])
  func messages(bytes: [UInt8], expected: [String]) {
    #expect(Harness.claims(Self.recognizer, bytes, from: 161, to: 50000))
    let observed = Harness.datagram(Self.recognizer, bytes, from: 161, to: 50000).1
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject == Harness.camera.station) }
  }

  @Test func others() {
    #expect(!Harness.claims(Self.recognizer, Self.message([Self.description]), from: 1610, to: 50000))
    #expect(!Harness.claims(Self.recognizer, ascii("hello"), to: 161))
    #expect(!Harness.claims(Self.recognizer, [], to: 161))
  }
}
