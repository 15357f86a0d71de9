// Headers that receivers add before an IEEE 802.11 frame: signal, rate and channel, which are skipped.

extension Packet {
  private static let checksumLength = 4

  /// LINKTYPE_IEEE802_11_RADIOTAP (https://www.radiotap.org): a length, a bit for each field that is present, the fields.
  mutating func decodeRadiotap() {
    guard payload.byteCount >= 8, payload.u8(0) == 0 else { return malformed("radiotap") }
    let length = Int(payload.u16LittleEndian(2))
    guard length >= 8, payload.byteCount >= length else { return malformed("radiotap") }
    let flags = Self.radiotapFlags(payload.slice(0, length))
    advance(length)
    // The addresses of a damaged frame may be wrong.
    if flags & RadiotapFlags.badChecksum != 0 { return unknown("802.11 frame with a bad checksum") }
    if flags & RadiotapFlags.checksum != 0, payloadLength >= Self.checksumLength { limit(to: payloadLength - Self.checksumLength) }
    decodeWiFi(isPadded: flags & RadiotapFlags.padding != 0)
  }

  private enum RadiotapFlags { static let checksum: UInt8 = 0x10, padding: UInt8 = 0x20, badChecksum: UInt8 = 0x40 }

  /// The flags in field 1. Only the time in field 0 precedes it, aligned to eight bytes.
  private static func radiotapFlags(_ header: RawSpan) -> UInt8 {
    let present = header.u32LittleEndian(4)
    guard present & 2 != 0 else { return 0 }
    var offset = 8
    var word = present
    while word & 0x8000_0000 != 0 {
      guard header.byteCount >= offset + 4 else { return 0 }
      word = header.u32LittleEndian(offset)
      offset += 4
    }
    if present & 1 != 0 { offset = (offset + 7) & ~7 + 8 }
    return header.byteCount > offset ? header.u8(offset) : 0
  }

  /// LINKTYPE_IEEE802_11_PRISM: message code and length in the byte order of the capturing host; or AVS under the same number.
  mutating func decodePrism() {
    guard payload.byteCount >= 8 else { return malformed("prism") }
    if payload.u32(0) & 0xFFFF_F000 == 0x8021_1000 { return decodeAVS() }
    let (little, big) = (payload.u32LittleEndian(4), payload.u32(4))
    let length = Int(Swift.min(little, big))
    guard length >= 8, payload.byteCount >= length else { return malformed("prism") }
    advance(length)
    decodeWiFi()
  }

  /// LINKTYPE_IEEE802_11_AVS: version and length.
  mutating func decodeAVS() {
    guard payload.byteCount >= 8 else { return malformed("802.11 avs") }
    let length = Int(payload.u32(4))
    guard length >= 8, payload.byteCount >= length else { return malformed("802.11 avs") }
    advance(length)
    decodeWiFi()
  }

  /// LINKTYPE_PPI (CACE PPI 1.0 section 3.1): version, flags, length, and the link type of the frame behind.
  mutating func decodePPI() {
    guard payload.byteCount >= 8, payload.u8(0) == 0 else { return malformed("ppi") }
    let length = Int(payload.u16LittleEndian(2))
    let type = payload.u32LittleEndian(4)
    guard length >= 8, payload.byteCount >= length, let link = LinkType(exactly: type) else { return malformed("ppi") }
    let flags = Self.ppiFlags(payload.slice(8, length - 8))
    advance(length)
    guard link == .wifi else {
      if descend() { decodeLink(link) }
      return
    }
    if flags & 4 != 0 { return unknown("802.11 frame with a bad checksum") }
    if flags & 1 != 0, payloadLength >= Self.checksumLength { limit(to: payloadLength - Self.checksumLength) }
    decodeWiFi()
  }

  /// Flags of the 802.11-Common field (type 2, section 4.1.2): 1 checksum present, 4 checksum wrong.
  private static func ppiFlags(_ fields: RawSpan) -> UInt16 {
    var rest = fields
    while rest.byteCount >= 4 {
      let (type, length) = (rest.u16LittleEndian(0), Int(rest.u16LittleEndian(2)))
      if type == 2, length >= 20, rest.byteCount >= 24 { return rest.u16LittleEndian(12) }
      rest = rest.slice(4 + length)
    }
    return 0
  }
}
