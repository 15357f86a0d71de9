extension Packet {
  /// UDP (RFC 768).
  mutating func decodeUDP() {
    guard payload.byteCount >= 8 else { return malformed("udp") }
    sourcePort = payload.u16(0)
    destinationPort = payload.u16(2)
    let length = Int(payload.u16(4))
    hasPorts = true
    advance(8)
    if length >= 8, length - 8 < payloadLength { limit(to: length - 8) }
    if Self.mayCarryTunnel(sourcePort) || Self.mayCarryTunnel(destinationPort) { decodeDatagramTunnel() }
  }

  /// TCP (RFC 9293 section 3.1).
  mutating func decodeTCP() {
    guard payload.byteCount >= 14 else { return malformed("tcp") }
    sourcePort = payload.u16(0)
    destinationPort = payload.u16(2)
    tcpSequence = payload.u32(4)
    tcpAcknowledgment = payload.u32(8)
    let headerLength = Int(payload.u8(12) >> 4) * 4
    tcpFlags = TCPFlags(rawValue: payload.u8(13))
    guard headerLength >= 20 else { return malformed("tcp") }
    hasPorts = true
    if tcpFlags.isDisjoint(with: .ack), tcpFlags.contains(.syn), payload.byteCount >= 20 {
      syn = SYN(options: payload.slice(20, headerLength - 20), window: payload.u16(14))
    }
    advance(headerLength)
  }
}
