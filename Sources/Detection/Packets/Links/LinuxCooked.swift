extension Packet {
  /// PACKET_OUTGOING of Linux (packet(7)).
  private static let outgoing: UInt8 = 4

  /// LINKTYPE_LINUX_SLL: type, ARPHRD, address length, 8 bytes of the sender's address, protocol. There is no receiver's address.
  mutating func decodeLinuxCooked() {
    guard payload.byteCount >= 16 else { return malformed("linux cooked") }
    let hardware = payload.u16(2)
    isOutgoing = payload.u16(0) == UInt16(Self.outgoing)
    if payload.u16(4) == 6 { sourceMAC = payload.mac(6) }
    let type = payload.u16(14)
    advance(16)
    decodeCookedProtocol(type, hardware)
  }

  /// LINKTYPE_LINUX_SLL2: protocol, reserved, interface index, ARPHRD, type, address length, address.
  mutating func decodeLinuxCooked2() {
    guard payload.byteCount >= 20 else { return malformed("linux cooked v2") }
    let hardware = payload.u16(8)
    isOutgoing = payload.u8(10) == Self.outgoing
    if payload.u8(11) == 6 { sourceMAC = payload.mac(12) }
    let type = payload.u16(0)
    advance(20)
    decodeCookedProtocol(type, hardware)
  }

  /// Decodes the protocol field, whose meaning depends on the kind of interface (Linux, if_arp.h and if_ether.h).
  private mutating func decodeCookedProtocol(_ type: UInt16, _ hardware: UInt16) {
    switch (hardware, type) {
    case (824, _): unknown("netlink")
    case (801, _): decodeWiFi()
    case (802, _): decodePrism()
    case (803, _): decodeRadiotap()
    // 802.2 LLC; Novell's IPX without LLC; CAN.
    case (_, 0x0004): decodeNetwork(.llc)
    case (_, 0x0001): unknown("ipx")
    case (_, 0x000C), (_, 0x000D): unknown("can")
    case (_, 0..<0x600): unknown("linux cooked protocol")
    default: decodeNetwork(EtherType(rawValue: type))
    }
  }
}
