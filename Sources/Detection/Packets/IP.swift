extension Packet {
  /// IPv4 (RFC 791 section 3.1). Checksums are ignored, since offload makes them wrong in captures at the sender.
  mutating func decodeIPv4() {
    guard payload.byteCount >= 20, payload.u8(0) >> 4 == 4 else { return decodeOtherVersion("ipv4") }
    let headerLength = Int(payload.u8(0) & 15) * 4
    let totalLength = Int(payload.u16(2))
    guard headerLength >= 20, payload.byteCount >= headerLength, totalLength == 0 || totalLength >= headerLength else {
      return malformed("ipv4")
    }
    let identification = payload.u16(4)
    let fragmentation = payload.u16(6)
    hopLimit = payload.u8(8)
    ipProtocol = IPProtocol(rawValue: payload.u8(9))
    source = payload.ipv4(12)
    destination = payload.ipv4(16)
    // Segmentation offload leaves a total length of zero; the frame has the length.
    if totalLength != 0, totalLength < payloadLength { limit(to: totalLength) }
    advance(headerLength)
    // The flag "more fragments", or an offset in units of eight bytes.
    if fragmentation & 0x3FFF != 0 {
      return decodeFragment(
        Fragment(
          identification: UInt32(identification), offset: Int(fragmentation & 0x1FFF) * 8, isLast: fragmentation & 0x2000 == 0),
        isWhole: payload.byteCount == payloadLength && totalLength - headerLength <= payloadLength)
    }
    decodeTransport()
  }

  /// IPv6 (RFC 8200 section 3).
  mutating func decodeIPv6() {
    guard payload.byteCount >= 40, payload.u8(0) >> 4 == 6 else { return decodeOtherVersion("ipv6") }
    let length = Int(payload.u16(4))
    let next = payload.u8(6)
    hopLimit = payload.u8(7)
    source = payload.ipv6(8)
    destination = payload.ipv6(24)
    advance(40)
    // Zero means a jumbogram (RFC 2675) or segmentation offload.
    if length != 0, length < payloadLength { limit(to: length) }
    decodeIPv6Extensions(next, isCut: length > payloadLength)
  }

  /// Decodes the version in the header, because some stations send one version under the type of the other.
  @inline(never)
  private mutating func decodeOtherVersion(_ name: String) {
    let version = payload.byteCount >= 20 ? payload.u8(0) >> 4 : 0
    switch (etherType, version) {
    case (.ipv4, 6) where payload.byteCount >= 40:
      etherType = .ipv6
      decodeIPv6()
    case (.ipv6, 4):
      etherType = .ipv4
      decodeIPv4()
    default: malformed(name)
    }
  }

  private static let maximumExtensionHeaders = 8

  /// Skips extension headers (RFC 8200 section 4).
  mutating func decodeIPv6Extensions(_ first: UInt8, isCut: Bool = false) {
    var next = first
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
        let (place, identification) = (payload.u16(2), payload.u32(4))
        advance(8)
        // An "atomic fragment" (RFC 6946) is whole.
        if place & 0xFFF9 != 0 {
          ipProtocol = IPProtocol(rawValue: next)
          return decodeFragment(
            Fragment(identification: identification, offset: Int(place & 0xFFF8), isLast: place & 1 == 0),
            isWhole: payload.byteCount == payloadLength && !isCut)
        }
      case 59:
        ipProtocol = IPProtocol(rawValue: next)
        return
      default:
        ipProtocol = IPProtocol(rawValue: next)
        return decodeTransport()
      }
    }
    malformed("ipv6 extension header")
  }

  /// Marks a complete fragment for reassembly. If the capture cut it, reassembly is impossible, and the first fragment is decoded alone.
  private mutating func decodeFragment(_ fragment: Fragment, isWhole: Bool) {
    if isWhole {
      self.fragment = fragment
    } else if fragment.offset == 0 {
      decodeFirstFragment()
    } else {
      undecoded = .fragment
    }
  }

  private mutating func decodeFirstFragment() {
    if etherType == .ipv6 { decodeIPv6Extensions(ipProtocol.rawValue) } else { decodeTransport() }
  }
}

/// The piece of a datagram that a packet holds (RFC 791 section 2.3, RFC 8200 section 4.5).
struct Fragment: Hashable {
  let identification: UInt32
  /// The offset in bytes within the data behind the headers.
  let offset: Int
  let isLast: Bool
}
