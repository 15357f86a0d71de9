import Detection

/// Decides how many bytes of each packet are kept where packets are stored or handed out: what an unencrypted camera sends are pictures of
/// people in a room.
///
/// What reasons cite stays: addresses, names, announcements, requests, headers, descriptions of streams, beginnings of encryption. Media goes,
/// and so does what nothing here knows, except its first bytes. Give it the packets of a recording in their order, also those that are not
/// wanted: whether a segment continues a picture is known from those before it.
public struct MediaCut {
  /// Directions of TCP connections that are remembered. In later ones only what each packet says of itself is kept.
  static let streamLimit = 65_536
  /// Bytes of a payload of unknown form.
  static let unknownLimit = 64
  /// Bytes behind a packet that is kept whole: padding and check sums.
  static let trailerLimit = 64
  /// Bytes of a frame without any payload.
  static let headerLimit = 256

  private struct Direction: Hashable {
    let segment: Segment
    let source: IPAddress
    let destination: IPAddress
    let ports: UInt32
  }

  private var streams: [Direction: StreamCut] = [:]

  public init() {}

  /// The number of bytes from the frame's beginning that hold no media. Not more than were captured.
  public mutating func keptBytes(of frame: borrowing Frame) -> Int {
    let packet = Packet(decoding: frame)
    let captured = frame.bytes.byteCount
    guard packet.payload.byteCount > 0 else { return min(captured, Self.headerLimit) }
    let offset = Self.offset(of: packet.payload, in: frame.bytes)
    let payload = unsafe packet.payload.withUnsafeBytes { unsafe [UInt8]($0) }
    let kept = kept(payload[...], of: packet)
    guard kept >= payload.count else { return offset + kept }
    return min(captured, offset + payload.count + Self.trailerLimit)
  }

  /// The payload is a part of the frame.
  private static func offset(of payload: RawSpan, in frame: RawSpan) -> Int {
    unsafe payload.withUnsafeBytes { part in
      unsafe frame.withUnsafeBytes { whole in
        unsafe part.baseAddress.flatMap { end in unsafe whole.baseAddress.map { unsafe end - $0 } } ?? 0
      }
    }
  }

  private mutating func kept(_ payload: ArraySlice<UInt8>, of packet: borrowing Packet) -> Int {
    switch packet.etherType {
    case .arp, .lldp, .cdp, .wifiManagement: return payload.count
    default: break
    }
    if packet.isEncrypted { return 0 }
    guard packet.hasIP else { return UnknownPayload.kept(payload) }
    switch packet.ipProtocol {
    case .udp where packet.hasPorts: return DatagramCut.kept(payload, ports: [packet.sourcePort, packet.destinationPort])
    case .tcp where packet.hasPorts: return keptOfStream(payload, packet)
    case .udp: return DatagramCut.keptOfFragment(payload)
    case .igmp: return payload.count
    // Router and neighbour discovery, not errors, which quote other packets: RFC 4443, section 2.1, and RFC 4861.
    case .icmpv6 where payload.first.map { (130...143).contains($0) } == true: return payload.count
    default: return UnknownPayload.kept(payload)
    }
  }

  private mutating func keptOfStream(_ payload: ArraySlice<UInt8>, _ packet: borrowing Packet) -> Int {
    let direction = Direction(
      segment: packet.segment, source: packet.source, destination: packet.destination,
      ports: UInt32(packet.sourcePort) << 16 | UInt32(packet.destinationPort))
    if packet.tcpFlags.contains(.syn) { streams[direction] = nil }
    guard var stream = streams.removeValue(forKey: direction) ?? (streams.count < Self.streamLimit ? StreamCut() : nil) else {
      var unknown = StreamCut(isKnown: false)
      return unknown.kept(payload, wireLength: packet.payloadLength, sequence: packet.tcpSequence)
    }
    let kept = stream.kept(payload, wireLength: packet.payloadLength, sequence: packet.tcpSequence)
    streams[direction] = stream
    return kept
  }
}
