import Testing

@testable import Detection

@Suite struct RawVideoTests {
  // Beginnings of what FFmpeg 5.1 writes for its test picture as h264, hevc, vob and mjpeg.
  static let h264 = hex("0000000167f4000a9196847b0110000003001000000300a0f1226a0000000168ce0f1920000001658884")
  static let h265 = hex(
    "0000000140010c01ffff0408000003009e0800000300001e959809000000014201010408000003009e0800000300001e90041062cb2b35c995e02dc080"
      + "80010000030001000003000508000000014401c173183108900000012801")
  static let jpeg = hex("ffd8ffe000104a46494600010200000100010000fffe00104c61766335392e33372e31303000ffdb004300080606")
  /// A pack with this clock, in ticks of 90 kHz.
  static func pack(_ clock: UInt64) -> [UInt8] {
    let word: UInt64 =
      1 << 46 | (clock >> 30 & 7) << 43 | 1 << 42 | (clock >> 15 & 0x7FFF) << 27 | 1 << 26 | (clock & 0x7FFF) << 11 | 1 << 10 | 1
    let bytes = (0..<6).map { UInt8(truncatingIfNeeded: word >> (40 - 8 * UInt64($0))) }
    return [0, 0, 1, 0xBA] + bytes + [0x01, 0x86, 0x6F, 0xF8] + hex("000001bb0009c333670021ffe0e0e6")
  }

