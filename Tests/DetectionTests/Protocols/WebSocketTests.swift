import Testing

@testable import Detection

@Suite struct WebSocketTests {
  static let recognizers: [any Recognizer] = [HTTPRecognizer()]

  static let handshake: [(fromClient: Bool, bytes: [UInt8])] = [
    (
      true,
      wire(
        "GET /api/ws?src=hall HTTP/1.1\nHost: 192.168.1.11:1984\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n\n")
    ),
    (false, wire("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n")),
  ]

  /// A frame (RFC 6455 section 5.2) with the shortest length field that holds its length, masked with 37 FA 21 3D if so said.
  static func frame(_ payload: [UInt8], opcode: UInt8 = 2, isFinal: Bool = true, isMasked: Bool = false) -> [UInt8] {
    let maskBit: UInt8 = isMasked ? 0x80 : 0
    var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
    switch payload.count {
    case ..<126: bytes.append(maskBit | UInt8(payload.count))
    case ..<65536: bytes += [maskBit | 126] + FrameBuilder.big(UInt16(payload.count))
    default: bytes += [maskBit | 127, 0, 0, 0, 0] + FrameBuilder.big32(UInt32(payload.count))
    }
    guard isMasked else { return bytes + payload }
    let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    let masked = payload.indices.map { payload[$0] ^ mask[$0 & 3] }
    return bytes + mask + masked
  }

  // Messages of the named senders.
  /// Without a start code or marker in it.
  static let filler = TestRandom(seed: 7).filled(700).map { ($0 | 0x10) & 0x7F }
  static let jpeg = HTTPTests.jpeg + filler
  static let fragment = hex("00000068 6d6f6f66 00000010 6d666864 00000000 00000001") + filler
  static let typedFragment = hex("00000010 73747970 6d736468 00000000 00000068 6d6f6f66") + filler
  static let start = hex("00000018 66747970 69736f6d 00000200 69736f6d 69736f32") + filler
  static let annexB = hex("00000001 67640028acd9 00000001 68ebe3cb22c0 00000001 6588") + filler
  static let packets = (0..<7).flatMap { number -> [UInt8] in
    hex("474100") + [UInt8(0x10 + number)] + [UInt8](repeating: 0xFF, count: 184)
  }

  /// Feeds messages with a time between them in seconds; in pieces of a size, if one is given.
  static func row(
    _ messages: [(fromClient: Bool, bytes: [UInt8])], every seconds: Double, cut size: Int? = nil
  ) -> (observations: [Observation], streams: [MediaStream]) {
    var sink = ObservationSink()
    var conversation = StreamConversation(candidates: RecognizerSet(of: recognizers, on: .tcp))
    Seeds.keep(
      recognizers, .tcp, from: 50000, to: 80,
      (handshake + messages.prefix(12)).map { Seeds.Piece(fromOriginator: $0.fromClient, bytes: $0.bytes) })
    for (index, message) in (handshake + messages).enumerated() {
      let count = size ?? message.bytes.count
      for start in stride(from: 0, to: message.bytes.count, by: count) {
        let piece = Array(message.bytes[start..<min(start + count, message.bytes.count)])
        conversation.deliver(
          Message(
            payload: piece.span.bytes, length: piece.count, transport: .tcp, source: message.fromClient ? Harness.camera : Harness.other,
            destination: message.fromClient ? Harness.other : Harness.camera, fromOriginator: message.fromClient,
            time: Timestamp(nanoseconds: Int64(Double(index) * seconds * 1e9)), packet: PacketReference(file: 0, number: UInt64(index + 1))),
          to: recognizers, into: &sink)
      }
    }
    return (sink.observations, sink.streams)
  }

  static func served(_ payloads: [[UInt8]], every seconds: Double, cut size: Int? = nil) -> [String] {
    row(payloads.map { (false, frame($0)) }, every: seconds, cut: size).observations.filter { $0.field.rawValue.hasPrefix("websocket") }
      .sides
  }

