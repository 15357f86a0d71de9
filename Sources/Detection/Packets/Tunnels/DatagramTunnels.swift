// Tunnels over UDP. Anything may be sent to their ports, so a tunnel counts only if its header complies with the document, with reserved
// bits zero, and contains a plausible frame or datagram of fitting length. Otherwise the packet is a datagram like any other.

extension Packet {
  private enum Port {
    static let l2tp: UInt16 = 1701, gtp: UInt16 = 2152, teredo: UInt16 = 3544, vxlan: UInt16 = 4789, capwap: UInt16 = 5247
    static let geneve: UInt16 = 6081, vxlanLinux: UInt16 = 8472, mpls: UInt16 = 6635, tzsp: UInt16 = 37008
    static let gre: UInt16 = 4754, vxlanGPE: UInt16 = 4790
  }

  @inline(__always)
  static func mayCarryTunnel(_ port: UInt16) -> Bool {
    switch port {
    case Port.l2tp, Port.gtp, Port.teredo, Port.vxlan, Port.capwap, Port.geneve, Port.vxlanLinux, Port.mpls, Port.tzsp, Port.gre,
      Port.vxlanGPE:
      true
    default: false
    }
  }

  @inline(never)
  mutating func decodeDatagramTunnel() {
    // Tunnels whose ends both use the port, and those whose answers come from it.
    if !decodeDatagramTunnel(destinationPort) { _ = decodeDatagramTunnel(sourcePort) }
  }

  private mutating func decodeDatagramTunnel(_ port: UInt16) -> Bool {
    switch port {
    case Port.vxlan, Port.vxlanLinux: decodeVXLAN()
    case Port.vxlanGPE: decodeVXLANGPE()
    case Port.geneve: decodeGeneve()
    case Port.gre: decodeGREOverUDP()
    case Port.gtp: decodeGTP()
    case Port.mpls: decodeMPLSOverUDP()
    case Port.l2tp: decodeL2TP()
    case Port.tzsp: decodeTZSP()
    case Port.teredo: decodeTeredo()
    case Port.capwap: decodeCAPWAP()
    default: false
    }
  }

  /// RFC 7348 section 5; the group policy extension adds bits and a group.
  private mutating func decodeVXLAN() -> Bool {
    guard payload.byteCount >= 8, payload.u8(7) == 0 else { return false }
    let head = payload.u32(0)
    guard head == 0x0800_0000 || head & 0xFFB7_0000 == 0x8800_0000 else { return false }
    guard plausibleEthernet(payload.slice(8), payloadLength - 8) else { return false }
    let network = payload.u32(4) >> 8
    advance(8)
    if enter(.vxlan, network) { decodeEthernet() }
    return true
  }

  /// draft-ietf-nvo3-vxlan-gpe section 3.1: version 0, and the type of the content: IPv4, IPv6 or a frame.
  private mutating func decodeVXLANGPE() -> Bool {
    guard payload.byteCount >= 8, payload.u32(0) & 0xFDFF_FF00 == 0x0C00_0000, payload.u8(7) == 0 else { return false }
    let (next, network) = (payload.u8(3), payload.u32(4) >> 8)
    let (inner, innerLength) = (payload.slice(8), payloadLength - 8)
    switch next {
    case 1, 2: guard plausibleIP(inner, innerLength) else { return false }
    case 3: guard plausibleEthernet(inner, innerLength) else { return false }
    default: return false
    }
    advance(8)
    if enter(.vxlan, network) { next == 3 ? decodeEthernet() : decodeRawIP() }
    return true
  }

  /// RFC 8086 section 3: GRE of version 0 without routing, with a datagram or a frame.
  private mutating func decodeGREOverUDP() -> Bool {
    guard payload.byteCount >= 4, payload.u16(0) & 0x4FFF == 0 else { return false }
    var length = 4
    for bit: UInt16 in [0x8000, 0x2000, 0x1000] where payload.u16(0) & bit != 0 { length += 4 }
    let (inner, innerLength) = (payload.slice(length), payloadLength - length)
    switch payload.u16(2) {
    case 0x0800, 0x86DD: guard plausibleIP(inner, innerLength) else { return false }
    case 0x6558: guard plausibleEthernet(inner, innerLength) else { return false }
    default: return false
    }
    decodeGRE()
    return true
  }

  /// RFC 8926 section 3.4.
  private mutating func decodeGeneve() -> Bool {
    guard payload.byteCount >= 8, payload.u8(0) >> 6 == 0, payload.u8(1) & 0x3F == 0, payload.u8(7) == 0 else { return false }
    let length = 8 + Int(payload.u8(0) & 0x3F) * 4
    let type = payload.u16(2)
    let network = payload.u32(4) >> 8
    let (inner, innerLength) = (payload.slice(length), payloadLength - length)
    switch type {
    case 0x6558: guard plausibleEthernet(inner, innerLength) else { return false }
    case 0x0800, 0x86DD: guard plausibleIP(inner, innerLength) else { return false }
    default: return false
    }
    advance(length)
    if enter(.geneve, network) { type == 0x6558 ? decodeEthernet() : decodeRawIP() }
    return true
  }

