@testable import Detection

/// Fields of the link and of the network: addresses, DHCP, LLDP, CDP, Wi-Fi, keep-alives, and payloads as they are.
extension Wire {
  mutating func showNetwork(_ value: Observation) -> Bool {
    let text = value.text
    switch value.field {
    // Every frame shows the one, and the first frame the other.
    case .ethernetOUI, .ipAddress: break
    case .ipGateway: acknowledge(3, ip(text))
    case .dnsServer: acknowledge(6, ip(text))
    case .ntpServer:
      guard let address = IPAddress(text) else { return false }
      acknowledge(42, FrameBuilder.big32(address.v4))
    case .dhcpRole: datagram(DHCPTests.message(op: "02", yiaddr: "c0a8010b", options: "350105ff"), from: 67, to: 68)
    case .dhcpHostname: request(12, ascii(text))
    case .dhcpVendorClass: request(60, ascii(text))
    case .dhcpParameters: request(55, text.split(separator: ",").map { UInt8($0)! })
    case .dhcpCircuit: request(82, [1, UInt8(text.utf8.count)] + ascii(text))
    case .dhcpRemote: request(82, [2, UInt8(text.utf8.count)] + ascii(text))
    case .lldpCapabilities: advertise(7, Self.capabilities(text, Self.lldpCapabilities, size: 2))
    case .lldpSystemName: advertise(5, ascii(text))
    case .lldpSystemDescription: advertise(6, ascii(text))
    case .lldpManufacturer: advertise(127, hex("0012bb09") + ascii(text))
    case .lldpModel: advertise(127, hex("0012bb0a") + ascii(text))
    case .lldpPort: advertise(0, [], port: ascii(text))
    case .lldpPortDescription: advertise(4, ascii(text))
    case .lldpManagementAddress: advertise(8, hex("05 01") + ip(text) + hex("02 00000002 00"))
    case .cdpCapabilities: advertiseCDP(4, Self.capabilities(text, Self.cdpCapabilities, size: 4))
    case .cdpDeviceID: advertiseCDP(1, ascii(text))
    case .cdpPlatform: advertiseCDP(6, ascii(text))
    case .cdpVersion: advertiseCDP(5, ascii(text))
    case .cdpPort: advertiseCDP(3, ascii(text))
    case .cdpAddress: advertiseCDP(2, hex("00000001 01 01 cc 0004") + ip(text))
    case .wifiSSID:
      guard text.utf8.count <= 32 else { return false }
      beacon([0, UInt8(text.utf8.count)] + ascii(text))
    case .wpsManufacturer: setup(0x1021, ascii(text))
    case .wpsModel: setup(0x1023, ascii(text))
    case .wpsModelNumber: setup(0x1024, ascii(text))
    case .wpsDeviceName: setup(0x1011, ascii(text))
    case .wpsDeviceType:
      guard let type = Self.deviceTypes[text] else { return false }
      setup(0x1054, hex(type.0 + "0050f204" + type.1))
    case .beaconPeriod: keepAlive("udp 203.0.113.7:32100", every: Double(text) ?? 20)
    case .beaconJitter: keepAlive("udp 203.0.113.7:32100", every: 20)
    case .beaconPeer: keepAlive(text, every: 20)
    case .udpPayload: sendDatagram(value)
    case .tcpPayload: sendStream(value)
    default: return false
    }
    return true
  }

  // MARK: DHCP

  private mutating func dhcp(_ operation: String, options: [UInt8], yours: String = "00000000") -> [UInt8] {
    DHCPTests.message(op: operation, yiaddr: yours, chaddr: mac.hexDigits, options: options.hexDigits + "ff")
  }

  private mutating func request(_ option: UInt8, _ value: [UInt8]) {
    let message = dhcp("01", options: hex("350101") + [option, UInt8(value.count)] + value)
    datagram(message, from: 68, to: 67, with: .everybody, own: "0.0.0.0")
  }

  /// The server's answer, which holds what the device uses from now on.
  private mutating func acknowledge(_ option: UInt8, _ value: [UInt8]) {
    let message = dhcp("02", options: hex("350105") + [option, UInt8(value.count)] + value, yours: ip(address).hexDigits)
    datagram(message, from: 67, to: 68, with: .router, fromDevice: false)
  }

  // MARK: Neighbours on the wire

  private static let lldpCapabilities = [
    "other", "repeater", "bridge", "access-point", "router", "telephone", "docsis", "station", "c-vlan", "s-vlan", "mac-relay",
  ]
  private static let cdpCapabilities = [
    "router", "bridge", "source-route-bridge", "switch", "host", "igmp", "repeater", "phone", "remotely-managed", "bit-9", "mac-relay",
  ]

