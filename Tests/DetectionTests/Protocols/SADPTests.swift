import Testing

@testable import Detection

@Suite struct SADPTests {
  static let recognizer = SADPRecognizer()

  /// julienblitte/UniversalScanner Hikvision.selftest, shortened.
  static let camera = Array(
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <ProbeMatch><Uuid>11223344-5566-7788-9900-112233445566</Uuid>
    <Types>inquiry</Types>
    <DeviceType>123456</DeviceType>
    <DeviceDescription>DS-2CD2043G2-I</DeviceDescription>
    <CommandPort>8000</CommandPort>
    </ProbeMatch>
    """.utf8)

  @Test(arguments: [
    (camera, ["sadp.type=123456", "sadp.description=DS-2CD2043G2-I"]),
    (Array("<ProbeMatch><Uuid>1</Uuid></ProbeMatch>".utf8), ["sadp.description=not said"]),
    (Array("<ProbeMatch><DeviceDescription>DS-2C".utf8), ["sadp.description=DS-2C"]),
    (Array(#"<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>A</Uuid><Types>inquiry</Types></Probe>"#.utf8), []),
    (Array("<html></html>".utf8), []),
  ])
  func answer(bytes: [UInt8], expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: 37020, to: 37020).1.summary == expected)
  }

  @Test func onlyOnItsPort() { #expect(Harness.datagram(Self.recognizer, Self.camera).1.isEmpty) }
}
