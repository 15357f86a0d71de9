// Tunnels with an IP protocol number.

extension Packet {
  @inline(never)
  mutating func decodeEncapsulation() {
    switch ipProtocol {
    case .ipv4: decodeIPInIP(version: 4, .ipInIP)
    case .ipv6: decodeIPInIP(version: 6, .ipv6InIP)
    case .gre: decodeGRE()
    case .authentication: decodeAuthenticationHeader()
    case .etherIP: decodeEtherIP()
    case .mpls: if enter(.mpls) { decodeNetwork(.mpls) }
    default: undecoded = .ipProtocol(ipProtocol)
    }
  }

  /// RFC 2003, RFC 4213, RFC 2473.
  private mutating func decodeIPInIP(version: UInt8, _ kind: Segment.Kind) {
    guard payload.byteCount >= 1, payload.u8(0) >> 4 == version else { return malformed(kind.name) }
    if enter(kind) { decodeRawIP() }
  }

  /// RFC 4302 section 2: the content is in the clear.
  private mutating func decodeAuthenticationHeader() {
    guard payload.byteCount >= 12 else { return malformed("ah") }
    let (next, length) = (payload.u8(0), (Int(payload.u8(1)) + 2) * 4)
    guard length >= 12, payload.byteCount >= length else { return malformed("ah") }
    advance(length)
    ipProtocol = IPProtocol(rawValue: next)
    guard descend() else { return }
    if etherType == .ipv6 { decodeIPv6Extensions(next) } else { decodeTransport() }
  }

  /// RFC 3378: version 3, twelve bits reserved, an Ethernet frame.
  private mutating func decodeEtherIP() {
    guard payload.byteCount >= 2, payload.u16(0) == 0x3000 else { return malformed("etherip") }
    advance(2)
    if enter(.etherIP) { decodeEthernet() }
  }

  // MARK: GRE

  private enum GRE {
    static let checksum: UInt16 = 0x8000, routing: UInt16 = 0x4000, key: UInt16 = 0x2000, sequence: UInt16 = 0x1000
    static let acknowledgment: UInt16 = 0x0080, version: UInt16 = 0x0007
  }

  /// RFC 2784 and 2890; version 1 is PPTP's (RFC 2637 section 4.1) and EoIP's.
  mutating func decodeGRE() {
    guard payload.byteCount >= 4 else { return malformed("gre") }
    let (flags, type) = (payload.u16(0), EtherType(rawValue: payload.u16(2)))
    if flags & GRE.version == 1 { return decodeEnhancedGRE(flags, type) }
    guard flags & GRE.version == 0 else { return malformed("gre") }
    // Source routes (RFC 1701) are obsolete.
    guard flags & GRE.routing == 0 else { return unknown("gre with a source route") }
    var length = 4
    if flags & GRE.checksum != 0 { length += 4 }
    let key = length
    if flags & GRE.key != 0 { length += 4 }
    let hasSequence = flags & GRE.sequence != 0
    if hasSequence { length += 4 }
    guard payload.byteCount >= length else { return malformed("gre") }
    let identifier = flags & GRE.key != 0 ? payload.u32(key) : nil
    advance(length)
    switch type.rawValue {
    case 0x88BE: decodeERSPAN(hasSequence: hasSequence)
    case 0x22EB: decodeERSPAN3()
    case 0x6558:
      // NVGRE (RFC 7637 section 3.2): the low byte of the key belongs to the flow, not to the network.
      if enterGRE(identifier.map { $0 >> 8 }) { decodeEthernet() }
    case 0x880B: if !plausiblePPP(payload, payloadLength) || enterGRE(identifier) { decodePPP() }
    case 0x0800, 0x86DD, 0x0806, 0x8847, 0x8848, 0x8100: if enterGRE(identifier) { decodeNetwork(type) }
    case 0x883E: decodeWCCP(identifier)
    case 0: unknown("gre keep-alive")
    default: undecoded = .etherType(type)
    }
  }

  private mutating func enterGRE(_ key: UInt32?) -> Bool {
    if let key { enter(.greKey, key) } else { enter(.gre) }
  }

  /// Version 2 has a redirect header of four bytes before the datagram, version 1 has none.
  private mutating func decodeWCCP(_ key: UInt32?) {
    if !plausibleIP(payload, payloadLength) {
      guard plausibleIP(payload.slice(4), payloadLength - 4) else { return unknown("wccp") }
      advance(4)
    }
    if enterGRE(key) { decodeRawIP() }
  }

  private mutating func decodeEnhancedGRE(_ flags: UInt16, _ type: EtherType) {
    guard flags & GRE.key != 0, payload.byteCount >= 8 else { return malformed("gre") }
    let payloadBytes = Int(payload.u16(4))
    // MikroTik's EoIP: the key is a length and the number of the tunnel, and an Ethernet frame follows.
    if type.rawValue == 0x6400 {
      let tunnel = UInt32(payload.u16LittleEndian(6))
      advance(8)
      guard payloadBytes > 0 else { return unknown("gre keep-alive") }
      limit(to: Swift.min(payloadBytes, payloadLength))
      if enter(.greKey, tunnel) { decodeEthernet() }
      return
    }
    guard type.rawValue == 0x880B else { return malformed("gre") }
    var length = 8
    if flags & GRE.sequence != 0 { length += 4 }
    if flags & GRE.acknowledgment != 0 { length += 4 }
    guard payload.byteCount >= length else { return malformed("gre") }
    advance(length)
    // Without a sequence number the packet is an acknowledgement.
    guard flags & GRE.sequence != 0, payloadBytes > 0 else { return unknown("pptp acknowledgment") }
    limit(to: Swift.min(payloadBytes, payloadLength))
    // Messages of PPP itself and compressed ones contain no addresses, so the outer hosts stay.
    if !plausiblePPP(payload, payloadLength) || enter(.pptp) { decodePPP() }
  }

  /// draft-foschiano-erspan section 4: type I has no header and no GRE sequence number, type II a header of eight bytes.
  private mutating func decodeERSPAN(hasSequence: Bool) {
    if hasSequence {
      guard payload.byteCount >= 8, payload.u8(0) >> 4 == 1 else { return malformed("erspan") }
      advance(8)
    }
    if enter(.erspan) { decodeEthernet() }
  }

  /// Type III: twelve bytes, and eight more if the last bit is set; a frame or a datagram.
  private mutating func decodeERSPAN3() {
    guard payload.byteCount >= 12, payload.u8(0) >> 4 == 2 else { return malformed("erspan") }
    let flags = payload.u16(10)
    let length = flags & 1 != 0 ? 20 : 12
    guard payload.byteCount >= length else { return malformed("erspan") }
    advance(length)
    switch flags >> 10 & 31 {
    case 0: if enter(.erspan) { decodeEthernet() }
    case 2: if enter(.erspan) { decodeRawIP() }
    default: unknown("erspan payload")
    }
  }
}
