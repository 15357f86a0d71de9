import Testing

@testable import Detection

@Suite struct TLSTests {
  static let recognizers: [any Recognizer] = [TLSRecognizer(), HTTPRecognizer()]
  typealias Piece = (fromClient: Bool, bytes: [UInt8])

  /// Observations of a conversation, without unknown payloads.
  static func observe(_ pieces: [Piece], sourceLocation: SourceLocation = #_sourceLocation) -> [String] {
    Harness.stream(recognizers, port: 8883, pieces, sourceLocation: sourceLocation).withoutFingerprint.filter { !$0.field.isPayload }.sides
  }

  static let mutualName =
    "C=CN, ST=Zhejiang, L=Hangzhou, O=Caméra Lab Co.,Ltd, OU=摄像头, CN=CAM-0001, emailAddress=support@cam.example"
  static let mutualFacts = [
    "client tls.sni=mqtt.cam.example", "client tls.alpn=x-amzn-mqtt-ca", "client tls.alpn=http/1.1",
    "server tls.cert.subject=" + mutualName, "server tls.cert.issuer=" + mutualName,
    "server tls.cert.subject=DNS=cam-0001.local", "server tls.cert.subject=DNS=*.cam.example",
  ]

  // MARK: Whole conversations

  @Test func camera() {
    #expect(
      Self.observe(TLSSamples.bootingCamera) == [
        "client tls.alpn=http/1.1", "server tls.cert.subject=CN=IPC-C22", "server tls.cert.issuer=CN=IPC-C22",
        "server tls.cert.subject=DNS=IPC-C22",
      ])
  }

  @Test func certificatesOfBothSides() {
    #expect(Self.observe(TLSSamples.mutual) == Self.mutualFacts)
  }

  @Test func acrossRecordsAndSegments() {
    let facts = [
      "client tls.sni=cam.example", "server tls.cert.subject=CN=IPC-0a1b2c, OU=DVRNVR, O=Example Vision",
      "server tls.cert.issuer=C=CN, O=Example Vision, CN=Example Device CA",
    ]
    #expect(Self.observe(TLSSamples.fragmented) == facts)
    // Two segments, cut at each place; observations cite the second.
    let hello = TLSSamples.fragmented[0].bytes
    for cut in 1..<hello.count {
      let observed = Harness.feed(
        Self.recognizers, 443, [(true, Array(hello[..<cut])), (true, Array(hello[cut...]))]
      ).withoutFingerprint
      #expect(observed.sides == ["client tls.sni=cam.example"])
    }
    let observed = Harness.feed(Self.recognizers, 443, [(true, Array(hello.dropLast())), (true, hello.suffix(1))])
      .withoutFingerprint
    #expect(observed.map(\.packet.number) == [2])
    #expect(observed.map(\.peerPort) == [443])
  }

  @Test(arguments: [TLSSamples.version13, TLSSamples.retried])
  func encryptedCertificate(pieces: [Piece]) {
    let isRetried = pieces.count == 4
    let facts = ["client tls.sni=api.example.net"] + (isRetried ? [] : ["client tls.alpn=h2", "client tls.alpn=http/1.1"])
    #expect(Self.observe(pieces) == facts)
  }

  @Test func oneDirection() {
    #expect(Self.observe(TLSSamples.mutual.filter(\.fromClient)) == Array(Self.mutualFacts.prefix(3)))
    #expect(Self.observe(TLSSamples.mutual.filter { !$0.fromClient }) == Array(Self.mutualFacts.dropFirst(3)))
    // Joined at the server's answer: it passes for the originator.
    let swapped = TLSSamples.mutual.dropFirst().map { (fromClient: !$0.fromClient, bytes: $0.bytes) }
    #expect(Self.observe(swapped) == Self.mutualFacts.dropFirst(3).map { "client" + $0.dropFirst(6) })
    // Joined later: the client's certificate is not taken for a server's.
    #expect(Self.observe(Array(TLSSamples.mutual.dropFirst(2))) == [])
  }

  @Test func holes() {
    let server = TLSSamples.mutual[1].bytes
    let client = TLSSamples.mutual[0].bytes
    let pieces: [(fromClient: Bool, bytes: [UInt8]?)] = [
      (true, client), (false, Array(server[..<200])), (false, nil), (false, Array(server[300...])),
      (true, TLSSamples.mutual[2].bytes),
    ]
    #expect(Harness.conversation(Self.recognizers, pieces).observations.withoutFingerprint.sides == Array(Self.mutualFacts.prefix(3)))
    // The certificate does not need the hello's rest, and the name is reported where it was captured.
    for (end, name) in [(60, []), (100, ["client tls.sni=mqtt.cam.example"])] {
      let late: [(fromClient: Bool, bytes: [UInt8]?)] = [(true, Array(client[..<end])), (true, nil), (false, server)]
      let observed = Harness.conversation(Self.recognizers, late).observations.withoutFingerprint.sides
      #expect(observed == name + Array(Self.mutualFacts.dropFirst(3)))
    }
  }

  // MARK: Who is what

  @Test func clientSaysNothingOfServer() {
    let observed = Harness.stream(Self.recognizers, port: 443, [TLSSamples.version13[0]])
    #expect(observed.count == 4)
    #expect(observed.allSatisfy { $0.subject == Harness.camera.station })
    #expect(observed[.tlsCertificateSubject] == [])
  }

  @Test(arguments: [
    (wire("GET / HTTP/1.1\nHost: a\n\n"), Disposition.notMine), (wire("RTSP/1.0 200 OK\nCSeq: 1\n\n"), .notMine),
    (wire("OPTIONS rtsp://a/ RTSP/1.0\n"), .notMine), (hex("16 03"), .needMore), (hex("16 03 01 00 e0"), .needMore),
    (hex("16 03 01 00 e0 01 00 00 dc"), .needMore), (hex("16 03 01 00 e0 01 00 00 dc 03"), .mine),
    (hex("16 03 01 00 e0 02"), .needMore),
    // A fragment of one byte; none.
    (hex("16 03 01 00 01 01"), .mine), (hex("16 03 01 00 00"), .notMine),
    // Version, length, message, version of the hello.
    (hex("16 02"), .notMine), (hex("16 03 05"), .notMine), (hex("16 03 03 48 01"), .notMine),
    (hex("16 03 03 48 00 01"), .needMore),
    (hex("16 03 03 00 40 10"), .notMine), (hex("16 03 01 00 e0 01 00 00 dc 05"), .notMine),
    // Application data, DTLS, SSL 2.
    (hex("17 03 03 00 35"), .done), (hex("15 03 01 00 02 02 28"), .done), (hex("17 03 03 00 00"), .notMine),
    (hex("17 fe fd 00 10"), .notMine), (hex("16 fe fd 00 00"), .notMine), (hex("80 2e 01 03 01 00 15"), .notMine),
  ])
  func recognizing(bytes: [UInt8], expected: Disposition) {
    let (disposition, observed) = Harness.datagram(TLSRecognizer(), bytes, transport: .tcp)
    #expect(disposition == expected)
    #expect(observed.isEmpty)
  }

  // MARK: Extensions

  /// A ClientHello of TLS 1.2 around the extensions.
  static func hello(_ extensions: [UInt8]) -> [UInt8] {
    let size = { (count: Int) in [UInt8(count >> 8), UInt8(count & 255)] }
    let random = [UInt8](repeating: 0x5A, count: 32)
    let body = [3, 3] + random + hex("00 0002 c02b 01 00") + size(extensions.count) + extensions
    return [0x16, 3, 1] + size(body.count + 4) + [1, 0] + size(body.count) + body
  }

  @Test(arguments: [
    // Upper case; the first of two names.
    ("0000 000a 0008 00 0005 43616D2E78", ["tls.sni=cam.x"]), ("0000 000a 0008 00 0001 61 00 0001 62", ["tls.sni=a"]),
    // Another type of name before it; a space, a line end and NUL in a name; an empty one.
    ("0000 000a 0008 07 0001 61 00 0001 62", ["tls.sni=b"]), ("0000 0008 0006 00 0003 612062", []),
    ("0000 0008 0006 00 0003 610a62", []), ("0000 0008 0006 00 0003 610062", []), ("0000 0005 0003 00 0000", []),
    // A port behind the name, or what looks like one; nothing before it.
    ("0000 000e 000c 00 0009 63616D2E783A343433", ["tls.sni=cam.x"]), ("0000 0008 0006 00 0003 3a3434", []),
    // Reserved values among protocols; one that is empty.
    ("0a0a 0000 0010 0008 0006 02 1a1a 02 6832", ["tls.alpn=h2"]), ("0010 0006 0004 00 02 6832", ["tls.alpn=h2"]),
    // Twice the same extension.
    ("0010 0005 0003 02 6832 0010 0005 0003 02 6833", ["tls.alpn=h2"]),
    // Nine protocols.
    (
      "0010 0014 0012 0161 0162 0163 0164 0165 0166 0167 0168 0169",
      ["a", "b", "c", "d", "e", "f", "g", "h"].map { "tls.alpn=" + $0 }
    ),
    // Lengths beyond the end: what came before is kept.
    ("0010 0005 0003 02 6832 0000 ffff 0006 00 0003 616263", ["tls.alpn=h2"]), ("0000 0008 ffff 00 0003 616263", []),
    ("0000 0008 0006 00 ffff 616263", []), ("0010 0005 0003 ff 6832", []), ("0000", []), ("", []),
  ])
  func extensions(bytes: String, expected: [String]) {
    #expect(Harness.stream(Self.recognizers, port: 443, [(true, Self.hello(hex(bytes)))]).withoutFingerprint.summary == expected)
  }

  /// A hello with more extensions than there are is read up to there, and is no client's.
  @Test func manyExtensions() {
    let name = hex("0000 000a 0008 00 0005 63616d2e78")
    func observe(_ count: Int) -> [Field] {
      let others = (0..<count).flatMap { number -> [UInt8] in [0x40, UInt8(number & 255), 0, 0] }
      return Harness.stream(Self.recognizers, port: 443, [(true, Self.hello(name + others))]).map(\.field).filter { !$0.isPayload }
    }
    #expect(observe(ClientHello.extensionLimit - 1) == [.tlsServerName, .tlsJA4])
    #expect(observe(ClientHello.extensionLimit) == [.tlsServerName])
  }

  @Test func longName() {
    for (count, isSaid) in [(255, true), (256, false)] {
      let name = [UInt8](repeating: 0x61, count: count)
      let lengths = [count + 5, count + 3].flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
      let bytes = [0, 0] + lengths + [0, UInt8(count >> 8), UInt8(count & 255)] + name
      #expect(Self.observe([(true, Self.hello(bytes))]).count == (isSaid ? 1 : 0))
    }
  }

  @Test func limits() {
    // Messages beyond the limit and endless empty records: nothing is reported, and the parser continues or ends.
    let large = hex("16 0303 4000 01 004001 0303") + [UInt8](repeating: 0, count: 16378)
    #expect(Self.observe([(true, large), (true, large)]) == [])
    let leaf = hex("16 0303 0010 02 000002 0303 0b 00ffff 00fffc 00fff0 00")
    #expect(Self.observe([(false, leaf), (false, hex("16 0303 4000") + [UInt8](repeating: 0x30, count: 16384))]) == [])
    let empty = [[UInt8]](repeating: hex("16 0303 0000"), count: 1000).flatMap { $0 }
    #expect(Self.observe([(true, hex("16 0301 0001 01") + empty)]) == [])
  }

  // MARK: Hostile bytes

  static let conversations: [[Piece]] = [
    TLSSamples.bootingCamera, TLSSamples.mutual, TLSSamples.fragmented, TLSSamples.version13, TLSSamples.retried,
  ]

  @Test func cutAtEachLength() {
    for piece in TLSSamples.mutual {
      for length in 0..<piece.bytes.count {
        _ = Harness.feed(Self.recognizers, 443, [(piece.fromClient, Array(piece.bytes[..<length]))])
      }
    }
  }

  @Test func eachByteChanged() {
    for piece in TLSSamples.mutual.prefix(2) {
      for index in piece.bytes.indices {
        for value: UInt8 in [0x00, 0x01, 0x7F, 0x80, 0x84, 0xFF, piece.bytes[index] ^ 1, piece.bytes[index] &+ 1] {
          var bytes = piece.bytes
          bytes[index] = value
          let observed = Harness.feed(Self.recognizers, 443, [(piece.fromClient, bytes)])
          #expect(observed.count <= 24)
          #expect(observed.allSatisfy { $0.subject == (piece.fromClient ? Harness.camera : Harness.other).station })
        }
      }
    }
  }

  @Test func randomBehindHellos() {
    var random = TestRandom(seed: 7)
    for _ in 0..<300 {
      let head = hex("16 0303 0400 02 000002 0303 0b 0002f8 0002f5 0002f2 3082 0200 3082 0100")
      _ = Harness.feed(Self.recognizers, 443, [(false, head + random.bytes(1200)), (true, Self.hello(random.bytes(200)))])
    }
  }
}

