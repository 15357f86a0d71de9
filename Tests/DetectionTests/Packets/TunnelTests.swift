import Testing

@testable import Detection

/// Tunnels: outer hosts 10.9.9.1 and 10.9.9.2, inside a frame from 02…03 or a datagram of `PacketTests`.
@Suite struct TunnelTests {
  typealias B = FrameBuilder
  static let frame = hex("020000000004 020000000003 0800") + PacketTests.datagram
  static let v4 = "192.168.1.10>192.168.1.20 1000>2000 3/3"
  static let v6 = "fe80::a>fe80::b 1000>2000 3/3"
  static let inner = "020000000003 " + v4

  static func ip(_ proto: UInt8, _ payload: [UInt8]) -> [UInt8] { B.ethernet(B.ipv4("10.9.9.1", "10.9.9.2", proto: proto, payload)) }
  static func udp(_ port: UInt16, _ payload: [UInt8], from: UInt16 = 50000) -> [UInt8] { ip(17, B.udp(from, port, payload)) }

  struct Case: CustomTestStringConvertible {
    let name: String
    let frame: [UInt8]
    let expected: String
    init(_ name: String, _ frame: [UInt8], _ expected: String) { (self.name, self.frame, self.expected) = (name, frame, expected) }
    var testDescription: String { name }
  }

  static let datagram = PacketTests.datagram
  static let datagram6 = PacketTests.datagram6
  static let wifi = hex("0801 0000 0200000000a0 020000000003 020000000004 1000 aaaa03 000000 0800") + datagram
  static let teredo6 = B.ipv6("2001:0:1::1", "2001:db8::1", next: 17, B.udp(1000, 2000, [1, 2, 3]))

  static let byProtocol = [
    Case("ip in ip", ip(4, datagram), "ip-in-ip " + v4),
    Case("6in4", ip(41, datagram6), "6in4 " + v6),
    Case("4in6", B.ethernet(type: 0x86DD, B.ipv6("2001:db8::1", "2001:db8::2", next: 4, datagram)), "ip-in-ip " + v4),
    Case("gre", ip(47, hex("0000 0800") + datagram), "gre " + v4),
    Case("gre, all fields", ip(47, hex("b000 86dd 00000000 00000007 00000001") + datagram6), "gre 7 " + v6),
    Case("gre, bridged", ip(47, hex("0000 6558") + frame), "gre " + inner),
    Case("nvgre", ip(47, hex("2000 6558 00138905") + frame), "gre 5001 " + inner),
    Case("gre, mpls", ip(47, hex("0000 8847 00010140") + datagram), "gre " + v4),
    Case("erspan 1", ip(47, hex("0000 88be") + frame), "erspan " + inner),
    Case("erspan 2", ip(47, hex("1000 88be 00000001 100c 0864 00000000") + frame), "erspan " + inner),
    Case("erspan 3", ip(47, hex("1000 22eb 00000001 200c 0864 00000000 0000 0000") + frame), "erspan " + inner),
    Case("erspan 3, subheader", ip(47, hex("1000 22eb 00000001 200c 0864 00000000 0000 0001 0000000000000000") + frame), "erspan " + inner),
    Case("erspan 3, ip", ip(47, hex("1000 22eb 00000001 200c 0864 00000000 0000 0800") + datagram), "erspan " + v4),
    Case("pptp", ip(47, hex("3081 880b 0023 0001 00000001 00000000 21") + datagram), "pptp " + v4),
    Case("eoip", ip(47, hex("2001 6400 002d 0700") + frame), "gre 7 " + inner),
    Case(
      "pptp, ppp's own", ip(47, hex("3081 880b 0006 0001 00000001 00000000 c021 0101 0004")), "020000000001 10.9.9.1>10.9.9.2 [ppp lcp]"),
    Case("wccp", ip(47, hex("0000 883e 00000000") + datagram), "gre " + v4),
    Case("etherip", ip(97, hex("3000") + frame), "etherip " + inner),
    Case("mpls in ip", ip(137, hex("00010140") + datagram), "mpls " + v4),
    Case(
      "authentication header", ip(51, hex("1104 0000 00000001 00000001 000000000000000000000000") + B.udp(1, 2, [9])),
      "020000000001 10.9.9.1>10.9.9.2 1>2 1/1"),
    Case("gre, keep-alive", ip(47, hex("0000 0000")), "020000000001 10.9.9.1>10.9.9.2 [gre keep-alive]"),
    Case("pptp, acknowledgment", ip(47, hex("2081 880b 0000 0001 00000001")), "020000000001 10.9.9.1>10.9.9.2 [pptp acknowledgment]"),
    Case("not ip in ip", ip(4, [0x60, 0]), "020000000001 10.9.9.1>10.9.9.2 [malformed ip-in-ip]"),
  ]

