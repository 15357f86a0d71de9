import Testing

@testable import Detection

@Suite struct HDSTests {
  static let recognizer = HDSRecognizer()

  /// A published announcement of an EseeCloud camera, with other numbers.
  static let camera = wire(
    """
    HDS/1.0 200 OK
    SERVER: nginx
    CONTENT-TYPE: text/HDP
    DEVICE-ID: Z0000000000001

    Segment-Num:2
    Device-ID=Z0000000000001
    Device-Model=5523-W
    Esee-ID=0000000001
    """)

  @Test(arguments: [
    (camera, ["hds.model=5523-W"]), (wire("MCTP/1.0 200 OK\nCSeq:1\nDevice-ID:0001\n"), ["hds.model=not said"]),
    (wire("HDS/1.0 200 OK\nDevice-Model: CM-01\n"), ["hds.model=CM-01"]),
    (wire("SEARCH * HDS/1.0\nCSeq:1\nClient-ID:nvmOPxEnYfQRAeLFdsMrpBbnMDbEPiMC\n"), []),
    (wire("HTTP/1.1 200 OK\nDevice-Model: X\n"), []), (wire("HDS/1.0 200 OK\nCSeq:1\n"), []),
  ])
  func answer(bytes: [UInt8], expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, bytes, from: 8002).1.summary == expected)
  }
}
