extension Packet {
  /// RFC 3032 section 2.1. The content has no type: an IP version, a control word (RFC 4385 section 3) or the address of a frame.
  mutating func decodeMPLS() {
    var isBottom = false
    while !isBottom {
      guard payload.byteCount >= 4 else { return malformed("mpls") }
      isBottom = payload.u8(2) & 1 == 1
      advance(4)
    }
    if plausibleIP(payload, payloadLength) {
      // The addresses of the frame are those of label-switching routers. Labels make no segment: the last router but one removes them (RFC
      // 3031 section 3.10), so one direction of a conversation may have none.
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
