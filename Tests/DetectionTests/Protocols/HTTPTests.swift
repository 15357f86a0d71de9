import Testing

@testable import Detection

@Suite struct HTTPTests {
  static let recognizers: [any Recognizer] = [HTTPRecognizer()]

  static func exchange(_ request: String, _ answer: String, body: [UInt8] = []) -> [(fromClient: Bool, bytes: [UInt8])] {
    [(true, wire(request)), (false, wire(answer) + body)]
  }

  static let jpeg: [UInt8] = hex("FFD8FFE000104A46494600010101006000600000FFDB0043000806060706")

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let request: String
    let answer: String
    var body: [UInt8] = []
    let expected: [String]
    var testDescription: String { name }
  }

  /// Headers of the named software.
  static let cases: [Case] = [
    Case(
      name: "ESP32 CameraWebServer, its page",
      request: """
        GET / HTTP/1.1
        Host: 192.168.4.20
        User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
        Accept: */*


        """,
      answer: """
        HTTP/1.1 200 OK
        Content-Type: text/html
        Content-Length: 62
        Access-Control-Allow-Origin: *


        """,
      body: Array("<!doctype html><html><head><title>\n ESP32  OV2460 </title></head".utf8),
      expected: [
        "client http.path=GET /", "client http.host=192.168.4.20",
        "client http.user_agent=Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "server http.content_type=text/html", "server http.title=ESP32 OV2460",
      ]),
    Case(
      name: "a page of which no header tells the kind",
      request: """
        GET / HTTP/1.0


        """,
      answer: """
        HTTP/1.0 200 OK


        """,
      body: Array("\r\n<HEAD><TITLE>WJ-NT104 MAIN PAGE</TITLE></HEAD>".utf8),
      expected: ["client http.path=GET /", "server http.title=WJ-NT104 MAIN PAGE"]),
    Case(
      name: "Netwave camera: realm, name and password in the query",
      request: """
        GET /videostream.cgi?user=admin&pwd=hunter2&cmd=start HTTP/1.1
        Host: 192.168.1.126:81


        """,
      answer: """
        HTTP/1.1 401 Unauthorized
        Server: Netwave IP Camera
        Date: Mon, 02 Mar 2015 08:01:25 GMT
        WWW-Authenticate: Basic realm="ipcamera_00606E8C1930"
        Content-Type: text/html
        Content-Length: 0
        Connection: close


        """,
      expected: [
        "client http.path=GET /videostream.cgi?user=&pwd=&cmd=start", "client http.host=192.168.1.126",
        "server http.server=Netwave IP Camera", "server http.realm=ipcamera_00606E8C1930", "server http.content_type=text/html",
      ]),
    Case(
      name: "firmware that registers at a cloud; chunked answer",
      request: """
        POST /app/api/ApiSysDevicesBatch/registerDevices?batch=A9_X4_V12&random=DEFGHI&token=547d126783 HTTP/1.1
        Host: v720.naxclow.com
        Content-Length: 0


        """,
      answer: """
        HTTP/1.1 200
        Server: nginx/1.14.0 (Ubuntu)
        Content-Type: application/json;charset=UTF-8
        Transfer-Encoding: chunked
        Set-Cookie: JSESSIONID=0123456789ABCDEF; Path=/; HttpOnly


        """,
      body: Array("4\r\n{\"mo\r\n1C;x=y\r\ndel\":\"A9\",\"code\":200,\"ok\":1}\r\n0\r\n\r\n".utf8),
      expected: [
        "client http.path=POST /app/api/ApiSysDevicesBatch/registerDevices?batch=A9_X4_V12&random=&token=",
        "client http.host=v720.naxclow.com", "server http.server=nginx/1.14.0 (Ubuntu)",
        "server http.content_type=application/json", "server http.cookie=JSESSIONID",
        "server http.served=POST /app/api/ApiSysDevicesBatch/registerDevices?batch=A9_X4_V12&random=&token=",
        "server http.body={\"model\":\"A9\",\"code\":200,\"ok\":1}",
      ]),
    Case(
      name: "an answer until close, headers that name the maker",
      request: """
        GET /snapshot.jpg?session=9 HTTP/1.0
        Host: Cam.Example.com:8080


        """,
      answer: """
        HTTP/1.0 200 OK
        Server: ustreamer/4.13
        X-UStreamer-Online: true
        X-Device-Token: 29af
        X-Frame-Options: DENY
        Content-Type: image/jpeg


        """,
      body: jpeg,
      expected: [
        "client http.path=GET /snapshot.jpg?session=", "client http.host=cam.example.com",
        "server http.server=ustreamer/4.13", "server http.header=X-UStreamer-Online: true", "server http.content_type=image/jpeg",
        "server http.picture=/snapshot.jpg?session=", "server http.served=GET /snapshot.jpg?session=",
      ]),
    Case(
      name: "Novatek recorder: XML until close, values of commands are kept",
      request: "GET /?custom=1&cmd=3012&str=my%20pass HTTP/1.1\nHost: [fe80::1]:80\n\n",
      answer: "HTTP/1.0 200 OK\nServer: hfs/1.00.000\nContent-Type: text/xml\n\n",
      body: Array(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<Function>\n<Cmd>3012</Cmd>\n<String>IPCAM 96663</String>\n</Function>\n"
          .utf8),
      expected: [
        "client http.path=GET /?custom=1&cmd=3012&str=", "client http.host=fe80::1", "server http.server=hfs/1.00.000",
        "server http.content_type=text/xml", "server http.served=GET /?custom=1&cmd=3012&str=",
        "server http.body=<?xml version=\"1.0\" encoding=\"UTF-8\" ?> <Function> <Cmd>3012</Cmd> <String>IPCAM 96663</String> </Function>",
      ]),
  ]

  @Test(arguments: cases)
  func exchange(_ test: Case) {
    let observed = Harness.stream(Self.recognizers, Self.exchange(test.request, test.answer, body: test.body))
    #expect(observed.sides == test.expected)
    // The same answer where only the server's side was captured, but for what was asked.
    let alone = Harness.stream(Self.recognizers, [(false, wire(test.answer) + test.body)])
    #expect(alone.sides == test.expected.filter { $0.hasPrefix("server") && !$0.contains("http.picture") && !$0.contains("http.served") })
  }

  // MARK: Video

  static let stream: [(boundary: String, head: String, part: String)] = [
    // ESP32 CameraWebServer
    (
      "123456789000000000000987654321",
      "HTTP/1.1 200 OK\nContent-Type: multipart/x-mixed-replace;boundary=123456789000000000000987654321\nX-Framerate: 60\n\n",
      "\n--123456789000000000000987654321\nContent-Type: image/jpeg\nContent-Length: 7193\nX-Timestamp: 0.000000\n\n"
    ),
    // mjpg-streamer
    (
      "boundarydonotcross",
      "HTTP/1.0 200 OK\nConnection: close\nServer: MJPG-Streamer/0.2\nContent-Type: multipart/x-mixed-replace;boundary=boundarydonotcross\n\n--boundarydonotcross\n",
      "Content-Type: image/jpeg\nContent-Length: 10283\nX-Timestamp: 3123.45\n\n"
    ),
    // Motion
    (
      "BoundaryString",
      "HTTP/1.1 200 OK\nServer: Motion/4.5.1\nContent-Type: multipart/x-mixed-replace; boundary=BoundaryString\n\n",
      "--BoundaryString\nContent-type: image/jpeg\nContent-Length:    14123\n\n"
    ),
    // a part that declares nothing
    (
      "--myboundary", "HTTP/1.1 200 OK\nContent-Type: Multipart/X-Mixed-Replace; boundary=\"--myboundary\"\n\n",
      "--myboundary\n\n"
    ),
  ]

  @Test(arguments: stream.indices)
  func video(_ index: Int) {
    let (boundary, head, part) = Self.stream[index]
    let request = wire("GET /stream HTTP/1.1\nHost: 192.168.4.20:81\nUser-Agent: curl/7.88.1\n\n")
    let body = wire(part) + Self.jpeg
    let pieces: [(fromClient: Bool, bytes: [UInt8])] = [(true, request), (false, wire(head)), (false, body)]
    let observed = Harness.stream(Self.recognizers, port: 81, pieces)
    #expect(observed[.httpVideo] == [boundary])
    #expect(observed.filter { $0.field == .httpVideo }.allSatisfy { $0.subject == Harness.other.station && $0.port == 81 })
    let streams = Harness.conversation(Self.recognizers, port: 81, pieces.map { ($0.fromClient, $0.bytes) }).streams
    #expect(streams.map(\.name) == ["MJPEG over HTTP"])
    #expect(streams.first?.sender.station == Harness.other.station)
  }

  @Test func chunkedVideo() {
    let head = wire("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Type: multipart/x-mixed-replace;boundary=frame\n\n")
    let part = wire("--frame\nContent-Type: image/jpeg\nContent-Length: 30\n\n") + Self.jpeg
    let body = wire(String(part.count, radix: 16) + "\n") + part + wire("\n")
    #expect(Harness.stream(Self.recognizers, [(false, head + body)])[.httpVideo] == ["frame"])
  }

  /// Conversations that contain the same words but serve no video.
  @Test func notVideo() {
    let template =
      "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=x\r\n\r\n--x\r\nContent-Type: image/jpeg\r\n\r\n"
    let firmware = [UInt8](repeating: 0x5A, count: 3000) + Array(template.utf8) + Self.jpeg + [UInt8](repeating: 0x0A, count: 500)
    let download = wire("GET /fw/DCH.bin HTTP/1.1\nHost: mydlink.com\n\n")
    let answer = wire("HTTP/1.1 200 OK\nContent-Type: application/octet-stream\nContent-Length: \(firmware.count)\n\n")
    let after = wire("HTTP/1.1 404 Not Found\nServer: after\nContent-Length: 0\n\n")
    let observed = Harness.stream(Self.recognizers, [(true, download), (false, answer + firmware + after)])
    #expect(observed[.httpVideo] == [])
    #expect(observed[.httpServer] == ["after"])

    // The same with a hole in the middle of the image, and the template at the start of a line.
    let holed = Harness.conversation(
      Self.recognizers,
      [
        (true, download), (false, answer + firmware.prefix(1000)), (false, nil), (false, Array(firmware.suffix(1500))),
        (true, wire("GET /next HTTP/1.1\n\n")), (false, after),
      ])
    #expect(holed.observations[.httpVideo] == [])
    #expect(holed.streams == [])
    #expect(holed.observations[.httpServer] == ["after"])
    #expect(holed.observations[.httpPath] == ["GET /fw/DCH.bin", "GET /next"])

    // Uploads of pictures, also as a stream of parts: the client serves nothing.
    let upload = wire(
      "POST /up HTTP/1.1\nContent-Type: multipart/x-mixed-replace; boundary=f\nContent-Length: 500\n\n--f\nContent-Type: image/jpeg\n\n"
    )
    #expect(Harness.stream(Self.recognizers, [(true, upload + Self.jpeg)])[.httpVideo] == [])
    // Server push of a page.
    let push = wire(
      "HTTP/1.0 200 OK\nContent-Type: multipart/x-mixed-replace;boundary=p\n\n--p\nContent-Type: text/html\n\n<html><img src=\"x.jpg\">"
    )
    #expect(Harness.stream(Self.recognizers, [(false, push)])[.httpVideo] == [])
    // A picture that a browser fetches.
    let picture = wire("HTTP/1.1 200 OK\nContent-Type: image/jpeg\nContent-Length: 30\n\n") + Self.jpeg
    #expect(Harness.stream(Self.recognizers, [(false, picture)]).sides == ["server http.content_type=image/jpeg"])
  }

  // MARK: Framing

  @Test func keepAlive() {
    // Answers to HEAD have no body, whatever their length; nor do 304 and 100. The answers behind them are found.
    let observed = Harness.stream(
      Self.recognizers,
      [
        (true, wire("HEAD /a HTTP/1.1\nHost: h\n\nGET /b HTTP/1.1\nHost: h\n\nGET /c HTTP/1.1\nHost: h\n\n")),
        (false, wire("HTTP/1.1 200 OK\nServer: one\nContent-Length: 5000\n\n")),
        (false, wire("HTTP/1.1 100 Continue\n\nHTTP/1.1 304 Not Modified\nServer: two\nContent-Length: 70\n\n")),
        (
          false,
          wire(
            "HTTP/1.1 200 OK\nServer: three\nContent-Type: text/html\nContent-Encoding: gzip\nContent-Length: 4\n\n<titHTTP/1.1 200 OK\nServer: four\n\n"
          )
        ),
      ])
    #expect(observed[.httpServer] == ["one", "two", "three", "four"])
    #expect(observed[.httpPath] == ["HEAD /a", "GET /b", "GET /c"])
    #expect(observed[.httpHost] == ["h"])
  }

  @Test func tunnelsEnd() {
    let upgrade = Harness.stream(
      Self.recognizers,
      [
        (true, wire("GET /ws HTTP/1.1\nHost: h\nUpgrade: websocket\n\n")),
        (false, wire("HTTP/1.1 101 Switching Protocols\nServer: s\nUpgrade: websocket\n\n") + hex("8105 4854545048")),
        (false, wire("HTTP/1.1 200 OK\nServer: inside\n\n")),
      ])
    #expect(upgrade[.httpServer] == ["s"])
    let connect = Harness.stream(
      Self.recognizers,
      [
        (true, wire("CONNECT api.example.com:443 HTTP/1.1\nHost: api.example.com:443\n\n")),
        (false, wire("HTTP/1.1 200 Connection established\nServer: inside\n\n")),
      ])
    #expect(connect.sides == ["client http.path=CONNECT api.example.com:443", "client http.host=api.example.com"])
  }

  @Test(arguments: [
    // In a tunnel, the client sends its own requests; the answers do not come from the proxy.
    ("HTTP/1.1 200 Connection established\n\n", ["client http.path=GET /inner", "client http.host=inner.example"]),
    (
      "HTTP/1.1 407 Proxy Authentication Required\nContent-Length: 0\n\n",
      ["client http.path=GET /inner", "client http.host=inner.example"]
    ),
  ])
  func throughProxy(answer: String, expected: [String]) {
    let observed = Harness.stream(
      Self.recognizers,
      [
        (true, wire("CONNECT a.example:80 HTTP/1.1\n\n")), (false, wire(answer)),
        (true, wire("GET /inner HTTP/1.1\nHost: inner.example\n\n")), (false, wire("HTTP/1.1 200 OK\nServer: camera\n\n")),
      ])
    #expect(observed.sides == ["client http.path=CONNECT a.example:80"] + expected)
  }

  /// Versions in the form of some firmware.
  @Test(arguments: [("HTTP/1.0.8", true), ("HTTP/1.1", true), ("HTTP/1.1.1.1.1.1", false), ("HTTP/1", false)])
  func version(_ version: String, isHTTP: Bool) {
    let observed = Harness.stream(Self.recognizers, [(true, wire("GET /update \(version)\nHost: 192.168.1.2\n\n"))])
    #expect(observed.filter { !$0.field.isPayload }.isEmpty != isHTTP)
  }

  @Test func joinedInTheMiddle() {
    // The server is in the middle of a body; the client's next request is a start, and so is the answer to it.
    let observed = Harness.conversation(
      Self.recognizers,
      [
        (false, hex("00112233445566778899aabbccddeeff")), (true, wire("GET /next HTTP/1.1\nHost: h\n\n")),
        (false, hex("0102030405")), (false, wire("HTTP/1.1 200 OK\nServer: Boa/0.94.13\n\n")),
      ]
    ).observations
    #expect(
      observed.filter { !$0.field.isPayload }.sides == [
        "client http.path=GET /next", "client http.host=h", "server http.server=Boa/0.94.13",
      ])
  }

  @Test(arguments: [
    "GET rtsp://10.0.0.1/ RTSP/1.0\n\n", "GET /info RTSP/1.0\n\n", "PRI * HTTP/2.0\n\nSM\n\n", "USER anonymous\n",
    "HELO mail.example\n",
    "SSH-2.0-OpenSSH_9.2\n", "RTSP/1.0 200 OK\n\n", "220 FTP server ready\n", "HTTP/2.0 200 OK\n\n",
  ])
  func others(_ text: String) {
    #expect(Harness.stream(Self.recognizers, [(true, wire(text))]).filter { !$0.field.isPayload } == [])
  }

  @Test func longLinesAreCut() {
    let long = String(repeating: "a", count: 5000)
    let observed = Harness.stream(
      Self.recognizers, [(true, wire("GET /\(long) HTTP/1.1\nHost: h\nUser-Agent: \(long)\nX: y\n\nGET /2 HTTP/1.1\n\n"))])
    #expect(observed[.httpHost] == ["h"])
    #expect(observed[.httpPath].count == 2)
    #expect(observed[.httpUserAgent].map(\.count) == [256])
  }

  @Test(arguments: [
    ("/user=admin&password=hunter2&channel=1&stream=0.sdp", "/user=&password=&channel=1&stream=0.sdp"),
    ("/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp", "/user=_password=_channel=1_stream=0.sdp"),
    ("/page;jsessionid=12", "/page"),
    ("/cam/realmonitor?channel=1&subtype=0&auth=abc", "/cam/realmonitor?channel=&subtype=0&auth="),
    ("http://a:b@host/x", "/x"), ("http://host", ""), ("*", "*"), ("/?", "/?"), ("/?a", "/?a"),
  ])
  func targets(target: String, kept: String) {
    let bytes = Array(target.utf8)
    #expect(RequestTarget.redacted(bytes.span.bytes, query: true) == kept)
  }

  @Test(arguments: [
    (
      #"{"model":"C1","session":"be7dcfc7","token": "x y","userName":"bob","n":1}"#,
      #"{"model":"C1","session":"","token": "","userName":"","n":1}"#
    ),
    ("var model='M1'; var loginpass='se cret'; var id=1;", "var model='M1'; var loginpass=''; var id=1;"),
    ("model=C2 user=admin pwd=12345&cgi=3", "model=C2 user= pwd=&cgi=3"),
    (
      "<DeviceInfo><adminPassword>12345</adminPassword><model>C3</model>",
      "<DeviceInfo><adminPassword></adminPassword><model>C3</model>"
    ),
    (#"{"model":"C4","session"#, #"{"model":"C4","session"#), (#"{"session":"#, #"{"session":"#), ("key", "key"), ("", ""),
  ])
  func secrets(text: String, kept: String) {
    #expect(Secrets.removed(from: text) == kept)
  }
}
