extension Packet {
  static let maximumTags = 2

  /// IEEE 802.3 with 802.1Q and 802.1ad tags.
  mutating func decodeEthernet() {
    guard payload.byteCount >= 14 else { return malformed("ethernet") }
    destinationMAC = payload.mac(0)
    sourceMAC = payload.mac(6)
    var type = EtherType(rawValue: payload.u16(12))
    advance(14)
    var tags = 0
    while type == .vlan || type == .qinq || type == .qinqOld {
      guard payload.byteCount >= 4, tags < Self.maximumTags else { return malformed("vlan tag") }
      let identifier = payload.u16(0) & 0xFFF
      // Identifier 0 is a priority tag: no VLAN (IEEE 802.1Q section 9.6).
      if identifier != 0 { segment.push(vlan: identifier) }
      type = EtherType(rawValue: payload.u16(2))
      advance(4)
      tags += 1
    }
    if type.rawValue < 0x600 {
      limit(to: Swift.min(Int(type.rawValue), payloadLength))
      type = .llc
    }
    decodeNetwork(type)
  }
}
