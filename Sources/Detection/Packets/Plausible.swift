// Checks of the contents of UDP tunnels. Any datagram may be sent to the port of a tunnel, so the port proves nothing.

/// Recognizes an IPv4 or IPv6 header that fits into `length` bytes on the wire. Tunnels carry no IPv4 headers without a total length.
func plausibleIP(_ bytes: RawSpan, _ length: Int) -> Bool {
  guard bytes.byteCount >= 20 else { return false }
  switch bytes.u8(0) >> 4 {
  case 4:
    let (header, total) = (Int(bytes.u8(0) & 15) * 4, Int(bytes.u16(2)))
    return header >= 20 && total >= header && total <= length
  case 6: return bytes.byteCount >= 40 && Int(bytes.u16(4)) + 40 <= length
  default: return false
  }
}

/// Recognizes an Ethernet frame from a station that carries fitting IP or ARP, or has an LLC length.
func plausibleEthernet(_ bytes: RawSpan, _ length: Int) -> Bool {
  guard bytes.byteCount >= 14 else { return false }
  let source = bytes.mac(6)
  guard !source.isGroup, !source.isNone, !bytes.mac(0).isNone else { return false }
  var offset = 12
  for _ in 0..<2 {
    switch EtherType(rawValue: bytes.u16(offset)) {
    case .vlan, .qinq, .qinqOld:
      offset += 4
      if bytes.byteCount < offset + 2 { return false }
    default: break
    }
  }
  return plausiblePayload(EtherType(rawValue: bytes.u16(offset)), bytes.slice(offset + 2), length - offset - 2)
}

private func plausiblePayload(_ type: EtherType, _ bytes: RawSpan, _ length: Int) -> Bool {
  switch type {
  case .ipv4: plausibleIP(bytes, length) && bytes.u8(0) >> 4 == 4
  case .ipv6: plausibleIP(bytes, length) && bytes.u8(0) >> 4 == 6
  case .arp: bytes.byteCount >= 28 && bytes.u32(0) == 0x0001_0800 && bytes.u16(4) == 0x0604
  default: type.rawValue >= 3 && type.rawValue < 0x600 ? Int(type.rawValue) <= length : type.isKnown
  }
}

/// Recognizes an IEEE 802.11 data or management frame from a station.
func plausibleWiFi(_ bytes: RawSpan) -> Bool {
  guard bytes.byteCount >= 24, bytes.u8(0) & 3 == 0, bytes.u8(0) & 0xC != 0xC, bytes.u8(0) & 0xC != 4 else { return false }
  return !bytes.mac(10).isGroup && !bytes.mac(10).isNone
}

/// Recognizes a data frame with swapped bytes of frame control, as some wireless controllers send it. The bits to and from the distribution
/// system are then in the place of the version, which is 0.
func plausibleSwappedWiFi(_ bytes: RawSpan) -> Bool {
  bytes.byteCount >= 24 && bytes.u8(0) & 3 != 0 && bytes.u8(1) & 0xF == 8 && !bytes.mac(10).isGroup && !bytes.mac(10).isNone
}

/// Recognizes PPP that carries IP. Address and control, and the first byte of the protocol number, may be absent.
func plausiblePPP(_ bytes: RawSpan, _ length: Int) -> Bool {
  var offset = bytes.byteCount >= 2 && bytes.u16(0) == 0xFF03 ? 2 : 0
  guard bytes.byteCount >= offset + 2 else { return false }
  switch (bytes.u8(offset), bytes.u8(offset + 1)) {
  case (0, 0x21), (0, 0x57): offset += 2
  case (0x21, _), (0x57, _): offset += 1
  default: return false
  }
  return plausibleIP(bytes.slice(offset), length - offset)
}
