import Testing

@testable import Detection

@Suite struct RTSPTests {
  static let recognizers: [any Recognizer] = [RTSPRecognizer(), HTTPRecognizer()]
  typealias Piece = (fromClient: Bool, bytes: [UInt8])

  static func withLength(_ head: String, _ body: String) -> [UInt8] {
    let body = wire(body)
    return wire(head + "Content-Length: \(body.count)\n\n") + body
  }

  static func interleaved(_ channel: UInt8, _ packet: [UInt8]) -> [UInt8] {
    [0x24, channel, UInt8(packet.count >> 8), UInt8(packet.count & 255)] + packet
  }

  /// A packet of the samples, filled up to its length.
  static func packet(_ sample: (length: Int, head: String)) -> [UInt8] {
    let head = hex(sample.head)
    return head + [UInt8](repeating: 0xB7, count: sample.length - head.count)
  }

  // MARK: A camera that is watched

  static let description = """
    v=0
    o=- 3041437432614563541 1 IN IP4 192.168.60.20
    s=Session streamed with GStreamer
    t=0 0
    a=tool:GStreamer
    m=video 0 RTP/AVP 96
    a=rtpmap:96 H264/90000
    a=control:stream=0
    m=audio 0 RTP/AVP 8
    a=rtpmap:8 PCMA/8000
    a=control:stream=1

    """

  /// FFmpeg asks gst-rtsp-server over TCP.
  static var watched: [Piece] {
    let url = "rtsp://192.168.60.20:8554/live/main"
    let agent = "User-Agent: Lavf59.27.100\n"
    return [
      (true, wire("OPTIONS \(url) RTSP/1.0\nCSeq: 1\n\(agent)\n")),
      (false, wire("RTSP/1.0 200 OK\nCSeq: 1\nPublic: OPTIONS, DESCRIBE, PLAY\nServer: GStreamer RTSP server\n\n")),
      (true, wire("DESCRIBE \(url) RTSP/1.0\nAccept: application/sdp\nCSeq: 2\n\(agent)\n")),
      (
        false, wire("RTSP/1.0 401 Unauthorized\nCSeq: 2\nWWW-Authenticate: Digest realm=\"IP Camera(12345)\", nonce=\"7b1b\"\n\n")
      ),
      (true, wire("DESCRIBE \(url) RTSP/1.0\nAuthorization: Digest username=\"admin\", realm=\"IP Camera(12345)\"\nCSeq: 3\n\(agent)\n")),
      (
        false,
        withLength(
          "RTSP/1.0 200 OK\nCSeq: 3\nContent-Type: application/sdp\nContent-Base: \(url)/\nServer: GStreamer RTSP server\n",
          description)
      ),
      (true, wire("SETUP \(url)/stream=0 RTSP/1.0\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\nCSeq: 4\n\(agent)\n")),
      (false, wire("RTSP/1.0 200 OK\nCSeq: 4\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=D955A250\nSession: a\n\n")),
      (true, wire("PLAY \(url)/ RTSP/1.0\nCSeq: 5\nSession: a\nRange: npt=0.000-\n\(agent)\n")),
      (false, wire("RTSP/1.0 200 OK\nCSeq: 5\nRTP-Info: url=\(url)/stream=0;seq=1\nSession: a\n\n")),
      (false, interleaved(0, packet(RTPSamples.h264[1]))),
      (true, interleaved(1, hex("80c90001 00000000"))),
      (false, interleaved(1, hex("80c80006 d955a250 00000000 00000000 00000000 00000001 00000001"))),
      (false, interleaved(2, hex("88081432 128e2d2e cc1e6727") + [UInt8](repeating: 0xD5, count: 160))),
      (false, interleaved(0, packet(RTPSamples.h264[2]))),
      (true, wire("TEARDOWN \(url)/ RTSP/1.0\nCSeq: 6\nSession: a\n\(agent)\n")),
    ]
  }

  static let facts = [
    "client rtsp.user_agent=Lavf59.27.100", "server rtsp.server=GStreamer RTSP server", "server rtsp.realm=IP Camera(12345)",
    "server rtsp.path=/live/main", "server sdp.tool=GStreamer", "server sdp.session=Session streamed with GStreamer",
    "server sdp.media=video H264", "server sdp.media=audio PCMA", "server rtsp.video=H264", "server rtp.payload=H264",
    "server rtp.payload=PCMA",
  ]

