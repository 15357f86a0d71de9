/// Address resolution (RFC 826): the MAC address that holds an IPv4 address.
public struct ARPRecognizer: Recognizer {
  public let name = "arp"
  public let transports: Transports = .arp
  public let publicTransports: Transports = .arp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    // Hardware type Ethernet, or IEEE 802 behind LLC (RFC 1042); IPv4; request or reply.
    guard bytes.byteCount >= 28, bytes.u16(0) == 1 || bytes.u16(0) == 6, bytes.u16(2) == 0x0800, bytes.u16(4) == 0x0604,
      (1...2).contains(bytes.u16(6))
    else {
      return .notMine
    }
    let address = bytes.ipv4(14)
    // A probe (RFC 5227) has no sender address yet.
    guard address.isUnicast else { return .message }
    let holder = Station(segment: message.source.station.segment, mac: bytes.mac(8), address: address)
    // Nobody speaks for others.
    guard message.source.station.mac.isNone || message.source.station.mac == holder.mac else { return .message }
    sink.emit(.ipAddress, address.description, about: .station(holder))
    return .message
  }
}
