import Testing

@testable import Detection

@Suite struct WSDiscoveryTests {
  static let recognizer = WSDiscoveryRecognizer()

  /// An answer of an ONVIF device (ONVIF Core Specification section 7.3, WS-Discovery of April 2005).
  static let probeMatches = ascii(
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" \
    xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">
    <SOAP-ENV:Header><wsa:MessageID>uuid:0a6dc791-2be6-4991-9af1-454778a1917a</wsa:MessageID>
    <wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action></SOAP-ENV:Header>
    <SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>
    <wsa:EndpointReference><wsa:Address>urn:uuid:00075f74-9ef6-f69e-745f-070075f74c00</wsa:Address></wsa:EndpointReference>
    <d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>
    <d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/ONVIF%20Cam
      onvif://www.onvif.org/hardware/IPC&amp;HD onvif://www.onvif.org/type/video_encoder</d:Scopes>
    <d:XAddrs>http://192.168.1.37:8080/onvif/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>
    </d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>
    """)

  /// Hello of a printer, with other prefixes and the namespace of WS-DD 1.1.
  static let hello = ascii(
    """
    <soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:wsd="http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01">\
    <soap:Body><wsd:Hello><!-- > --><wsd:Types>wsdp:Device wprt:PrintDeviceType</wsd:Types><wsd:Scopes/></wsd:Hello></soap:Body></soap:Envelope>
    """)

  static let cameraSays = [
    "wsd.types=NetworkVideoTransmitter", "wsd.types=tds:Device", "wsd.scopes=onvif://www.onvif.org/type/video_encoder",
    "onvif.name=ONVIF Cam", "wsd.scopes=onvif://www.onvif.org/name/ONVIF Cam", "onvif.hardware=IPC&HD",
    "wsd.scopes=onvif://www.onvif.org/hardware/IPC&HD",
  ]

  static func message(_ body: String) -> [UInt8] {
    ascii(
      "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header/><Body xmlns='http://schemas.xmlsoap.org/ws/2005/04/discovery'>"
        + body + "</Body></Envelope>")
  }

  @Test(arguments: [
    (probeMatches, 3702, 50000, cameraSays),
    // from any port to the searcher's
    (probeMatches, 40000, 50000, cameraSays),
    // a byte order mark, and white space before
    ([0xEF, 0xBB, 0xBF] + probeMatches, 3702, 50000, cameraSays),
    (ascii("\r\n") + probeMatches, 3702, 50000, cameraSays),
    (hello, 3702, 3702, ["wsd.types=Device", "wsd.types=PrintDeviceType"]),
    (
      message("<ResolveMatches><ResolveMatch><Types>NetworkVideoTransmitter</Types></ResolveMatch></ResolveMatches>"), 3702, 3702,
      ["wsd.types=NetworkVideoTransmitter"]
    ),
    // ONVIF's devices under another prefix, and those of printers under ONVIF's
    (
      message("<Hello xmlns:q='http://www.onvif.org/ver10/device/wsdl'><Types>q:Device</Types></Hello>"), 3702, 3702,
      ["wsd.types=tds:Device"]
    ),
    (
      message("<Hello xmlns:q='http://www.onvif.org/ver10/device/wsdl'><Types>tds:Device</Types></Hello>"), 3702, 3702,
      ["wsd.types=Device"]
    ),
    // searches, for cameras too, and farewells
    (message("<Probe><Types>dn:NetworkVideoTransmitter</Types><Scopes>onvif://www.onvif.org/x</Scopes></Probe>"), 50000, 3702, []),
    (message("<Resolve><Types>dn:NetworkVideoTransmitter</Types></Resolve>"), 50000, 3702, []),
    (message("<Bye><Types>dn:NetworkVideoTransmitter</Types></Bye>"), 3702, 3702, []),
    // percent signs that encode nothing
    (
      message("<Hello><Scopes>a%2 b%zz c%C3%A4 %</Scopes></Hello>"), 3702, 3702,
      ["wsd.scopes=a%2", "wsd.scopes=b%zz", "wsd.scopes=cä", "wsd.scopes=%"]
    ),
    // cut within a word: the word is left out
    (
      ascii("<Envelope><Body><Hello><Types>dn:NetworkVideoTransmitter dn:Network"), 3702, 3702,
      ["wsd.types=NetworkVideoTransmitter"]
    ),
  ])
  func messages(bytes: [UInt8], from: UInt16, to: UInt16, expected: [String]) {
    #expect(Harness.claims(Self.recognizer, bytes, from: from, to: to))
    let observed = Harness.datagram(Self.recognizer, bytes, from: from, to: to).1
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject == Harness.camera.station) }
  }

  @Test(arguments: [
    "", "hello", "<?xml version=\"1.0\"?>",
    // the discovery of another maker
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><ProbeMatch><Uuid>1</Uuid><Types>inquiry</Types></ProbeMatch>",
  ])
  func others(text: String) {
    #expect(!Harness.claims(Self.recognizer, ascii(text), from: 3702, to: 3702))
  }

  @Test func soapOnOtherPortsMustNameDiscovery() {
    let soap = "<Envelope><Body><Hello><Types>x</Types></Hello></Body></Envelope>"
    #expect(!Harness.claims(Self.recognizer, ascii(soap), from: 40000, to: 40001))
    #expect(Harness.claims(Self.recognizer, ascii(soap), from: 40000, to: 3702))
  }

  /// ONVIF declares its namespaces at the beginning, so an answer that was cut there is still ONVIF's. Searches declare them, too.
  @Test func cut() {
    let answer = Self.probeMatches
    let namespace = ["wsd.namespace=http://www.onvif.org/ver10/network/wsdl"]
    #expect(
      Harness.datagram(Self.recognizer, Array(answer.prefix(300)), from: 3702, to: 50000, length: answer.count).1.summary == namespace)
    #expect(Harness.datagram(Self.recognizer, Array(answer.prefix(330)), from: 3702, to: 50000).1.summary == namespace)
    // The action says that it is an answer, whatever the ports.
    let action = Array(answer[..<answer.firstRange(of: ascii("<SOAP-ENV:Body>"))!.lowerBound])
    #expect(Harness.datagram(Self.recognizer, action, from: 40000, to: 3702, length: answer.count).1.summary == namespace)
    #expect(Harness.datagram(Self.recognizer, Array(answer.prefix(300)), from: 50000, to: 3702, length: answer.count).1 == [])
    // A computer's answer; a whole message without types.
    let computer = Array(Self.hello.prefix(200))
    #expect(Harness.datagram(Self.recognizer, computer, from: 3702, to: 50000, length: Self.hello.count).1[.wsdNamespace] == [])
    let whole = Self.message("<Hello x='http://www.onvif.org/ver10/network/wsdl\"'></Hello>")
    #expect(Harness.datagram(Self.recognizer, whole, from: 3702, to: 50000).1 == [])
  }

  @Test func limits() {
    let words = (0..<200).map { "a:t\($0)" }.joined(separator: " ")
    let observed = Harness.datagram(
      Self.recognizer, Self.message("<Hello><Types>\(words)</Types><Scopes>\(words)</Scopes></Hello>"), from: 3702, to: 3702
    ).1
    #expect(observed[.wsdTypes].count == WSDiscoveryRecognizer.typeLimit)
    #expect(observed[.wsdScopes].count == WSDiscoveryRecognizer.scopeLimit)
    let deep = String(repeating: "<a>", count: 20000)
    #expect(Harness.datagram(Self.recognizer, Self.message("<Hello>" + deep), from: 3702, to: 3702).1.isEmpty)
  }
}
