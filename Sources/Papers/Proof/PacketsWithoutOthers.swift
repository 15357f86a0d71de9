import Capture
import Detection
import Documents

/// Packets that a camera sent, without whom it sent them to: for papers that leave the property.
///
/// What stays of a packet is listed here, so that nothing stays by mistake: the headers of Ethernet, IP, TCP and UDP with the addresses of others
/// replaced, and of what follows text and a few forms that cameras show themselves by. Other packets are left out whole.
struct PacketsWithoutOthers: Sendable {
  let others: WithoutOthers

  private enum Length {
    static let ethernet = 14
    static let arp = 28
    static let ipv4 = 20
    static let ipv6 = 40
    static let tcp = 20
    static let udp = 8
    static let rtp = 12
  }

  private static let tags: Set<EtherType> = [.vlan, .qinq, .qinqOld]

  /// Nil if the packet cannot go.
  ///
  /// - Parameter bytes: without media.
  func rewritten(_ bytes: [UInt8], _ linkType: LinkType) -> [UInt8]? {
    guard linkType == .ethernet, !others.isRouter, !others.device.mac.isNone, bytes.count >= Length.ethernet,
      mac(bytes, 6) == others.device.mac
    else { return nil }
    var packet = bytes
    let peer = mac(bytes, 0)
    // A search for a neighbour (33:33:ff) has a part of its address.
    guard peer.bits >> 24 != 0x3333_FF else { return nil }
    if !peer.isGroup { set(WithoutOthers.mac, in: &packet, at: 0) }
    var place = 12
    var layers = 0
    while let type = half(packet, place), Self.tags.contains(EtherType(rawValue: type)), layers < 2 {
      (place, layers) = (place + 4, layers + 1)
    }
    guard let type = half(packet, place) else { return nil }
    place += 2
    switch EtherType(rawValue: type) {
    case .arp: return arp(packet, at: place)
    case .ipv4: return ipv4(packet, at: place, peer)
    case .ipv6: return ipv6(packet, at: place, peer)
    default: return nil
    }
  }

  // MARK: Headers

  /// RFC 826.
  private func arp(_ bytes: [UInt8], at start: Int) -> [UInt8]? {
    guard bytes.count >= start + Length.arp, word(bytes, start) == 0x0001_0800, half(bytes, start + 4) == 0x0604,
      mac(bytes, start + 8) == others.device.mac, isOwn(IPAddress(v4: word(bytes, start + 14)))
    else { return nil }
    var packet = Array(bytes.prefix(start + Length.arp))
    if !mac(bytes, start + 18).isNone { set(WithoutOthers.mac, in: &packet, at: start + 18) }
    if !isOwn(IPAddress(v4: word(bytes, start + 24))) { set(WithoutOthers.v4.v4, in: &packet, at: start + 24) }
    return packet
  }

  /// RFC 791. Without options, which may name others, and without fragments.
  private func ipv4(_ bytes: [UInt8], at start: Int, _ peerMAC: MACAddress) -> [UInt8]? {
    guard bytes.count >= start + Length.ipv4, bytes[start] == 0x45, let fragment = half(bytes, start + 6), fragment & 0x3FFF == 0,
      isOwn(IPAddress(v4: word(bytes, start + 12))), let length = half(bytes, start + 2), Int(length) >= Length.ipv4
    else { return nil }
    // Behind the packet, frames are padded with anything.
    var packet = Array(bytes.prefix(start + Int(length)))
    let peer = IPAddress(v4: word(bytes, start + 16))
    if !peer.isMulticast, !peer.isBroadcast { set(WithoutOthers.v4.v4, in: &packet, at: start + 16) }
    // From the sum, the address could be calculated.
    set(UInt16(0), in: &packet, at: start + 10)
    return transport(packet, IPProtocol(rawValue: bytes[start + 9]), at: start + Length.ipv4, peer, peerMAC)
  }