  @Test(
    arguments: [
      ("a board that sends pictures", jpeg, 0.2, "JPEG"),
      ("go2rtc and Frigate, MSE", fragment, 0.5, "MP4"),
      ("fragments behind their type", typedFragment, 0.5, "MP4"),
      ("H.264 with its parameter sets", annexB, 2, "H264"),
      ("jsmpeg, whole packets", packets, 0.5, "MPEG-TS"),
    ] as [(String, [UInt8], Double, String)])
  func video(_ name: String, message: [UInt8], seconds: Double, format: String) {
    for size in [nil, 7, 1] {
      #expect(
        Self.served([[UInt8]](repeating: message, count: 12), every: seconds, cut: size) == ["server websocket.video=\(format)"], "\(name)")
    }
    let streams = Self.row([[UInt8]](repeating: message, count: 12).map { (false, Self.frame($0)) }, every: seconds).streams
    #expect(streams.map(\.name) == ["\(format) over WebSocket"] && streams[0].sender.station == Harness.other.station)
    // As fast as a file is copied.
    #expect(Self.served([[UInt8]](repeating: message, count: 60), every: 0.001) == [], "\(name), copied")
    #expect(Self.served([[UInt8]](repeating: message, count: 2), every: seconds) == [], "\(name), twice")
  }

  /// jsmpeg's relay hands on what it gets, wherever packets begin.
  @Test func transportStreamCutAnywhere() {
    let stream = (0..<12).flatMap { _ in Self.packets }
    let cut = stride(from: 0, to: stream.count, by: 1000).map { Array(stream[$0..<min($0 + 1000, stream.count)]) }
    let size: [UInt8] = ascii("jsmp") + [1, 64, 0, 240]
    #expect(Self.served([size] + cut, every: 0.5) == ["server websocket.video=MPEG-TS"])
  }

  @Test func unitsInMessagesOfTheirOwn() {
    let picture: [UInt8] = hex("00000001 6588") + Self.filler
    let units: [[UInt8]] = [hex("00000001 67640028acd9"), hex("00000001 68ebe3cb22c0"), picture]
    #expect(Self.served((0..<5).flatMap { _ in units }, every: 0.5) == ["server websocket.video=H264"])
  }

  @Test func framing() {
    // Fragments with a ping between them (section 5.4), and long ones.
    let head = Self.frame(Array(Self.jpeg.prefix(100)), isFinal: false)
    let rest = Self.frame([], opcode: 9) + Self.frame(Array(Self.jpeg.dropFirst(100)), opcode: 0)
    let long = Self.frame(Self.jpeg + [UInt8](repeating: 0, count: 70000))
    for message in [head + rest, long] {
      let observed = Self.row([[UInt8]](repeating: message, count: 12).map { (false, $0) }, every: 0.2).observations
      #expect(observed[.webSocketVideo] == ["JPEG"])
    }
    // After a hole, from the next message on.
    var pieces: [(fromClient: Bool, bytes: [UInt8]?)] = Self.handshake.map { ($0.fromClient, $0.bytes) }
    pieces += [(false, Array(long.prefix(3000))), (false, nil)]
    #expect(Harness.conversation(Self.recognizers, pieces + [(false, Self.frame(Self.jpeg))]).observations[.webSocketVideo] == [])
  }

  /// A board that dials out sends its pictures masked.
  @Test func push() {
    let messages = [[UInt8]](repeating: Self.frame(Self.jpeg, isMasked: true), count: 12).map { (fromClient: true, bytes: $0) }
    for size in [nil, 7, 1] {
      let observed = Self.row(messages, every: 0.2, cut: size).observations
      #expect(observed.filter { $0.field.rawValue.hasPrefix("websocket") }.sides == ["client websocket.push=JPEG"])
    }
  }

  /// The nearest things that are no camera: web applications, games, remote desktops, a mirrored telephone, one picture, a whole film.
  @Test func othersMessages() {
    let json = Array(String(repeating: #"{"type":"state_changed","data":{"id":7}} "#, count: 20).utf8)
    let text = [[UInt8]](repeating: Self.frame(json, opcode: 1), count: 20).map { (fromClient: false, bytes: $0) }
    #expect(Self.row(text, every: 0.5).observations[.webSocketVideo] == [])
    #expect(Self.served([[UInt8]](repeating: Self.filler, count: 40), every: 0.1) == [])
    let desktop: [[UInt8]] = [ascii("RFB 003.008\n"), [1, 1]]
    #expect(Self.served(desktop + [[UInt8]](repeating: Self.jpeg, count: 20), every: 0.2) == [])
    let opening: [UInt8] = ascii("scrcpy_initial") + Self.filler
    #expect(Self.served([opening] + [[UInt8]](repeating: Self.annexB, count: 20), every: 2) == [])
    #expect(Self.served([Self.jpeg] + [[UInt8]](repeating: Self.filler, count: 20), every: 0.5) == [])
    #expect(Self.served([Self.start] + [[UInt8]](repeating: Self.filler, count: 20), every: 0.5) == [])
    // Text that says what binary messages would.
    let pictures = [[UInt8]](repeating: Self.frame(Self.jpeg, opcode: 1), count: 20).map { (fromClient: false, bytes: $0) }
    #expect(Self.row(pictures, every: 0.2).observations[.webSocketVideo] == [])
  }

  /// What follows the upgrade is no WebSocket: another protocol, reserved opcodes, lengths that cannot be.
  @Test func broken() {
    for bytes in [
      hex("8b00"), hex("82ff8000000000000000"), hex("09ff"), ascii("GET / HTTP/1.1\r\n\r\n"), [UInt8](repeating: 0xFF, count: 300),
    ] {
      let observed = Harness.stream(Self.recognizers, Self.handshake + [(false, bytes), (true, bytes)])
      #expect(observed[.webSocketVideo] == [] && observed[.webSocketPush] == [])
    }
  }

  /// The request that the server granted names the program: go2rtc.
  @Test func grantedRequest() {
    #expect(Harness.stream(Self.recognizers, Self.handshake)[.httpServed] == ["GET /api/ws?src="])
  }
}
