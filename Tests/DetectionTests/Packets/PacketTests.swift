import Testing

@testable import Detection

@Suite struct PacketTests {
  typealias B = FrameBuilder
  static let datagram = B.ipv4("192.168.1.10", "192.168.1.20", proto: 17, B.udp(1000, 2000, [1, 2, 3]))
  static let datagram6 = B.ipv6("fe80::a", "fe80::b", next: 17, B.udp(1000, 2000, [1, 2, 3]))

  struct Layers: Equatable, CustomStringConvertible {
    var text: String
    var description: String { text }
  }

  static func decode(_ bytes: [UInt8], _ link: LinkType = .ethernet, length: Int? = nil) -> String {
    Seeds.keep(frame: bytes, link, length: length)
    let packet = Packet(
      decoding: Frame(
        bytes: bytes.span.bytes, originalLength: length ?? bytes.count, linkType: link, time: .zero,
        reference: PacketReference(file: 0, number: 1)))
    var text = packet.segment.description
    if !packet.sourceMAC.isNone { text += " \(packet.sourceMAC.hex)" }
    if packet.hasIP { text += " \(packet.source)>\(packet.destination)" }
    if packet.hasPorts { text += " \(packet.sourcePort)>\(packet.destinationPort) \(packet.payload.byteCount)/\(packet.payloadLength)" }
    if packet.fragment != nil { text += " fragment" }
    if packet.isEncrypted { text += " encrypted" }
    if let undecoded = packet.undecoded { text += " [\(undecoded.name)]" }
    return text.split(separator: " ").joined(separator: " ")
  }

  @Test func links() {
    let v4 = "192.168.1.10>192.168.1.20 1000>2000 3/3"
    let v6 = "fe80::a>fe80::b 1000>2000 3/3"
    #expect(Self.decode(B.ethernet(Self.datagram)) == "020000000001 " + v4)
    #expect(Self.decode(B.ethernet(type: 0x86DD, Self.datagram6)) == "020000000001 " + v6)
    #expect(Self.decode(B.ethernet(tags: [(0x8100, 0x6000 | 12)], Self.datagram)) == "vlan 12 020000000001 " + v4)
    #expect(Self.decode(B.ethernet(tags: [(0x88A8, 100), (0x8100, 12)], Self.datagram)) == "vlan 100.12 020000000001 " + v4)
    #expect(Self.decode(B.ethernet(tags: [(0x8100, 0)], Self.datagram)) == "020000000001 " + v4, "a priority tag is no VLAN")
    #expect(Self.decode(Self.datagram, .raw) == v4)
    #expect(Self.decode(Self.datagram6, .raw) == v6)
    #expect(Self.decode([2, 0, 0, 0] + Self.datagram, .null) == v4)
    #expect(Self.decode([0, 0, 0, 2] + Self.datagram, .loop) == v4)
    #expect(Self.decode([30, 0, 0, 0] + Self.datagram6, .null) == v6)
    // Two bytes, and an EtherType where others have the rest of the family.
    #expect(Self.decode([15, 0, 8, 0] + Self.datagram, .null) == v4)
    let cooked: [UInt8] = [0, 0, 0, 1, 0, 6] + B.mac(1) + [0, 0]
    #expect(Self.decode(cooked + [8, 0] + Self.datagram, .linuxSLL) == "020000000001 " + v4)
    #expect(Self.decode(cooked + [0x81, 0, 0, 12, 8, 0] + Self.datagram, .linuxSLL) == "vlan 12 020000000001 " + v4)
    let cooked2: [UInt8] = [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6] + B.mac(1) + [0, 0]
    #expect(Self.decode(cooked2 + Self.datagram, .linuxSLL2) == "020000000001 " + v4)
  }

  @Test func undecodedIsNamed() {
    #expect(Self.decode([1, 2, 3], LinkType(rawValue: 187)) == "[link type: bluetooth hci]")
    #expect(Self.decode([1, 2, 3], LinkType(rawValue: 150)) == "[link type: user 3]")
    #expect(Self.decode([1, 2, 3], LinkType(rawValue: 999)) == "[link type: linktype 999]")
    #expect(Self.decode(B.ethernet(type: 0x88CA, [1, 2])) == "020000000001 [tipc]")
    #expect(Self.decode(B.ethernet(type: 0x7777, [1, 2])) == "020000000001 [ethertype 0x7777]")
    for (proto, name) in [(50, "esp"), (89, "ospf"), (112, "vrrp"), (132, "sctp"), (200, "ip protocol 200")] {
      #expect(
        Self.decode(B.ethernet(B.ipv4("10.0.0.1", "10.0.0.2", proto: UInt8(proto), [0, 0]))) == "020000000001 10.0.0.1>10.0.0.2 [\(name)]")
    }
  }

  @Test func lengths() {
    // Ethernet padding behind a short datagram is not payload.
    #expect(Self.decode(B.ethernet(Self.datagram + [0, 0, 0, 0])).hasSuffix("3/3"))
    // Cut by the snap length: the length on the wire stays.
    #expect(Self.decode(B.ethernet(Array(Self.datagram.dropLast(2))), length: 45).hasSuffix("1/3"))
    // Segmentation offload leaves a total length of zero.
    let segment = B.tcp(80, 5000, seq: 1, [9, 9, 9, 9])
    #expect(Self.decode(B.ethernet(B.ipv4("10.0.0.1", "10.0.0.2", proto: 6, totalLength: 0, segment))).hasSuffix("80>5000 4/4"))
  }

  @Test func extensionHeaders() {
    let hopByHop: [UInt8] = [17, 0, 5, 2, 0, 0, 1, 0]
    #expect(Self.decode(B.ethernet(type: 0x86DD, B.ipv6("fe80::a", "fe80::b", next: 0, hopByHop + B.udp(1, 2, [7])))).hasSuffix("1>2 1/1"))
    let endless = Array(repeating: [UInt8]([0, 0, 0, 0, 0, 0, 0, 0]), count: 20).flatMap { $0 }
    #expect(
      Self.decode(B.ethernet(type: 0x86DD, B.ipv6("fe80::a", "fe80::b", next: 0, endless))).hasSuffix("[malformed ipv6 extension header]"))
  }

  @Test func damage() {
    Damage.survives(
      B.ethernet(tags: [(0x88A8, 100), (0x8100, 12)], B.ipv4("10.0.0.1", "10.0.0.2", proto: 6, B.tcp(80, 5000, seq: 1, [1, 2, 3]))))
    Damage.survives(B.ethernet(type: 0x86DD, B.ipv6("fe80::a", "fe80::b", next: 0, [17, 0, 0, 0, 0, 0, 0, 0] + B.udp(1, 2, [7]))))
  }
}

enum Damage {
  /// Packets cut at every byte and with every byte changed: decoding never traps and never reads beyond the end.
  static func survives(_ frame: [UInt8], _ link: LinkType = .ethernet) {
    for count in 0...frame.count {
      let cut = Array(frame.prefix(count))
      _ = PacketTests.decode(cut, link, length: frame.count)
      _ = PacketTests.decode(cut, link)
    }
    for index in frame.indices {
      for value in [0, 1, 0x0F, 0x40, 0x7F, 0x80, 0xFF, frame[index] &+ 1, frame[index] ^ 0x08] as [UInt8] {
        var changed = frame
        changed[index] = value
        _ = PacketTests.decode(changed, link)
      }
    }
  }
}
