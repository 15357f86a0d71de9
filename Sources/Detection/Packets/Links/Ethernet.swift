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

  /// Values below 0x600 are lengths (IEEE 802.3 section 3.2.6).
  mutating func decodeTypeOrLength(_ type: EtherType) {
    if type.rawValue >= 0x600 { return decodeNetwork(type) }
    // ISL and jumbo frames have other lengths; offload leaves zero.
    if type.rawValue != 0 { limit(to: Swift.min(Int(type.rawValue), payloadLength)) }
    decodeNetwork(.llc)
  }

  /// IEEE 802.1Q section 9.6, from the content of the tag on.
  mutating func decodeTag() {
    guard payload.byteCount >= 4 else { return malformed("vlan tag") }
    let identifier = payload.u16(0) & 0xFFF
    // Identifier 0 is a priority tag: no VLAN.
    if identifier != 0 { segment.push(vlan: identifier) }
    let type = EtherType(rawValue: payload.u16(2))
    advance(4)
    decodeTypeOrLength(type)
  }

  /// IEEE 802.1AE section 9: control, short length, packet number, and an identifier of eight bytes if bit 5 is set. Without the bits
  /// "encrypted" and "changed" the rest is in the clear.
  mutating func decodeMACsec() {
    guard payload.byteCount >= 6 else { return malformed("macsec") }
    let control = payload.u8(0)
    guard control & 0x0C == 0 else {
      undecoded = .etherType(.macsec)
      return
    }
    let length = control & 0x20 != 0 ? 14 : 6
    guard payload.byteCount >= length + 2 else { return malformed("macsec") }
    let type = EtherType(rawValue: payload.u16(length))
    advance(length + 2)
    decodeTypeOrLength(type)
  }

  /// Cisco FabricPath: addresses of switches, a tag, and the whole frame.
  mutating func decodeFabricPath() {
    guard payload.byteCount >= 2 else { return malformed("fabricpath") }
    advance(2)
    decodeEthernet()
  }

  /// Cisco TrustSec: version 1, length 1, one option of type 1 with the group, then the type.
  mutating func decodeCiscoMetadata() {
    guard payload.byteCount >= 8, payload.u32(0) == 0x0101_0001 else {
      undecoded = .etherType(.ciscoMetadata)
      return
    }
    let type = EtherType(rawValue: payload.u16(6))
    advance(8)
    decodeTypeOrLength(type)
  }
}
