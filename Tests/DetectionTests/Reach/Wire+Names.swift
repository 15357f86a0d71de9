@testable import Detection

/// Fields of names and announcements: DNS, mDNS, NetBIOS, SSDP, UPnP, WS-Discovery, SNMP and greetings.
extension Wire {
  mutating func showNames(_ value: Observation) -> Bool {
    let text = value.text
    switch value.field {
    case .dnsQuery: datagram(Self.question(text), from: port(), to: 53, with: .router)
    case .dnsRole: answerQuestion()
    case .mdnsService:
      let type = Self.name(text + ".local")
      announce(DNSBytes.record(Self.name("_services._dns-sd._udp.local"), type: "000c", type))
    case .mdnsName:
      let address = ip(address)
      announce(DNSBytes.record(Self.name(text.split(separator: ".").map(String.init) + ["local"]), type: "0001", address))
    case .mdnsText:
      announce(DNSBytes.record(Self.name("device._http._tcp.local"), type: "0010", [UInt8(text.utf8.count)] + ascii(text)))
    case .nbnsName:
      let name = NetBIOSTests.registration(NetBIOSTests.encoded(text, 0), address: ip(address).hexDigits)
      datagram(name, from: 137, to: 137, with: Peer(mac: hex("ffffffffffff"), address: "192.168.1.255"))
    case .ssdpType: notify("NT: \(text)")
    case .ssdpServer: notify("SERVER: \(text)")
    case .ssdpLocation: notify("LOCATION: \(text)")
    case .ssdpModel: describe("<modelName>\(Self.escaped(text))</modelName>")
    case .ssdpName: describe("<friendlyName>\(Self.escaped(text))</friendlyName>")
    case .ssdpManufacturer: describe("<manufacturer>\(Self.escaped(text))</manufacturer>")
    case .ssdpDeviceType: describe("<deviceType>\(Self.escaped(text))</deviceType>")
    case .wsdTypes: hello("<Types>\(text.contains(":") ? "" : "dn:")\(Self.escaped(text))</Types>")
    case .wsdScopes: hello("<Scopes>\(Self.escaped(Self.percentEncoded(text)))</Scopes>")
    case .onvifHardware: hello("<Scopes>onvif://www.onvif.org/hardware/\(Self.escaped(Self.percentEncoded(text)))</Scopes>")
    case .onvifName: hello("<Scopes>onvif://www.onvif.org/name/\(Self.escaped(Self.percentEncoded(text)))</Scopes>")
    case .onvifDevice: answerONVIF(text)
    case .snmpDescription:
      datagram(
        SNMPTests.message([("2b06010201010100", SNMPTests.tlv(4, ascii(text)))]), from: 161, to: port())
    case .sshBanner: serve(22, (true, wire(text + "\n")))
    case .ftpBanner: serve(21, (true, wire("220 \(text)\n")), (false, wire("USER a\n")))
    case .telnetBanner: serve(23, (true, hex("fffb01") + ascii(text)), (false, ascii("a")))
    default: return false
    }
    return true
  }

  // MARK: DNS

  static func name(_ text: String) -> [UInt8] { name(text.split(separator: ".").map(String.init)) }

  private static func name(_ labels: [String]) -> [UInt8] { labels.flatMap { [UInt8($0.utf8.count)] + ascii($0) } + [0] }

  private static func question(_ name: String) -> [UInt8] {
    DNSBytes.header(id: "9a3e", flags: "0100", 1) + DNSBytes.question(Self.name(name))
  }

  private mutating func answerQuestion() {
    let free = port()
    datagram(Self.question("camera.example"), from: free, to: 53, fromDevice: false)
    datagram(
      DNSBytes.header(id: "9a3e", flags: "8180", 1, 1) + DNSBytes.question(Self.name("camera.example"))
        + DNSBytes.record(hex("c00c"), type: "0001", class: "0001", hex("cb007108")), from: 53, to: free)
  }

  private mutating func announce(_ record: [UInt8]) {
    datagram(DNSBytes.header(flags: "8400", 0, 1) + record, from: 5353, to: 5353, with: .group("224.0.0.251"))
  }

  // MARK: SSDP, UPnP and WS-Discovery

  private mutating func notify(_ line: String) {
    let message = "NOTIFY * HTTP/1.1\nHOST: 239.255.255.250:1900\n\(line)\nNTS: ssdp:alive\nUSN: uuid:1\n\n"
    datagram(wire(message), from: port(), to: 1900, with: .group("239.255.255.250"))
  }

  private mutating func describe(_ element: String) {
    answer(
      "Content-Type: text/xml",
      ascii("<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\"><device>\(element)</device></root>"))
  }

  private mutating func hello(_ element: String) {
    datagram(WSDiscoveryTests.message("<Hello>\(element)</Hello>"), from: 3702, to: 3702, with: .group("239.255.255.250"))
  }

  /// - Parameter text: maker and model, the maker being one word.
  private mutating func answerONVIF(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 1).map { Self.escaped(String($0)) }
    let elements = "<Manufacturer>\(words[0])</Manufacturer><Model>\(words.dropFirst().first ?? "")</Model>"
    answer(
      "Content-Type: application/soap+xml",
      ascii("<Envelope><Body><GetDeviceInformationResponse>\(elements)</GetDeviceInformationResponse></Body></Envelope>"))
  }

  static func escaped(_ text: String) -> String {
    text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;"][$0] ?? String($0) }.joined()
  }

  private static func percentEncoded(_ text: String) -> String {
    text.map { $0 == " " ? "%20" : $0 == "%" ? "%25" : String($0) }.joined()
  }
}
