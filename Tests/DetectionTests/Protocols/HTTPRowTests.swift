import Testing

@testable import Detection

/// What a conversation over HTTP notes for rows over several of them, what a server granted, and events in endless answers.
@Suite struct HTTPRowTests {
  static let recognizers: [any Recognizer] = [HTTPRecognizer()]

  /// What a conversation notes, with its sides. Whole, and byte by byte: the same.
  static func items(_ pieces: [(fromClient: Bool, bytes: [UInt8])], closedByServer: Bool = false) -> [MediaItem] {
    var all: [[MediaItem]] = []
    for size in [Int.max, 1] {
      var sink = ObservationSink()
      var conversation = StreamConversation(candidates: RecognizerSet(of: recognizers, on: .tcp))
      func message(_ bytes: [UInt8], _ fromClient: Bool, _ body: (borrowing Message) -> Void) {
        body(
          Message(
            payload: bytes.span.bytes, length: bytes.count, transport: .tcp, source: fromClient ? Harness.camera : Harness.other,
            destination: fromClient ? Harness.other : Harness.camera, fromOriginator: fromClient, time: .zero,
            packet: PacketReference(file: 0, number: 1)))
      }
      for piece in pieces {
        for start in stride(from: 0, to: piece.bytes.count, by: min(size, piece.bytes.count)) {
          let bytes = Array(piece.bytes[start...].prefix(size))
          message(bytes, piece.fromClient) { conversation.deliver($0, to: recognizers, into: &sink) }
        }
      }
      if closedByServer { message([], false) { conversation.end($0, into: &sink) } }
      all.append(sink.items)
    }
    #expect(all[0] == all[1])
    return all[0]
  }

  static func answer(_ type: String, _ body: [UInt8], _ target: String, more: String = "") -> [(fromClient: Bool, bytes: [UInt8])] {
    HTTPTests.exchange(
      "GET \(target) HTTP/1.1\nHost: 192.168.1.11\n\n", "HTTP/1.1 200 OK\nContent-Type: \(type)\nContent-Length: \(body.count)\n\(more)\n",
      body: body)
  }

  // MARK: Pictures

  @Test func pictures() {
    let first = Self.items(Self.answer("image/jpeg", HTTPTests.jpeg, "/shot.jpg?t=1700000000001"))
    let second = Self.items(Self.answer("image/jpg", HTTPTests.jpeg + [1], "/shot.jpg?t=1700000000502"))
    #expect(first.map(\.target) == ["/shot.jpg?t="] && first[0].sender.station == Harness.other.station)
    #expect(first[0].key == second[0].key, "a value against caching")
    #expect(first[0].content != second[0].content)
    let keys = ["/shot.jpg", "/shot.jpg?0.7231", "/shot.jpg?rnd=x7", "/shot.jpg?1700000000"].map {
      Self.items(Self.answer("image/jpeg", HTTPTests.jpeg, $0))[0].key
    }
    #expect(Set(keys).count == 1)
    let others = ["/thumb?id=1", "/thumb?id=2", "/tile?x=1&y=2", "/tile?x=1&y=3", "/a/1.jpg", "/a/2.jpg"].map {
      Self.items(Self.answer("image/jpeg", HTTPTests.jpeg, $0))[0].key
    }
    #expect(Set(others).count == others.count)
    // The connection ends the picture.
    let old = HTTPTests.exchange("GET /snap HTTP/1.0\n\n", "HTTP/1.0 200 OK\nContent-Type: image/jpeg\n\n", body: HTTPTests.jpeg)
    #expect(Self.items(old, closedByServer: true).count == 1 && Self.items(old) == [])
    // No picture, not changed, none at all, compressed, of another's by a proxy.
    #expect(Self.items(Self.answer("image/jpeg", ascii("not a picture"), "/shot.jpg")) == [])
    #expect(Self.items(HTTPBodyTests.picture("/shot.jpg", status: "304 Not Modified")) == [])
    #expect(Self.items(Self.answer("image/png", HTTPTests.jpeg, "/shot.png")) == [])
    #expect(Self.items(Self.answer("image/jpeg", HTTPTests.jpeg, "/shot.jpg", more: "Content-Encoding: gzip\n")) == [])
    #expect(Self.items(Self.answer("image/jpeg", HTTPTests.jpeg, "http://203.0.113.9/shot.jpg")) == [])
  }

