/// The kind of header with which a frame begins: a LINKTYPE value of the pcap registry (https://www.tcpdump.org/linktypes.html).
public struct LinkType: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Converts a link type of 32 bits, as in headers of other link types.
  init?(exactly value: UInt32) {
    guard let number = UInt16(exactly: value) else { return nil }
    rawValue = number
  }

  public static let null = LinkType(rawValue: 0)
  public static let ethernet = LinkType(rawValue: 1)
  public static let ppp = LinkType(rawValue: 9)
  public static let rawIPOpenBSD = LinkType(rawValue: 12)
  public static let rawIPBSDOS = LinkType(rawValue: 14)
  public static let raw = LinkType(rawValue: 101)
  public static let hdlc = LinkType(rawValue: 104)
  public static let wifi = LinkType(rawValue: 105)
  public static let frameRelay = LinkType(rawValue: 107)
  public static let loop = LinkType(rawValue: 108)
  public static let linuxSLL = LinkType(rawValue: 113)
  public static let radiotap = LinkType(rawValue: 127)
  public static let ipv4 = LinkType(rawValue: 228)
  public static let ipv6 = LinkType(rawValue: 229)
  public static let linuxSLL2 = LinkType(rawValue: 276)

  /// The name in the registry in lower case, or `linktype N`.
  public var name: String {
    if let name = Self.names[rawValue] { return name }
    return (147...162).contains(rawValue) ? "user \(rawValue - 147)" : "linktype \(rawValue)"
  }

  private static let names: [UInt16: String] = [
    0: "null", 1: "ethernet", 2: "experimental ethernet", 3: "ax25", 4: "pronet", 5: "chaosnet", 6: "token ring", 7: "arcnet", 8: "slip",
    9: "ppp", 10: "fddi", 12: "raw ip", 14: "raw ip", 50: "ppp hdlc", 51: "pppoe", 99: "symantec firewall", 100: "atm", 101: "raw ip",
    104: "c-hdlc", 105: "802.11", 106: "linux atm clip", 107: "frame relay", 108: "loop", 109: "enc", 112: "cisco hdlc",
    113: "linux cooked", 114: "localtalk", 115: "econet", 116: "ipfilter", 117: "pflog", 118: "cisco ios", 119: "802.11 prism",
    120: "802.11 aironet", 121: "pfsync", 122: "ip over fibre channel", 123: "sunatm", 124: "rapidio", 125: "pci express", 126: "aurora",
    127: "802.11 radiotap", 128: "tzsp", 129: "arcnet linux", 130: "juniper mlppp", 131: "juniper mlfr", 132: "juniper es",
    133: "juniper ggsn", 134: "juniper mfr", 135: "juniper atm2", 136: "juniper services", 137: "juniper atm1",
    138: "apple ip over firewire", 139: "mtp2 with phdr", 140: "mtp2", 141: "mtp3", 142: "sccp", 143: "docsis", 144: "linux irda",
    145: "ibm sp", 146: "ibm sn", 163: "802.11 avs", 164: "juniper monitor", 165: "bacnet ms/tp", 166: "ppp pppd", 167: "juniper pppoe",
    168: "juniper pppoe atm", 169: "gprs llc", 170: "gpf-t", 171: "gpf-f", 172: "gcom t1e1", 173: "gcom serial",
    174: "juniper pic peer", 175: "erf ethernet", 176: "erf pos", 177: "linux lapd", 178: "juniper ethernet", 179: "juniper ppp",
    180: "juniper frame relay", 181: "juniper c-hdlc", 182: "multilink frame relay", 183: "juniper voice", 184: "arinc 429",
    185: "arinc 653", 186: "usb", 187: "bluetooth hci", 188: "802.16", 189: "usb linux", 190: "can 2.0b", 191: "802.15.4 linux", 192: "ppi",
    193: "802.16 radio", 194: "juniper ism", 195: "802.15.4", 196: "sita", 197: "erf", 198: "raif1", 199: "ipmb", 200: "juniper st",
    201: "bluetooth hci with direction", 202: "ax25 kiss", 203: "lapd", 204: "ppp with direction", 205: "c-hdlc with direction",
    206: "frame relay with direction", 207: "lapb with direction", 209: "ipmb linux", 210: "flexray", 211: "most", 212: "lin",
    213: "x2e serial", 214: "x2e xoraya", 215: "802.15.4 nonask", 216: "linux evdev", 217: "gsmtap um", 218: "gsmtap abis", 219: "mpls",
    220: "usb linux mmapped", 221: "dect", 222: "aos", 223: "wirelesshart", 224: "fibre channel", 225: "fibre channel with delimiters",
    226: "ipnet", 227: "can", 228: "raw ipv4", 229: "raw ipv6", 230: "802.15.4 without fcs", 231: "dbus", 232: "juniper vs",
    233: "juniper srx", 234: "juniper fibre channel", 235: "dvb-ci", 236: "3gpp mux", 237: "stanag 5066", 238: "juniper atm cemic",
    239: "nflog", 240: "netanalyzer", 241: "netanalyzer transparent", 242: "ip over infiniband", 243: "mpeg-2 ts", 244: "ng40",
    245: "nfc", 246: "pfsync", 247: "infiniband", 248: "sctp", 249: "usbpcap", 250: "rtac serial", 251: "bluetooth le",
    252: "wireshark upper pdu", 253: "netlink", 254: "bluetooth monitor", 255: "bluetooth br/edr", 256: "bluetooth le with phdr",
    257: "profibus", 258: "pktap", 259: "epon", 260: "ipmi hpm.2", 261: "z-wave r1", 262: "z-wave r3", 263: "wattstopper", 264: "iso 14443",
    265: "rds", 266: "usb darwin", 267: "openflow", 268: "sdlc", 269: "ti lln sniffer", 270: "loratap", 271: "vsock", 272: "nordic ble",
    273: "docsis 3.1", 274: "ethernet mpacket", 275: "displayport", 276: "linux cooked v2", 277: "sercos monitor", 278: "openvizsla",
    279: "ebhscr", 280: "vpp dispatch", 281: "broadcom switch tag", 282: "broadcom switch tag", 283: "802.15.4 tap",
    284: "marvell switch tag", 285: "marvell switch tag", 286: "elee", 287: "z-wave serial", 288: "usb 2.0", 289: "atsc alp", 290: "etw",
  ]
}