  /// Noise without start codes in place of the rest of a picture.
  static func body(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 | 0x10) } }

  struct Piece {
    var seconds: Double
    var bytes: [UInt8]
    var fromOriginator = true
  }

  /// The observations of the video as `field=value`, and the number of payloads for signatures.
  static func observe(
    _ pieces: [Piece], over transport: Transports, port: UInt16 = 40001, to address: String = "192.168.1.11"
  ) -> (facts: [String], payloads: Int, senders: [Endpoint]) {
    var sink = ObservationSink()
    let one = Endpoint(station: Harness.camera.station, port: 40000)
    let two = Endpoint(station: Station(mac: Harness.other.station.mac, address: IPAddress(address)!), port: port)
    let recognizer = RawVideoRecognizer()
    var parser: (any Parser)?
    var conversation = StreamConversation(candidates: RecognizerSet(of: [recognizer], on: .tcp))
    for (index, piece) in pieces.enumerated() {
      let message = Message(
        payload: piece.bytes.span.bytes, length: piece.bytes.count, transport: transport, source: piece.fromOriginator ? one : two,
        destination: piece.fromOriginator ? two : one, fromOriginator: piece.fromOriginator,
        time: Timestamp(nanoseconds: Int64(piece.seconds * 1e9)), packet: PacketReference(file: 0, number: UInt64(index + 1)))
      if transport == .tcp {
        conversation.deliver(message, to: [recognizer], into: &sink)
        continue
      }
      sink.begin(message)
      if parser == nil, case .mine = recognizer.recognize(message, into: &sink) { parser = recognizer.makeParser() }
      if let active = parser, case .done = active.consume(message, into: &sink) { break }
    }
    let facts = sink.observations.filter { !$0.field.isPayload }.map { "\($0.field.rawValue)=\($0.text)" }
    return (facts, sink.observations.count { $0.field.isPayload }, sink.streams.map(\.sender))
  }

  /// Pictures of a second each, in datagrams or segments of 700 bytes.
  static func groups(_ head: (Int) -> [UInt8], every seconds: Double = 1, count: Int = 5, before header: [UInt8] = []) -> [Piece] {
    (0..<count).flatMap { group -> [Piece] in
      let start = Double(group) * seconds
      return [Piece(seconds: start, bytes: header + head(group) + body(600))]
        + (1..<4).map { Piece(seconds: start + Double($0) * seconds / 5, bytes: header + body(700)) }
    }
  }

  /// Coded data of a picture: FF is always followed by 00 (ITU-T T.81 section B.1.1.5).
  static func coded(_ count: Int) -> [UInt8] {
    (0..<count).map { index -> UInt8 in
      switch index % 200 {
      case 7: return 0xFF
      case 8: return 0
      default: return UInt8(index % 200)
      }
    }
  }

  /// An MJPEG stream over HTTP of which the beginning was not captured. Pictures without such headers are others'.
  @Test func multipartMidway() {
    let part = wire("\n--FRAME\nContent-Type: image/jpeg\nContent-Length: 2049\n\n")
    func pieces(_ head: [UInt8], every seconds: Double) -> [Piece] {
      let first = Piece(seconds: 0, bytes: Self.coded(4000), fromOriginator: false)
      let picture: [UInt8] = head + Self.jpeg + Self.coded(2000)
      return [first] + (1..<14).map { Piece(seconds: Double($0) * seconds, bytes: picture, fromOriginator: false) }
    }
    for size in [4096, 7, 1] {
      let cut = pieces(part, every: 0.2).flatMap { piece in
        stride(from: 0, to: piece.bytes.count, by: size).map {
          Piece(seconds: piece.seconds, bytes: Array(piece.bytes[$0..<min($0 + size, piece.bytes.count)]), fromOriginator: false)
        }
      }
      #expect(Self.observe(cut, over: .tcp).facts == (size == 1 ? [] : ["http.video=FRAME"]), "in pieces of \(size)")
    }
    #expect(Self.observe(pieces([], every: 0.2), over: .tcp).facts == ["bare.video=JPEG over TCP"])
    #expect(Self.observe(pieces(part, every: 0.001), over: .tcp).facts == [], "copied")
    // Data that only looks like noise, and text.
    for start in [TestRandom(seed: 3).filled(5000), ascii(String(repeating: "camera ", count: 700))] {
      var others = pieces(part, every: 0.2)
      others[0].bytes = start
      #expect(Self.observe(others, over: .tcp).facts == [])
    }
  }

  static let live: [(name: String, pieces: [Piece])] = [
    ("H264", groups { _ in h264 }), ("H265", groups { _ in h265 }), ("JPEG", groups({ _ in jpeg }, every: 0.1, count: 12)),
    ("MPEG-PS", groups({ pack(UInt64($0) * 45_000) }, every: 0.5, count: 12)),
  ]

  @Test(arguments: live.indices)
  func liveVideo(index: Int) {
    let (name, pieces) = Self.live[index]
    #expect(Self.observe(pieces, over: .udp).facts == ["bare.video=\(name) over UDP"])
    #expect(Self.observe(pieces, over: .tcp).facts == ["bare.video=\(name) over TCP"])
    // However the stream is cut.
    for size in [7, 1] {
      let cut = pieces.flatMap { piece in
        stride(from: 0, to: piece.bytes.count, by: size).map {
          Piece(seconds: piece.seconds, bytes: Array(piece.bytes[$0..<min($0 + size, piece.bytes.count)]))
        }
      }
      #expect(Self.observe(cut, over: .tcp).facts == ["bare.video=\(name) over TCP"], "in pieces of \(size)")
    }
  }

  @Test func itIsTheSenders() {
    let answered = Self.live[0].pieces.map { Piece(seconds: $0.seconds, bytes: $0.bytes, fromOriginator: false) }
    let viewer = Piece(seconds: 0, bytes: Self.body(300))
    #expect(Self.observe([viewer] + answered, over: .udp).senders.map(\.station.address) == [IPAddress("192.168.1.11")!])
  }

  @Test func aHeaderOfTheSendersOwnIsShownToTheSignatures() {
    let header = hex("325445470300f8030100000001000000010000000e000000")
    let observed = Self.observe(Self.groups({ _ in Self.jpeg }, every: 0.1, count: 12, before: header), over: .udp)
    #expect(observed.facts == ["bare.video=JPEG over UDP"])
    #expect(observed.payloads == 3)
    #expect(Self.observe(Self.live[0].pieces, over: .tcp).payloads == 1)
  }

  /// A drone's pictures behind 54 bytes of its own, without JFIF, after commands of the viewer and the rest of a picture.
  @Test func picturesOfADrone() {
    let header = hex("6363030000ae050330635a5a26430000") + [UInt8](repeating: 0x5A, count: 38)
    let commands = (0..<40).map { Piece(seconds: Double($0) / 100, bytes: hex("63630100000000"), fromOriginator: false) }
    let rest = (0..<100).map { _ in Piece(seconds: 0.45, bytes: header + Self.body(1400)) }
    let pictures = Self.groups({ _ in hex("ffd8ffc40000") }, every: 0.1, count: 14, before: header)
    let observed = Self.observe(commands + rest + pictures.map { Piece(seconds: $0.seconds + 1, bytes: $0.bytes) }, over: .udp)
    #expect(observed.facts == ["bare.video=JPEG over UDP"])
    // At changing places the same bytes are chance.
    let moving = (0..<40).map {
      Piece(seconds: Double($0) / 10, bytes: Self.body(200 + $0 % 7).prefix($0 % 7) + hex("ffd8ffc40000") + Self.body(900))
    }
    #expect(Self.observe(moving, over: .udp).facts == [])
  }

  /// Other senders of such data, and similar data.
  static let others: [(String, [Piece], UInt16, String)] = [
    ("a film that is copied", groups({ _ in h264 }, every: 0.02, count: 200), 40001, "192.168.1.11"),
    ("a recording that is copied", groups({ pack(UInt64($0) * 45_000) }, every: 0.005, count: 400), 40001, "192.168.1.11"),
    ("pictures that are copied", groups({ _ in jpeg }, every: 0.004, count: 400), 40001, "192.168.1.11"),
    ("a picture", groups({ _ in jpeg }, count: 1), 40001, "192.168.1.11"),
    ("a slide show", groups({ _ in jpeg }, every: 8, count: 30), 40001, "192.168.1.11"),
    ("two groups", groups({ _ in h264 }, count: 2), 40001, "192.168.1.11"),
    ("a remote desktop", live[2].pieces, 5901, "192.168.1.11"),
    ("a debugger that shows a telephone's screen", live[0].pieces, 5555, "192.168.1.11"),
    ("to the Internet", live[0].pieces, 40001, "203.0.113.9"),
    ("to a group", live[0].pieces, 40001, "239.1.2.3"),
    ("no parameter sets", groups { _ in hex("0000000165888400") + body(300) }, 40001, "192.168.1.11"),
    ("a profile that does not exist", groups { _ in hex("0000000167f5000a91960000000168ce0f19") }, 40001, "192.168.1.11"),
    ("packs without markers", groups { _ in hex("000001ba000000000000000000f8000001bb0009") }, 40001, "192.168.1.11"),
    ("noise", groups { _ in body(60) }, 40001, "192.168.1.11"),
  ]

  @Test(arguments: others.indices)
  func othersStaySilent(index: Int) {
    let (name, pieces, port, address) = Self.others[index]
    for transport in [Transports.udp, .tcp] {
      #expect(Self.observe(pieces, over: transport, port: port, to: address).facts == [], Comment(rawValue: name))
    }
  }

  @Test func wrongBytesAndTimesNeverTrap() {
    let times: [Double] = [0, 9e9, -9e9, 1, 1e9]
    for (_, pieces) in Self.live {
      let absurd = pieces.enumerated().map { Piece(seconds: times[$0 % times.count], bytes: $1.bytes) }
      _ = Self.observe(absurd, over: .udp)
      _ = Self.observe(absurd, over: .tcp)
    }
  }
}
