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
  /// Not a number of the registry: an IEEE 802.3 length, LLC follows.
  public static let llc = EtherType(rawValue: 1)
}

/// Internet protocol number (IANA).
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let icmp = IPProtocol(rawValue: 1)
  public static let igmp = IPProtocol(rawValue: 2)
  public static let tcp = IPProtocol(rawValue: 6)
  public static let udp = IPProtocol(rawValue: 17)
  public static let icmpv6 = IPProtocol(rawValue: 58)
}

public struct TCPFlags: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let fin = TCPFlags(rawValue: 1)
  public static let syn = TCPFlags(rawValue: 2)
  public static let rst = TCPFlags(rawValue: 4)
  public static let ack = TCPFlags(rawValue: 16)
}

/// Which part of the network a frame was on: VLAN tags in order. Addresses may repeat between segments.
public struct Segment: Hashable, Sendable, CustomStringConvertible {
  /// 13 bits a tag (bit 12 set: present), innermost lowest.
  public private(set) var bits: UInt32 = 0

  public static let untagged = Segment()

  mutating func push(vlan: UInt16) { bits = bits << 13 | 0x1000 | UInt32(vlan & 0xFFF) }

  /// `vlan 12`, `vlan 100.12` (outer first); empty where untagged.
  public var description: String {
    let (outer, inner) = (bits >> 13, bits)
    if outer & 0x1000 != 0 { return "vlan \(outer & 0xFFF).\(inner & 0xFFF)" }
    return inner & 0x1000 != 0 ? "vlan \(inner & 0xFFF)" : ""
  }
}

/// What of a frame was not decoded: counted in the coverage, never dropped in silence.
public enum Undecoded: Hashable, Sendable {
  case linkType(LinkType)
  case etherType(EtherType)
  case ipProtocol(IPProtocol)
  case fragment
  case malformed(StaticName)

  public struct StaticName: Hashable, Sendable {
    public let rawValue: String
    public init(_ name: String) { rawValue = name }
  }

  public var name: String {
    switch self {
    case .linkType(let type): "link type: \(type.name)"
    case .etherType(.llc): "802.3 llc"
    case .etherType(let type): "ethertype 0x" + String(type.rawValue, radix: 16)
    case .ipProtocol(let number): "ip protocol \(number.rawValue)"
    case .fragment: "ip fragment"
    case .malformed(let name): "malformed \(name.rawValue)"
    }
  }
}

/// A frame decoded in place: link, network and transport as far as they were understood. Decoding never fails: what was read
/// before trouble stays, and `undecoded` names the trouble.
public struct Packet: ~Escapable {
  public internal(set) var sourceMAC = MACAddress.none
  public internal(set) var destinationMAC = MACAddress.none
  public internal(set) var segment = Segment.untagged
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

  public var hasIP: Bool { etherType == .ipv4 || etherType == .ipv6 }

  @_lifetime(copy frame)
  public init(decoding frame: borrowing Frame) {
    payload = frame.bytes
    payloadLength = Swift.max(frame.originalLength, frame.bytes.byteCount)
    switch frame.linkType {
    case .ethernet: decodeEthernet()
    case .linuxSLL: decodeLinuxCooked()
    case .linuxSLL2: decodeLinuxCooked2()
    case .raw, .rawIPOpenBSD, .rawIPBSDOS, .ipv4, .ipv6: decodeRawIP()
    case .null, .loop: decodeLoopback()
    default: undecoded = .linkType(frame.linkType)
    }
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
    case .arp: break
    default: undecoded = .etherType(type)
    }
  }

  mutating func decodeTransport() {
    switch ipProtocol {
    case .tcp: decodeTCP()
    case .udp: decodeUDP()
    case .icmp, .icmpv6, .igmp: break
    default: undecoded = .ipProtocol(ipProtocol)
    }
  }

  mutating func malformed(_ layer: String) { undecoded = .malformed(.init(layer)) }
}
