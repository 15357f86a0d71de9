extension Packet {
  private enum FrameType { static let management: UInt8 = 0, control: UInt8 = 1, data: UInt8 = 2 }
  private enum Flags {
    static let toDistribution: UInt8 = 0x01
    static let fromDistribution: UInt8 = 0x02
    static let protected: UInt8 = 0x40
    static let order: UInt8 = 0x80
  }

  /// IEEE 802.11-2020 section 9.2.3. With `isPadded`, the capture has aligned the body to four bytes; with `isSwapped`, the two bytes of
  /// frame control are exchanged.
  mutating func decodeWiFi(isPadded: Bool = false, isSwapped: Bool = false) {
    guard payload.byteCount >= 10 else { return malformed("802.11") }
    let (kind, flags) = isSwapped ? (payload.u8(1), payload.u8(0)) : (payload.u8(0), payload.u8(1))
    guard kind & 3 == 0 else { return malformed("802.11") }
    switch kind >> 2 & 3 {
    case FrameType.management:
      guard payload.byteCount >= 24 else { return malformed("802.11") }
      destinationMAC = payload.mac(4)
      sourceMAC = payload.mac(10)
      if flags & Flags.protected != 0 { return unknown("802.11 protected management") }
      etherType = .wifiManagement
    case FrameType.data: decodeWiFiData(subtype: kind >> 4, flags, isPadded)
    // Control frames, such as acknowledgements: most have no sender.
    case FrameType.control: unknown("802.11 control")
    default: unknown("802.11 extension")
    }
  }

  /// Reads the addresses, whose meaning depends on the direction to or from the distribution system (section 9.3.2.1).
  private mutating func decodeWiFiData(subtype: UInt8, _ flags: UInt8, _ isPadded: Bool) {
    let isFromDistribution = flags & Flags.fromDistribution != 0
    let isToDistribution = flags & Flags.toDistribution != 0
    let hasFourAddresses = isFromDistribution && isToDistribution
    let hasQoS = subtype & 8 != 0
    var length = hasFourAddresses ? 30 : 24
    let qos = length
    if hasQoS { length += flags & Flags.order != 0 ? 6 : 2 }
    guard payload.byteCount >= length else { return malformed("802.11") }
    destinationMAC = isToDistribution ? payload.mac(16) : payload.mac(4)
    sourceMAC = hasFourAddresses ? payload.mac(24) : isFromDistribution ? payload.mac(16) : payload.mac(10)
    if isToDistribution, !isFromDistribution { accessPoint = payload.mac(4) }
    let isAggregate = hasQoS && payload.u8(qos) & 0x80 != 0
    let isFragment = payload.u8(22) & 15 != 0
    if isPadded { length = (length + 3) & ~3 }
    advance(length)
    // Null functions have no content.
    if subtype & 4 != 0 { return }
    if flags & Flags.protected != 0 {
      // The header of an aggregate may hold addresses of the access point; its parts are encrypted.
      isEncrypted = true
      return
    }
    if isFragment { return unknown("802.11 fragment") }
    if isAggregate { return decodeAggregate() }
    if payloadLength == 0 { return }
    decodeNetwork(.llc)
  }

  /// Decodes the first frame of an A-MSDU, which has its own addresses (section 9.3.2.2).
  private mutating func decodeAggregate() {
    guard payload.byteCount >= 14 else { return malformed("802.11 aggregate") }
    destinationMAC = payload.mac(0)
    sourceMAC = payload.mac(6)
    let length = Int(payload.u16(12))
    advance(14)
    limit(to: Swift.min(length, payloadLength))
    decodeNetwork(.llc)
  }
}