  static let overUDP = [
    Case("vxlan", udp(4789, hex("08000000 00138900") + frame), "vxlan 5001 " + inner),
    Case("vxlan of Linux", udp(8472, hex("08000000 00138900") + frame), "vxlan 5001 " + inner),
    Case("vxlan with a group", udp(4789, hex("88080001 00138900") + frame), "vxlan 5001 " + inner),
    Case(
      "vxlan between tags",
      B.ethernet(
        tags: [(0x8100, 12)],
        B.ipv4(
          "10.9.9.1", "10.9.9.2", proto: 17, B.udp(1, 4789, hex("08000000 00138900 020000000004 020000000003 8100 0007 0800") + datagram))),
      "vlan 12, vxlan 5001, vlan 7 " + inner),
    Case("geneve", udp(6081, hex("0200 6558 00138900 0102030405060708") + frame), "geneve 5001 " + inner),
    Case("geneve, ip", udp(6081, hex("0000 0800 00138900") + datagram), "geneve 5001 " + v4),
    Case("vxlan, generic", udp(4790, hex("0c000003 00138900") + frame), "vxlan 5001 " + inner),
    Case("vxlan, generic, ip", udp(4790, hex("0c000002 00138900") + datagram6), "vxlan 5001 " + v6),
    Case("gre over udp", udp(4754, hex("0000 0800") + datagram), "gre " + v4),
    Case("gre over udp, bridged, all fields", udp(4754, hex("b000 6558 00000000 00000700 00000001") + frame), "gre 7 " + inner),
    Case("gtp-u", udp(2152, hex("30ff 001f 00000001") + datagram), "gtp-u " + v4),
    Case("gtp-u, extension", udp(2152, hex("34ff 0027 00000001 0000 00 85 01 000100") + datagram, from: 2152), "gtp-u " + v4),
    Case("l2tp", udp(1701, hex("0002 0001 0002 ff03 0021") + datagram), "l2tp " + v4),
    Case("l2tp, length, sequence, offset", udp(1701, hex("4a02 0031 0001 0002 0000 0000 0002 0000 0021") + datagram), "l2tp " + v4),
    Case("l2tp, answer", udp(50000, hex("0002 0001 0002 21") + datagram, from: 1701), "l2tp " + v4),
    Case("tzsp", udp(37008, hex("01 00 0001 00 0a01c0 01") + frame), "tzsp " + inner),
    Case("tzsp, 802.11", udp(37008, hex("01 00 0012 01") + wifi), "tzsp " + inner),
    Case("teredo", udp(3544, teredo6), "teredo 2001:0:1::1>2001:db8::1 1000>2000 3/3"),
    Case(
      "teredo, authentication and origin", udp(50000, hex("0001 0000 0000000000000000 00 0000 0000 00000000") + teredo6, from: 3544),
      "teredo 2001:0:1::1>2001:db8::1 1000>2000 3/3"),
    Case("capwap, 802.11", udp(5247, hex("00 100300 0000 0000") + wifi), "capwap " + inner),
    Case(
      "capwap, 802.11 with frame control the wrong way round",
      udp(
        5247,
        hex("00 200320 0000 0000 04bf230000000000 0108 0000 0200000000a0 020000000003 020000000004 1000 aaaa03 000000 0800") + datagram),
      "capwap " + inner),
    Case("mpls over udp", udp(6635, hex("00010040 00020140") + datagram), "mpls " + v4),
    Case("capwap, 802.3", udp(5247, hex("00 100200 0000 0000") + frame), "capwap " + inner),
  ]

