/// DHCP for IPv4 (RFC 2131, options in RFC 2132, 3046, 3397, 4702): the names that a device gives when it asks for an address, and the
/// address, router and servers that it gets.
///
/// Every kind of device uses DHCP; host name, vendor class and parameter list distinguish them. A request is about who sent its frame,
/// whatever `chaddr` says, unless a relay forwards it. An answer names nobody, though servers repeat the client's host name; it says which
/// address a client may have, and where.
public struct DHCPRecognizer: Recognizer {
  /// Addresses read of one option.
  static let addressLimit = 8

  public let name = "dhcp"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard message.hasPort(67) || message.hasPort(68), let dhcp = DHCPMessage(decoding: message.payload) else { return .notMine }
    // Hardware addresses of other lengths (InfiniBand, tunnels) belong to no device on this link.
    guard dhcp.hardwareLength == 6, !dhcp.client.isNone, !dhcp.client.isGroup else { return .message }
    var client = Station(segment: message.source.station.segment, mac: dhcp.client)
    switch dhcp.operation {
    case .request:
      client.address = dhcp.currentAddress.isUnicast ? dhcp.currentAddress : .none
      let sender = message.source.station
      let isOwn = sender.mac.isNone || sender.mac == client.mac
      if !isOwn { sink.noteClient(client.mac, isRelayed: dhcp.isRelayed) }
      if !isOwn, dhcp.isRelayed {
        sink.relay(statements(dhcp), of: client)
      } else {
        for said in statements(dhcp) { sink.emit(said.field, said.text, about: .station(isOwn ? client : sender)) }
      }
    case .reply:
      if message.source.port == 67 { sink.emitTrait(.dhcpRole, "server", key: 1) }
      reportReply(dhcp, to: client, into: &sink)
    default: break
    }
    return .message
  }

  /// What a client says of itself.
  private func statements(_ dhcp: borrowing DHCPMessage) -> [DHCPRelays.Statement] {
    let (hostName, qualified) = (dhcp.text(.hostName), dhcp.clientFQDN)
    let parameters = dhcp.option(.parameterList)
    var list = ""
    for index in 0..<parameters.byteCount { list += (index == 0 ? "" : ",") + String(parameters.u8(index)) }
    return [
      .init(field: .dhcpHostname, text: hostName), .init(field: .dhcpHostname, text: qualified == hostName ? "" : qualified),
      .init(field: .dhcpVendorClass, text: dhcp.text(.vendorClass)), .init(field: .dhcpParameters, text: list),
    ] + places(dhcp)
  }

  /// Option 82 (RFC 3046): the location of the client, as the forwarding switch or access point names it.
  private func places(_ dhcp: borrowing DHCPMessage) -> [DHCPRelays.Statement] {
    var cursor = Cursor(dhcp.option(.relayAgent))
    var places: [DHCPRelays.Statement] = []
    while let code = try? cursor.u8(), let length = try? cursor.u8(), let value = try? cursor.take(Int(length)) {
      switch code {
      case 1: places.append(.init(field: .dhcpCircuit, text: value.textOrHexadecimal))
      case 2: places.append(.init(field: .dhcpRemote, text: value.textOrHexadecimal))
      default: break
      }
    }
    return places
  }

  private func reportReply(_ dhcp: borrowing DHCPMessage, to client: Station, into sink: inout ObservationSink) {
    var client = client
    if dhcp.type == .acknowledgment {
      // An answer to INFORM contains no address: the client keeps the one that it sent from.
      client.address = [dhcp.yourAddress, dhcp.currentAddress].first(where: \.isUnicast) ?? .none
      if client.address != .none { sink.emit(.ipAddress, client.address.description, about: .station(client), isHearsay: true) }
    }
    for place in places(dhcp) { sink.emit(place.field, place.text, about: .station(client), isHearsay: true) }
    for router in dhcp.addresses(.routers, limit: Self.addressLimit) {
      sink.emit(.ipGateway, router.description, about: .station(Station(segment: client.segment, address: router)))
    }
    for server in dhcp.addresses(.dnsServers, limit: Self.addressLimit) {
      sink.emit(.dnsServer, server.description, about: .station(client))
    }
    for server in dhcp.addresses(.ntpServers, limit: Self.addressLimit) {
      sink.emit(.ntpServer, server.description, about: .station(client))
    }
  }
}

