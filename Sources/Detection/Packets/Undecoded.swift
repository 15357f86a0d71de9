/// The reason why a part of a frame was not decoded. The coverage counts it, so that nothing is dropped silently.
public enum Undecoded: Hashable, Sendable {
  case linkType(LinkType)
  case etherType(EtherType)
  case ipProtocol(IPProtocol)
  /// A protocol with another kind of number or without one.
  case named(StaticName)
  case fragment
  case malformed(StaticName)

  public struct StaticName: Hashable, Sendable {
    public let rawValue: String
    public init(_ name: String) { rawValue = name }
  }

  public var name: String {
    switch self {
    case .linkType(let type): "link type: \(type.name)"
    case .etherType(let type): type.name
    case .ipProtocol(let number): number.name
    case .named(let name): name.rawValue
    case .fragment: "ip fragment"
    case .malformed(let name): "malformed \(name.rawValue)"
    }
  }
}

extension EtherType {
  /// The usual name, or `ethertype 0x` and the number.
  public var name: String { Self.names[rawValue] ?? "ethertype 0x" + String(rawValue, radix: 16) }

  /// The type has a name, so the bytes are probably a frame.
  var isKnown: Bool { Self.names[rawValue] != nil }

  private static let names: [UInt16: String] = [
    0x0001: "802.3 llc", 0x0002: "802.11 management", 0x0800: "ipv4", 0x0806: "arp", 0x0842: "wake on lan", 0x0BAD: "vines",
    0x22EA: "srp", 0x22F0: "avtp", 0x22F3: "trill", 0x4305: "batman", 0x6002: "dec mop", 0x6003: "decnet", 0x6004: "dec lat",
    0x6558: "bridged ethernet",
    0x8035: "rarp", 0x809B: "appletalk", 0x80F3: "aarp", 0x8100: "vlan tag", 0x8137: "ipx", 0x8204: "qnx", 0x86DD: "ipv6",
    0x8808: "ethernet flow control", 0x8809: "lacp", 0x880B: "ppp", 0x8819: "cobranet", 0x8847: "mpls", 0x8848: "mpls",
    0x8863: "pppoe discovery", 0x8864: "pppoe", 0x886D: "intel ans", 0x8870: "jumbo llc", 0x8874: "broadcom management", 0x887B: "homeplug",
    0x888E: "eapol", 0x8892: "profinet", 0x8899: "realtek", 0x889A: "hyperscsi", 0x88A2: "ata over ethernet",
    0x88A4: "ethercat", 0x88A8: "vlan tag",
    0x88AB: "powerlink", 0x88B5: "experimental", 0x88B6: "experimental", 0x88B7: "vendor specific", 0x88B8: "goose",
    0x88B9: "gse", 0x88BA: "sampled values", 0x88BE: "erspan", 0x88C7: "802.11 pre-authentication", 0x88CA: "tipc", 0x88CC: "lldp",
    0x88CD: "sercos", 0x88D9: "lltd", 0x88E1: "homeplug av", 0x88E3: "media redundancy", 0x88E5: "macsec",
    0x88E7: "provider backbone bridge",
    0x88F5: "mvrp", 0x88F6: "mmrp", 0x88F7: "ptp", 0x88F8: "nc-si", 0x88FB: "prp", 0x8902: "cfm", 0x8903: "fabricpath",
    0x8906: "fcoe",
    0x8909: "cisco metadata", 0x890D: "802.11r", 0x8914: "fip", 0x8915: "roce", 0x8917: "802.21", 0x891D: "tte", 0x8926: "vn-tag",
    0x892F: "hsr", 0x893A: "1905", 0x893F: "802.1br tag", 0x894F: "nsh", 0x9000: "loopback test", 0x9100: "vlan tag",
    0xA0ED: "6lowpan", 0xD28B: "arista timestamp", 0xDADA: "marvell switch tag",
  ]
}

extension IPProtocol {
  /// The keyword of IANA in lower case, or `ip protocol` and the number.
  public var name: String { Self.names[rawValue] ?? "ip protocol \(rawValue)" }

  private static let names: [UInt8: String] = [
    0: "hop-by-hop", 1: "icmp", 2: "igmp", 3: "ggp", 4: "ip in ip", 5: "st", 6: "tcp", 8: "egp", 9: "igp", 17: "udp", 27: "rdp", 33: "dccp",
    41: "ipv6 in ip", 46: "rsvp", 47: "gre", 48: "dsr", 50: "esp", 51: "ah", 54: "narp", 55: "mobile", 58: "icmpv6", 59: "no next header",
    88: "eigrp", 89: "ospf", 94: "ipip", 97: "etherip", 98: "encap", 103: "pim", 108: "ipcomp", 112: "vrrp", 113: "pgm",
    115: "l2tpv3", 123: "ptp over ip", 124: "isis over ip", 132: "sctp", 133: "fibre channel", 135: "mobility header", 136: "udp-lite",
    137: "mpls in ip", 138: "manet", 139: "hip", 140: "shim6", 143: "ethernet", 253: "experimental", 254: "experimental",
    255: "reserved",
  ]
}
