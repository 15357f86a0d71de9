extension Packet {
  /// IEEE 802.3 with 802.1Q and 802.1ad tags.
  mutating func decodeEthernet() {
    guard payload.byteCount >= 14 else { return malformed("ethernet") }
    destinationMAC = payload.mac(0)
    sourceMAC = payload.mac(6)
    let type = EtherType(rawValue: payload.u16(12))
    advance(14)
    decodeTypeOrLength(type)
  }

  /// IEEE 802.3 section 3.2.6: below 0x600 it is a length.
  mutating func decodeTypeOrLength(_ type: EtherType) {
    if type.rawValue >= 0x600 { return decodeNetwork(type) }
    // ISL and jumbo frames carry odd lengths; zero is what offload leaves.
    if type.rawValue != 0 { limit(to: Swift.min(Int(type.rawValue), payloadLength)) }
    decodeNetwork(.llc)
  }

  /// IEEE 802.1Q section 9.6, from the tag's content on.
  mutating func decodeTag() {
    guard payload.byteCount >= 4 else { return malformed("vlan tag") }
    let identifier = payload.u16(0) & 0xFFF
    // Identifier 0 is a priority tag: no VLAN.
    if identifier != 0 { segment.push(vlan: identifier) }
    let type = EtherType(rawValue: payload.u16(2))
    advance(4)
    decodeTypeOrLength(type)
  }
}
