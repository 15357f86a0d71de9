import Testing

@testable import Detection

@Suite struct SDPTests {
  private func parse(_ bytes: [UInt8]) -> SessionDescription? { SessionDescription(bytes.span.bytes) }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let session: String
    var tool = ""
    let media: [String]
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "GStreamer",
      text: """
        v=0
        o=- 3041437432614563541 1 IN IP4 192.168.60.20
        s=Session streamed with GStreamer
        i=rtsp-server
        t=0 0
        a=tool:GStreamer
        a=type:broadcast
        a=control:*
        a=range:npt=now-
        m=video 0 RTP/AVP 96
        c=IN IP4 0.0.0.0
        a=rtpmap:96 H264/90000
        a=framerate:10
        a=control:stream=0
        m=audio 0 RTP/AVP 8
        a=rtpmap:8 PCMA/8000
        a=control:stream=1
        """, session: "Session streamed with GStreamer", tool: "GStreamer",
      media: ["video 0 [96] H264 stream=0 ", "audio 0 [8] PCMA stream=1 "]),
    Case(
      name: "a camera with metadata and a way back for sound",
      text: """
        v=0
        s=Media Presentation
        b=AS:5050
        m=video 0 RTP/AVP 98 26
        a=recvonly
        a=control:rtsp://10.0.0.5:554/Streaming/Channels/101/trackID=1
        a=rtpmap:98 hevc/90000
        m=application 0 RTP/AVP 107
        a=rtpmap:107 vnd.onvif.metadata/90000
        m=audio 0 RTP/AVP 0
        a=sendonly
        """, session: "Media Presentation",
      media: [
        "video 0 [98, 26] H265 rtsp://10.0.0.5:554/Streaming/Channels/101/trackID=1 recvonly",
        "application 0 [107] vnd.onvif.metadata  ", "audio 0 [0] PCMU  sendonly",
      ]),
    Case(
      name: "static types, ports, and lines out of order",
      text: "v=0\ns=-\nm=video 49170/2 RTP/AVP 26\nm=audio 5004 RTP/AVP 33\nm=x\nm=video 70000 TCP 1 2 300 q\na=rtpmap:9 X/1\n",
      session: "-", media: ["video 49170 [26] JPEG  ", "audio 5004 [33] MP2T  ", "video 0 [1, 2] none  "]),
  ]

  @Test(arguments: cases)
  func description(_ test: Case) throws {
    for bytes in [wire(test.text), Array(test.text.utf8)] {
      let description = try #require(parse(bytes))
      #expect(description.name == test.session)
      #expect(description.tool == test.tool)
      #expect(
        description.media.map { "\($0.kind) \($0.port) \($0.payloadTypes) \($0.codec ?? "none") \($0.control) \($0.direction)" }
          == test.media)
      for length in bytes.indices { _ = SessionDescription(Array(bytes.prefix(length)).span.bytes) }
    }
  }

  /// What a description says of its maker: the user name and the sites of the writer, and its own attributes.
  @Test(arguments: [
    ("o=VSTC 3836411392 3836411392 IN IP4 10.0.0.5\ne=NONE\n", ["VSTC"], []),
    ("o=- 221 0 IN IP4 10.0.0.5\nu=www.evostream.com\ne=contact@evostream.com\n", ["www.evostream.com", "evostream.com"], []),
    ("o=1001 1 1 IN IP4 10.0.0.5\nm=application 0 RTP/AVP 107\na=fmtp:107 DecoderTag=h3c-v3 RTCP=0\n", [], ["DecoderTag=h3c-v3"]),
    (
      "a=packetization-supported:DH\na=rtppayload-supported:DH\na=appversion:1.0\n", [],
      ["packetization-supported:DH", "rtppayload-supported:DH", "appversion:1.0"]
    ),
    (
      "a=Media_header:MEDIAINFO=494D4B4801010000040001000000000000000000000000000000;\n", [],
      ["Media_header:MEDIAINFO=494D4B4801010000040001000"]
    ),
    // Keys and passwords are not kept, and neither are names of people.
    ("e=jane.doe@example.com (Jane)\na=ice-pwd:x1y2\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\n", ["example.com"], []),
  ])
  func maker(_ text: String, _ origins: [String], _ attributes: [String]) throws {
    let description = try #require(parse(Array("v=0\n\(text)".utf8)))
    #expect(description.origins == origins)
    #expect(description.attributes == attributes)
  }

  @Test func notOne() {
    for text in ["", "v", "m=video 0 RTP/AVP 96", "<html>", "wfd_video_formats: 00"] {
      #expect(parse(Array(text.utf8)) == nil)
    }
    var random = TestRandom(seed: 2)
    for _ in 0..<2000 {
      let bytes = Array("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:".utf8) + random.bytes(30)
      _ = SessionDescription(bytes.span.bytes)
    }
  }

  @Test func bounded() throws {
    let text = "v=0\n" + String(repeating: "m=video 0 RTP/AVP" + String(repeating: " 96", count: 90) + "\n", count: 90)
    let description = try #require(parse(Array(text.utf8)))
    #expect(description.media.count == SessionDescription.mediaLimit)
    #expect(description.media[0].payloadTypes.count == SessionDescription.payloadTypeLimit)
  }
}
