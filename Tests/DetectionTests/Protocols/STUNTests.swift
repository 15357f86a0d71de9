import Testing

@testable import Detection

@Suite struct STUNTests {
  static let recognizer = STUNRecognizer()

  /// RFC 5769 section 2.1, request with SOFTWARE "STUN test client", and 2.2, its answer with "test vector".
  static let request = hex(
    """
    000100582112a442b7e7a701bc34d686fa87dfae 802200105354554e207465737420636c69656e74 002400046e0001ff 80290008932ff9b151263b36
    000600096576746a3a683676 59202020 000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf
    """)
  static let answer = hex(
    """
    0101003c2112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220 002000080001a147e112a643
    000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004c07d4c96
    """)

  @Test(
    arguments: [
      (request, 40000, 50000, ["stun.software=STUN test client"]), (answer, 3478, 50000, ["stun.software=test vector"]),
      // no attributes; a name of NULs; a length that is no multiple of four
      (hex("00030005 2112a442 b7e7a701bc34d686fa87dfae 80220001 41"), 40000, 50000, ["stun.software=A"]),
      (hex("00010000 2112a442 b7e7a701bc34d686fa87dfae"), 40000, 50000, []),
      (hex("00010008 2112a442 b7e7a701bc34d686fa87dfae 80220004 00000000"), 40000, 50000, []),
      // RFC 3489: any 16 bytes identify; on its port only
      (hex("00010008 b7e7a701b7e7a701bc34d686fa87dfae 00030004 00000000"), 40000, 3478, []),
      // data in a TURN channel, padded
      (hex("4001000e 80600001 11000000 22222222 3333 0000"), 40000, 3478, []),
    ] as [([UInt8], UInt16, UInt16, [String])])
  func messages(bytes: [UInt8], from: UInt16, to: UInt16, expected: [String]) {
    #expect(Harness.claims(Self.recognizer, bytes, from: from, to: to))
    #expect(Harness.datagram(Self.recognizer, bytes, from: from, to: to).1.summary == expected)
  }

  @Test func others() {
    // Not its length; RFC 3489 elsewhere, or another method; two high bits.
    for text in [
      "00010004 2112a442 b7e7a701bc34d686fa87dfae", "00010000 2112a442 b7e7a701bc34d686fa87dfae 00",
      "00010000 b7e7a701b7e7a701bc34d686fa87dfae", "c0010000 2112a442 b7e7a701bc34d686fa87dfae", "",
    ] {
      #expect(!Harness.claims(Self.recognizer, hex(text), to: 50000))
    }
    #expect(!Harness.claims(Self.recognizer, hex("00030000 b7e7a701b7e7a701bc34d686fa87dfae"), to: 3478))
    #expect(!Harness.claims(Self.recognizer, hex("40010001 80600001 11000000 22222222 33333333"), to: 3478))
  }

  @Test func stream() {
    let observed = Harness.stream([Self.recognizer], port: 3478, [(true, Self.request), (false, Self.answer)])
    #expect(observed.summary == ["stun.software=STUN test client"])
    #expect(Harness.stream([Self.recognizer], [(true, ascii("GET / HTTP/1.1\r\n\r\n"))])[.stunSoftware] == [])
  }

  /// STUN, then DTLS, then media on the same ports, through the whole engine.
  @Test func mediaAfterwards() {
    let engine = Engine(signatures: SignatureSet([]))
    var fields: [String] = []
    engine.observer = { observation, _, _ in
      if observation.field != .ethernetOUI { fields.append("\(observation.field.rawValue)=\(observation.text)") }
    }
    var feeder = Feeder(engine)
    func send(_ payload: [UInt8], at time: Double) {
      feeder.frame(
        FrameBuilder.ethernet(FrameBuilder.ipv4("192.168.1.10", "192.168.1.11", proto: 17, FrameBuilder.udp(50000, 50002, payload))),
        at: time)
    }
    send(Self.request, at: 0)
    send(DTLSTests.clientHello, at: 0.1)
    send(Self.answer, at: 0.2)
    for index in 0..<8 {
      // G.711, by its payload type (RFC 3551).
      send(
        hex("8000") + [0, UInt8(index)] + hex("000000") + [UInt8(index * 16)] + hex("11223344") + [UInt8](repeating: 0xD5, count: 160),
        at: 1 + Double(index) / 50)
    }
    #expect(
      fields == [
        "stun.software=STUN test client", "tls.ja4=" + DTLSTests.fingerprint, "stun.software=test vector", "rtp.payload=PCMU",
      ])
  }
}

@Suite struct DTLSTests {
  static let recognizer = DTLSRecognizer()

  /// DTLS 1.2 ClientHello of one cipher suite without cookie (RFC 6347 section 4.2.1).
  static let clientHello = hex(
    """
    16 feff 0000 000000000000 0036 01 00002a 0000 000000 00002a fefd
    000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00 00 0002 c02b 01 00
    """)
  /// c02b by sha256sum.
  static let fingerprint = "dd2i010000_648b5c445417_000000000000"
  static let data = hex("17 fefd 0001 000000000005 0004 deadbeef")

  @Test func claims() {
    #expect(Self.clientHello.count == 13 + 0x36)
    for bytes in [Self.clientHello, Self.data, hex("14 fefd 0000 000000000004 0001 01") + Self.data] {
      #expect(Harness.claims(Self.recognizer, bytes, to: 50000))
      let said = Harness.datagram(Self.recognizer, bytes, to: 50000).1.summary
      #expect(said == (bytes == Self.clientHello ? ["tls.ja4=" + Self.fingerprint] : []))
      // Cut by the snap length.
      #expect(Harness.datagram(Self.recognizer, Array(bytes.prefix(15)), to: 50000, length: bytes.count).0 == .message)
    }
  }

  @Test func others() {
    for text in [
      "", "16", "16 0301 0005 0100000103 00000000", "18 fefd 0000 000000000000 0004 deadbe", "13 fefd 0000 000000000000 0001 00",
      "17 fefd 0001 000000000005 0004 deadbeef 17 fefd 0001 000000000005 0004 deadbe",
    ] {
      #expect(!Harness.claims(Self.recognizer, hex(text), to: 50000))
    }
  }

  @Test func pieces() {
    // A hello that is longer than its fragment, or begins later: no fingerprint of a part.
    var longer = Self.clientHello
    longer[16] = 0x40
    #expect(Harness.datagram(Self.recognizer, longer, to: 50000).1.isEmpty)
    var later = Self.clientHello
    later[21] = 1
    #expect(Harness.datagram(Self.recognizer, later, to: 50000).1.isEmpty)
  }
}
