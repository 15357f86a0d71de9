/// Neighbour discovery for IPv6 (RFC 4861): the MAC address that holds an address, and the routers.
///
/// A proxy answers for others with its own MAC address and without the override flag (section 7.2.8); such answers are ignored. So are
/// solicitations from `::`, which only ask whether an address is free (RFC 4862 section 5.4), and what a frame says of another MAC address
/// than its sender's.
public struct NeighborDiscoveryRecognizer: Recognizer {
  /// Options read of one message.
  static let optionLimit = 32

  public let name = "nd"
  public let transports: Transports = .icmpv6
  public let publicTransports: Transports = .icmpv6

  public init() {}

  private struct Kind: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let routerSolicitation = Kind(rawValue: 133)
    static let routerAdvertisement = Kind(rawValue: 134)
    static let neighborSolicitation = Kind(rawValue: 135)
    static let neighborAdvertisement = Kind(rawValue: 136)
    static let redirect = Kind(rawValue: 137)
  }

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount >= 8, (133...137).contains(bytes.u8(0)), bytes.u8(1) == 0 else { return .notMine }
    let sender = message.source.station
    switch Kind(rawValue: bytes.u8(0)) {
    case .routerSolicitation:
      bind(sender.address, to: Self.linkAddress(1, in: bytes.slice(8)), sender, into: &sink)
    case .routerAdvertisement:
      // Routers must send from their link-local address (section 6.1.2).
      guard bytes.byteCount >= 16, sender.address.isLinkLocal else { break }
      let mac = Self.linkAddress(1, in: bytes.slice(16))
      bind(sender.address, to: mac, sender, into: &sink)
      // A lifetime of zero means that this is no default router.
      guard bytes.u16(6) > 0 else { break }
      let router = Station(segment: sender.segment, mac: sender.mac.isNone ? mac ?? .none : sender.mac, address: sender.address)
      sink.emit(.ipGateway, sender.address.description, about: .station(router))
    case .neighborSolicitation:
      guard bytes.byteCount >= 24, !bytes.ipv6(8).isMulticast else { break }
      bind(sender.address, to: Self.linkAddress(1, in: bytes.slice(24)) ?? sender.mac, sender, into: &sink)
    case .neighborAdvertisement:
      guard bytes.byteCount >= 24 else { break }
      let target = bytes.ipv6(8)
      let overrides = bytes.u8(4) & 0x20 != 0
      guard overrides || target == sender.address else { break }
      bind(target, to: Self.linkAddress(2, in: bytes.slice(24)) ?? sender.mac, sender, into: &sink)
    default: break
    }
    return .message
  }

  private func bind(_ address: IPAddress, to mac: MACAddress?, _ sender: Station, into sink: inout ObservationSink) {
    guard let mac, !mac.isNone, !mac.isGroup, address.isUnicast, !address.isV4, sender.mac.isNone || sender.mac == mac else { return }
    let holder = Station(segment: sender.segment, mac: mac, address: address)
    sink.emit(.ipAddress, address.description, about: .station(holder))
  }

  /// The address in the option for the source (1) or target (2) link-layer address (section 4.6.1); nil unless it is a MAC address.
  private static func linkAddress(_ type: UInt8, in options: RawSpan) -> MACAddress? {
    var position = 0
    for _ in 0..<optionLimit {
      guard options.byteCount - position >= 8 else { return nil }
      let length = Int(options.u8(position + 1)) * 8
      guard length > 0 else { return nil }
      if options.u8(position) == type { return length == 8 ? options.mac(position + 2) : nil }
      position += length
    }
    return nil
  }
}
