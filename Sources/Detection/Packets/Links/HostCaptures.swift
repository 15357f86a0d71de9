// Captures made inside a host: firewalls, zones and interfaces that add a header before the datagram.

extension Packet {
  /// Decodes a datagram by address family. The number of IPv6 depends on the system of the capturing host.
  private mutating func decodeFamily(_ family: UInt32) {
    switch family {
    case 2: decodeNetwork(.ipv4)
    case 10, 24, 28, 30: decodeNetwork(.ipv6)
    default: unknown("address family")
    }
  }

  /// LINKTYPE_NULL and LINKTYPE_LOOP: an address family in the byte order of the capturing host, or two bytes and an EtherType.
  mutating func decodeLoopback() {
    guard payload.byteCount >= 4 else { return malformed("loopback") }
    let family = payload.u32(0)
    advance(4)
    if family >= 0x1_0000, family.byteSwapped >= 0x1_0000 { return decodeNetwork(EtherType(rawValue: UInt16(truncatingIfNeeded: family))) }
    decodeFamily(family < 0x1_0000 ? family : family.byteSwapped)
  }

  /// LINKTYPE_ENC (OpenBSD enc(4)): family, security parameter index, flags.
  mutating func decodeENC() {
    guard payload.byteCount >= 12 else { return malformed("enc") }
    let family = payload.u32(0)
    advance(12)
    decodeFamily(family < 0x1_0000 ? family : family.byteSwapped)
  }

  /// LINKTYPE_PFLOG: its length, rounded up to four, then the family.
  mutating func decodePFLOG() {
    guard payload.byteCount >= 4 else { return malformed("pflog") }
    let length = (Int(payload.u8(0)) + 3) & ~3
    let family = UInt32(payload.u8(1))
    guard length >= 4, payload.byteCount >= length else { return malformed("pflog") }
    advance(length)
    decodeFamily(family)
  }

  /// LINKTYPE_IPNET (Solaris): version 1, family 2 or 26, 24 bytes in all.
  mutating func decodeIPNET() {
    guard payload.byteCount >= 24, payload.u8(0) == 1 else { return malformed("ipnet") }
    let family = payload.u8(1)
    advance(24)
    switch family {
    case 2: decodeNetwork(.ipv4)
    case 26: decodeNetwork(.ipv6)
    default: unknown("address family")
    }
  }

  /// LINKTYPE_NFLOG: family, version 0, resource; then values with length and type in the byte order of the capturing host, each padded to
  /// four. Type 8 is the sender's MAC address, 9 the datagram.
  mutating func decodeNFLOG() {
    guard payload.byteCount >= 8, payload.u8(1) == 0 else { return malformed("nflog") }
    let family = payload.u8(0)
    advance(4)
    // The first length is small, which reveals the byte order.
    let isLittle = payload.u16LittleEndian(0) <= payload.u16(0)
    while payload.byteCount >= 4 {
      let length = Int(isLittle ? payload.u16LittleEndian(0) : payload.u16(0))
      let type = (isLittle ? payload.u16LittleEndian(2) : payload.u16(2)) & 0x7FFF
      guard length >= 4 else { return malformed("nflog") }
      if type == 8, length >= 16, payload.byteCount >= 16, payload.u16(4) == 6 { sourceMAC = payload.mac(8) }
      if type == 9 {
        advance(4)
        limit(to: Swift.min(length - 4, payloadLength))
        return decodeFamily(UInt32(family))
      }
      guard payload.byteCount >= (length + 3) & ~3 else { return malformed("nflog") }
      advance((length + 3) & ~3)
    }
    unknown("nflog without a packet")
  }

  /// LINKTYPE_PKTAP (Darwin): length, kind 1 for a packet, and the link type behind, in little-endian order.
  mutating func decodePKTAP() {
    guard payload.byteCount >= 12, payload.u32LittleEndian(4) == 1 else { return malformed("pktap") }
    let length = Int(payload.u32LittleEndian(0))
    guard length >= 12, length <= payload.byteCount, let link = LinkType(exactly: payload.u32LittleEndian(8)) else {
      return malformed("pktap")
    }
    advance(length)
    if descend() { decodeLink(link) }
  }

  /// The kind is 1, and the length leaves room for a frame.
  var isPKTAP: Bool {
    payload.byteCount >= 12 && payload.u32LittleEndian(4) == 1 && (12..<payload.byteCount).contains(Int(payload.u32LittleEndian(0)))
  }

  /// LINKTYPE_ERF (Endace): time, type, flags, lengths; extension headers of eight bytes if the first bit of the type is set.
  mutating func decodeERF() {
    guard payload.byteCount >= 16 else { return malformed("erf") }
    let type = payload.u8(8) & 0x7F
    var hasMore = payload.u8(8) & 0x80 != 0
    advance(16)
    while hasMore {
      guard payload.byteCount >= 8 else { return malformed("erf") }
      hasMore = payload.u8(0) & 0x80 != 0
      advance(8)
    }
    switch type {
    case 2, 11, 16, 20:
      guard payload.byteCount >= 2 else { return malformed("erf") }
      advance(2)
      decodeEthernet()
    case 1: decodeHDLC()
    case 22, 23: decodeRawIP()
    default: unknown("erf record")
    }
  }

  /// LINKTYPE_JUNIPER_ETHER: "MGC", flags, values behind their length (flag 0x80), the frame. With flag 2 the frame lacks its link header.
  mutating func decodeJuniperEthernet() {
    guard payload.byteCount >= 6, payload.u32(0) >> 8 == 0x4D_4743 else { return malformed("juniper ethernet") }
    let flags = payload.u8(3)
    let length = flags & 0x80 != 0 ? 6 + Int(payload.u16(4)) : 4
    guard payload.byteCount >= length else { return malformed("juniper ethernet") }
    advance(length)
    guard flags & 2 == 0 else { return unknown("juniper ethernet without a link header") }
    decodeEthernet()
  }

  /// Decodes a frame that begins with the IP header.
  mutating func decodeRawIP() {
    guard payload.byteCount >= 1 else { return malformed("raw ip") }
    switch payload.u8(0) >> 4 {
    case 4: decodeNetwork(.ipv4)
    case 6: decodeNetwork(.ipv6)
    default: malformed("raw ip")
    }
  }
}