  /// RFC 7510: labels down to the bottom of the stack, then a datagram.
  private mutating func decodeMPLSOverUDP() -> Bool {
    var length = 0
    repeat {
      length += 4
      guard payload.byteCount >= length else { return false }
    } while payload.u8(length - 2) & 1 == 0
    guard plausibleIP(payload.slice(length), payloadLength - length) else { return false }
    if enter(.mpls) { decodeNetwork(.mpls) }
    return true
  }

  /// 3GPP TS 29.281 section 5.1: version 1, type 255 (a datagram of a user), the length, extension headers.
  private mutating func decodeGTP() -> Bool {
    guard payload.byteCount >= 8, payload.u8(0) & 0xF8 == 0x30, payload.u8(1) == 255, Int(payload.u16(2)) + 8 == payloadLength else {
      return false
    }
    var length = 8
    if payload.u8(0) & 7 != 0 {
      guard payload.byteCount >= 12 else { return false }
      length = 12
      var next = payload.u8(0) & 4 != 0 ? payload.u8(11) : 0
      while next != 0 {
        guard payload.byteCount > length, payload.u8(length) != 0 else { return false }
        length += Int(payload.u8(length)) * 4
        guard payload.byteCount >= length else { return false }
        next = payload.u8(length - 1)
      }
    }
    guard plausibleIP(payload.slice(length), payloadLength - length) else { return false }
    advance(length)
    if enter(.gtp) { decodeRawIP() }
    return true
  }

  /// RFC 2661 section 3.1: a data message of version 2 with PPP that carries IP. Control messages, and those of PPP itself, stay datagrams.
  private mutating func decodeL2TP() -> Bool {
    guard payload.byteCount >= 6 else { return false }
    let flags = payload.u16(0)
    // No control message, no reserved bits, version 2.
    guard flags & 0xB4FF == 2 else { return false }
    var length = 2
    if flags & 0x4000 != 0 {
      guard Int(payload.u16(2)) == payloadLength else { return false }
      length += 2
    }
    length += 4
    if flags & 0x0800 != 0 { length += 4 }
    if flags & 0x0200 != 0 {
      guard payload.byteCount >= length + 2 else { return false }
      length += 2 + Int(payload.u16(length))
    }
    guard plausiblePPP(payload.slice(length), payloadLength - length) else { return false }
    advance(length)
    if enter(.l2tp) { decodePPP() }
    return true
  }

  /// TaZmen Sniffer Protocol: version 1, a received packet or one to send, its type, tags up to tag 1.
  private mutating func decodeTZSP() -> Bool {
    guard payload.byteCount >= 5, payload.u8(0) == 1, payload.u8(1) <= 1 else { return false }
    let type = payload.u16(2)
    var length = 4
    while true {
      guard payload.byteCount > length else { return false }
      let tag = payload.u8(length)
      length += 1
      if tag == 1 { break }
      if tag == 0 { continue }
      guard payload.byteCount > length else { return false }
      length += 1 + Int(payload.u8(length))
    }
    let inner = payload.slice(length)
    let link: LinkType
    switch type {
    case 1 where plausibleEthernet(inner, payloadLength - length): link = .ethernet
    case 18 where plausibleWiFi(inner): link = .wifi
    case 119, 127: link = LinkType(rawValue: type)
    default: return false
    }
    advance(length)
    if enter(.tzsp) { decodeLink(link) }
    return true
  }

  /// RFC 4380 section 5.1.1: authentication and origin may precede an IPv6 datagram that fills the rest and has a Teredo address,
  /// or link-local ones in router discovery.
  private mutating func decodeTeredo() -> Bool {
    var length = 0
    if payload.byteCount >= 4, payload.u16(0) == 1 { length = 4 + Int(payload.u8(2)) + Int(payload.u8(3)) + 9 }
    if payload.byteCount >= length + 8, payload.u16(length) == 0 { length += 8 }
    let inner = payload.slice(length)
    guard inner.byteCount >= 40, inner.u8(0) >> 4 == 6, Int(inner.u16(4)) + 40 == payloadLength - length else { return false }
    let (source, destination) = (inner.ipv6(8), inner.ipv6(24))
    let isTeredo = { (address: IPAddress) in address.bits >> 96 == 0x2001_0000 }
    guard isTeredo(source) || isTeredo(destination) || source.isLinkLocal else { return false }
    advance(length)
    if enter(.teredo) { decodeRawIP() }
    return true
  }

  /// RFC 5415 section 4.3, data of IEEE 802.11 (binding 1): not encrypted, not a fragment, not a keep-alive.
  private mutating func decodeCAPWAP() -> Bool {
    guard payload.byteCount >= 8, payload.u8(0) == 0 else { return false }
    let head = payload.u32(0)
    let length = Int(head >> 19 & 31) * 4
    // Fragment, keep-alive and reserved bits are zero.
    guard length >= 8, payload.byteCount >= length, head >> 9 & 31 == 1, head & 0x8F == 0, payload.u16(6) & 7 == 0 else { return false }
    let isNative = head & 0x100 != 0
    let inner = payload.slice(length)
    let isSwapped = isNative && plausibleSwappedWiFi(inner)
    guard isNative ? isSwapped || plausibleWiFi(inner) : plausibleEthernet(inner, payloadLength - length) else { return false }
    advance(length)
    if enter(.capwap) { isNative ? decodeWiFi(isSwapped: isSwapped) : decodeEthernet() }
    return true
  }
}
