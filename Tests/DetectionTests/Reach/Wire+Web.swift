@testable import Detection

/// Fields of HTTP, MQTT and SIP.
extension Wire {
  mutating func showWeb(_ value: Observation) -> Bool {
    let text = value.text
    switch value.field {
    case .httpHost: ask("GET / HTTP/1.1\nHost: \(text)")
    case .httpPath: ask("\(text) HTTP/1.1\nHost: 203.0.113.7")
    case .httpUserAgent: ask("GET / HTTP/1.1\nHost: 203.0.113.7\nUser-Agent: \(text)")
    case .httpServer: answer("Server: \(text)", at: value.port)
    case .httpRealm: answer("WWW-Authenticate: Basic realm=\"\(Self.quoted(text))\"", status: "401 Unauthorized")
    case .httpContentType: answer("Content-Type: \(text)", [0, 1, 2, 3])
    case .httpCookie: answer("Set-Cookie: \(text)=1; path=/")
    case .httpHeader: answer(text)
    case .httpTitle: answer("Content-Type: text/html", ascii("<html><head><title>\(text)</title></head><body></body></html>"))
    case .httpBody where text.hasSuffix("Protocol\""):
      let report = ascii("{ \(text) : { \"Header\" : { \"Version\" : \"1.0\" } } }")
      call(80, (true, wire("POST /report HTTP/1.1\nContent-Length: \(report.count)\n\n") + report))
    case .httpBody: answer("Content-Type: text/plain", ascii(text))
    case .httpVideo:
      let part = wire("--\(text)\nContent-Type: image/jpeg\nContent-Length: 600\n\n") + Self.picture
      serve(
        80, (false, Self.get("/video")),
        (true, wire("HTTP/1.1 200 OK\nContent-Type: multipart/x-mixed-replace; boundary=\"\(Self.quoted(text))\"\n\n") + part))
    case .httpPicture: pictures(text, 1)
    case .httpSnapshots: pictures(text, HTTPParser.picturesNeeded)
    case .httpUpload:
      guard let pieces = Self.uploads[text] else { return false }
      upload(pieces)
    case .mqttClientID: call(1883, (true, Self.connect(text)), (false, hex("20020000")))
    case .mqttTopic:
      call(
        1883, (true, Self.connect("lab")), (false, hex("20020000")),
        (true, MQTTTests.packet(0x30, MQTTTests.string(text) + ascii("1"))))
    default: return false
    }
    return true
  }

  mutating func showCalls(_ value: Observation) -> Bool {
    let text = value.text
    switch value.field {
    case .sipUserAgent: sip("REGISTER", ["User-Agent: \(text)"])
    case .sipName: sip("INVITE", [], from: "\"\(text)\" <sip:7@192.168.1.11>")
    case .sipSubject: sip("INVITE", ["Subject: \(text)"])
    case .sipVideo:
      let words = text.split(separator: " ")
      guard words.count == 2 else { return false }
      let video = "m=video 9078 RTP/AVP 96\na=rtpmap:96 \(words[0])/90000\na=\(words[1])\n"
      sip("INVITE", ["Content-Type: application/sdp"], body: "v=0\ns=-\nt=0 0\nm=audio 7078 RTP/AVP 0\na=sendrecv\n" + video)
    case .gb28181ID: sip("REGISTER", [], from: "<sip:\(text)@3402000000>")
    case .gb28181Type: sip("REGISTER", [], from: "<sip:3402000000\(text)0000001@3402000000>")
    case .gb28181Channel:
      let lines = [
        "SIP/2.0 200 OK", "Via: SIP/2.0/UDP 192.168.1.11:5060;branch=z9hG4bK1", "From: <sip:34020000002000000001@3402000000>;tag=1",
        "To: <sip:\(text)@3402000000>;tag=2", "Call-ID: 1", "CSeq: 1 INVITE", "Content-Length: 0",
      ]
      datagram(wire(lines.joined(separator: "\n") + "\n\n"), from: 5060, to: 5060)
    case .gb28181Manufacturer: answerPlatform("<Manufacturer>\(Self.escaped(text))</Manufacturer>")
    case .gb28181Model: answerPlatform("<Model>\(Self.escaped(text))</Model>")
    case .gb28181Name: answerPlatform("<DeviceName>\(Self.escaped(text))</DeviceName>")
    default: return false
    }
    return true
  }

