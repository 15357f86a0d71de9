import Testing

@testable import Detection

/// Each link type: hand-made bytes before the same datagram, and the result.
@Suite struct LinkTypeTests {
  typealias B = FrameBuilder

  struct Case: CustomTestStringConvertible {
    let link: UInt16
    let header: String
    var is6 = false
    var before = ""
    var after = ""
    let name: String

    var bytes: [UInt8] { hex(header) + (is6 ? PacketTests.datagram6 : PacketTests.datagram) }
    var testDescription: String { name }
  }

  static let v4 = "192.168.1.10>192.168.1.20 1000>2000 3/3"
  static let v6 = "fe80::a>fe80::b 1000>2000 3/3"
  /// A completed bulk transfer with data.
  static let usb =
    "0100000000000000 43 03 81 05 0100 2d 00 0000000000000000 00000000 00000000 4a000000 4a000000 0000000000000000"
  static let usbpcap = "1b00 0100000000000000 00000000 0900 01 0100 0500 81 03 4a000000"
  static let remoteNDIS: String = {
    let length = 14 + PacketTests.datagram.count
    let little = { (value: Int) in
      String(value, radix: 16).count < 2 ? "0\(String(value, radix: 16))000000" : "\(String(value, radix: 16))000000"
    }
    return "01000000" + little(44 + length) + little(36) + little(length) + String(repeating: "00", count: 28)
  }()
  static let grh = String(repeating: "00", count: 40)

