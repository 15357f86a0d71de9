/// What is kept of a UDP datagram.
enum DatagramCut {
  /// Ports of DNS and its kin, DHCP, NetBIOS names, SNMP, NTP and searches: their messages describe devices, and fit into one packet.
  private static let names: Set<UInt16> = [53, 137, 5353, 5355]
  private static let addresses: Set<UInt16> = [67, 68]
  private static let descriptions: Set<UInt16> = [123, 161, 546, 547, 1900, 3702]
  private static let messageLimit = 1500

  static func kept(_ bytes: ArraySlice<UInt8>, ports: [UInt16]) -> Int {
    if isExpected(bytes, ports), MediaStart.end(in: bytes) == nil || isDHCP(bytes) { return bytes.count }
    // A picture may look like RTP as well.
    if let length = RTPForm.kept(bytes) { return min(length, MediaStart.end(in: bytes.prefix(length)) ?? length) }
    if let length = handshake(bytes) { return length }
    return UnknownPayload.kept(bytes)
  }

  /// - Parameter bytes: what follows the IP header in a fragment, with or without the header of UDP.
  static func keptOfFragment(_ bytes: ArraySlice<UInt8>) -> Int {
    if let length = RTPForm.kept(bytes.dropFirst(8)) { return min(bytes.count, 8 + length) }
    return UnknownPayload.kept(bytes)
  }

  private static func isExpected(_ bytes: ArraySlice<UInt8>, _ ports: [UInt16]) -> Bool {
    guard bytes.count <= messageLimit else { return false }
    if ports.contains(where: names.contains) { return isDNS(bytes) }
    if ports.contains(where: addresses.contains) { return isDHCP(bytes) }
    return ports.contains(where: descriptions.contains) && RTPForm.kept(bytes) == nil
  }

  /// A header of RFC 1035, section 4.1.1, with numbers of records that fit into a packet.
  private static func isDNS(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count >= 12 else { return false }
    let start = bytes.startIndex
    return [4, 6, 8, 10].allSatisfy { bytes[start + $0] == 0 }
  }

  /// The magic cookie of RFC 2131, section 3.
  private static func isDHCP(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.dropFirst(236).starts(with: [0x63, 0x82, 0x53, 0x63]) }

  /// Beginnings of encryption, and STUN: what names the software and the server.
  private static func handshake(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard let first = bytes.first, bytes.count <= messageLimit else { return nil }
    let start = bytes.startIndex
    // DTLS: RFC 9147, section 4. Data has the content type 23.
    if (20...26).contains(first), bytes.dropFirst().starts(with: [0xFE, 0xFD]) || bytes.dropFirst().starts(with: [0xFE, 0xFF]) {
      return first == 23 ? min(13, bytes.count) : bytes.count
    }
    // STUN: RFC 8489, section 5. The indications that relays send and get hold the data of others: RFC 8656, section 11.
    if first & 0xC0 == 0, bytes.dropFirst(4).starts(with: [0x21, 0x12, 0xA4, 0x42]), bytes.count >= 20 {
      let isData = first == 0 && [0x16, 0x17].contains(bytes[start + 1])
      return isData ? min(MediaCut.unknownLimit / 2, bytes.count) : bytes.count
    }
    // QUIC's long header, which Initial packets have, with an identifier of at most 20 bytes: RFC 9000, section 17.2. The first version's
    // number is also the mark before a unit of H.264.
    let versions: [[UInt8]] = [[0, 0, 0, 1], [0x6B, 0x33, 0x43, 0xCF]]
    if first & 0xC0 == 0xC0, bytes.count > 6, bytes[start + 5] <= 20, versions.contains(where: { bytes.dropFirst().starts(with: $0) }),
      MediaStart.end(in: bytes.dropFirst(5)) == nil
    {
      return bytes.count
    }
    return nil
  }
}

/// Whether bytes have the form of RTP or RTCP: RFC 3550.
enum RTPForm {
  /// The number of bytes up to the end of RTP's header; all bytes of RTCP; nil for other bytes.
  static func kept(_ bytes: ArraySlice<UInt8>) -> Int? {
    let start = bytes.startIndex
    guard bytes.count >= 8, bytes[start] & 0xC0 == 0x80 else { return nil }
    // RFC 5761, section 4: packet types of RTCP lie in a range of their own.
    if (192...223).contains(bytes[start + 1]) { return isRTCP(bytes) ? bytes.count : MediaCut.unknownLimit / 2 }
    guard bytes.count >= 12 else { return nil }
    var length = 12 + Int(bytes[start] & 0x0F) * 4
    if bytes[start] & 0x10 != 0, bytes.count >= length + 4 {
      length += 4 + (Int(bytes[start + length + 2]) << 8 | Int(bytes[start + length + 3])) * 4
    }
    return min(length, MediaCut.unknownLimit, bytes.count)
  }

  /// Every packet of the compound states its length. APP may hold anything.
  private static func isRTCP(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while rest.count >= 4 {
      let start = rest.startIndex
      guard rest[start] & 0xC0 == 0x80, (200...207).contains(rest[start + 1]), rest[start + 1] != 204 else { return false }
      let length = (Int(rest[start + 2]) << 8 | Int(rest[start + 3])) * 4 + 4
      guard length <= rest.count else { return false }
      rest = rest.dropFirst(length)
    }
    return rest.isEmpty
  }
}
