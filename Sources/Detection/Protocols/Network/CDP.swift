/// Cisco Discovery Protocol, versions 1 and 2, as in Cisco's "Frame Formats" (LAN Switching, chapter on CDP): devices by Cisco, and others
/// made for its switches, describe themselves to their neighbours. Switches by others forward the frames, with the sender's address.
public struct CDPRecognizer: Recognizer {
  /// Elements read of one frame, and bytes of a text.
  static let elementLimit = 128
  static let textLimit = 256

  private static let header = 4
  private enum Element {
    static let deviceID: UInt16 = 1, addresses: UInt16 = 2, port: UInt16 = 3, capabilities: UInt16 = 4, version: UInt16 = 5
    static let platform: UInt16 = 6, managementAddresses: UInt16 = 0x16
  }

  public let name = "cdp"
  public let transports: Transports = .cdp
  public let publicTransports: Transports = .cdp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    // Version, time to live, checksum.
    guard message.payload.byteCount >= Self.header, (1...2).contains(message.payload.u8(0)) else { return .notMine }
    var rest = message.payload.slice(Self.header)
    var announced = NeighborAdvertisement()
    announced.timeToLive = UInt16(message.payload.u8(1))
    for _ in 0..<Self.elementLimit where rest.byteCount >= 4 {
      // The length includes the header of the element.
      let (type, length) = (rest.u16(0), Int(rest.u16(2)))
      guard length >= 4, rest.byteCount >= length else { break }
      Self.read(type, rest.slice(4, length - 4), into: &announced)
      rest = rest.slice(length)
    }
    sink.announce(announced)
    sink.emit(.cdpCapabilities, announced.capabilities)
    sink.emit(.cdpPlatform, announced.product)
    sink.emit(.cdpVersion, announced.description)
    sink.emit(.cdpDeviceID, announced.name)
    sink.emit(.cdpPort, announced.port)
    sink.emit(.cdpAddress, announced.address)
    return .message
  }

  private static func read(_ type: UInt16, _ value: RawSpan, into announced: inout NeighborAdvertisement) {
    switch type {
    case Element.deviceID: announced.name = value.collapsedText(limit: textLimit)
    case Element.port: announced.port = value.collapsedText(limit: textLimit)
    case Element.version: announced.description = value.collapsedText(limit: textLimit)
    case Element.platform: announced.product = value.collapsedText(limit: textLimit)
    case Element.capabilities where value.byteCount >= 4:
      announced.capabilities = NeighborAdvertisement.names(of: value.u32(0), capabilities)
    case Element.addresses, Element.managementAddresses:
      if announced.address.isEmpty { announced.address = address(value) }
    default: break
    }
  }

  /// The first address of a list if it is an IP address: NLPID 0xCC, or the EtherType of IPv6 behind LLC and SNAP headers.
  private static func address(_ value: RawSpan) -> String {
    guard value.byteCount >= 13, value.u32(0) > 0 else { return "" }
    let list = value.slice(4)
    if list.starts(with: [1, 1, 0xCC, 0, 4]) { return list.ipv4(5).description }
    let ipv6: [UInt8] = [2, 8, 0xAA, 0xAA, 3, 0, 0, 0, 0x86, 0xDD, 0, 16]
    return list.starts(with: ipv6) && list.byteCount >= 28 ? list.ipv6(12).description : ""
  }

  /// The names of capabilities by bit. Bit 9 has several meanings, and does not identify cameras.
  private static let capabilities = [
    "router", "bridge", "source-route-bridge", "switch", "host", "igmp", "repeater", "phone", "remotely-managed", "bit-9", "mac-relay",
  ]
}