/// A BOOTP message with the magic cookie of DHCP (RFC 2131 section 2). Options that the capture cuts are absent.
struct DHCPMessage: ~Escapable {
  struct Operation: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let request = Operation(rawValue: 1)
    static let reply = Operation(rawValue: 2)
  }

  struct Kind: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let acknowledgment = Kind(rawValue: 5)
  }

  struct Option: RawRepresentable, Hashable {
    let rawValue: UInt8
    static let pad = Option(rawValue: 0)
    static let routers = Option(rawValue: 3)
    static let dnsServers = Option(rawValue: 6)
    static let hostName = Option(rawValue: 12)
    static let ntpServers = Option(rawValue: 42)
    static let overload = Option(rawValue: 52)
    static let messageType = Option(rawValue: 53)
    static let parameterList = Option(rawValue: 55)
    static let vendorClass = Option(rawValue: 60)
    static let clientFQDN = Option(rawValue: 81)
    static let relayAgent = Option(rawValue: 82)
    static let end = Option(rawValue: 255)
  }

  static let magicCookie: UInt32 = 0x6382_5363

  let bytes: RawSpan
  /// The range of each option's value; the first one of repeated options.
  private var options: [Option: Range<Int>] = [:]

  @_lifetime(copy bytes)
  init?(decoding bytes: RawSpan) {
    guard bytes.byteCount >= 240, bytes.u32(236) == Self.magicCookie else { return nil }
    self.bytes = bytes
    readOptions(240..<bytes.byteCount)
    let overload = option(.overload)
    let reuse = overload.byteCount == 1 ? overload.u8(0) : 0
    if reuse & 1 != 0 { readOptions(108..<236) }
    if reuse & 2 != 0 { readOptions(44..<108) }
  }

  var operation: Operation { Operation(rawValue: bytes.u8(0)) }
  var hardwareLength: UInt8 { bytes.u8(2) }
  /// An agent on the way put its address (`giaddr`) or option 82 into the message.
  var isRelayed: Bool { bytes.u32(24) != 0 || option(.relayAgent).byteCount > 0 }
  /// `ciaddr`: the address that a client already holds.
  var currentAddress: IPAddress { bytes.ipv4(12) }
  /// `yiaddr`: the address that the server assigns.
  var yourAddress: IPAddress { bytes.ipv4(16) }
  var client: MACAddress { bytes.mac(28) }

  var type: Kind? {
    let value = option(.messageType)
    return value.byteCount == 1 ? Kind(rawValue: value.u8(0)) : nil
  }

  /// The value of an option; empty if it is absent.
  @_lifetime(copy self)
  func option(_ option: Option) -> RawSpan {
    let range = options[option] ?? 0..<0
    return bytes.extracting(range)
  }

  func text(_ option: Option) -> String { self.option(option).trimmed.text(limit: 255) }

  /// The IPv4 addresses in an option, without those that no host can have.
  func addresses(_ option: Option, limit: Int) -> [IPAddress] {
    let value = self.option(option)
    var list: [IPAddress] = []
    for index in 0..<Swift.min(value.byteCount / 4, limit) {
      let address = value.ipv4(4 * index)
      if address.isUnicast, !list.contains(address) { list.append(address) }
    }
    return list
  }

  /// The name in option 81 (RFC 4702): flags, two codes, and text or, with the E flag, labels as in DNS.
  var clientFQDN: String {
    let value = option(.clientFQDN)
    guard value.byteCount > 3 else { return "" }
    let name = value.slice(3)
    if value.u8(0) & 0x04 == 0 {
      let text = name.trimmed.text(limit: 255)
      return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
    // An unqualified name lacks the final root label.
    var labels: [String] = []
    var cursor = Cursor(name)
    while let length = try? cursor.u8(), (1...63).contains(length), let label = try? cursor.take(Int(length)) {
      labels.append(label.text())
    }
    return labels.joined(separator: ".")
  }

  private mutating func readOptions(_ region: Range<Int>) {
    var position = region.lowerBound
    while position < region.upperBound {
      let option = Option(rawValue: bytes.u8(position))
      position += 1
      if option == .pad { continue }
      if option == .end { return }
      guard position < region.upperBound else { return }
      let start = position + 1
      let end = start + Int(bytes.u8(position))
      guard end <= region.upperBound else { return }
      if options[option] == nil { options[option] = start..<end }
      position = end
    }
  }
}