extension Packet {
  /// Decodes every link type but Ethernet, which the caller handles.
  @inline(never)
  mutating func decodeLink(_ type: LinkType) {
    switch type.rawValue {
    case 0, 108: decodeLoopback()
    case 1: decodeEthernet()
    case 6: decodeTokenRing()
    case 7: decodeARCNET(isLinux: false)
    case 8: decodeSLIP()
    case 9: decodePPP()
    case 10: decodeFDDI()
    case 12, 14, 101, 228, 229: decodeRawIP()
    case 50, 104, 112: decodeHDLC()
    case 51: decodePPPoE()
    case 100: decodeNetwork(.llc)
    case 106: decodeClassicalIP()
    case 105: decodeWiFi()
    case 107: decodeFrameRelay()
    case 109: decodeENC()
    case 113: decodeLinuxCooked()
    case 117: decodePFLOG()
    case 119: decodePrism()
    case 123: decodeSunATM()
    case 127: decodeRadiotap()
    case 129: decodeARCNET(isLinux: true)
    case 138: decodeFireWire()
    // Darwin uses the second user type for PKTAP; other programs use it for anything.
    case 149 where isPKTAP, 258: decodePKTAP()
    case 163: decodeAVS()
    case 166: decodePPPD()
    case 178: decodeJuniperEthernet()
    case 189: decodeUSBLinux(isMapped: false)
    case 192: decodePPI()
    case 197: decodeERF()
    case 204: decodeDirected(.ppp)
    case 205: decodeDirected(.hdlc)
    case 206: decodeDirected(.frameRelay)
    case 219: decodeMPLS()
    case 220: decodeUSBLinux(isMapped: true)
    case 226: decodeIPNET()
    case 239: decodeNFLOG()
    case 240: decodeNetANALYZER(preamble: 0)
    case 241: decodeNetANALYZER(preamble: 8)
    case 242: decodeIPOverInfiniBand()
    case 249: decodeUSBPcap()
    case 276: decodeLinuxCooked2()
    case 281: decodeBroadcomTag()
    case 282: decodePrependedTag()
    case 284: decodeMarvellTag(isExtended: false)
    case 285: decodeMarvellTag(isExtended: true)
    default: undecoded = .linkType(type)
    }
  }
}
