/// What a frame begins with: a LINKTYPE value of the pcap registry (https://www.tcpdump.org/linktypes.html).
public struct LinkType: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let null = LinkType(rawValue: 0)
  public static let ethernet = LinkType(rawValue: 1)
  public static let rawIPOpenBSD = LinkType(rawValue: 12)
  public static let rawIPBSDOS = LinkType(rawValue: 14)
  public static let raw = LinkType(rawValue: 101)
  public static let loop = LinkType(rawValue: 108)
  public static let linuxSLL = LinkType(rawValue: 113)
  public static let ipv4 = LinkType(rawValue: 228)
  public static let ipv6 = LinkType(rawValue: 229)
  public static let linuxSLL2 = LinkType(rawValue: 276)

  /// The registry's name, in lower case, or `linktype N`.
  public var name: String { Self.names[rawValue] ?? "linktype \(rawValue)" }

  private static let names: [UInt16: String] = [
    0: "null", 1: "ethernet", 3: "ax25", 6: "token ring", 7: "arcnet", 8: "slip", 9: "ppp", 10: "fddi", 12: "raw ip", 14: "raw ip",
    50: "ppp hdlc", 51: "pppoe", 101: "raw ip", 104: "c-hdlc", 105: "802.11", 107: "frame relay", 108: "loop", 113: "linux cooked",
    114: "localtalk", 117: "pflog", 119: "802.11 prism", 127: "802.11 radiotap", 129: "arcnet linux", 138: "apple ip over firewire",
    143: "docsis", 147: "user 0", 163: "802.11 avs", 165: "bacnet ms/tp", 187: "bluetooth hci", 189: "usb linux", 192: "ppi",
    195: "802.15.4", 197: "erf", 201: "bluetooth hci with direction", 220: "usb linux mmapped", 226: "ipnet", 227: "can",
    228: "raw ipv4", 229: "raw ipv6", 230: "802.15.4 without fcs", 239: "nflog", 240: "netanalyzer", 249: "usbpcap",
    251: "bluetooth le", 253: "netlink", 254: "bluetooth monitor", 256: "bluetooth le with phdr", 258: "pktap",
    272: "ppp with direction", 276: "linux cooked v2", 277: "openflow", 289: "z-wave", 292: "elee",
  ]
}