  /// RFC 8200. Without extension headers.
  private func ipv6(_ bytes: [UInt8], at start: Int, _ peerMAC: MACAddress) -> [UInt8]? {
    guard bytes.count >= start + Length.ipv6, bytes[start] >> 4 == 6, isOwn(address(bytes, start + 8)), let length = half(bytes, start + 4)
    else { return nil }
    var packet = Array(bytes.prefix(start + Length.ipv6 + Int(length)))
    let peer = address(bytes, start + 24)
    if !peer.isMulticast {
      for index in 0..<16 { packet[start + 24 + index] = UInt8(truncatingIfNeeded: WithoutOthers.v6.bits >> UInt128(120 - 8 * index)) }
    }
    return transport(packet, IPProtocol(rawValue: bytes[start + 6]), at: start + Length.ipv6, peer, peerMAC)
  }

  private func transport(
    _ bytes: [UInt8], _ ipProtocol: IPProtocol, at start: Int, _ peer: IPAddress, _ peerMAC: MACAddress
  ) -> [UInt8]? {
    var packet = bytes
    let (header, sum): (Int, Int)
    switch ipProtocol {
    case .tcp:
      guard bytes.count >= start + Length.tcp else { return nil }
      (header, sum) = (Int(bytes[start + 12] >> 4) * 4, 16)
      guard header >= Length.tcp, bytes.count >= start + header else { return nil }
    case .udp:
      guard bytes.count >= start + Length.udp else { return nil }
      (header, sum) = (Length.udp, 6)
    default: return nil
    }
    set(UInt16(0), in: &packet, at: start + sum)
    let ports = (source: half(bytes, start) ?? 0, destination: half(bytes, start + 2) ?? 0)
    let payload = Array(packet[(start + header)...])
    var kept = Array(payload.prefix(ipProtocol == .tcp ? keptOfStream(payload) : keptOfDatagram(payload, ports.source, ports.destination)))
    others.blank(&kept, peer: peer, peerMAC)
    return packet[..<(start + header)] + kept
  }

  // MARK: Payload

  /// Text, and records of TLS before the data (RFC 8446, section 5.1).
  private func keptOfStream(_ payload: [UInt8]) -> Int {
    if payload.count > 5, payload[0] == 22, payload[1] == 3 { return payload.count }
    return text(payload)
  }

  /// DHCP of the camera, names that it looks up and answers that it gives, the header of RTP (RFC 3550, section 5.1), and text.
  private func keptOfDatagram(_ payload: [UInt8], _ source: UInt16, _ destination: UInt16) -> Int {
    if (source, destination) == (68, 67) { return payload.count }
    let isAnswer = payload.count > 2 && payload[2] & 0x80 != 0
    if destination == 53 || source == 5353 && isAnswer {
      // Whose name an address has is asked with the address in parts (RFC 1035, section 3.5). In a search (RFC 6762), names of others stand.
      return payload.firstRange(of: Array("arpa".utf8)) == nil ? payload.count : 0
    }
    if source == 5353 { return 0 }
    if let first = payload.first, first >> 6 == 2, payload.count >= Length.rtp { return Length.rtp }
    return text(payload)
  }

  /// Bytes at the beginning that are readable text; 0 if they are few.
  private func text(_ payload: [UInt8]) -> Int {
    let count = payload.prefix { (0x20..<0x7F).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }.count
    return count >= 8 ? count : 0
  }

  // MARK: Bytes

  private func isOwn(_ address: IPAddress) -> Bool { address.isUnspecified || others.addresses.contains(address) }

  private func half(_ bytes: [UInt8], _ place: Int) -> UInt16? {
    place + 2 <= bytes.count ? UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]) : nil
  }

  /// The next ones are for places that were checked.
  private func word(_ bytes: [UInt8], _ place: Int) -> UInt32 { bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) } }

  private func mac(_ bytes: [UInt8], _ place: Int) -> MACAddress {
    MACAddress(bits: bytes[place..<place + 6].reduce(0) { $0 << 8 | UInt64($1) })
  }

  private func address(_ bytes: [UInt8], _ place: Int) -> IPAddress {
    IPAddress(bits: bytes[place..<place + 16].reduce(0) { $0 << 8 | UInt128($1) })
  }

  private func set(_ value: some FixedWidthInteger, in bytes: inout [UInt8], at place: Int) {
    let size = value.bitWidth / 8
    for index in 0..<size { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * (size - 1 - index))) }
  }

  private func set(_ mac: MACAddress, in bytes: inout [UInt8], at place: Int) {
    for index in 0..<6 { bytes[place + index] = UInt8(truncatingIfNeeded: mac.bits >> UInt64(40 - 8 * index)) }
  }
}
