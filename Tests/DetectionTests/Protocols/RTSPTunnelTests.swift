import Foundation
import Testing

@testable import Detection

/// RTSP within HTTP: the two connections of a viewer, and similar conversations.
@Suite struct RTSPTunnelTests {
  static let recognizers = RTSPTests.recognizers
  typealias Piece = (fromClient: Bool, bytes: [UInt8])

  static let get = wire(
    "GET /live/main HTTP/1.0\nUser-Agent: QTS (qtver=7.6)\nx-sessioncookie: 4711\nAccept: application/x-rtsp-tunnelled\n"
      + "Pragma: no-cache\nCache-Control: no-cache\n\n")
  static let post = wire(
    "POST /live/main HTTP/1.0\nUser-Agent: QTS (qtver=7.6)\nx-sessioncookie: 4711\nContent-Type: application/x-rtsp-tunnelled\n"
      + "Content-Length: 32767\nExpires: Sun, 9 Jan 1972 00:00:00 GMT\n\n")
  static func ok(_ rest: String = "") -> [UInt8] {
    wire("HTTP/1.0 200 OK\nServer: QTSS/4.1.3\nConnection: close\n\(rest)Content-Type: application/x-rtsp-tunnelled\n\n")
  }
  static func base64(_ bytes: [UInt8]) -> [UInt8] { Array(Data(bytes).base64EncodedData()) }

  /// The messages of the camera, and each request encoded separately.
  static var answers: [Piece] { [(true, get), (false, ok())] + RTSPTests.watched.filter { !$0.fromClient } }
  static var requests: [Piece] { [(true, post)] + RTSPTests.watched.filter(\.fromClient).map { (true, base64($0.bytes)) } }

  static let asked = ["client http.path=GET /live/main", "client http.user_agent=QTS (qtver=7.6)"]
  static let opened = ["server http.server=QTSS/4.1.3", "server http.content_type=application/x-rtsp-tunnelled"]
  /// The path is in the requests, which use the other connection.
  static let served = RTSPTests.facts.filter { $0.hasPrefix("server") && !$0.contains("rtsp.path") }

