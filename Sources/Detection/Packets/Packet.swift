/// EtherType (IEEE 802 numbers).
public struct EtherType: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public static let none = EtherType(rawValue: 0)
  public static let ipv4 = EtherType(rawValue: 0x0800)
  public static let arp = EtherType(rawValue: 0x0806)
  public static let vlan = EtherType(rawValue: 0x8100)
  public static let ipv6 = EtherType(rawValue: 0x86DD)
  public static let qinq = EtherType(rawValue: 0x88A8)
  public static let qinqOld = EtherType(rawValue: 0x9100)
  /// A bridged frame in a tunnel.
  public static let transparentEthernet = EtherType(rawValue: 0x6558)
  public static let mpls = EtherType(rawValue: 0x8847)
  public static let mplsUpstream = EtherType(rawValue: 0x8848)
  public static let pppoeSession = EtherType(rawValue: 0x8864)
  public static let lldp = EtherType(rawValue: 0x88CC)
  public static let macsec = EtherType(rawValue: 0x88E5)
  public static let fabricPath = EtherType(rawValue: 0x8903)
  public static let ciscoMetadata = EtherType(rawValue: 0x8909)
  // Not numbers of the registry:
  /// An IEEE 802.3 length, followed by LLC.
  public static let llc = EtherType(rawValue: 1)
  /// An IEEE 802.11 management frame; the payload begins with its header.
  public static let wifiManagement = EtherType(rawValue: 2)
  /// Cisco's discovery protocol, which has a number of Cisco within SNAP.
  public static let cdp = EtherType(rawValue: 3)
}

/// Internet protocol number (IANA).
public struct IPProtocol: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let icmp = IPProtocol(rawValue: 1)
  public static let igmp = IPProtocol(rawValue: 2)
  public static let ipv4 = IPProtocol(rawValue: 4)
  public static let tcp = IPProtocol(rawValue: 6)
  public static let udp = IPProtocol(rawValue: 17)
  public static let ipv6 = IPProtocol(rawValue: 41)
  public static let gre = IPProtocol(rawValue: 47)
  public static let authentication = IPProtocol(rawValue: 51)
  public static let icmpv6 = IPProtocol(rawValue: 58)
  public static let etherIP = IPProtocol(rawValue: 97)
  public static let mpls = IPProtocol(rawValue: 137)
}

public struct TCPFlags: OptionSet, BitwiseCopyable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let fin = TCPFlags(rawValue: 1)
  public static let syn = TCPFlags(rawValue: 2)
  public static let rst = TCPFlags(rawValue: 4)
  public static let ack = TCPFlags(rawValue: 16)
}

/// A frame decoded in place: link, network and transport, as far as they are understood. Decoding never fails: headers before a problem
/// are kept, and `undecoded` names the problem.
public struct Packet: ~Escapable {
  public internal(set) var sourceMAC = MACAddress.none
  public internal(set) var destinationMAC = MACAddress.none
  public internal(set) var segment = Segment.untagged
  /// The sender of the tunnel that contains the packet; of nested tunnels the outermost.
  public internal(set) var tunnelSource: Station?
  /// The access point (BSSID) to which a Wi-Fi station sends.
  public internal(set) var accessPoint = MACAddress.none
  /// The capturing machine sent the packet.
  public internal(set) var isOutgoing = false
  public internal(set) var etherType = EtherType.none
  /// `.none` if there is no IP header.
  public internal(set) var source = IPAddress.none
  public internal(set) var destination = IPAddress.none
  public internal(set) var ipProtocol = IPProtocol(rawValue: 0)
  public internal(set) var hopLimit: UInt8 = 0
  public internal(set) var sourcePort: UInt16 = 0
  public internal(set) var destinationPort: UInt16 = 0
  public internal(set) var tcpSequence: UInt32 = 0
  public internal(set) var tcpAcknowledgment: UInt32 = 0
  public internal(set) var tcpFlags: TCPFlags = []
  /// Only of a segment that opens a connection.
  public internal(set) var syn: SYN?
  /// The bytes behind the last decoded header.
  public internal(set) var payload: RawSpan
  /// Bytes of the payload on the wire, which may exceed `payload.byteCount`.
  public internal(set) var payloadLength: Int
  public internal(set) var undecoded: Undecoded?
  /// The packet has TCP or UDP ports.
  public internal(set) var hasPorts = false

  /// The piece of an IP datagram that the packet holds. Nothing behind the IP header is decoded then.
  var fragment: Fragment?
  /// Wi-Fi encrypts the payload: only the stations are known.
  public internal(set) var isEncrypted = false
  /// The number of nested headers so far.
  private var layers: UInt8 = 0