  @Test func watching() {
    let observed = Harness.stream(Self.recognizers, port: 8554, Self.watched)
    #expect(observed.sides == Self.facts)
    let all = Harness.conversation(Self.recognizers, port: 8554, Self.watched.map { ($0.fromClient, $0.bytes) })
    #expect(all.streams.map(\.name) == ["RTSP over TCP"])
    #expect(all.streams[0].sender.station == Harness.other.station)
    #expect(all.expectations == [])
    // Only the server's side was captured; only the client's.
    let served = Harness.stream(Self.recognizers, port: 8554, Self.watched.filter { !$0.fromClient })
    #expect(served.sides == Self.facts.filter { $0.hasPrefix("server") && !$0.contains("rtsp.path") })
    let asked = Harness.stream(Self.recognizers, port: 8554, Self.watched.filter(\.fromClient))
    #expect(asked.sides == [Self.facts[0], "server rtsp.realm=IP Camera(12345)", "server rtsp.path=/live/main"])
  }

  /// Requests of a session tell about the server what its answers would; a request without one only that somebody asks.
  @Test func requestsAlone() {
    let line = { (method: String, headers: String) in wire("\(method) rtsp://192.168.1.98/Preview_02_main/ RTSP/1.0\nCSeq: 7\n\(headers)\n")
    }
    let digest = "Authorization: Digest username=\"admin\", realm=\"BC Streaming Media\", nonce=\"00\"\n"
    let keepAlive = line("OPTIONS", digest + "Session: 45A64243\n")
    let expected = ["server rtsp.realm=BC Streaming Media", "server rtsp.path=/Preview_02_main"]
    #expect(Harness.stream(Self.recognizers, port: 554, [(true, keepAlive), (true, keepAlive)]).sides == expected)
    let parameter = line("GET_PARAMETER", "Session: 1\n")
    #expect(Harness.stream(Self.recognizers, port: 554, [(true, parameter)]).sides == [expected[1]])
    for asked in [line("DESCRIBE", ""), line("OPTIONS", ""), line("SETUP", "Session: 1\n")] {
      #expect(Harness.stream(Self.recognizers, port: 554, [(true, asked)]) == [])
    }
    // A screen is mirrored, a stream is published.
    let mirrored = line("GET_PARAMETER", "Session: 1\nX-Apple-ProtocolVersion: 1\n")
    #expect(Harness.stream(Self.recognizers, port: 7000, [(true, mirrored)]) == [])
  }