  @Test func postedPictures() {
    func post(_ type: String, _ body: [UInt8], _ target: String = "/up/1.jpg", method: String = "POST") -> [MediaItem] {
      let head = "\(method) \(target) HTTP/1.1\nHost: h\nContent-Type: \(type)\nContent-Length: \(body.count)\n\n"
      return Self.items([(true, wire(head) + body)])
    }
    let form = wire("--RandomNerd\nContent-Disposition: form-data; name=\"f\"; filename=\"cam.jpg\"\nContent-Type: image/jpeg\n\n")
    let items =
      post("image/jpeg", HTTPTests.jpeg) + post("application/octet-stream", HTTPTests.jpeg, method: "PUT")
      + post("multipart/form-data; boundary=RandomNerd", form + HTTPTests.jpeg + wire("\n--RandomNerd--\n"), "/up/2.jpg")
    #expect(items.count == 3 && items.allSatisfy { $0.sender.station == Harness.camera.station })
    #expect(Set(items.map(\.key)).count == 1, "numbers in the path do not matter")
    // A form without a picture, other contents.
    #expect(post("multipart/form-data; boundary=b", wire("--b\nContent-Disposition: form-data; name=\"q\"\n\nhello\n--b--\n")) == [])
    #expect(post("application/octet-stream", ascii("PK\u{3}\u{4} a file")) == [])
    #expect(post("application/json", HTTPTests.jpeg) == [])
  }

  // MARK: Presentations

  @Test func presentations() {
    let live = Self.answer("application/vnd.apple.mpegurl", LiveUploadTests.live, "/hls/cam.m3u8?session=7")
    #expect(Self.items(live).map(\.content) == [.playlist(next: 2682, length: 7958)])
    #expect(Self.items(Self.answer("text/plain", LiveUploadTests.live, "/hls/cam.m3u8")).count == 1, "by its path")
    for list in [LiveUploadTests.ended, LiveUploadTests.master, wire("#EXTM3U\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:4,\n1.ts\n"), []] {
      #expect(Self.items(Self.answer("application/x-mpegURL", list, "/vod/film.m3u8")) == [])
    }
    let huge = wire("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:99999999999999999999\n#EXTINF:4,\n1.ts\n")
    #expect(Self.items(Self.answer("application/x-mpegURL", huge, "/a.m3u8")) == [])
    #expect(Self.items(Self.answer("application/dash+xml", LiveUploadTests.dynamic, "/d/cam.mpd")).map(\.content) == [.manifest])
    #expect(Self.items(Self.answer("application/dash+xml", LiveUploadTests.fixed, "/d/film.mpd")) == [])
    #expect(Self.items(Self.answer("video/mp4", LiveUploadTests.fragment, "/d/1.m4s")).map(\.content) == [.segment])
  }

  /// A telephone hands television on to the stick that it casts to.
  @Test func castToAScreen() {
    var pieces = Self.answer("application/x-mpegURL", LiveUploadTests.live, "/proxy/1.m3u8")
    pieces[0].bytes = wire("GET /proxy/1.m3u8 HTTP/1.1\nHost: h\nUser-Agent: Mozilla/5.0 (X11; Linux armv7l) CrKey/1.56.500000\n\n")
    #expect(Self.items(pieces) == [])
  }

  /// An offer to send video by WebRTC (RFC 9725); one that only receives is a player's (WHEP).
  @Test func offers() {
    func offer(_ direction: String) -> [String] {
      let body = wire("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=video 9 UDP/TLS/RTP/SAVPF 96\na=rtpmap:96 H264/90000\na=\(direction)\n")
      let head = wire("POST /live/whip HTTP/1.1\nHost: h\nContent-Type: application/sdp\nContent-Length: \(body.count)\n\n")
      return Harness.stream(Self.recognizers, [(true, head + body)])[.httpUpload]
    }
    #expect(offer("sendonly") == ["WHIP"])
    #expect(offer("recvonly") == [])
  }

  // MARK: Granted requests

  static func granted(_ status: String, _ type: String, _ target: String = "/cgi-bin/ptz.cgi?action=start&channel=1&code=Up&pwd=x")
    -> [String]
  {
    Harness.stream(
      recognizers,
      HTTPTests.exchange("GET \(target) HTTP/1.1\nHost: h\n\n", "HTTP/1.1 \(status)\n\(type)Content-Length: 2\n\n", body: ascii("OK"))
    )
    .filter { $0.field == .httpServed }.sides
  }

