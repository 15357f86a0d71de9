@testable import Detection

/// Packets of a small guest network, one after the other: a router, a phone, a camera, and a guest with a laptop who speaks in the name of
/// others.
struct GuestNetwork {
  struct Host {
    var mac: [UInt8]
    var address: String

    /// Frames of one, packets with the address of the other.
    func posing(as address: String) -> Host { Host(mac: mac, address: address) }
    var link: MACAddress { MACAddress(mac.hexDigits)! }
  }

  static let router = Host(mac: FrameBuilder.mac(1), address: "10.0.0.1")
  static let phone = Host(mac: FrameBuilder.mac(0x51), address: "10.0.0.51")
  static let printer = Host(mac: FrameBuilder.mac(0x52), address: "10.0.0.52")
  static let camera = Host(mac: FrameBuilder.mac(0x53), address: "10.0.0.53")
  static let guest = Host(mac: FrameBuilder.mac(0x66), address: "10.0.0.66")
  static let server = Host(mac: router.mac, address: "203.0.113.8")
  static let everybody: [UInt8] = hex("ffffffffffff")

  private(set) var frames: [[UInt8]] = []
  private var freePort: UInt16 = 42000

  mutating func frame(_ bytes: [UInt8]) { frames.append(bytes) }

  // MARK: Packets

  mutating func udp(_ from: Host, _ to: Host, _ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) {
    frame(
      FrameBuilder.ethernet(
        from: from.mac, to: to.mac, FrameBuilder.ipv4(from.address, to.address, proto: 17, FrameBuilder.udp(source, destination, payload))))
  }

  mutating func tcp(
    _ from: Host, _ to: Host, _ source: UInt16, _ destination: UInt16, seq: UInt32, ack: UInt32 = 0, _ flags: TCPFlags,
    _ payload: [UInt8] = []
  ) {
    frame(
      FrameBuilder.ethernet(
        from: from.mac, to: to.mac,
        FrameBuilder.ipv4(
          from.address, to.address, proto: 6,
          FrameBuilder.tcp(source, destination, seq: seq, ack: ack, flags: flags, payload))))
  }

  func group(_ address: String) -> Host { Host(mac: hex("01005e000001"), address: address) }

  /// A host says which address it holds; by default its own, with the frame's MAC address.
  mutating func arp(_ host: Host, holder: [UInt8]? = nil) {
    let address = FrameBuilder.big32(IPAddress(host.address)!.v4)
    frame(
      FrameBuilder.ethernet(
        from: host.mac, to: Self.everybody, type: 0x0806,
        hex("0001 0800 06 04 0001") + (holder ?? host.mac) + address + hex("000000000000") + address))
  }

  /// A router advertisement.
  mutating func advertise(_ host: Host) {
    frame(
      FrameBuilder.ethernet(
        from: host.mac, to: hex("333300000001"), type: 0x86DD,
        FrameBuilder.ipv6("fe80::66", "ff02::1", next: 58, hex("86 00 0000 40 00 0708 00000000 00000000 01 01") + host.mac)))
  }

  // MARK: Conversations

  mutating func port() -> UInt16 {
    freePort += 1
    return freePort
  }

  /// A question and its answer, through the router.
  mutating func asks(_ host: Host, _ server: Host = server, payload: [UInt8] = [1]) {
    let port = port()
    udp(host, server, port, 4000, payload)
    udp(server, host, 4000, port, [2])
  }

  /// A device asks for names, and gets its address and its router from DHCP.
  mutating func leases(_ host: Host, options: String, through router: Host = router) {
    dhcpRequest(host, options: options)
    dhcpReply(to: host, from: router, options: "350105 0304 0a000001")
    arp(host)
  }

  mutating func dhcpRequest(_ sender: Host, client: [UInt8]? = nil, options: String, relay: String = "00000000") {
    var message = DHCPTests.message(op: "01", chaddr: (client ?? sender.mac).hexDigits, options: "350103" + options + "ff")
    message.replaceSubrange(24..<28, with: hex(relay))
    udp(sender.posing(as: "0.0.0.0"), Host(mac: Self.everybody, address: "255.255.255.255"), 68, 67, message)
  }

