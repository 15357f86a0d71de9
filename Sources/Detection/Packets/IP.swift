extension Packet {
  /// RFC 791 section 3.1. Checksums are not checked: offload and captures at the sender make them false.
  mutating func decodeIPv4() {
    guard payload.byteCount >= 20, payload.u8(0) >> 4 == 4 else { return malformed("ipv4") }
    let headerLength = Int(payload.u8(0) & 15) * 4
    let totalLength = Int(payload.u16(2))
    guard headerLength >= 20, payload.byteCount >= headerLength, totalLength == 0 || totalLength >= headerLength else {
      return malformed("ipv4")
    }
    let fragment = payload.u16(6)
    hopLimit = payload.u8(8)
    ipProtocol = IPProtocol(rawValue: payload.u8(9))
    source = payload.ipv4(12)
    destination = payload.ipv4(16)
    // A zero total length is what segmentation offload leaves: the frame says how long it is.
    if totalLength != 0, totalLength < payloadLength { limit(to: totalLength) }
    advance(headerLength)
    if fragment & 0x1FFF != 0 {
      undecoded = .fragment
      return
    }
    decodeTransport()
  }

  private static let maximumExtensionHeaders = 8

  /// RFC 8200 section 3; extension headers of section 4 are skipped.
  mutating func decodeIPv6() {
    guard payload.byteCount >= 40, payload.u8(0) >> 4 == 6 else { return malformed("ipv6") }
    let length = Int(payload.u16(4))
    var next = payload.u8(6)
    hopLimit = payload.u8(7)
    source = payload.ipv6(8)
    destination = payload.ipv6(24)
    advance(40)
    if length != 0, length < payloadLength { limit(to: length) }
    for _ in 0..<Self.maximumExtensionHeaders {
      switch next {
      case 0, 43, 60:  // hop-by-hop, routing, destination options
        guard payload.byteCount >= 8 else { return malformed("ipv6 extension header") }
        let size = (Int(payload.u8(1)) + 1) * 8
        guard payload.byteCount >= size else { return malformed("ipv6 extension header") }
        next = payload.u8(0)
        advance(size)
      case 44:  // fragment
        guard payload.byteCount >= 8 else { return malformed("ipv6 extension header") }
        next = payload.u8(0)
        let offset = payload.u16(2) & 0xFFF8
        advance(8)
        if offset != 0 {
          ipProtocol = IPProtocol(rawValue: next)
          undecoded = .fragment
          return
        }
      default:
        ipProtocol = IPProtocol(rawValue: next)
        return decodeTransport()
      }
    }
    malformed("ipv6 extension header")
  }
}