  static let cases = [
    Case(link: 9, header: "ff03 0021", name: "ppp"),
    Case(link: 9, header: "0021", name: "ppp without address and control"),
    Case(link: 9, header: "ff03 21", name: "ppp with a compressed protocol"),
    Case(link: 9, header: "ff03 0057", is6: true, name: "ppp ipv6"),
    Case(link: 9, header: "ff03 0281 00010140", name: "ppp mpls"),
    Case(link: 50, header: "ff03 0021", name: "ppp in hdlc"),
    Case(link: 50, header: "0f00 0800", name: "cisco hdlc"),
    Case(link: 104, header: "8f00 86dd", is6: true, name: "c-hdlc"),
    Case(link: 104, header: "ff03 0021", name: "ppp where c-hdlc is said"),
    Case(link: 51, header: "1100 1234 0021 0021", name: "pppoe"),
    Case(link: 166, header: "0003 0021", name: "pppd, in"),
    Case(link: 166, header: "0103 21", name: "pppd, out"),
    Case(link: 204, header: "01 ff03 0021", name: "ppp with direction"),
    Case(link: 205, header: "00 0f00 0800", name: "c-hdlc with direction"),
    Case(link: 107, header: "1841 03cc", name: "frame relay"),
    Case(link: 107, header: "1841 0300 80000000 0800", name: "frame relay, padded snap"),
    Case(link: 107, header: "1841 0800", name: "frame relay, cisco"),
    Case(link: 107, header: "184021 038e", is6: true, name: "frame relay, three bytes of address"),
    Case(link: 206, header: "01 1841 03cc", name: "frame relay with direction"),
    Case(link: 8, header: "00 45 0000000000000000000000000000", name: "slip"),
    Case(
      link: 6, header: "1040 000000000002 820000000001 c670 1230 4560 aaaa03 000000 0800", before: "020000000001",
      name: "token ring with a route"),
    Case(link: 6, header: "1040 000000000002 020000000001 aaaa03 000000 0800", before: "020000000001", name: "token ring"),
    Case(link: 10, header: "50 000000000002 020000000001 aaaa03 000000 0800", before: "020000000001", name: "fddi"),
    Case(link: 7, header: "0102 d4 00 0001", name: "arcnet, RFC 1201"),
    Case(link: 7, header: "0102 d4 ff 000000 00 0001", name: "arcnet, exception frame"),
    Case(link: 7, header: "0102 f0", name: "arcnet, RFC 1051"),
    Case(link: 129, header: "0102 0000 d4 00 0001", name: "arcnet linux"),
    Case(link: 129, header: "0102 0000 f0", name: "arcnet linux, RFC 1051"),
    Case(link: 240, header: "00000000 020000000002 020000000001 0800", before: "020000000001", name: "netanalyzer"),
    Case(
      link: 241, header: "00000000 55555555555555d5 020000000002 020000000001 0800", before: "020000000001", name: "netanalyzer transparent"
    ),
    Case(link: 219, header: "00010040 00020140", name: "mpls, two labels"),
    Case(link: 242, header: grh + "0800 0000", name: "ip over infiniband"),
    Case(link: 138, header: "0000000000000001 0000000000000002 0800", name: "ip over firewire"),
    Case(link: 100, header: "aaaa03 000000 0800", name: "atm"),
    Case(link: 123, header: "0200 0021 aaaa03 000000 0800", name: "sunatm"),
    Case(link: 106, header: "aaaa03 000000 0800", name: "classical ip, llc"),
    Case(link: 106, header: "", name: "classical ip"),
    Case(link: 178, header: "4d4743 80 0004 01020304 020000000002 020000000001 0800", before: "020000000001", name: "juniper ethernet"),
    Case(link: 178, header: "4d4743 00 020000000002 020000000001 0800", before: "020000000001", name: "juniper ethernet, no values"),
    Case(link: 1, header: "020000000002 020000000001 0800", is6: true, before: "020000000001", name: "ipv6 under the type of ipv4"),
    Case(link: 1, header: "020000000002 020000000001 86dd", before: "020000000001", name: "ipv4 under the type of ipv6"),
    Case(
      link: 1, header: "020000000002 020000000001 88e5 20 00 00000044 0200000000010001 0800", before: "020000000001",
      name: "macsec in clear"),
    Case(link: 1, header: "020000000009 02000000000a 8903 0000 020000000002 020000000001 0800", before: "020000000001", name: "fabricpath"),
    Case(link: 1, header: "020000000002 020000000001 8909 0101 0001 0002 0800", before: "020000000001", name: "cisco metadata"),
    Case(link: 109, header: "02000000 00000001 00000000", name: "enc"),
    Case(link: 109, header: "00000018 00000001 00000000", is6: true, name: "enc, big-endian"),
    Case(link: 117, header: "3d02 0000" + String(repeating: "00", count: 60), name: "pflog"),
    Case(link: 226, header: "01 02 0000 00000000 00000000 00000000 00000000 00000000", name: "ipnet"),
    Case(link: 226, header: "01 1a 0000 00000000 00000000 00000000 00000000 00000000", is6: true, name: "ipnet ipv6"),
    Case(
      link: 239, header: "0200 0000 0800 0100 08000000 1000 0800 0006 0000 020000000001 0000 2300 0900", before: "020000000001",
      name: "nflog"),
    Case(link: 239, header: "0a00 0000 0008 0001 86dd0000 0037 0009", is6: true, name: "nflog, big-endian"),
    Case(link: 258, header: "10000000 01000000 01000000 00000000 020000000002 020000000001 0800", before: "020000000001", name: "pktap"),
    Case(link: 149, header: "10000000 01000000 65000000 00000000", name: "pktap under its user number"),
    Case(
      link: 197, header: "0000000000000000 02 04 0000 0000 0000 0000 020000000002 020000000001 0800", before: "020000000001", name: "erf"),
    Case(
      link: 197, header: "0000000000000000 82 04 0000 0000 0000 0000000000000000 0000 020000000002 020000000001 0800",
      before: "020000000001",
      name: "erf with an extension header"),
    Case(link: 197, header: "0000000000000000 16 04 0000 0000 0000", name: "erf ipv4"),
    Case(link: 281, header: "020000000002 020000000001 00000000 0800", before: "020000000001", name: "broadcom tag"),
    Case(link: 282, header: "00000000 020000000002 020000000001 0800", before: "020000000001", name: "broadcom tag before"),
    Case(link: 284, header: "020000000002 020000000001 6038000c 0800", before: "vlan 12 020000000001", name: "marvell tag with a vlan"),
    Case(link: 284, header: "020000000002 020000000001 4038000c 0800", before: "020000000001", name: "marvell tag"),
    Case(
      link: 285, header: "020000000002 020000000001 dada0000 6038000c 0800", before: "vlan 12 020000000001", name: "marvell extended tag"),
    Case(link: 189, header: usb + "020000000002 020000000001 0800", before: "020000000001", name: "usb"),
    Case(
      link: 220, header: usb + String(repeating: "00", count: 16) + "020000000002 020000000001 0800", before: "020000000001",
      name: "usb, longer header"),
    Case(link: 249, header: usbpcap + "020000000002 020000000001 0800", before: "020000000001", name: "usbpcap"),
    Case(
      link: 249, header: usbpcap + remoteNDIS + "020000000002 020000000001 0800", before: "020000000001", name: "usbpcap, rndis"),
    Case(link: 113, header: "0000 0001 0006 020000000001 0000 0004 aaaa03 000000 0800", before: "020000000001", name: "linux cooked llc"),
    Case(link: 1, header: "020000000002 020000000001 0027 aaaa03 000000 0800", before: "020000000001", name: "snap"),
    Case(link: 1, header: "020000000002 020000000001 0022 060603", before: "020000000001", name: "ip over llc"),
    Case(link: 1, header: "020000000002 020000000001 8864 1100 1234 0021 0021", before: "020000000001", name: "pppoe over ethernet"),
    Case(link: 1, header: "020000000002 020000000001 8847 00010140", before: "", name: "mpls over ethernet"),
    Case(link: 1, header: "020000000002 020000000001 8100 000c 8847 00010140", before: "vlan 12", name: "mpls in a vlan"),
    Case(
      link: 1, header: "020000000002 020000000001 8847 00010140 00000000 020000000004 020000000003 0800", before: "mpls 020000000003",
      name: "ethernet in mpls"),
    Case(
      link: 1, header: "020000000002 020000000001 8100 0001 8100 0002 8100 0003 0800", before: "vlan 1.2.3 020000000001", name: "three tags"
    ),
  ]

