import Testing

@testable import Detection

@Suite struct DHCPTests {
  static let recognizer = DHCPRecognizer()
  static let cameraMAC = "02000000000a"

  /// A message as in RFC 2131 figure 1, with the cookie of RFC 2132 section 2 before the options.
  static func message(
    op: String, htypeHlen: String = "0106", ciaddr: String = "00000000", yiaddr: String = "00000000", chaddr: String = cameraMAC,
    sname: [UInt8] = [], file: [UInt8] = [], options: String
  ) -> [UInt8] {
    var bytes = hex(op + htypeHlen + "00 3903f326 0000 0000" + ciaddr + yiaddr + "00000000 00000000" + chaddr)
    bytes += [UInt8](repeating: 0, count: 44 - bytes.count)
    bytes += sname + [UInt8](repeating: 0, count: 64 - sname.count)
    bytes += file + [UInt8](repeating: 0, count: 128 - file.count)
    return bytes + hex("63825363" + options)
  }

  static let hostDCS = "0c08 4443532d3933354c"  // DCS-935L

  @Test(arguments: [
    // DISCOVER with parameter list, vendor class "udhcp 1.22.1", host name
    (
      message(op: "01", options: "350101 3707 0103060c0f1c2a 3c0c 756468637020312e32322e31" + hostDCS + "ff 0000"),
      ["dhcp.hostname=DCS-935L", "dhcp.vendor_class=udhcp 1.22.1", "dhcp.params=1,3,6,12,15,28,42"]
    ),
    // pad options between, no end option
    (message(op: "01", options: "00 350103 00 00" + hostDCS), ["dhcp.hostname=DCS-935L"]),
    // option 81 in ASCII, the same name as option 12: reported once
    (message(op: "01", options: "350103" + hostDCS + "510b 000000 4443532d3933354c ff"), ["dhcp.hostname=DCS-935L"]),
    // option 81 as labels (E flag): cam.lan, with and without the root label
    (message(op: "01", options: "350103 510c 040000 0363616d 036c616e 00 ff"), ["dhcp.hostname=cam.lan"]),
    (message(op: "01", options: "350103 5107 040000 0363616d ff"), ["dhcp.hostname=cam"]),
    // option 81 in ASCII with the root's dot
    (message(op: "01", options: "350103 5108 000000 63616d2e6c ff"), ["dhcp.hostname=cam.l"]),
    (message(op: "01", options: "350103 5107 000000 63616d2e ff"), ["dhcp.hostname=cam"]),
    // option 82 of a switch: circuit "ge-0/0/12", remote id that is no text, an agent's other word; and one that is cut
    (
      message(op: "01", options: "350101 5213 0109 67652d302f302f3132 0202 0a0b 0502 ffff ff"),
      ["dhcp.circuit=ge-0/0/12", "dhcp.remote=0a0b"]
    ),
    (message(op: "01", options: "350101 5205 0109 676500 ff"), []),
    // an option longer than the message
    (message(op: "01", options: "350101 0c20 4443532d"), []),
    // an empty host name, and one that ends with NUL
    (message(op: "01", options: "350101 0c00 ff"), []),
    (message(op: "01", options: "350101 0c05 63616d0000 ff"), ["dhcp.hostname=cam"]),
    // host name in `sname`, vendor class in `file` (overload 3); end options close each field
    (
      message(op: "01", sname: hex(hostDCS + "ff"), file: hex("3c03 616263 ff"), options: "340103 350101 ff"),
      ["dhcp.hostname=DCS-935L", "dhcp.vendor_class=abc"]
    ),
    // the same without overload: not options
    (message(op: "01", sname: hex(hostDCS + "ff"), options: "350101 ff"), []),
    // hardware addresses of another length than Ethernet, of zeros, or of a group
    (message(op: "01", htypeHlen: "2000", options: "350101" + hostDCS), []),
    (message(op: "01", chaddr: "000000000000", options: "350101" + hostDCS), []),
    (message(op: "01", chaddr: "ffffffffffff", options: "350101" + hostDCS), []),
    // neither request nor reply
    (message(op: "03", options: "350101" + hostDCS), []),
  ])
  func client(bytes: [UInt8], expected: [String]) {
    #expect(Harness.claims(Self.recognizer, bytes, from: 68, to: 67))
    let observed = Harness.datagram(Self.recognizer, bytes, from: 68, to: 67).1
    #expect(observed.summary == expected)
    for observation in observed {
      #expect(observation.subject == Station(mac: MACAddress(Self.cameraMAC)!))
    }
  }

  @Test func renewalNamesTheAddress() {
    let bytes = Self.message(op: "01", ciaddr: "c0a80125", options: "350103" + Self.hostDCS)
    let observed = Harness.datagram(Self.recognizer, bytes, from: 68, to: 67).1
    #expect(observed.map(\.subject.address) == [IPAddress("192.168.1.37")!])
  }

