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
  /// A bridged frame, where a tunnel names what it carries.
  public static let transparentEthernet = EtherType(rawValue: 0x6558)
  public static let mpls = EtherType(rawValue: 0x8847)
  public static let mplsUpstream = EtherType(rawValue: 0x8848)
  public static let pppoeSession = EtherType(rawValue: 0x8864)
  public static let lldp = EtherType(rawValue: 0x88CC)
  public static let macsec = EtherType(rawValue: 0x88E5)
  public static let fabricPath = EtherType(rawValue: 0x8903)
  public static let ciscoMetadata = EtherType(rawValue: 0x8909)
  // Not numbers of the registry:
  /// An IEEE 802.3 length, LLC follows.
  public static let llc = EtherType(rawValue: 1)
  /// An IEEE 802.11 management frame; the payload begins with its header.
  public static let wifiManagement = EtherType(rawValue: 2)
  /// Cisco's discovery protocol, which a number of Cisco's own within SNAP tells.
  public static let cdp = EtherType(rawValue: 3)
}

/// Internet protocol number (IANA).
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
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

public struct TCPFlags: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let fin = TCPFlags(rawValue: 1)
  public static let syn = TCPFlags(rawValue: 2)
  public static let rst = TCPFlags(rawValue: 4)
  public static let ack = TCPFlags(rawValue: 16)
}

/// A frame decoded in place: link, network and transport as far as they were understood. Decoding never fails: what was read
/// before trouble stays, and `undecoded` names the trouble.
public struct Packet: ~Escapable {
  public internal(set) var sourceMAC = MACAddress.none
  public internal(set) var destinationMAC = MACAddress.none
  public internal(set) var segment = Segment.untagged
  /// Who sent the tunnel that the packet travels in; of tunnels within tunnels the outermost.
  public internal(set) var tunnelSource: Station?
  /// The access point (BSSID) that a station on the air sends to.
  public internal(set) var accessPoint = MACAddress.none
  /// The machine that captured it sent it.
  public internal(set) var isOutgoing = false
  public internal(set) var etherType = EtherType.none
  /// `.none` where there is no IP header.
  public internal(set) var source = IPAddress.none
  public internal(set) var destination = IPAddress.none
  public internal(set) var ipProtocol = IPProtocol(rawValue: 0)
  public internal(set) var hopLimit: UInt8 = 0
  public internal(set) var sourcePort: UInt16 = 0
  public internal(set) var destinationPort: UInt16 = 0
  public internal(set) var tcpSequence: UInt32 = 0
  public internal(set) var tcpAcknowledgment: UInt32 = 0
  public internal(set) var tcpFlags: TCPFlags = []
  /// What follows the last decoded header.
  public internal(set) var payload: RawSpan
  /// Its length on the wire, which may exceed `payload.byteCount`.
  public internal(set) var payloadLength: Int
  public internal(set) var undecoded: Undecoded?
  /// TCP or UDP ports were read.
  public internal(set) var hasPorts = false

  /// A piece of an IP datagram: nothing behind the IP header was decoded.
  var fragment: Fragment?
  /// The payload is encrypted on the air: only the stations show.
  public internal(set) var isEncrypted = false
  /// Headers within headers so far.
  private var layers: UInt8 = 0

  /// Tags and encapsulations that are followed in one frame.
  static let maximumLayers: UInt8 = 8

  public var hasIP: Bool { etherType == .ipv4 || etherType == .ipv6 }

  @_lifetime(copy frame)
  public init(decoding frame: borrowing Frame) {
    payload = frame.bytes
    payloadLength = Swift.max(frame.originalLength, frame.bytes.byteCount)
    if frame.linkType == .ethernet { decodeEthernet() } else { decodeLink(frame.linkType) }
  }

  /// What the fragments of a datagram have in common.
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

  /// A datagram put together of fragments: what is behind the IP headers, and its length on the wire.
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

  /// Drops `count` bytes that were decoded from the head of the payload.
  mutating func advance(_ count: Int) {
    payload = payload.slice(count)
    payloadLength = Swift.max(payloadLength - count, payload.byteCount)
  }

  /// Cuts trailing bytes (Ethernet padding, trailers) where the protocol says a length of its own.
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

  /// One header more within others; false where there are too many.
  mutating func descend() -> Bool {
    layers += 1
    if layers <= Self.maximumLayers { return true }
    malformed("nesting")
    return false
  }

  /// What follows travels inside a tunnel: its addresses are the packet's, those around it are the carrier's.
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