  mutating func dhcpReply(to client: Host, from server: Host, options: String) {
    let yours = FrameBuilder.big32(IPAddress(client.address)!.v4).hexDigits
    let message = DHCPTests.message(op: "02", yiaddr: yours, chaddr: client.mac.hexDigits, options: options + "ff")
    udp(server, client, 67, 68, message)
  }

  static func option(_ number: UInt8, _ text: String) -> String { ([number, UInt8(text.utf8.count)] + ascii(text)).hexDigits }

  static let cameraName = option(12, "IPC-C22")

  /// A phone as in every hotel: it leased its address, and speaks with servers.
  mutating func arrivePhone() {
    leases(Self.phone, options: "370a 0103060f1a1c333a3b2b" + Self.option(12, "Galaxy-S23"))
    asks(Self.phone)
  }

  // MARK: What cameras say

  mutating func sadp(_ host: Host) { udp(host, group("239.255.255.250"), 37020, 37020, SADPTests.camera) }

  mutating func hello(_ host: Host) {
    let text = """
      <?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
      xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Body><d:Hello>\
      <d:Types>dn:NetworkVideoTransmitter</d:Types></d:Hello></s:Body></s:Envelope>
      """
    udp(host, group("239.255.255.250"), 3702, 3702, ascii(text))
  }

  mutating func mdns(_ host: Host) {
    let type = DNSBytes.name("_axis-video", "_tcp", "local")
    let record = DNSBytes.record(DNSBytes.name("_services", "_dns-sd", "_udp", "local"), type: "000c", type)
    udp(host, group("224.0.0.251"), 5353, 5353, DNSBytes.header(flags: "8400", 0, 1) + record)
  }

  static let rtspAnswer = wire(
    """
    RTSP/1.0 401 Unauthorized
    CSeq: 1
    WWW-Authenticate: Digest realm="Hikvision", nonce="1"


    """)

  /// A whole RTSP conversation with a viewer.
  mutating func serves(_ host: Host, viewer: Host = phone) {
    let port = port()
    tcp(viewer, host, port, 554, seq: 1, .syn)
    tcp(host, viewer, 554, port, seq: 100, ack: 2, [.syn, .ack])
    tcp(viewer, host, port, 554, seq: 2, ack: 101, .ack, wire("DESCRIBE rtsp://x/ RTSP/1.0\nCSeq: 1\n\n"))
    tcp(host, viewer, 554, port, seq: 101, ack: 50, .ack, Self.rtspAnswer)
  }

  static func question(_ name: String...) -> [UInt8] {
    DNSBytes.header(id: "9a3e", flags: "0100", 1) + DNSBytes.question(name.flatMap { [UInt8($0.utf8.count)] + ascii($0) } + [0])
  }

  static func answer(_ name: String...) -> [UInt8] {
    DNSBytes.header(id: "9a3e", flags: "8180", 1, 1) + DNSBytes.question(name.flatMap { [UInt8($0.utf8.count)] + ascii($0) } + [0])
      + DNSBytes.record(hex("c00c"), type: "0001", class: "0001", hex("cb007108"))
  }

  // MARK: What Lenscap says

  struct Result {
    let devices: [Device]
    let events: [AlertEvent]
    let conflicts: [Observation]

    func device(_ host: Host) -> Device? { devices.first { $0.id.mac == host.link } }
    func alerts(_ host: Host) -> [AlertEvent] { events.filter { $0.device.id.mac == host.link } }
  }

  /// All signatures over all packets, one each tenth of a second.
  func run(declared: DeclaredDevices = DeclaredDevices(), site: Site = Site()) -> Result {
    let engine = Engine(signatures: ReachTests.all, declared: declared, site: site)
    var conflicts: [Observation] = []
    engine.observer = { observation, _, _ in
      if observation.field == .ipConflict { conflicts.append(observation) }
    }
    Seeds.$isPaused.withValue(true) {
      var feeder = Feeder(engine)
      for (index, frame) in frames.enumerated() { feeder.frame(frame, at: 1 + Double(index) / 10) }
    }
    engine.finish()
    engine.observer = nil
    return Result(devices: engine.devices(), events: engine.drain().events, conflicts: conflicts)
  }
}