  @Test func acknowledgment() {
    let bytes = Self.message(
      op: "02", yiaddr: "c0a80125",
      options: "350105 3604c0a80101 3304 00015180 0104ffffff00 0308 c0a80101c0a80102 0608 c0a8010108080808 2a04 c0a80103"
        + Self.hostDCS + "3c09 505845436c69656e74 ff")
    let observed = Harness.datagram(Self.recognizer, bytes, from: 67, to: 68).1
    #expect(
      observed.summary == [
        "ip.address=192.168.1.37", "ip.gateway=192.168.1.1", "ip.gateway=192.168.1.2",
        "dns.server=192.168.1.1", "dns.server=8.8.8.8", "ntp.server=192.168.1.3",
      ])
    let client = Station(mac: MACAddress(Self.cameraMAC)!, address: IPAddress("192.168.1.37")!)
    for observation in observed where observation.field != .ipGateway { #expect(observation.subject == client) }
    #expect(
      observed.filter { $0.field == .ipGateway }.map(\.subject) == [
        Station(address: IPAddress("192.168.1.1")!), Station(address: IPAddress("192.168.1.2")!),
      ])
  }

  @Test func offerBindsNothing() {
    let bytes = Self.message(op: "02", yiaddr: "c0a80125", options: "350102 0304c0a80101" + Self.hostDCS + "ff")
    let observed = Harness.datagram(Self.recognizer, bytes, from: 67, to: 68).1
    #expect(observed.summary == ["ip.gateway=192.168.1.1"])
  }

  /// Whose request it is shows the frame: who puts another's address into it speaks of itself.
  @Test func theFrameNamesTheClient() {
    let bytes = Self.message(op: "01", chaddr: "0200000000ee", options: "350103" + Self.hostDCS)
    let observed = Harness.datagram(Self.recognizer, bytes, from: 68, to: 67).1
    #expect(observed.map(\.subject) == [Harness.camera.station])
  }

  /// Requests as a relay forwards them, with its own address or option 82.
  private static func relayed(_ client: String, by: RelaySign) -> [UInt8] {
    var bytes = message(op: "01", chaddr: client, options: "350103" + hostDCS + (by == .option ? "52 04 0102 6765 ff" : "ff"))
    if by == .address { bytes.replaceSubrange(24..<28, with: hex("0a000001")) }
    return bytes
  }

  enum RelaySign: CaseIterable { case address, option }

  @Test(arguments: RelaySign.allCases)
  func aRelaySpeaksForSeveral(sign: RelaySign) {
    var sink = ObservationSink()
    func forward(_ client: String) {
      let bytes = Self.relayed(client, by: sign)
      let message = Message(
        payload: bytes.span.bytes, length: bytes.count, transport: .udp, source: Endpoint(station: Harness.camera.station, port: 67),
        destination: Endpoint(station: Harness.other.station, port: 67), fromOriginator: true, time: .zero,
        packet: PacketReference(file: 0, number: 1))
      sink.begin(message)
      _ = Self.recognizer.recognize(message, into: &sink)
    }
    func names() -> [MACAddress] { sink.observations.filter { $0.field == .dhcpHostname }.map(\.subject.mac) }
    forward("0200000000ee")
    forward("0200000000ee")
    #expect(names().isEmpty, "one client may be anybody's invention")
    forward("0200000000ef")
    let (first, second) = (MACAddress("0200000000ee")!, MACAddress("0200000000ef")!)
    #expect(names() == [first, first, second])
    forward("0200000000ee")
    #expect(names() == [first, first, second, first])
    sink.endRelays()
    #expect(names().count == 4)
  }

  @Test func whoRelaysForOneSpeaksOfItself() {
    var sink = ObservationSink()
    let bytes = Self.relayed("0200000000ee", by: .address)
    let message = Message(
      payload: bytes.span.bytes, length: bytes.count, transport: .udp, source: Endpoint(station: Harness.camera.station, port: 67),
      destination: Endpoint(station: Harness.other.station, port: 67), fromOriginator: true, time: .zero,
      packet: PacketReference(file: 0, number: 1))
    sink.begin(message)
    _ = Self.recognizer.recognize(message, into: &sink)
    sink.endRelays()
    #expect(sink.observations.map(\.subject) == [Harness.camera.station])
  }

  @Test func answerToInform() {
    let bytes = Self.message(op: "02", ciaddr: "c0a80125", options: "350105 ff")
    #expect(Harness.datagram(Self.recognizer, bytes, from: 67, to: 68).1.summary == ["ip.address=192.168.1.37"])
  }

  @Test func notDHCP() {
    let bytes = Self.message(op: "01", options: "350101" + Self.hostDCS)
    #expect(!Harness.claims(Self.recognizer, bytes, from: 6768, to: 6767))
    var other = bytes
    other[236] = 0
    #expect(!Harness.claims(Self.recognizer, other, from: 68, to: 67))
  }

  @Test func hostile() {
    var random = TestRandom(seed: 1)
    for _ in 0..<1000 {
      _ = Harness.datagram(Self.recognizer, Self.message(op: "01", options: "") + random.bytes(100), from: 68, to: 67)
    }
  }
}