  @Test(arguments: byProtocol + overUDP) func entered(_ example: Case) {
    #expect(PacketTests.decode(example.frame) == example.expected)
    Damage.survives(example.frame)
  }

  /// Data that merely resembles a tunnel stays a datagram of its sender.
  @Test(
    arguments: [
      (4789, "08000001 00138900"), (4789, "00000000 00138900"), (4789, "08000000 00138901"), (6081, "4000 6558 00138900"),
      (6081, "0001 6558 00138900"),
      (6081, "0000 1234 00138900"), (2152, "30ff 0020 00000001"), (2152, "3001 001f 00000001"), (2152, "50ff 001f 00000001"),
      (37008, "02 00 0001 01"), (4790, "08000003 00138900"), (4790, "1c000003 00138900"), (4790, "0c000004 00138900"), (4754, "0001 6558"),
      (4754, "4000 6558"), (4754, "0000 6559"),
      (37008, "01 00 0001 0a"), (5247, "00 100280 0000 0000"), (5247, "01 000000"),
    ] as [(UInt16, String)])
  func notBelieved(port: UInt16, header: String) {
    let inner = port == 2152 ? Self.datagram : Self.frame
    let payload = hex(header) + inner
    #expect(PacketTests.decode(Self.udp(port, payload)) == "020000000001 10.9.9.1>10.9.9.2 50000>\(port) \(payload.count)/\(payload.count)")
  }

  @Test(arguments: [
    // a control message; version 3; reserved bits; a length that is wrong; PPP's own
    "c802 002b 0001 0000 0000 0000 21", "0003 0001 0002 21", "0012 0001 0002 21", "4002 0001 0001 0002 21", "0002 0001 0002 c021",
  ])
  func notL2TP(header: String) {
    let payload = hex(header) + Self.datagram
    #expect(PacketTests.decode(Self.udp(1701, payload)).hasPrefix("020000000001 10.9.9.1>10.9.9.2"))
  }

  /// Correct headers without a fitting frame or datagram inside.
  @Test func innerMustFit() {
    let tooLong = B.ipv4("192.168.1.10", "192.168.1.20", proto: 17, totalLength: 200, [1, 2, 3])
    let group = hex("020000000004 030000000003 0800") + Self.datagram
    let unknown = hex("020000000004 020000000003 7777") + Self.datagram
    for payload in [
      hex("08000000 00138900") + hex("020000000004 020000000003 0800") + tooLong, hex("08000000 00138900") + group,
      hex("08000000 00138900") + unknown,
      hex("08000000 00138900"),
    ] {
      #expect(PacketTests.decode(Self.udp(4789, payload)).hasPrefix("020000000001 10.9.9.1>10.9.9.2 50000>4789"))
    }
    #expect(PacketTests.decode(Self.udp(3544, Self.datagram)).hasPrefix("020000000001 10.9.9.1"))
    // An IPv6 datagram without an address of Teredo's.
    #expect(
      PacketTests.decode(Self.udp(3544, B.ipv6("2001:db8::2", "2001:db8::1", next: 17, B.udp(1, 2, [])))).hasPrefix("020000000001 10.9.9.1")
    )
  }

  @Test func segmentText() {
    var segment = Segment()
    #expect(segment.description == "")
    segment.push(vlan: 100)
    segment.push(vlan: 12)
    #expect(segment.description == "vlan 100.12")
    segment.push(.vxlan, 5001)
    #expect(segment.description == "vlan 100.12, vxlan 5001")
    // The outermost are lost where there is no room.
    segment.push(.vxlan, 5002)
    segment.push(vlan: 4095)
    #expect(segment.description.hasSuffix("vxlan 5002, vlan 4095"))
    var other = Segment()
    other.push(.gre)
    #expect(other.description == "gre" && other != .untagged)
    for kind in Segment.Kind.allCases {
      var one = Segment()
      one.push(kind, .max)
      #expect(one.description.hasPrefix(kind.name))
    }
  }
}
