import Testing

@testable import Detection

@Suite struct LiveUploadTests {
  static let recognizers: [any Recognizer] = [HTTPRecognizer()]

  static func put(_ target: String, _ body: [UInt8], method: String = "PUT") -> [UInt8] {
    wire("\(method) \(target) HTTP/1.1\nHost: live.example.com\nContent-Length: \(body.count)\n\n") + body
  }
  static func chunked(_ target: String, _ body: [UInt8]) -> [UInt8] {
    wire("POST \(target) HTTP/1.1\nHost: live.example.com\nTransfer-Encoding: chunked\n\n\(String(body.count, radix: 16))\n") + body
      + wire("\n0\n\n")
  }
  static let created = wire("HTTP/1.1 201 Created\nContent-Length: 0\n\n")

  /// RFC 8216 section 8.2, a live playlist; the same as it ends; a master playlist (section 8.4); a list of music.
  static let live = wire(
    """
    #EXTM3U
    #EXT-X-VERSION:3
    #EXT-X-TARGETDURATION:8
    #EXT-X-MEDIA-SEQUENCE:2680

    #EXTINF:7.975,
    https://priv.example.com/fileSequence2680.ts
    #EXTINF:7.941,
    https://priv.example.com/fileSequence2681.ts

    """)
  static let ended = live + wire("#EXT-X-ENDLIST\n")
  static let master = wire("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000\nhttp://example.com/low.m3u8\n")
  static let music = wire("#EXTM3U\n#EXTINF:123,Artist - Title\nmusic/title.mp3\n")
  static let dynamic = ascii(
    #"<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" minimumUpdatePeriod="PT2S"><Period/></MPD>"#)
  static let fixed = ascii(
    #"<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT30S"></MPD>"#)

  /// Four packets of a transport stream; a segment of MP4 as in ISO/IEC 14496-12 section 8.16.2.
  static let packets = (0..<4).flatMap { hex("474100") + [UInt8(0x10 + $0)] + [UInt8](repeating: 0xFF, count: 184) }
  static let fragment = hex("00000018 73747970 6d736468 00000000 6d736468 6d736978") + [UInt8](repeating: 0, count: 200)
  static let typeScript = ascii("import { x } from './y';\nexport const z = 1;\n" + String(repeating: "// G\n", count: 80))

  @Test(
    arguments: [
      (put("/live/stream.m3u8", live), ["http.upload=HLS"]), (chunked("/live/cam.M3U8?key=1", live), ["http.upload=HLS"]),
      (put("/live/manifest.mpd", dynamic, method: "POST"), ["http.upload=DASH"]),
      // Ended, not of media, of music, too long to be live, of another kind
      (put("/vod/stream.m3u8", ended), []), (put("/vod/master.m3u8", master), []), (put("/music/list.m3u8", music), []),
      (put("/live/stream.m3u8", live + [UInt8](repeating: 0x0A, count: LiveUpload.playlistLimit)), []),
      (put("/vod/manifest.mpd", fixed), []), (put("/files/stream.txt", live), []), (put("/live/stream.m3u8", []), []),
      // A form with the file in it; one segment
      (put("/upload.m3u8", wire("--b\nContent-Disposition: form-data; name=f\n\n") + live, method: "POST"), []),
      (put("/live/1.ts", packets), []),
    ] as [([UInt8], [String])])
  func playlists(bytes: [UInt8], expected: [String]) {
    let observed = Harness.stream(Self.recognizers, [(true, bytes), (false, Self.created)])
    #expect(observed.sides.filter { $0.contains("http.upload") } == expected.map { "client " + $0 })
  }

  /// A client that fetches a presentation does not upload it.
  @Test func fetching() {
    let pieces = [
      (fromClient: true, bytes: wire("GET /live/stream.m3u8 HTTP/1.1\nHost: live.example.com\n\n")),
      (
        fromClient: false,
        bytes: wire("HTTP/1.1 200 OK\nContent-Type: application/vnd.apple.mpegurl\nContent-Length: \(Self.live.count)\n\n") + Self.live
      ),
    ]
    #expect(Harness.stream(Self.recognizers, pieces)[.httpUpload] == [])
  }

  /// Uploads these files at an interval of seconds.
  static func row(_ files: [(String, [UInt8])], every seconds: Double) -> (observations: [Observation], streams: [MediaStream]) {
    var sink = ObservationSink()
    var conversation = StreamConversation(candidates: RecognizerSet(of: recognizers, on: .tcp))
    for (index, file) in files.enumerated() {
      let bytes = put(file.0, file.1)
      let message = Message(
        payload: bytes.span.bytes, length: bytes.count, transport: .tcp, source: Harness.camera, destination: Harness.other,
        fromOriginator: true, time: Timestamp(nanoseconds: Int64(Double(index) * seconds * 1e9)),
        packet: PacketReference(file: 0, number: UInt64(index + 1)))
      conversation.deliver(message, to: recognizers, into: &sink)
    }
    return (sink.observations, sink.streams)
  }

  @Test func rows() {
    let segments = (0..<6).map { ("/cam/\($0).ts", Self.packets) }
    let live = Self.row(segments, every: 2)
    #expect(live.observations[.httpUpload] == ["segments"])
    #expect(live.streams.map(\.name) == ["Segments over HTTP"] && live.streams[0].sender.station == Harness.camera.station)
    #expect(Self.row((0..<6).map { ("/cam/\($0).m4s", Self.fragment) }, every: 2).observations[.httpUpload] == ["segments"])
    // As fast as they can be copied; too few; one over and over; programs in TypeScript
    #expect(Self.row(segments, every: 0.1).observations[.httpUpload] == [])
    #expect(Self.row(Array(segments.prefix(3)), every: 2).observations[.httpUpload] == [])
    #expect(Self.row((0..<6).map { _ in ("/cam/0.ts", Self.packets) }, every: 2).observations[.httpUpload] == [])
    #expect(Self.row((0..<6).map { ("/src/\($0).ts", Self.typeScript) }, every: 2).observations[.httpUpload] == [])
  }
}
