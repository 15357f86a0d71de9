import Testing

@testable import Detection

/// Descriptions of devices in bodies of answers, and series of single pictures.
@Suite struct HTTPBodyTests {
  // MARK: Descriptions

  /// A description as miniupnpd and cameras serve it.
  static let description = """
    <?xml version="1.0"?>
    <root xmlns="urn:schemas-upnp-org:device-1-0">
    <specVersion><major>1</major><minor>0</minor></specVersion>
    <URLBase>http://192.168.0.20:80</URLBase>
    <device>
    <deviceType>urn:schemas-upnp-org:device:Basic:1.0</deviceType>
    <friendlyName>DCS-935L</friendlyName>
    <manufacturer>D-Link &amp; Co</manufacturer>
    <manufacturerURL>http://www.dlink.com</manufacturerURL>
    <modelDescription><![CDATA[Wireless Internet Camera]]></modelDescription>
    <modelName>DCS-935L</modelName>
    <modelNumber/>
    <!-- <modelName>not this</modelName> -->
    <UDN>uuid:8d24bcbb-d8b6-46a5-9bc6-b0c554255b0e</UDN>
    </device>
    </root>

    """

  @Test func deviceDescription() {
    let expected = [
      "ssdp.device_type=urn:schemas-upnp-org:device:Basic:1.0", "ssdp.name=DCS-935L", "ssdp.manufacturer=D-Link & Co",
      "ssdp.model=Wireless Internet Camera", "ssdp.model=DCS-935L",
    ]
    let body = wire(Self.description)
    let request = wire("GET /desc.xml HTTP/1.1\nHost: 192.168.0.20\n\n")
    let counted = wire("HTTP/1.1 200 OK\nContent-Type: text/xml\nContent-Length: \(body.count)\n\n") + body
    let untilClose = wire("HTTP/1.0 200 OK\n\n") + body
    for answer in [counted, untilClose] {
      let observed = Harness.stream(HTTPTests.recognizers, [(true, request), (false, answer)])
      #expect(observed.summary.filter { $0.hasPrefix("ssdp") } == expected)
      #expect(observed.filter { $0.field.rawValue.hasPrefix("ssdp") }.allSatisfy { $0.subject == Harness.other.station })
      #expect(observed[.httpBody] == [])
    }
    // A control point that posts a description does not describe itself.
    let post = wire("POST /x HTTP/1.1\nContent-Type: text/xml\nContent-Length: \(body.count)\n\n") + body
    #expect(Harness.stream(HTTPTests.recognizers, [(true, post)]).summary == ["http.path=POST /x"])
    for length in 0..<body.count {
      var sink = ObservationSink()
      _ = UPnPDescription.report(Array(body.prefix(length)).span.bytes, into: &sink)
      _ = ONVIFAnswer.report(Array(body.prefix(length)).span.bytes, into: &sink)
    }
  }

  /// HNAP of D-Link: only the text behind the envelope describes the device.
  @Test func bodyBehindAnEnvelope() {
    let body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>"
      + "<GetDeviceSettingsResponse xmlns=\"http://purenetworks.com/HNAP1/\"><DeviceName>DCS-935L</DeviceName>"
      + "<ModelDescription>Wireless Internet Camera</ModelDescription><ModelName>DCS-935L</ModelName>"
      + "<AdminPassword>1234</AdminPassword></GetDeviceSettingsResponse></soap:Body></soap:Envelope>"
    let answer = wire("HTTP/1.1 200 OK\nContent-Type: text/xml\nContent-Length: \(body.utf8.count)\n\n") + Array(body.utf8)
    let shown = Harness.stream(HTTPTests.recognizers, [(false, answer)])[.httpBody]
    #expect(shown.count == 1)
    #expect(shown[0].hasPrefix("<ModelDescription>Wireless Internet Camera</ModelDescription><ModelName>DCS-935L</ModelName>"))
    #expect(!shown[0].contains("1234"))
    // Text that only the connection's end ends is shown when enough is there.
    let page = String(repeating: "x", count: 300) + "\nvar name='IPCAM';" + String(repeating: "y", count: 400)
    let untilClose = wire("HTTP/1.0 200 OK\nContent-Type: text/plain\n\n") + Array(page.utf8)
    let text = Harness.stream(HTTPTests.recognizers, [(false, untilClose)])[.httpBody]
    #expect(text.map { String($0.prefix(20)) } == ["var name='IPCAM';yyy"])
  }