  @Test func answering() {
    let observed = Harness.stream(Self.recognizers, Self.answers)
    #expect(observed.sides == Self.asked + Self.opened + ["server http.served=GET /live/main"] + Self.served)
    let all = Harness.conversation(Self.recognizers, Self.answers.map { ($0.fromClient, $0.bytes) })
    #expect(all.streams.map(\.name) == ["RTSP over HTTP"] && all.streams[0].sender.station == Harness.other.station)
    // A made-up length; only the camera's side was captured.
    let answers = Array(Self.answers[2...])
    #expect(
      Harness.stream(Self.recognizers, [(true, Self.get), (false, Self.ok("Content-Length: 9\n"))] + answers).sides == observed.sides)
    #expect(Harness.stream(Self.recognizers, [(false, Self.ok())] + answers).sides == Self.opened + Self.served)
  }

  @Test func asking() {
    let expected = [
      "client http.path=POST /live/main", "client http.user_agent=QTS (qtver=7.6)", "client rtsp.user_agent=Lavf59.27.100",
      "server rtsp.realm=IP Camera(12345)", "server rtsp.path=/live/main",
    ]
    #expect(Harness.stream(Self.recognizers, Self.requests).sides == expected)
    // All encoded as one, with line ends; without a length.
    let whole = Self.base64(RTSPTests.watched.filter(\.fromClient).flatMap(\.bytes))
    let lines = stride(from: 0, to: whole.count, by: 76).flatMap { whole[$0..<min($0 + 76, whole.count)] + [0x0D, 0x0A] }
    #expect(Harness.stream(Self.recognizers, [(true, Self.post), (true, lines)]).sides == expected)
    let endless = wire("POST /live/main HTTP/1.0\nUser-Agent: QTS (qtver=7.6)\nContent-Type: application/x-rtsp-tunnelled\n\n")
    #expect(Harness.stream(Self.recognizers, [(true, endless)] + Self.requests.dropFirst()).sides == expected)
  }

  /// An endless answer ends when its connection carries another request.
  @Test func together() {
    let pieces = [Self.answers[0], Self.answers[1], Self.requests[0]]
    let rest = RTSPTests.watched.map { $0.fromClient ? (true, Self.base64($0.bytes)) : $0 }
    #expect(!Harness.stream(Self.recognizers, pieces + rest).sides.contains { $0.contains("rtsp.video") })
  }

  /// Missing bytes in the media, and in base64.
  @Test func damage() {
    // Behind missing media, frames are found again. Behind missing base64, requests are not read.
    let head = Self.answers[..<2].map { ($0.fromClient, $0.bytes as [UInt8]?) }
    let frames = RTPSamples.h264.dropFirst().flatMap { RTSPTests.interleaved(0, RTSPTests.packet($0)) }
    let pieces = [(false, Array(frames.prefix(700))), (false, nil), (false, frames)] as [(Bool, [UInt8]?)]
    let observed = Harness.conversation(Self.recognizers, head + pieces)
    #expect(observed.streams.map(\.name) == ["RTSP over HTTP"])
    let holed = Harness.conversation(
      Self.recognizers, [(true, Self.post), (true, nil)] + Self.requests.dropFirst().map { ($0.fromClient, $0.bytes) })
    #expect(holed.observations.sides == ["client http.path=POST /live/main", "client http.user_agent=QTS (qtver=7.6)"])
  }

  /// Requests are decoded up to a limit, and only as long as they are base64.
  @Test func bounds() {
    let late = [UInt8](repeating: 0x0A, count: RTSPTunnel.requestLimit)
    let request = Self.base64(RTSPTests.watched[0].bytes)
    for before in [late, ascii("{\"a\":1}")] {
      let observed = Harness.conversation(Self.recognizers, [(true, Self.post), (true, before), (true, request)])
      #expect(observed.observations[.rtspUserAgent] == [])
    }
  }

  /// Ordinary uploads, downloads and refusals that contain RTSP; proxies, whose answers come from other servers.
  @Test(arguments: [
    [(true, wire("POST /up HTTP/1.1\nContent-Type: text/plain\nContent-Length: 9999\n\n")), requests[1]],
    [(true, wire("POST /up HTTP/1.1\nContent-Length: 9999\n\n")), requests[1]],
    [
      (true, wire("GET /manual HTTP/1.1\nAccept: application/x-rtsp-tunnelled\n\n")),
      (false, wire("HTTP/1.1 200 OK\nContent-Type: text/plain\n\n")), answers[4],
    ],
    [(true, get), (false, wire("HTTP/1.0 404 Not Found\nContent-Type: application/x-rtsp-tunnelled\n\n")), answers[4]],
    [(true, wire("GET http://a.example/ HTTP/1.0\n\n")), (false, ok()), answers[4]],
  ])
  func others(pieces: [Piece]) {
    let observed = Harness.stream(Self.recognizers, pieces).sides
    #expect(observed.filter { $0.contains("rtsp.") || $0.contains("sdp.") || $0.contains("rtp.") } == [])
  }

  /// In the engine: the camera serves video, its viewer does not, and a server on the Internet is no device.
  @Test(arguments: ["192.168.1.20", "8.8.8.8"])
  func engine(server: String) {
    let engine = Engine(signatures: SignatureSet([]))
    var seen: [String] = []
    engine.observer = { observation, device, _ in
      if observation.field == .rtspVideo { seen.append("\(device) \(observation.text)") }
    }
    var feeder = Feeder(engine)
    var (client, camera) = (UInt32(1000), UInt32(5000))
    for (index, piece) in Self.answers.enumerated() {
      let segment =
        piece.fromClient
        ? FrameBuilder.tcp(50000, 80, seq: client, ack: camera, piece.bytes)
        : FrameBuilder.tcp(80, 50000, seq: camera, ack: client, piece.bytes)
      let (source, destination) = piece.fromClient ? ("192.168.1.31", server) : (server, "192.168.1.31")
      let (from, to) = piece.fromClient ? (FrameBuilder.mac(2), FrameBuilder.mac(1)) : (FrameBuilder.mac(1), FrameBuilder.mac(2))
      feeder.frame(
        FrameBuilder.ethernet(from: from, to: to, FrameBuilder.ipv4(source, destination, proto: 6, segment)), at: Double(index))
      if piece.fromClient { client += UInt32(piece.bytes.count) } else { camera += UInt32(piece.bytes.count) }
    }
    engine.finish()
    let isLocal = server.hasPrefix("192.")
    #expect(seen == [isLocal ? "mac:02:00:00:00:00:01 H264" : "ip:8.8.8.8 H264"])
    #expect(engine.devices().contains { $0.addresses.map(\.description).contains(server) } == isLocal)
  }
}
