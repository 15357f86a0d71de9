extension Packet {
  private static let unnumberedInformation: UInt8 = 3

  /// IEEE 802.2, with the subnetwork access protocol (IEEE 802 section 9.5, RFC 1042).
  mutating func decodeLLC() {
    guard payload.byteCount >= 3 else { return malformed("llc") }
    let (destination, source, control) = (payload.u8(0), payload.u8(1), payload.u8(2))
    switch (destination, source) {
    case (0xAA, 0xAA) where control == Self.unnumberedInformation:
      advance(3)
      decodeSNAP()
    case (0x06, 0x06) where control == Self.unnumberedInformation:
      advance(3)
      decodeNetwork(.ipv4)
    case (0x42, _): unknown("stp")
    case (0xE0, _), (0xFF, 0xFF): unknown("ipx")
    case (0xF0, _): unknown("netbios")
    case (0xFE, _): unknown("osi")
    default: unknown("802.3 llc")
    }
  }

  /// The code of an organisation, and its protocol number.
  mutating func decodeSNAP() {
    guard payload.byteCount >= 5 else { return malformed("snap") }
    let organisation = payload.u32(0) >> 8
    let type = payload.u16(3)
    advance(5)
    switch organisation {
    // The codes of RFC 1042, and of IEEE 802.1H for bridge tunnels.
    case 0x000000, 0x0000F8:
      // A length within SNAP would cause recursion.
      if type >= 0x600 { decodeNetwork(EtherType(rawValue: type)) } else { unknown("snap") }
    case 0x0080C2: decodeBridged(type)
    case 0x00000C where type == 0x2000: etherType = .cdp
    case 0x00000C: unknown(Self.cisco[type] ?? "snap")
    default: unknown("snap")
    }
  }

  private static let cisco: [UInt16: String] = [
    0x0102: "drip", 0x0104: "pagp", 0x010B: "pvst", 0x010C: "vlan bridge", 0x0111: "udld", 0x2001: "cgmp", 0x2003: "vtp",
    0x2004: "dtp", 0x200A: "stp uplink fast",
  ]

  /// RFC 2427 section 4.2 and RFC 2684 section 5.2: a whole frame, with its checksum at the end (1) or without (7).
  private mutating func decodeBridged(_ type: UInt16) {
    guard type == 1 || type == 7, descend() else {
      if undecoded == nil { unknown(type == 0xE ? "stp" : "bridged frame") }
      return
    }
    // Over ATM, two bytes of padding come first.
    if !plausibleEthernet(payload, payloadLength), plausibleEthernet(payload.slice(2), payloadLength - 2) { advance(2) }
    decodeEthernet()
  }
}