  /// Tags and encapsulations that are decoded in one frame.
  static let maximumLayers: UInt8 = 8

  public var hasIP: Bool { etherType == .ipv4 || etherType == .ipv6 }

  @_lifetime(copy frame)
  public init(decoding frame: borrowing Frame) {
    payload = frame.bytes
    payloadLength = Swift.max(frame.originalLength, frame.bytes.byteCount)
    if frame.linkType == .ethernet { decodeEthernet() } else { decodeLink(frame.linkType) }
  }

  /// The values that all fragments of a datagram share.
  struct Envelope {
    let sourceMAC: MACAddress
    let destinationMAC: MACAddress
    let segment: Segment
    let etherType: EtherType
    let source: IPAddress
    let destination: IPAddress
    let ipProtocol: IPProtocol
    let hopLimit: UInt8
    fileprivate let layers: UInt8
  }

  var envelope: Envelope {
    Envelope(
      sourceMAC: sourceMAC, destinationMAC: destinationMAC, segment: segment, etherType: etherType, source: source,
      destination: destination, ipProtocol: ipProtocol, hopLimit: hopLimit, layers: layers)
  }

  /// Decodes a reassembled datagram: the bytes behind the IP headers, and their number on the wire.
  @_lifetime(copy datagram)
  init(reassembled datagram: RawSpan, length: Int, _ envelope: Envelope) {
    payload = datagram
    payloadLength = Swift.max(length, datagram.byteCount)
    sourceMAC = envelope.sourceMAC
    destinationMAC = envelope.destinationMAC
    segment = envelope.segment
    etherType = envelope.etherType
    source = envelope.source
    destination = envelope.destination
    ipProtocol = envelope.ipProtocol
    hopLimit = envelope.hopLimit
    layers = envelope.layers
    guard descend() else { return }
    if etherType == .ipv6 { decodeIPv6Extensions(ipProtocol.rawValue) } else { decodeTransport() }
  }

  /// Removes `count` decoded bytes from the beginning of the payload.
  @inline(__always)
  mutating func advance(_ count: Int) {
    payload = payload.slice(count)
    payloadLength = Swift.max(payloadLength - count, payload.byteCount)
  }

  /// Removes trailing bytes (Ethernet padding, trailers) beyond the length that the protocol states.
  mutating func limit(to length: Int) {
    payload = payload.slice(0, length)
    payloadLength = length
  }

  mutating func decodeNetwork(_ type: EtherType) {
    etherType = type
    switch type {
    case .ipv4: decodeIPv4()
    case .ipv6: decodeIPv6()
    case .arp, .lldp: break
    default: decodeOther(type)
    }
  }

  @inline(never)
  private mutating func decodeOther(_ type: EtherType) {
    guard descend() else { return }
    switch type {
    case .llc: decodeLLC()
    case .vlan, .qinq, .qinqOld: decodeTag()
    case .mpls, .mplsUpstream: decodeMPLS()
    case .pppoeSession: decodePPPoE()
    case .macsec: decodeMACsec()
    case .fabricPath: decodeFabricPath()
    case .ciscoMetadata: decodeCiscoMetadata()
    default: undecoded = .etherType(type)
    }
  }

  mutating func decodeTransport() {
    switch ipProtocol {
    case .tcp: decodeTCP()
    case .udp: decodeUDP()
    case .icmp, .icmpv6, .igmp: break
    default: decodeEncapsulation()
    }
  }

  /// Counts one more nested header. Returns whether the limit allows it.
  mutating func descend() -> Bool {
    layers += 1
    if layers <= Self.maximumLayers { return true }
    malformed("nesting")
    return false
  }

  /// Enters a tunnel: the addresses so far become those of the tunnel, and the inner ones those of the packet.
  mutating func enter(_ tunnel: Segment.Kind, _ identifier: UInt32 = 0) -> Bool {
    if tunnelSource == nil, source.isUnicast { tunnelSource = Station(segment: segment, mac: sourceMAC, address: source) }
    segment.push(tunnel, identifier)
    sourceMAC = .none
    destinationMAC = .none
    accessPoint = .none
    etherType = .none
    source = .none
    destination = .none
    ipProtocol = IPProtocol(rawValue: 0)
    sourcePort = 0
    destinationPort = 0
    hasPorts = false
    return descend()
  }

  mutating func malformed(_ layer: String) { undecoded = .malformed(.init(layer)) }
  mutating func unknown(_ name: String) { undecoded = .named(.init(name)) }
}