extension [Observation] {
  /// Without fingerprints, which JA4Tests cover.
  fileprivate var withoutFingerprint: [Observation] { filter { $0.field != .tlsJA4 } }
}

@Suite struct DERTests {
  /// Tags and lengths of the elements up to an error.
  static func elements(_ bytes: [UInt8]) -> (found: [String], error: DecodeError?) {
    var reader = DERReader(bytes.span.bytes)
    var found: [String] = []
    do throws(DecodeError) {
      while !reader.isAtEnd {
        let element = try reader.next()
        found.append("\(element.tag.rawValue) \(element.contents.byteCount)")
      }
      return (found, nil)
    } catch {
      return (found, error)
    }
  }

  @Test(
    arguments: [
      ("0201ff 3000 0c0161", ["2 1", "48 0", "12 1"], nil),
      ("0481 03 010203", ["4 3"], nil), ("0483 000001 00", ["4 1"], nil),
      ("0500 0402 01", ["5 0"], DecodeError(.truncated, at: 4)), ("02", [], DecodeError(.truncated, at: 1)),
      ("3080 0000", [], DecodeError(.malformed, at: 0)), ("1f8101 00", [], DecodeError(.unsupported, at: 0)),
      ("0484 00000001 00", [], DecodeError(.limit, at: 0)), ("04ff", [], DecodeError(.limit, at: 0)),
      ("0483 ffffff 00", [], DecodeError(.truncated, at: 5)), ("", [], nil),
    ] as [(String, [String], DecodeError?)])
  func reading(bytes: String, found: [String], error: DecodeError?) {
    let result = Self.elements(hex(bytes))
    #expect(result.found == found)
    #expect(result.error == error)
  }

  @Test(arguments: [
    ("0c03 c3a961", "éa"), ("0c02 ff61", "\u{FFFD}a"), ("1303 616200", "ab"), ("1602 610a", "a\u{FFFD}"), ("1402 e961", "éa"),
    ("1402 6185", "a\u{FFFD}"), ("1e04 6444 0061", "摄a"), ("1e04 d800 0061", "\u{FFFD}a"), ("1e03 0061 00", "a"), ("1e00", ""),
    ("0c07 61616161616161", "aaaaaa"), ("0201 61", nil),
  ])
  func text(bytes: String, expected: String?) throws {
    let bytes = hex(bytes)
    var reader = DERReader(bytes.span.bytes)
    let text = try reader.next().text(limit: 6)
    #expect(text == expected)
  }
}
