import Testing

@testable import Detection

@Suite struct SSDPTests {
  static let recognizer = SSDPRecognizer()

  /// The announcement of UPnP Device Architecture 2.0 section 1.2.2, filled in as a camera does.
  static let notify = wire(
    """
    NOTIFY * HTTP/1.1
    HOST: 239.255.255.250:1900
    CACHE-CONTROL: max-age=1800
    LOCATION: http://192.168.0.5:5000/rootDesc.xml
    NT: urn:schemas-upnp-org:device:Basic:1
    NTS: ssdp:alive
    SERVER: Linux/2.6.31 UPnP/1.0 DCS-935L/1.0
    USN: uuid:4d454930-0000-1000-8000-b0c554255b0e::urn:schemas-upnp-org:device:Basic:1


    """)

  static let answer = wire(
    """
    HTTP/1.1 200 OK
    Cache-Control:max-age=100
    EXT:
    Location : http://192.168.0.5/d.xml
    Server:\tIpcam UPnP/1.0
    ST: upnp:rootdevice
    USN: uuid:1::upnp:rootdevice


    """)

  static let search = wire(
    """
    M-SEARCH * HTTP/1.1
    HOST: 239.255.255.250:1900
    MAN: "ssdp:discover"
    MX: 1
    ST: urn:axis-com:service:BasicService:1
    USER-AGENT: Chromium/92.0.4515.107 Windows
    SERVER: not of a search


    """)

  static let announced = [
    "ssdp.location=http://192.168.0.5:5000/rootDesc.xml", "ssdp.st=urn:schemas-upnp-org:device:Basic:1",
    "ssdp.server=Linux/2.6.31 UPnP/1.0 DCS-935L/1.0",
  ]
  static let answered = ["ssdp.location=http://192.168.0.5/d.xml", "ssdp.server=Ipcam UPnP/1.0", "ssdp.st=upnp:rootdevice"]

  @Test(arguments: [
    (notify, 1900, 1900, announced),
    // line feeds alone
    (notify.filter { $0 != 0x0D }, 1900, 1900, announced),
    // announcement and answer from and to any port
    (notify, 40000, 1900, announced),
    (answer, 1900, 50000, answered),
    (answer, 33333, 50000, answered),
    // a name of the maker's own, without the number of the unit
    (
      wire("HTTP/1.1 200 OK\nST: upnp:rootdevice\nUSN: uuid:device_3_0-AMC066F0BC0A3747AF::upnp:rootdevice\n\n"), 1900, 50000,
      ["ssdp.usn=device_3_0-AMC", "ssdp.st=upnp:rootdevice"]
    ),
    (
      wire("NOTIFY * HTTP/1.1\nNT: x\nUSN: uuid:www.dahuatech.com.device_3_0-3A000A0PAG00001::x\n\n"), 1900, 1900,
      ["ssdp.usn=www.dahuatech.com.device_3_0-", "ssdp.st=x"]
    ),
    // a search shows only the program
    (search, 50000, 1900, ["http.user_agent=Chromium/92.0.4515.107 Windows"]),
    (wire("M-SEARCH * HTTP/1.1\nST: urn:axis-com:service:BasicService:1\n\n"), 50000, 1900, []),
    // values that are empty; headers whose names only begin so; what stands after the end
    (wire("NOTIFY * HTTP/1.1\nNT:\nNTS: ssdp:alive\nSERVERS: x\nX-SERVER: y\n\nSERVER: z\n"), 1900, 1900, []),
    // the last line is cut
    (ascii("NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\nSERVER: Linux UPnP/1.0 DC"), 1900, 1900, ["ssdp.st=upnp:rootdevice"]),
    // a farewell still names its sender
    (wire("NOTIFY * HTTP/1.1\nNT: upnp:rootdevice\nNTS: ssdp:byebye\n\n"), 1900, 1900, ["ssdp.st=upnp:rootdevice"]),
  ])
  func messages(bytes: [UInt8], from: UInt16, to: UInt16, expected: [String]) {
    #expect(Harness.claims(Self.recognizer, bytes, from: from, to: to))
    let observed = Harness.datagram(Self.recognizer, bytes, from: from, to: to).1
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject == Harness.camera.station) }
  }

  @Test(arguments: [
    "", "NOTIFY", "NOTIFY * RTSP/1.0\n\n", "notify * HTTP/1.1\n\n", "GET / HTTP/1.1\n\n", "HTTP/1.1 404 Not Found\nST: x\nUSN: y\n\n",
    // HTTP over UDP that is no answer to a search
    "HTTP/1.1 200 OK\nServer: x\n\n", "HTTP/1.1 200 OK\nST: x\nServer: y\n\n",
  ])
  func others(text: String) {
    #expect(!Harness.claims(Self.recognizer, wire(text), from: 40000, to: 40001))
  }

  @Test func manyLines() {
    let lines = String(repeating: "NT: x\n", count: 500)
    let observed = Harness.datagram(Self.recognizer, wire("NOTIFY * HTTP/1.1\n" + lines + "\n"), from: 1900, to: 1900).1
    #expect(observed.count == SSDPRecognizer.headerLimit)
  }
}
