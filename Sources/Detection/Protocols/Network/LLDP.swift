/// Link Layer Discovery Protocol (IEEE 802.1AB-2016 clause 8) with the inventory of LLDP-MED (ANSI/TIA-1057 section 10.2.6): a device
/// describes itself to its neighbour on the wire. Bridges do not forward the frames, so the description is about the sender.
public struct LLDPRecognizer: Recognizer {
  /// Elements read of one frame, and bytes of a text.
  static let elementLimit = 128
  static let textLimit = 256

  private enum Element {
    static let end = 0, chassis = 1, port = 2, timeToLive = 3, portDescription = 4, systemName = 5, systemDescription = 6
    static let capabilities = 7, managementAddress = 8, organisation = 127
  }
  /// The OUI of the Telecommunications Industry Association, followed by subtypes of the inventory.
  private enum Inventory { static let manufacturer: UInt32 = 0x0012_BB09, model: UInt32 = 0x0012_BB0A }

  public let name = "lldp"
  public let transports: Transports = .lldp
  public let publicTransports: Transports = .lldp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    var rest = message.payload
    guard rest.byteCount >= 2, rest.u8(0) >> 1 == Element.chassis else { return .notMine }
    var announced = NeighborAdvertisement()
    var count = 0
    while rest.byteCount >= 2, count < Self.elementLimit {
      let head = rest.u16(0)
      let (type, length) = (Int(head >> 9), Int(head & 0x1FF))
      // The first three elements are mandatory, in this order (clause 8.2).
      if count < Element.timeToLive, type != count + 1 { break }
      guard type != Element.end, rest.byteCount >= 2 + length else { break }
      Self.read(type, rest.slice(2, length), into: &announced)
      rest = rest.slice(2 + length)
      count += 1
    }
    guard count >= Element.timeToLive else { return .message }
    sink.announce(announced)
    sink.emit(.lldpCapabilities, announced.capabilities)
    sink.emit(.lldpManufacturer, announced.manufacturer)
    sink.emit(.lldpModel, announced.product)
    sink.emit(.lldpSystemDescription, announced.description)
    sink.emit(.lldpSystemName, announced.name)
    sink.emit(.lldpPort, announced.port)
    sink.emit(.lldpPortDescription, announced.portDescription)
    sink.emit(.lldpManagementAddress, announced.address)
    return .message
  }

  private static func read(_ type: Int, _ value: RawSpan, into announced: inout NeighborAdvertisement) {
    switch type {
    case Element.chassis: announced.chassis = chassis(value)
    case Element.port: announced.port = port(value)
    case Element.timeToLive where value.byteCount >= 2: announced.timeToLive = value.u16(0)
    case Element.portDescription: announced.portDescription = value.collapsedText(limit: textLimit)
    case Element.systemName: announced.name = value.collapsedText(limit: textLimit)
    case Element.systemDescription: announced.description = value.collapsedText(limit: textLimit)
    // Capabilities that exist and are enabled.
    case Element.capabilities where value.byteCount >= 4:
      announced.capabilities = NeighborAdvertisement.names(of: UInt32(value.u16(0) & value.u16(2)), capabilities)
    // The first of several.
    case Element.managementAddress where announced.address.isEmpty: announced.address = address(value)
    case Element.organisation where value.byteCount >= 4:
      switch value.u32(0) {
      case Inventory.manufacturer: announced.manufacturer = value.slice(4).collapsedText(limit: textLimit)
      case Inventory.model: announced.product = value.slice(4).collapsedText(limit: textLimit)
      default: break
      }
    default: break
    }
  }

  /// Reads a subtype, then text, a MAC address, or the family and address of a network (clause 8.5.2).
  private static func chassis(_ value: RawSpan) -> String {
    guard value.byteCount >= 2 else { return "" }
    switch value.u8(0) {
    case 4: return value.byteCount == 7 ? value.mac(1).description : ""
    case 5 where value.byteCount == 6 && value.u8(1) == 1: return value.ipv4(2).description
    case 5 where value.byteCount == 18 && value.u8(1) == 2: return value.ipv6(2).description
    case 1, 2, 3, 6, 7: return value.slice(1).collapsedText(limit: textLimit)
    default: return ""
    }
  }

  /// Reads a subtype, then text or a MAC address (clause 8.5.3).
  private static func port(_ value: RawSpan) -> String {
    guard value.byteCount >= 2 else { return "" }
    switch value.u8(0) {
    case 3: return value.byteCount == 7 ? value.mac(1).description : ""
    case 1, 2, 5, 7: return value.slice(1).collapsedText(limit: textLimit)
    default: return ""
    }
  }

  /// Reads a length, the family (IANA address families: 1 IPv4, 2 IPv6) and the address (clause 8.5.9).
  private static func address(_ value: RawSpan) -> String {
    guard value.byteCount >= 2 else { return "" }
    switch (value.u8(0), value.u8(1)) {
    case (5, 1) where value.byteCount >= 6: return value.ipv4(2).description
    case (17, 2) where value.byteCount >= 18: return value.ipv6(2).description
    default: return ""
    }
  }

  /// The names of capabilities by bit (clause 8.5.8.1).
  private static let capabilities = [
    "other", "repeater", "bridge", "access-point", "router", "telephone", "docsis", "station", "c-vlan", "s-vlan", "mac-relay",
  ]
}
