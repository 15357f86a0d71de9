extension Packet {
  /// LINKTYPE_LINUX_SLL: type, ARPHRD, address length, 8 bytes of address, protocol. Only the sender's address is there.
  mutating func decodeLinuxCooked() {
    guard payload.byteCount >= 16 else { return malformed("linux cooked") }
    if payload.u16(4) == 6 { sourceMAC = payload.mac(6) }
    let type = EtherType(rawValue: payload.u16(14))
    advance(16)
    decodeCookedProtocol(type)
  }

  /// LINKTYPE_LINUX_SLL2: protocol, reserved, interface index, ARPHRD, type, address length, address.
  mutating func decodeLinuxCooked2() {
    guard payload.byteCount >= 20 else { return malformed("linux cooked v2") }
    if payload.u8(11) == 6 { sourceMAC = payload.mac(12) }
    let type = EtherType(rawValue: payload.u16(0))
    advance(20)
    decodeCookedProtocol(type)
  }

  private mutating func decodeCookedProtocol(_ type: EtherType) {
    var type = type
    if type == .vlan || type == .qinq, payload.byteCount >= 4 {
      let identifier = payload.u16(0) & 0xFFF
      if identifier != 0 { segment.push(vlan: identifier) }
      type = EtherType(rawValue: payload.u16(2))
      advance(4)
    }
    // Values below 0x600 are Linux ETH_P numbers for LLC and the like.
    decodeNetwork(type.rawValue < 0x600 ? .llc : type)
  }

  /// A frame that begins with the IP header.
  mutating func decodeRawIP() {
    guard payload.byteCount >= 1 else { return malformed("raw ip") }
    switch payload.u8(0) >> 4 {
    case 4: decodeNetwork(.ipv4)
    case 6: decodeNetwork(.ipv6)
    default: malformed("raw ip")
    }
  }

  /// LINKTYPE_NULL and LINKTYPE_LOOP: an address family in the byte order of the host that captured.
  mutating func decodeLoopback() {
    guard payload.byteCount >= 4 else { return malformed("loopback") }
    let family = payload.u32(0)
    advance(4)
    switch family < 0x1_0000 ? family : family.byteSwapped {
    case 2: decodeNetwork(.ipv4)
    case 10, 24, 28, 30: decodeNetwork(.ipv6)
    default: malformed("loopback")
    }
  }
}