  @Test func grantedRequests() {
    let expected = ["server http.served=GET /cgi-bin/ptz.cgi?action=start&channel=&code=&pwd="]
    #expect(Self.granted("200 OK", "Content-Type: text/plain\n") == expected)
    #expect(Self.granted("204 No Content", "") == expected)
    // Refused, unknown, moved; a page, or what may be one: some servers have it for every address.
    for status in ["401 Unauthorized", "404 Not Found", "302 Found", "500 Oops"] {
      #expect(Self.granted(status, "Content-Type: text/plain\n") == [])
    }
    #expect(Self.granted("200 OK", "Content-Type: text/html; charset=utf-8\n") == [])
    #expect(Self.granted("200 OK", "") == [])
    #expect(Self.granted("200 OK", "Content-Type: text/plain\n", "http://203.0.113.9/x") == [], "by way of a proxy")
  }

  // MARK: Events

  static func events(_ type: String, _ parts: String) -> [String] {
    Harness.stream(
      recognizers,
      HTTPTests.exchange(
        "GET /ISAPI/Event/notification/alertStream HTTP/1.1\nHost: h\n\n", "HTTP/1.0 200 OK\nContent-Type: \(type)\n\n", body: wire(parts))
    )
    .filter { [.eventMaker, .eventModel, .eventChannel, .httpVideo].contains($0.field) }.sides
  }

  static func alert(channel: String, serial: String = "") -> String {
    """
    --boundary
    Content-Type: application/xml; charset="UTF-8"
    Content-Length: 640

    <EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
    <ipAddress>192.168.1.203</ipAddress>
    <channelID>\(channel)</channelID>
    <eventType>VMD</eventType>
    <eventState>active</eventState>
    <eventDescription>Motion alarm</eventDescription>
    \(serial)
    </EventNotificationAlert>

    """
  }

  @Test func hikvision() {
    let serial =
      "<serialNumber xmlns=\"urn:selfextension:psiaext-ver10-xsd\">DS-2CD2T85FWD-I5(B)20190000AAWRE00000001</serialNumber>"
    #expect(
      Self.events("multipart/mixed;boundary=boundary", Self.alert(channel: "1", serial: serial)) == [
        "server event.model=DS-2CD2T85FWD-I5(B)", "server event.maker=Hikvision",
      ])
    #expect(
      Self.events("multipart/mixed; boundary=boundary", Self.alert(channel: "1") + Self.alert(channel: "3") + Self.alert(channel: "3"))
        == ["server event.maker=Hikvision", "server event.channel=3"])
    let json =
      "--boundary\nContent-Type: application/json\n\n{\n\t\"ipAddress\":\t\"192.0.2.1\",\n\t\"channelID\":\t1,\n\t\"eventType\":\t\"VMD\"\n}\n"
    #expect(Self.events("multipart/mixed; boundary=boundary", json) == ["server event.maker=Hikvision"])
  }

  /// The same, posted to a server: in a form, and by itself.
  @Test func postedEvents() {
    let alert = Self.alert(channel: "1")
    for (type, body) in [
      ("application/xml", "<Event" + alert.split(separator: "<Event", maxSplits: 1)[1]),
      ("multipart/form-data; boundary=boundary", alert),
    ] {
      let bytes = wire(body)
      let head = wire("POST /alarm HTTP/1.1\nHost: h\nContent-Type: \(type)\nContent-Length: \(bytes.count)\n\n")
      #expect(
        Harness.stream(Self.recognizers, [(true, head + bytes)]).filter { $0.field == .eventMaker }.sides == [
          "client event.maker=Hikvision"
        ])
    }
  }

  @Test func dahua() {
    let part = { (index: Int) in
      "--myboundary\nContent-Type: text/plain\nContent-Length:39\n\nCode=VideoMotion;action=Start;index=\(index)\n\n"
    }
    let type = "multipart/x-mixed-replace; boundary=myboundary"
    #expect(Self.events(type, part(0)) == ["server event.maker=Dahua"])
    #expect(Self.events(type, part(0) + part(5)) == ["server event.maker=Dahua", "server event.channel=6"])
    #expect(Self.events(type, "--myboundary\nContent-Type: text/plain\n\nHeartbeat\n\n") == [])
  }

  /// Answers of other kinds with several parts.
  @Test func othersParts() {
    #expect(Self.events("multipart/mixed; boundary=b", "--b\nContent-Type: application/json\n\n{\n\"id\": 1\n}\n--b--\n") == [])
    #expect(Self.events("multipart/mixed; boundary=b", "--b\nContent-Type: image/jpeg\n\n\u{FF}") == [], "no video: a batch of files")
    #expect(Self.events("multipart/x-mixed-replace; boundary=b", "--b\nContent-Type: text/html\n\n<p>Code=1;x</p>\n") == [])
  }
}