  /// A snap length cuts each message behind its first lines.
  @Test func cut() {
    let url = "rtsp://192.168.1.64/Streaming/Channels/101"
    let observed = Harness.conversation(
      Self.recognizers, port: 554,
      [
        (true, wire("DESCRIBE \(url) RTSP/1.0\nCSeq: 3\nUser-Ag")), (true, nil),
        (
          false,
          wire(
            "RTSP/1.0 200 OK\nCSeq: 3\nContent-Type: application/sdp\nContent-Length: 900\n\nv=0\ns=Media\nm=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\na=cont"
          )
        ),
        (false, nil), (true, wire("SETUP \(url)/trackID=1 RTSP/1.0\nCSeq: 4\nTransport: RTP")), (true, nil),
        (false, wire("RTSP/1.0 200 OK\nCSeq: 4\nSession: 1;tim")),
      ])
    #expect(
      observed.observations.sides == [
        "server rtsp.path=/Streaming/Channels/101", "server sdp.session=Media", "server sdp.media=video H265", "server rtsp.video=H265",
      ])
  }

  @Test func overUDP() {
    let url = "rtsp://admin:secret@192.168.1.108:554/user=admin&password=x&channel=1.sdp?real_stream"
    let observed = Harness.conversation(
      Self.recognizers, port: 554,
      [
        (true, wire("DESCRIBE \(url) RTSP/1.0\nCSeq: 7\nUser-Agent: LibVLC/3.0.17.4 (LIVE555 Streaming Media v2022.04.26)\n\n")),
        (
          false,
          Self.withLength(
            "RTSP/1.0 200 OK\nCSeq: 7\nServer: Rtsp Server/3.0\nContent-Type: application/sdp\n",
            "v=0\ns=Media Server\nm=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\n")
        ),
        (true, wire("SETUP \(url)/trackID=0 RTSP/1.0\nCSeq: 8\nTransport: RTP/AVP;unicast;client_port=46048-46049\n\n")),
        (
          false,
          wire(
            "RTSP/1.0 200 OK\nCSeq: 8\nTransport: RTP/AVP/UDP;unicast;client_port=46048-46049;server_port=36854-36855;source=192.168.1.109\n\n"
          )
        ),
        (true, wire("SETUP \(url)/trackID=1 RTSP/1.0\nCSeq: 9\nTransport: RTP/AVP;multicast\n\n")),
        (false, wire("RTSP/1.0 200 OK\nCSeq: 9\nTransport: RTP/AVP;multicast;destination=239.1.2.3;port=5000-5001;ttl=5\n\n")),
        (true, wire("SETUP \(url)/trackID=2 RTSP/2.0\nCSeq: 10\nTransport: RTP/AVP;unicast;dest_addr=\":6000\"/\":6001\"\n\n")),
        (
          false,
          wire(
            "RTSP/2.0 200 OK\nCSeq: 10\nTransport: RTP/AVP;unicast;dest_addr=\":6000\"/\":6001\";src_addr=\"8.8.8.8:7000\"/\":7001\"\n\n"
          )
        ),
        (true, wire("SETUP \(url)/trackID=3 RTSP/1.0\nCSeq: 11\n\n")),
        (false, wire("RTSP/1.0 461 Unsupported Transport\nCSeq: 11\nTransport: RTP/AVP;client_port=9-10\n\n")),
      ])
    #expect(observed.observations[.rtspVideo] == ["H265"])
    #expect(observed.observations[.rtspPath] == ["/user=&password=&channel=1.sdp"])
    let expected: [(String, UInt16)] = [
      ("192.168.1.10", 46048), ("192.168.1.10", 46049), ("192.168.1.109", 36854), ("192.168.1.109", 36855), ("239.1.2.3", 5000),
      ("239.1.2.3", 5001), ("192.168.1.10", 6000), ("192.168.1.11", 7000),
    ]
    #expect(observed.expectations.map { "\($0.address) \($0.port)" } == expected.map { "\($0.0) \($0.1)" })
    #expect(observed.expectations.allSatisfy { $0.kind == .rtp(codecs: [96: "H265"]) })
  }

  /// VLC serves sound and picture with the same payload type; only the track distinguishes them.
  @Test func samePayloadType() {
    let url = "rtsp://10.2.2.2:8554/"
    let described = Self.withLength(
      "RTSP/1.0 200 OK\nServer: VLC/3.0.12\nContent-Type: application/sdp\nContent-Base: rtsp://10.2.2.2:8554/\nCSeq: 2\n",
      "v=0\ns=Unnamed\na=tool:vlc 3.0.12\nm=audio 0 RTP/AVP 96\na=rtpmap:96 mpeg4-generic/44100/2\na=control:\(url)trackID=0\n"
        + "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:trackID=1\n")
    let ask: [Piece] = [(true, wire("DESCRIBE \(url) RTSP/1.0\nCSeq: 2\n\n")), (false, described)]
    let setup = { (track: Int, transport: String) -> [Piece] in
      [
        (true, wire("SETUP \(url)trackID=\(track) RTSP/1.0\nCSeq: \(track + 3)\n\n")),
        (false, wire("RTSP/1.0 200 OK\nCSeq: \(track + 3)\nTransport: RTP/AVP;\(transport)\n\n")),
      ]
    }
    let overUDP = ask + setup(0, "unicast;client_port=5000") + setup(1, "unicast;client_port=5002")
    let expected = Harness.conversation(Self.recognizers, overUDP.map { ($0.fromClient, $0.bytes) }).expectations
    #expect(expected.map(\.kind) == [.rtp(codecs: [96: "MPEG4-GENERIC"]), .rtp(codecs: [96: "H264"])])
    let overTCP =
      ask + setup(0, "interleaved=0-1") + setup(1, "interleaved=2-3") + [
        (
          false,
          Self.interleaved(2, Self.packet(RTPSamples.h264[1]))
            + Self.interleaved(0, RTPTests.packet(96, 1, 1, hex("0010 0c00 2110")))
        )
      ]
    #expect(Harness.stream(Self.recognizers, port: 8554, overTCP)[.rtpPayload] == ["H264", "MPEG4-GENERIC"])
  }

  // MARK: Who is what

  @Test func publishing() {
    // FFmpeg pushes to mediamtx: the client is the source, the server serves nothing yet.
    let url = "rtsp://127.0.0.1:8554/mystream"
    let pieces: [Piece] = [
      (
        true,
        Self.withLength(
          "ANNOUNCE \(url) RTSP/1.0\nContent-Type: application/sdp\nCSeq: 2\nUser-Agent: Lavf60.16.100\n",
          "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=No Name\nt=0 0\na=tool:libavformat 60.16.100\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
        )
      ),
      (false, wire("RTSP/1.0 200 OK\nCSeq: 2\nServer: gortsplib\n\n")),
      (true, wire("RECORD \(url) RTSP/1.0\nCSeq: 4\n\n")),
      (false, wire("RTSP/1.0 200 OK\nCSeq: 4\nServer: gortsplib\n\n")),
      (true, Self.interleaved(0, Self.packet(RTPSamples.h264[1]))),
    ]
    let observed = Harness.stream(Self.recognizers, port: 8554, pieces)
    #expect(
      observed.sides == [
        "client rtsp.user_agent=Lavf60.16.100", "client sdp.tool=libavformat 60.16.100", "client sdp.session=No Name",
        "client sdp.media=video H264", "client rtsp.publish=H264", "server rtsp.server=gortsplib", "server rtsp.path=/mystream",
        "client rtp.payload=H264",
      ])
    let streams = Harness.conversation(Self.recognizers, pieces.map { ($0.fromClient, $0.bytes) }).streams
    #expect(streams.map(\.sender.station) == [Harness.camera.station])
  }

  @Test func scanning() {
    // A client tries paths: none is reported for either side.
    let observed = Harness.stream(
      Self.recognizers, port: 554,
      [
        (true, wire("DESCRIBE rtsp://10.0.0.1/live RTSP/1.0\nCSeq: 1\n\n")), (false, wire("RTSP/1.0 404 Not Found\nCSeq: 1\n\n")),
        (true, wire("DESCRIBE rtsp://10.0.0.1/onvif1 RTSP/1.0\nCSeq: 2\n\n")),
        (
          false,
          wire(
            "RTSP/1.0 401 Unauthorized\nCSeq: 2\nServer: HiIpcam/V100R003 VodServer/1.0.0\nWWW-Authenticate: Basic realm=\"HIipCamera\"\n\n"
          )
        ),
      ])
    #expect(observed.sides == ["server rtsp.server=HiIpcam/V100R003 VodServer/1.0.0", "server rtsp.realm=HIipCamera"])
  }

  @Test func soundOnly() {
    let observed = Harness.stream(
      Self.recognizers, port: 554,
      [
        (true, wire("DESCRIBE rtsp://10.0.0.1/radio RTSP/1.0\nCSeq: 1\n\n")),
        (
          false,
          Self.withLength(
            "RTSP/1.0 200 OK\nCSeq: 1\nServer: radio\nContent-Type: application/sdp\n",
            "v=0\ns=-\nm=audio 0 RTP/AVP 14\na=control:1\n")
        ),
      ])
    #expect(observed.sides == ["server rtsp.server=radio", "server rtsp.path=/radio", "server sdp.media=audio MPA"])
  }

  /// AirPlay: an iPhone plays to a speaker (headers in the log of shairport-sync).
  static let airPlay: [Piece] = [
    (
      true,
      withLength(
        "ANNOUNCE rtsp://192.168.0.5/13042 RTSP/1.0\nX-Apple-Device-ID: 0xdca632075e21\nCSeq: 2\nDACP-ID: B7C3\nUser-Agent: AirPlay/665.13.1\nContent-Type: application/sdp\n",
        "v=0\no=AirTunes 13042 0 IN IP4 192.168.0.5\ns=AirTunes\nm=audio 0 RTP/AVP 96\na=rtpmap:96 AppleLossless\nm=video 0 RTP/AVP 97\na=rtpmap:97 H264\n"
      )
    ),
    (false, wire("RTSP/1.0 200 OK\nServer: AirTunes/366.0\nCSeq: 2\n\n")),
    (true, wire("SETUP rtsp://192.168.0.5/13042 RTSP/1.0\nCSeq: 3\nTransport: RTP/AVP/UDP;unicast;mode=record\n\n")),
    (false, wire("RTSP/1.0 200 OK\nCSeq: 3\nTransport: RTP/AVP/UDP;unicast;server_port=6001;client_port=6002\n\n")),
  ]

  /// Miracast: a screen and a phone (Wi-Fi Display Technical Specification section 6.4).
  static let miracast: [Piece] = [
    (true, wire("OPTIONS * RTSP/1.0\nCSeq: 1\nRequire: org.wfa.wfd1.0\n\n")),
    (
      false,
      wire("RTSP/1.0 200 OK\nCSeq: 1\nPublic: org.wfa.wfd1.0, SETUP, TEARDOWN, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER\n\n")
    ),
    (
      true,
      withLength(
        "GET_PARAMETER rtsp://localhost/wfd1.0 RTSP/1.0\nCSeq: 2\nContent-Type: text/parameters\n", "wfd_video_formats\n")
    ),
    (false, withLength("RTSP/1.0 200 OK\nCSeq: 2\nContent-Type: text/parameters\n", "wfd_video_formats: 00 00 02 04\n")),
    (
      false,
      wire("SETUP rtsp://192.168.49.1/wfd1.0/streamid=0 RTSP/1.0\nCSeq: 3\nTransport: RTP/AVP/UDP;unicast;client_port=19000\n\n")
    ),
    (true, wire("RTSP/1.0 200 OK\nCSeq: 3\nTransport: RTP/AVP/UDP;unicast;client_port=19000;server_port=5000\n\n")),
  ]

  @Test func mirroring() {
    for pieces in [Self.airPlay, Self.miracast] {
      let observed = Harness.stream(Self.recognizers, port: 7000, pieces)
      for field in [Field.rtspVideo, .rtspPublish, .rtpPayload, .sdpMedia] { #expect(observed[field] == []) }
      let all = Harness.conversation(Self.recognizers, port: 7000, pieces.map { ($0.fromClient, $0.bytes) })
      #expect(all.expectations == [])
      #expect(all.streams == [])
    }
    let observed = Harness.stream(Self.recognizers, port: 7000, Self.airPlay)
    #expect(observed[.rtspServer] == ["AirTunes/366.0"])
    #expect(observed[.rtspUserAgent] == ["AirPlay/665.13.1"])
  }

  // MARK: Joined in the middle

  @Test func joinedAtAFrame() {
    // From the first fragment on: one unit from its start to its end is proof.
    let pieces: [Piece] = RTPSamples.h264.dropFirst().map { (false, Self.interleaved(0, Self.packet((120, $0.head)))) }
    let observed = Harness.stream(Self.recognizers, port: 554, pieces).filter { !$0.field.isPayload }
    #expect(observed.sides == ["server rtsp.interleaved=H264", "server rtp.payload=H264"])
    let streams = Harness.conversation(Self.recognizers, pieces.map { ($0.fromClient, $0.bytes) }).streams
    #expect(streams.map(\.name) == ["RTSP over TCP"])
  }

  @Test(arguments: [1, 3, 700, 1475], [1448, 100, 7])
  func joinedInsideAFrame(_ cut: Int, _ size: Int) {
    let frames = RTPSamples.h264.dropFirst().flatMap { Self.interleaved(0, Self.packet($0)) }
    let keepAlive = wire("RTSP/1.0 200 OK\nCSeq: 91\nServer: Rtsp Server/3.0\nSession: 1\n\n")
    let more = RTPSamples.h264.dropFirst().flatMap { Self.interleaved(0, Self.packet($0)) }
    let bytes = Array((frames + keepAlive + more).dropFirst(cut))
    let segments = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    let observed = Harness.conversation(Self.recognizers, port: 554, segments.map { (false, $0) }).observations.filter {
      !$0.field.isPayload
    }
    // The first frame is lost, and with it the unit's start: the second time it is whole.
    #expect(Set(observed.sides) == ["server rtsp.server=Rtsp Server/3.0", "server rtp.payload=H264", "server rtsp.video=H264"])
  }

  @Test func gapInMedia() {
    var pieces: [(fromClient: Bool, bytes: [UInt8]?)] = Self.watched.prefix(10).map { ($0.fromClient, $0.bytes) }
    let frames = RTPSamples.h264.dropFirst().flatMap { Self.interleaved(0, Self.packet($0)) }
    pieces.append((false, Array(frames.prefix(700))))
    pieces.append((false, nil))
    pieces.append((false, Array(frames.dropFirst(2000))))
    pieces.append((false, wire("RTSP/1.0 200 OK\nCSeq: 6\nServer: after the gap\n\n")))
    let observed = Harness.conversation(Self.recognizers, port: 554, pieces).observations
    #expect(observed[.rtspServer] == ["GStreamer RTSP server", "after the gap"])
  }

  /// A few bytes before the first request, the first answer or both hide nothing.
  @Test(arguments: [("hi", ""), ("", "ok"), ("\u{1}\u{2}", "\u{7f}x"), ("NAME 7\r\n", "welcome\r\n"), ("x\r\n", "220 y\r\n")])
  func chatter(client: String, server: String) {
    var pieces = Self.watched
    for (fromClient, text) in [(true, client), (false, server)] {
      guard let first = pieces.firstIndex(where: { $0.fromClient == fromClient }) else { continue }
      pieces[first].bytes = Array(text.utf8) + pieces[first].bytes
    }
    let observed = Harness.stream(Self.recognizers, port: 8554, pieces)
    #expect(observed[.rtspVideo] == ["H264"])
    #expect(observed.filter { $0.field == .rtspVideo }.sides == ["server rtsp.video=H264"])
  }

  /// Text that only mentions the protocol, and a beginning too far on.
  @Test func noChatter() {
    let pages = ["see rtsp://cam/1 or RTSP/1.0\n", "log: OPTIONS rtsp://cam/1 HTTP/1.1\n", "x RTSP/1.0 is old\n"]
    for page in pages { #expect(Harness.stream(Self.recognizers, port: 9000, [(false, wire(page + page))])[.rtspServer] == []) }
    var pieces = Self.watched
    pieces[0].bytes = [UInt8](repeating: 0x79, count: 5000) + pieces[0].bytes
    pieces[1].bytes = [UInt8](repeating: 0x79, count: 5000) + pieces[1].bytes
    #expect(Harness.stream(Self.recognizers, port: 8554, pieces)[.rtspVideo] == [])
  }

  @Test func randomStreamsAreNotMine() {
    var random = TestRandom(seed: 13)
    for _ in 0..<50 {
      let pieces: [(fromClient: Bool, bytes: [UInt8]?)] = (0..<12).map { ($0 % 3 == 0, random.bytes(1448)) }
      let observed = Harness.conversation(Self.recognizers, port: 554, pieces).observations
      #expect(observed.filter { !$0.field.isPayload } == [])
      // Both sides are still shown to the signatures of payloads.
      #expect(observed.count == 2)
    }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\n\n", "HTTP/1.1 200 OK\n\n", "INVITE sip:bob@example.com SIP/2.0\n\n", "SIP/2.0 200 OK\n\n",
    "$GPGGA,123519,4807.038\n",
    "OPTIONS * HTTP/1.1\n\n", "RTSP/9.9 200 OK\n\n", "$\u{1}\u{0}\u{20}AAAAAAAAAAAAAAAA",
  ])
  func others(_ text: String) {
    #expect(Harness.stream([RTSPRecognizer()], [(true, wire(text))]).filter { !$0.field.isPayload } == [])
  }
}
