/// DHCP for IPv6 (RFC 8415, 4704): the name that a client gives itself, and the address that it gets. Phones hardly use it, computers and some cameras
/// do.
public struct DHCPv6Recognizer: Recognizer {
  /// Options read of one message, and vendor classes reported.
  static let optionLimit = 64
  static let classLimit = 4

  public let name = "dhcpv6"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  private struct Kind: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let reply = Kind(rawValue: 7)
    /// Solicit, Request, Confirm, Renew, Rebind, Release, Decline, Information-request.
    var isFromClient: Bool { [1, 3, 4, 5, 6, 8, 9, 11].contains(rawValue) }
  }

  private struct Option: RawRepresentable, Equatable {
    let rawValue: UInt16
    static let clientIdentifier = Option(rawValue: 1)
    static let addresses = Option(rawValue: 3)
    static let temporaryAddresses = Option(rawValue: 4)
    static let address = Option(rawValue: 5)
    static let vendorClass = Option(rawValue: 16)
    static let clientFQDN = Option(rawValue: 39)
  }

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard message.hasPort(546) || message.hasPort(547), bytes.byteCount >= 4, (1...13).contains(bytes.u8(0)) else { return .notMine }
    let kind = Kind(rawValue: bytes.u8(0))
    // Relays forward messages of others, which they identify by address only.
    guard kind.isFromClient || kind == .reply else { return .message }
    // A reply goes directly to the client. The frame identifies it better than the identifier, which may belong to another interface.
    var client = kind == .reply ? message.destination.station : message.source.station
    if client.mac.isNone { client.mac = Self.hardwareAddress(in: bytes.slice(4)) }
    Self.options(bytes.slice(4)) { option, value in
      switch option {
      case .clientFQDN where kind.isFromClient && value.byteCount > 1:
        sink.emit(.dhcpHostname, Self.domainName(value.slice(1)), about: .station(client))
      case .vendorClass where kind.isFromClient:
        Self.reportClasses(value, of: client, into: &sink)
      case .addresses where kind == .reply, .temporaryAddresses where kind == .reply:
        Self.options(value.slice(option == .addresses ? 12 : 4)) { inner, value in
          guard inner == .address, value.byteCount >= 24, value.u32(20) > 0, !client.mac.isNone else { return }
          let address = value.ipv6(0)
          guard address.isUnicast, !address.isV4 else { return }
          let holder = Station(segment: client.segment, mac: client.mac, address: address)
          sink.emit(.ipAddress, address.description, about: .station(holder), isHearsay: true)
        }
      default: break
      }
    }
    return .message
  }

  private static func options(_ bytes: RawSpan, _ body: (Option, RawSpan) -> Void) {
    var cursor = Cursor(bytes)
    for _ in 0..<optionLimit {
      guard let option = try? cursor.u16(), let length = try? cursor.u16(), let value = try? cursor.take(Int(length)) else { return }
      body(Option(rawValue: option), value)
    }
  }

  /// The Ethernet address in a client identifier (RFC 8415 sections 11.2 and 11.4).
  private static func hardwareAddress(in bytes: RawSpan) -> MACAddress {
    var found = MACAddress.none
    options(bytes) { option, value in
      guard option == .clientIdentifier, value.byteCount >= 10, value.u16(2) == 1 else { return }
      if value.u16(0) == 1, value.byteCount == 14 { found = value.mac(8) }
      if value.u16(0) == 3, value.byteCount == 10 { found = value.mac(4) }
    }
    return found.isGroup ? .none : found
  }

  /// Reads labels as in DNS. A partial name lacks the final root label.
  private static func domainName(_ bytes: RawSpan) -> String {
    var labels: [String] = []
    var cursor = Cursor(bytes)
    while labels.count < 16, let length = try? cursor.u8(), (1...63).contains(length), let label = try? cursor.take(Int(length)) {
      labels.append(label.text())
    }
    return labels.joined(separator: ".")
  }

  private static func reportClasses(_ value: RawSpan, of client: Station, into sink: inout ObservationSink) {
    var cursor = Cursor(value)
    guard (try? cursor.skip(4)) != nil else { return }  // enterprise number
    for _ in 0..<classLimit {
      guard let length = try? cursor.u16(), let text = try? cursor.take(Int(length)) else { return }
      sink.emit(.dhcpVendorClass, text.trimmed.text(limit: 255), about: .station(client))
    }
  }
}