  /// Bits of the capabilities; in LLDP those that exist and those that are enabled.
  private static func capabilities(_ text: String, _ names: [String], size: Int) -> [UInt8] {
    var bits: UInt32 = 0
    for name in text.split(separator: ",") { bits |= 1 << UInt32(names.firstIndex(of: String(name))!) }
    return size == 4 ? FrameBuilder.big32(bits) : FrameBuilder.big(UInt16(bits)) + FrameBuilder.big(UInt16(bits))
  }

  private mutating func advertise(_ type: UInt16, _ value: [UInt8], port: [UInt8]? = nil) {
    var bytes = LLDPTests.tlv(1, [4] + mac) + LLDPTests.tlv(2, port.map { [7] + $0 } ?? [3] + mac) + LLDPTests.tlv(3, hex("0078"))
    if type > 0 { bytes += LLDPTests.tlv(type, value) }
    link(0x88CC, to: hex("0180c200000e"), bytes + LLDPTests.tlv(0, []))
  }

  private mutating func advertiseCDP(_ type: UInt16, _ value: [UInt8]) {
    let bytes = hex("aaaa03 00000c 2000") + CDPTests.head + CDPTests.tlv(type, value)
    link(UInt16(bytes.count), to: hex("01000ccccccc"), bytes)
  }

  // MARK: Wi-Fi

  private static let deviceTypes: [String: (String, String)] = [
    "computer": ("0001", "0001"), "input device": ("0002", "0001"), "printer": ("0003", "0001"), "camera": ("0004", "0009"),
    "digital still camera": ("0004", "0001"), "video camera": ("0004", "0002"), "web camera": ("0004", "0003"),
    "security camera": ("0004", "0004"), "storage": ("0005", "0001"), "network infrastructure": ("0006", "0001"),
    "display": ("0007", "0001"), "multimedia device": ("0008", "0001"), "gaming device": ("0009", "0001"),
    "telephone": ("000a", "0001"), "audio device": ("000b", "0001"),
  ]

  private mutating func beacon(_ elements: [UInt8]) {
    frame(hex("8000 0000 ffffffffffff") + mac + mac + hex("1000" + WiFiTests.fixed) + elements, over: .wifi)
  }

  private mutating func setup(_ attribute: UInt16, _ value: [UInt8]) {
    let body = hex("0050f204 104a0001 10") + FrameBuilder.big(attribute) + FrameBuilder.big(UInt16(value.count)) + value
    beacon([221, UInt8(body.count)] + body)
  }

  // MARK: Keep-alives

  /// - Parameter peer: `udp 203.0.113.7:32100`, `udp group 255.255.255.255:6667`.
  private mutating func keepAlive(_ peer: String, every seconds: Double) {
    let words = peer.split(separator: " ")
    let colon = words.last!.lastIndex(of: ":")!
    let (host, port) = (words.last![..<colon].filter { $0 != "[" && $0 != "]" }, UInt16(words.last![colon...].dropFirst())!)
    var other = host.hasPrefix("192.168.") ? Peer.viewer : Peer.server
    other.address = host
    if words.contains("group") { other.mac = hex("ffffffffffff") }
    let free = self.port()
    if words[0] == "tcp" {
      var connection = connect(port, isServer: false, with: other)
      for _ in 0..<13 {
        send(hex("5a5a5a5a"), in: &connection, fromDevice: true)
        pause(seconds)
      }
    } else {
      for _ in 0..<13 {
        datagram(hex("5a5a5a5a"), from: free, to: port, with: other, own: host.contains(":") ? "fe80::49" : nil)
        pause(seconds)
      }
    }
  }

  // MARK: Payloads

  /// The bytes of an example, with what is missing of its length.
  private static func whole(_ value: Observation) -> [UInt8] {
    value.bytes + [UInt8](repeating: 0, count: max(0, value.length - value.bytes.count))
  }

  private mutating func sendDatagram(_ value: Observation) {
    let own = port()
    let (from, to) = value.port == 0 ? (own, 40001) : speaksToPort ? (own, value.port) : (value.port, own)
    datagram(Self.whole(value), from: from, to: to)
  }

  private mutating func sendStream(_ value: Observation) {
    var connection = connect(value.port == 0 ? 40001 : value.port, isServer: !speaksToPort, with: .viewer)
    send(Self.whole(value), in: &connection, fromDevice: true)
    close(connection)
  }
}