  private static func quoted(_ text: String) -> String { text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() }

  private static func get(_ target: String) -> [UInt8] { wire("GET \(target) HTTP/1.1\nHost: 192.168.1.49\n\n") }

  // MARK: HTTP

  /// The device asks a server of the Internet.
  private mutating func ask(_ head: String) {
    call(80, (true, wire(head + "\n\n")), (false, wire("HTTP/1.1 200 OK\nContent-Length: 0\n\n")))
  }

  /// The device answers a browser of its network.
  mutating func answer(_ header: String, _ body: [UInt8] = [], status: String = "200 OK", at port: UInt16 = 0) {
    serve(
      port == 0 ? 80 : port, (false, Self.get("/")),
      (true, wire("HTTP/1.1 \(status)\n\(header)\nContent-Length: \(body.count)\n\n") + body))
  }

  private static let picture = RawVideoTests.jpeg + RawVideoTests.body(600 - RawVideoTests.jpeg.count)

  private mutating func pictures(_ target: String, _ count: Int) {
    let head = wire("HTTP/1.1 200 OK\nContent-Type: image/jpeg\nContent-Length: \(Self.picture.count)\n\n")
    talk(
      80, isServer: true, with: .viewer,
      (0..<count).flatMap { _ in [(fromDevice: false, bytes: Self.get(target)), (fromDevice: true, bytes: head + Self.picture)] })
  }

  private static let uploads: [String: [[UInt8]]] = [
    "HLS": [LiveUploadTests.put("/live.m3u8", LiveUploadTests.live)], "DASH": [LiveUploadTests.put("/live.mpd", LiveUploadTests.dynamic)],
    "segments": (0..<5).map { LiveUploadTests.put("/\($0).ts", LiveUploadTests.packets) },
  ]

  private mutating func upload(_ pieces: [[UInt8]]) {
    var connection = connect(80, isServer: false, with: .server)
    for piece in pieces {
      send(piece, in: &connection, fromDevice: true)
      send(LiveUploadTests.created, in: &connection, fromDevice: false)
      pause(1)
    }
  }

  // MARK: MQTT and SIP

  private static func connect(_ client: String) -> [UInt8] {
    MQTTTests.packet(0x10, MQTTTests.string("MQTT") + hex("04 02 003c") + MQTTTests.string(client))
  }

  /// A request of the device to a server of its network.
  private mutating func sip(_ method: String, _ headers: [String], from caller: String = "<sip:7@192.168.1.11>", body: String = "") {
    let lines = [
      "\(method) sip:192.168.1.11 SIP/2.0", "Via: SIP/2.0/UDP \(address):5060;branch=z9hG4bK1", "From: \(caller);tag=1",
      "To: \(caller)", "Call-ID: 1", "CSeq: 1 \(method)", "Contact: <sip:7@\(address):5060>",
    ]
    let text = (lines + headers + ["Content-Length: \(wire(body).count)"]).joined(separator: "\n") + "\n\n" + body
    datagram(wire(text), from: 5060, to: 5060)
  }

  /// The device describes itself to a platform (GB/T 28181), under a number without a type.
  private mutating func answerPlatform(_ element: String) {
    sip(
      "MESSAGE", ["Content-Type: Application/MANSCDP+xml"], from: "<sip:34020000000000000001@3402000000>",
      body: "<?xml version=\"1.0\"?>\n<Response>\n<CmdType>DeviceInfo</CmdType>\n\(element)\n</Response>\n")
  }
}