  @Test(arguments: cases) func decoded(_ example: Case) {
    let expected = [example.before, example.is6 ? Self.v6 : Self.v4].filter { !$0.isEmpty }.joined(separator: " ")
    #expect(PacketTests.decode(example.bytes, LinkType(rawValue: example.link)) == expected)
    Damage.survives(example.bytes, LinkType(rawValue: example.link))
  }

  @Test(
    arguments: [
      (1, "0180c2000000 020000000001 0026 424203 0000", "020000000001 [stp]"),
      (1, "01000ccccccc 020000000001 0020 aaaa03 00000c 2003 02b4", "020000000001 [vtp]"),
      (1, "01000ccccccd 020000000001 0020 aaaa03 00000c 010b 0000", "020000000001 [pvst]"),
      (1, "030000000001 020000000001 0020 f0f003 2c00", "020000000001 [netbios]"),
      (1, "0180c2000014 020000000001 0020 fefe03 8300", "020000000001 [osi]"),
      (1, "ffffffffffff 020000000001 0020 ffff 0020", "020000000001 [ipx]"),
      (1, "ffffffffffff 020000000001 8863 1109 0000 0000", "020000000001 [pppoe discovery]"),
      (1, "020000000002 020000000001 88e5 2c 00 00000044 0200000000010001 0800", "020000000001 [macsec]"),
      (1, "020000000002 020000000001 888e 0100 0000", "020000000001 [eapol]"),
      (1, "020000000002 020000000001 8892 0000", "020000000001 [profinet]"),
      (1, "020000000002 020000000001 9000 0000", "020000000001 [loopback test]"),
      (9, "ff03 c021 0101 0004", "[ppp lcp]"),
      (9, "ff03 c223 0101 0004", "[ppp chap]"),
      (104, "8f00 8035 00000000", "[slarp]"),
      (107, "1841 0308 0075", "[q.933]"),
      (6, "1000 000000000002 020000000001 0000", "[token ring control]"),
      (10, "c3 000000000002 020000000001", "020000000001 [fddi control]"),
      (7, "0102 d4 02 0001 00", "[arcnet fragment]"),
      (113, "0000 0338 0000 0000000000000000 0000 00000000", "[netlink]"),
      (0, "07000000 00", "[address family]"),
      (149, "01020304 05060708 090a0b0c", "[link type: user 2]"),
      (187, "00", "[link type: bluetooth hci]"), (195, "00", "[link type: 802.15.4]"), (227, "00", "[link type: can]"),
      (186, "00", "[link type: usb]"), (189, "00", "[malformed usb]"),
      // a keyboard's interrupt; a disk's block; a bulk transfer without data
      (189, usb.replacing("43 03", with: "43 01") + "0000040000000000", "[link type: usb linux]"),
      (249, usbpcap + "55534253 00000000 00000000 00", "[link type: usbpcap]"), (189, usb, ""), (137, "00", "[link type: juniper atm1]"),
    ] as [(UInt16, String, String)])
  func named(link: UInt16, bytes: String, expected: String) {
    #expect(PacketTests.decode(hex(bytes), LinkType(rawValue: link)) == expected)
    Damage.survives(hex(bytes), LinkType(rawValue: link))
  }

  @Test func depthIsBounded() {
    let tags = Array(repeating: (UInt16(0x8100), UInt16(1)), count: 9)
    #expect(PacketTests.decode(B.ethernet(tags: tags, PacketTests.datagram)).hasSuffix("[malformed nesting]"))
    var datagram = PacketTests.datagram
    for _ in 0..<9 { datagram = B.ipv4("10.0.0.1", "10.0.0.2", proto: 4, datagram) }
    #expect(PacketTests.decode(datagram, .raw).hasSuffix("[malformed nesting]"))
  }
}