  @Test func onvif() {
    let information = """
      <?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" \
      xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><SOAP-ENV:Body><tds:GetDeviceInformationResponse>\
      <tds:Manufacturer>Happytimesoft</tds:Manufacturer><tds:Model>IPCamera</tds:Model><tds:FirmwareVersion>2.4</tds:FirmwareVersion>\
      <tds:SerialNumber>123456</tds:SerialNumber></tds:GetDeviceInformationResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>
      """
    let scopes = """
      <s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><tds:GetScopesResponse>\
      <tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>onvif://www.onvif.org/type/video_encoder</tt:ScopeItem></tds:Scopes>\
      <tds:Scopes><tt:ScopeDef>Configurable</tt:ScopeDef><tt:ScopeItem>onvif://www.onvif.org/hardware/IPC-A</tt:ScopeItem></tds:Scopes>\
      </tds:GetScopesResponse></s:Body></s:Envelope>
      """
    let head = "HTTP/1.1 200 OK\nServer: gSOAP/2.8\nContent-Type: application/soap+xml; charset=utf-8\nContent-Length: "
    let observed = Harness.stream(
      HTTPTests.recognizers,
      [
        (true, wire("POST /onvif/device_service HTTP/1.1\nHost: 10.0.0.9\nContent-Length: 0\n\n")),
        (false, wire(head + "\(information.utf8.count)\n\n") + Array(information.utf8)),
        (false, wire(head + "\(scopes.utf8.count)\n\n") + Array(scopes.utf8)),
      ])
    #expect(observed[.onvifDevice] == ["Happytimesoft IPCamera"])
    #expect(observed[.wsdScopes] == ["onvif://www.onvif.org/type/video_encoder", "onvif://www.onvif.org/hardware/IPC-A"])
  }

  /// The answers of a proxy come from the servers behind it and reveal nothing about the proxy.
  @Test func proxiesHandOnOthersAnswers() {
    let observed = Harness.stream(
      [HTTPRecognizer()], port: 3128,
      [
        (true, wire("GET http://user:secret@203.0.113.9/?session=9 HTTP/1.1\nHost: 203.0.113.9\n\n")),
        (false, wire("HTTP/1.1 200 OK\nServer: Hikvision-Webs\nContent-Length: 0\n\n")),
      ])
    #expect(observed.summary == ["http.path=GET /?session=", "http.host=203.0.113.9"])
  }

  // MARK: Single pictures

  static func picture(_ target: String, status: String = "200 OK", type: String = "image/jpeg", method: String = "GET") -> [(
    fromClient: Bool, bytes: [UInt8]
  )] {
    let length = method == "HEAD" ? 0 : HTTPTests.jpeg.count
    return HTTPTests.exchange(
      "\(method) \(target) HTTP/1.1\nHost: 192.168.1.10\n\n",
      "HTTP/1.1 \(status)\nContent-Type: \(type)\nContent-Length: \(HTTPTests.jpeg.count)\n\n", body: Array(HTTPTests.jpeg.prefix(length)))
  }

  static func pictures(_ pieces: [(fromClient: Bool, bytes: [UInt8])]) -> [String] {
    Harness.stream(HTTPTests.recognizers, pieces).filter { [.httpPicture, .httpSnapshots].contains($0.field) }.sides
  }

  @Test func picturesOfTheMoment() {
    let once = Self.picture("/cgi-bin/snapshot.cgi?channel=1&user=admin&pwd=secret")
    #expect(Self.pictures(once) == ["server http.picture=/cgi-bin/snapshot.cgi?channel=&user=&pwd="])
    let row = (0..<12).flatMap { Self.picture("/capture?_cb=\($0)") }
    #expect(Self.pictures(row) == ["server http.picture=/capture?_cb=", "server http.snapshots=/capture?_cb="])
    #expect(Self.pictures(Array(row.prefix(18))) == ["server http.picture=/capture?_cb="], "nine are no row")
    // A web page's own pictures, each once; refused, empty, of another sort.
    let page = (0..<20).flatMap { Self.picture("/images/\($0).jpg") }
    #expect(Self.pictures(page) == (0..<HTTPParser.pictureLimit).map { "server http.picture=/images/\($0).jpg" })
    #expect(Self.pictures(Self.picture("/snapshot.jpg", status: "401 Unauthorized")) == [])
    #expect(Self.pictures(Self.picture("/snapshot.jpg", type: "image/png")) == [])
    #expect(Self.pictures(Self.picture("/snapshot.jpg", method: "HEAD")) == [])
    // The answer alone does not say what was asked for.
    #expect(Self.pictures(Array(once.dropFirst())) == [])
  }

  /// Of what a device posts to its cloud only the name of the report is read.
  @Test func reportsOfDevices() {
    func posted(_ body: String) -> [String] {
      Harness.stream([HTTPRecognizer()], [(true, wire("POST / HTTP/1.1\nContent-Length: \(body.utf8.count)\n\n") + ascii(body))]).sides
    }
    #expect(
      posted(#"{ "CfgProtocol" : { "Header" : { "MessageType" : "MSG_CFG_QUERY_REQ", "SerialNumber" : "0123456789abcdef" } } }"#)
        == ["client http.path=POST /", "client http.body=\"CfgProtocol\""])
    #expect(posted(#"{"LogProtocol":{}}"#) == ["client http.path=POST /", "client http.body=\"LogProtocol\""])
    for body in [#"{ "name" : "camera of Jane" }"#, "CfgProtocol", #"[ "CfgProtocol" ]"#, #"{ "CfgProtocols" : 1 }"#, "model=1"] {
      #expect(posted(body) == ["client http.path=POST /"])
    }
  }
}
