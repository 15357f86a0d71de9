extension Packet {
  /// RFC 3032 section 2.1. What the labels carry is not said: an IP version, a control word (RFC 4385 section 3) or a frame's address.
  mutating func decodeMPLS() {
    var isBottom = false
    while !isBottom {
      guard payload.byteCount >= 4 else { return malformed("mpls") }
      isBottom = payload.u8(2) & 1 == 1
      advance(4)
    }
    if plausibleIP(payload, payloadLength) {
      // The frame's addresses are the label-switching routers'. No segment: the last router but one takes the label off (section 3.10 of
      // RFC 3031), so that one direction of a conversation may bear none.
      sourceMAC = .none
      destinationMAC = .none
      return decodeRawIP()
    }
    let isControlWord = payload.byteCount >= 4 && payload.u8(0) >> 4 == 0 && plausibleEthernet(payload.slice(4), payloadLength - 4)
    guard isControlWord || plausibleEthernet(payload, payloadLength) else { return unknown("mpls payload") }
    if isControlWord { advance(4) }
    if enter(.mpls) { decodeEthernet() }
  }
}
