// Older local networks, and switch ports that mark their frames.

extension Packet {
  /// LINKTYPE_IEEE802_5: access control, frame control, addresses, a route if the first bit of the source is set, LLC.
  mutating func decodeTokenRing() {
    guard payload.byteCount >= 14 else { return malformed("token ring") }
    guard payload.u8(1) & 0xC0 == 0x40 else { return unknown("token ring control") }
    destinationMAC = payload.mac(2)
    let source = payload.mac(8)
    sourceMAC = MACAddress(bits: source.bits & 0x7FFF_FFFF_FFFF)
    advance(14)
    if source.bits >> 47 == 1 {
      guard payload.byteCount >= 2 else { return malformed("token ring") }
      let route = Int(payload.u8(0) & 31)
      guard route >= 2, payload.byteCount >= route else { return malformed("token ring") }
      advance(route)
    }
    decodeNetwork(.llc)
  }

  /// LINKTYPE_FDDI (ANSI X3T9.5): frame control and addresses.
  mutating func decodeFDDI() {
    guard payload.byteCount >= 13 else { return malformed("fddi") }
    let control = payload.u8(0)
    destinationMAC = payload.mac(1)
    sourceMAC = payload.mac(7)
    advance(13)
    guard control & 0x70 == 0x50 else { return unknown("fddi control") }
    decodeNetwork(.llc)
  }

  /// LINKTYPE_ARCNET_BSD and, with an offset of two bytes before the type, LINKTYPE_ARCNET_LINUX. Addresses of one byte are ignored. RFC
  /// 1201 has a split flag and a sequence number behind the type, RFC 1051 has not.
  mutating func decodeARCNET(isLinux: Bool) {
    let head = isLinux ? 5 : 3
    guard payload.byteCount >= head else { return malformed("arcnet") }
    let type = payload.u8(head - 1)
    advance(head)
    switch type {
    case 240: return decodeNetwork(.ipv4)
    case 241: return decodeNetwork(.arp)
    default: break
    }
    guard payload.byteCount >= 3 else { return malformed("arcnet") }
    var flag = payload.u8(0)
    if !isLinux, flag == 0xFF {
      // An exception frame: padding, then type, flag and sequence again.
      guard payload.byteCount >= 7 else { return malformed("arcnet") }
      flag = payload.u8(4)
      advance(4)
    }
    advance(3)
    // An odd flag marks the first part of a split packet, an even one a later part.
    if flag != 0, flag & 1 == 0 { return unknown("arcnet fragment") }
    switch type {
    case 212: decodeNetwork(.ipv4)
    case 213: decodeNetwork(.arp)
    case 196: decodeNetwork(.ipv6)
    default: unknown("arcnet type")
    }
  }

  /// LINKTYPE_NETANALYZER: four bytes before an Ethernet frame; the transparent form also has preamble and delimiter.
  mutating func decodeNetANALYZER(preamble: Int) {
    guard payload.byteCount >= 4 + preamble else { return malformed("netanalyzer") }
    advance(4 + preamble)
    decodeEthernet()
  }

  /// LINKTYPE_DSA_TAG_BRCM: a switch tag of four bytes between the addresses and the type.
  mutating func decodeBroadcomTag() { decodeSwitchTag(length: 4) }

  /// LINKTYPE_DSA_TAG_DSA, and with EtherType and padding before the tag LINKTYPE_DSA_TAG_EDSA. If bit 29 is set, the tag replaces that of
  /// a VLAN (Linux, net/dsa/tag_dsa.c).
  mutating func decodeMarvellTag(isExtended: Bool) {
    let offset = isExtended ? 16 : 12
    if payload.byteCount >= offset + 4 {
      let tag = payload.u32(offset)
      if tag & 0x2000_0000 != 0, tag & 0xFFF != 0 { segment.push(vlan: UInt16(tag & 0xFFF)) }
    }
    decodeSwitchTag(length: isExtended ? 8 : 4)
  }

  private mutating func decodeSwitchTag(length: Int) {
    guard payload.byteCount >= 14 + length else { return malformed("switch tag") }
    destinationMAC = payload.mac(0)
    sourceMAC = payload.mac(6)
    let type = EtherType(rawValue: payload.u16(12 + length))
    advance(14 + length)
    decodeTypeOrLength(type)
  }

  /// LINKTYPE_DSA_TAG_BRCM_PREPEND: the tag before the frame.
  mutating func decodePrependedTag() {
    guard payload.byteCount >= 4 else { return malformed("switch tag") }
    advance(4)
    decodeEthernet()
  }

  /// LINKTYPE_IPOIB (RFC 4391 section 6): a 40-byte header of the capture, EtherType, two bytes reserved.
  mutating func decodeIPOverInfiniBand() {
    guard payload.byteCount >= 44 else { return malformed("ip over infiniband") }
    let type = EtherType(rawValue: payload.u16(40))
    advance(44)
    decodeNetwork(type)
  }

  /// LINKTYPE_APPLE_IP_OVER_IEEE1394: two identifiers of eight bytes and an EtherType.
  mutating func decodeFireWire() {
    guard payload.byteCount >= 18 else { return malformed("ip over firewire") }
    let type = EtherType(rawValue: payload.u16(16))
    advance(18)
    decodeNetwork(type)
  }

  /// LINKTYPE_SUNATM: kind, virtual path and circuit; kind 2 is LLC (RFC 2684), 1 is LAN emulation with a two-byte header.
  mutating func decodeSunATM() {
    guard payload.byteCount >= 4 else { return malformed("sunatm") }
    let kind = payload.u8(0) & 15
    advance(4)
    switch kind {
    case 1:
      guard payload.byteCount >= 2 else { return malformed("sunatm") }
      advance(2)
      decodeEthernet()
    case 2: decodeNetwork(.llc)
    default: unknown("atm")
    }
  }

  /// LINKTYPE_LINUX_ATM_CLIP (RFC 2225): LLC and SNAP, or the datagram alone.
  mutating func decodeClassicalIP() {
    if payload.byteCount >= 3, payload.u16(0) == 0xAAAA { decodeNetwork(.llc) } else { decodeRawIP() }
  }
}
