// Links between two ends: no MAC addresses, a protocol number, then the datagram.

extension Packet {
  /// LINKTYPE_PPP, and the contents of PPPoE, L2TP and PPTP. Address and control (RFC 1662 section 3.1) may be absent.
  mutating func decodePPP() {
    if payload.byteCount >= 2, payload.u16(0) == 0xFF03 { advance(2) }
    decodePPPProtocol()
  }

  /// RFC 1661 section 2; the first byte of a compressed protocol number is odd.
  private mutating func decodePPPProtocol() {
    guard payload.byteCount >= 1 else { return malformed("ppp") }
    let isCompressed = payload.u8(0) & 1 == 1
    guard isCompressed || payload.byteCount >= 2 else { return malformed("ppp") }
    let number = isCompressed ? UInt16(payload.u8(0)) : payload.u16(0)
    advance(isCompressed ? 1 : 2)
    switch number {
    case 0x0021: decodeNetwork(.ipv4)
    case 0x0057: decodeNetwork(.ipv6)
    case 0x0281: decodeNetwork(.mpls)
    case 0x0283: decodeNetwork(.mplsUpstream)
    default: unknown(Self.pppProtocols[number] ?? "ppp protocol")
    }
  }

  private static let pppProtocols: [UInt16: String] = [
    0x0023: "osi", 0x0029: "appletalk", 0x002B: "ipx", 0x002D: "ppp compressed tcp", 0x002F: "ppp compressed tcp",
    0x0031: "ppp bridging",
    0x003D: "ppp multilink", 0x0053: "ppp encryption", 0x00FB: "ppp compressed", 0x00FD: "ppp compressed", 0x8021: "ppp ipcp",
    0x8053: "ppp ecp", 0x8057: "ppp ipv6cp", 0x80FB: "ppp ccp", 0x80FD: "ppp ccp", 0x8281: "ppp mplscp", 0xC021: "ppp lcp",
    0xC023: "ppp pap",
    0xC025: "ppp lqr", 0xC223: "ppp chap", 0xC227: "ppp eap",
  ]

  /// LINKTYPE_PPP_HDLC (RFC 1662 or Cisco's framing) and LINKTYPE_C_HDLC: address, control, and for Cisco an EtherType.
  mutating func decodeHDLC() {
    guard payload.byteCount >= 4 else { return malformed("hdlc") }
    switch payload.u8(0) {
    case 0x0F, 0x8F:
      let type = payload.u16(2)
      advance(4)
      switch type {
      case 0x8035: unknown("slarp")
      case 0x2000: unknown("cdp")
      case 0xFEFE: unknown("osi")
      default: decodeNetwork(EtherType(rawValue: type))
      }
    case 0xFF: decodePPP()
    default: decodePPPProtocol()
    }
  }

  /// LINKTYPE_PPP_PPPD: the address byte is the direction, 0 or 1.
  mutating func decodePPPD() {
    if payload.byteCount >= 2, payload.u8(0) <= 1, payload.u8(1) == 3 { advance(2) }
    decodePPP()
  }

  /// RFC 2516 section 4.
  mutating func decodePPPoE() {
    guard payload.byteCount >= 6, payload.u8(0) == 0x11 else { return malformed("pppoe") }
    guard payload.u8(1) == 0 else { return unknown("pppoe discovery") }
    let length = Int(payload.u16(4))
    advance(6)
    limit(to: Swift.min(length, payloadLength))
    decodePPPProtocol()
  }

  /// RFC 2427 section 4: a Q.922 address of two to four bytes, control, padding, NLPID; or Cisco's form with an EtherType.
  mutating func decodeFrameRelay() {
    var length = 1
    while length <= 4, payload.byteCount > length, payload.u8(length - 1) & 1 == 0 { length += 1 }
    guard length >= 2, length <= 4, payload.byteCount >= length + 2 else { return malformed("frame relay") }
    guard payload.u8(length) == 3 else {
      let type = payload.u16(length)
      guard type >= 0x600 else { return unknown("frame relay") }
      advance(length + 2)
      return decodeNetwork(EtherType(rawValue: type))
    }
    advance(length + 1)
    if payload.u8(0) == 0, payload.byteCount >= 2 { advance(1) }
    let identifier = payload.u8(0)
    advance(1)
    switch identifier {
    case 0xCC: decodeNetwork(.ipv4)
    case 0x8E: decodeNetwork(.ipv6)
    case 0x80: decodeSNAP()
    case 0xCF: decodePPP()
    case 0x08: unknown("q.933")
    case 0x81...0x83: unknown("osi")
    case 0xB0, 0xB1: unknown("frame relay fragment")
    default: unknown("frame relay")
    }
  }

  /// LINKTYPE_SLIP: direction and 15 bytes about header compression (RFC 1144) before the datagram.
  mutating func decodeSLIP() {
    guard payload.byteCount >= 17 else { return malformed("slip") }
    let compression = payload.u8(1)
    advance(16)
    if compression & 0x80 != 0 { return unknown("slip compressed tcp") }
    // In an uncompressed TCP datagram (type 7) the protocol field holds the number of the connection.
    if compression & 0xF0 == 0x70 { return unknown("slip compressed tcp") }
    decodeRawIP()
  }

  /// One byte of direction before the frame of another link type.
  mutating func decodeDirected(_ link: LinkType) {
    guard payload.byteCount >= 1 else { return malformed("direction") }
    advance(1)
    decodeLink(link)
  }
}
