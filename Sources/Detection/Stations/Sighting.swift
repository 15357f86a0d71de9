/// What a packet shows of its stations and its conversation, apart from its contents: 64 bytes, which is one line of the processor's cache.
struct Sighting: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// A frame that shows nothing but that time goes on.
    case nothing
    /// TCP or UDP over IPv4 in an untagged Ethernet frame: what it shows is in the sighting.
    case plain
    /// Another packet with IP addresses. Its header comes with it.
    case packet
    /// A frame without IP. Its header comes with it.
    case link
    /// The end of a tunnel. The header of the packet in the tunnel comes with it.
    case tunnel
    /// A time to look at what goes on, without a packet. `number` has when it was due, and a `Check` comes with it.
    case check
    /// The input ends: conversations are closed with the sightings that follow.
    case ending
    /// All conversations are closed. A `Check` comes with it.
    case ended
    /// The clock is set to this time from now on, after all conversations were closed. `number` has the step.
    case epoch
    /// A clock that was set back before leaps ahead. `number` has the step.
    case leap
  }

  struct Flags: OptionSet, BitwiseCopyable {
    let rawValue: UInt32
    /// The first sighting of a frame.
    static let first = Flags(rawValue: 1)
    /// The engine's clock is at its time.
    static let onTime = Flags(rawValue: 2)
    /// It belongs to a conversation, `flow`.
    static let hasFlow = Flags(rawValue: 4)
    /// From the lower end of the flow's key to the higher.
    static let forward = Flags(rawValue: 8)
    /// The first packet of its conversation, and of its direction.
    static let opens = Flags(rawValue: 16)
    static let beginsDirection = Flags(rawValue: 32)
    /// A second of its conversation begins, after a silence, or after a pause of several seconds.
    static let beginsSecond = Flags(rawValue: 64)
    static let endsSilence = Flags(rawValue: 128)
    static let endsPause = Flags(rawValue: 256)
    /// Both sides of its conversation took part, up to this packet.
    static let exchange = Flags(rawValue: 512)
    static let tcp = Flags(rawValue: 1024)
    /// Broadcast or multicast, by its link or network address.
    static let toGroup = Flags(rawValue: 2048)
    /// A unicast frame that the capturing machine did not send.
    static let unicastFrame = Flags(rawValue: 4096)
    /// Put together of fragments, which its stations are known to have sent.
    static let counted = Flags(rawValue: 8192)
    /// It shows where the frame arrived.
    static let showsIngress = Flags(rawValue: 16_384)
    /// Numbers of addresses, events, or claims of addresses come with it.
    static let hasNumbers = Flags(rawValue: 32_768)
    static let hasEvents = Flags(rawValue: 65_536)
    static let hasClaims = Flags(rawValue: 131_072)
  }

  var time: Timestamp
  /// Of the packet: its number and file.
  var number: UInt64
  var mac = MACAddress.none
  var file: UInt32
  var flags: Flags
  /// Of a plain one.
  var sourceAddress: UInt32 = 0
  var destinationAddress: UInt32 = 0
  /// Numbers of its conversation and its addresses.
  var flow: UInt32 = 0
  var source: UInt32 = 0
  var destination: UInt32 = 0
  /// On the wire.
  var frameLength: UInt32 = 0
  var payloadLength: UInt32 = 0
  var interface: UInt16
  /// Routers that it had passed; `Hops.unknown` where it does not show.
  var hops = Hops.unknown
  var kind: Kind

  @inline(__always)
  init(_ kind: Kind, at time: Timestamp, _ packet: PacketReference, _ flags: Flags = [], interface: UInt16 = CaptureInterfaces.unnamed) {
    self.kind = kind
    self.time = time
    number = packet.number
    file = packet.file
    self.flags = flags
    self.interface = interface
  }

  @inline(__always)
  func has(_ flag: Flags) -> Bool { flags.rawValue & flag.rawValue != 0 }

  /// The packet shows nothing that a plain one does not, too.
  @inline(__always)
  func becomesPlain(_ packet: borrowing Packet) -> Bool {
    flags.isDisjoint(with: [.counted, .opens, .beginsDirection, .endsSilence]) && packet.segment == .untagged && packet.etherType == .ipv4
      && packet.syn == nil && packet.accessPoint.isNone && packet.tunnelSource == nil && !packet.isOutgoing
  }

  var packet: PacketReference { PacketReference(file: file, number: number) }
  var isForward: Bool { has(.forward) }

  /// When a check was due.
  var due: Timestamp { Timestamp(nanoseconds: Int64(bitPattern: number)) }
  /// What a clock was moved by.
  var step: Nanoseconds { Nanoseconds(count: Int64(bitPattern: number)) }
}

/// The headers of a packet that may show more than a plain one.
struct PacketHeader: BitwiseCopyable {
  let sourceMAC: MACAddress
  let destinationMAC: MACAddress
  let segment: Segment
  let tunnelSource: Station?
  let accessPoint: MACAddress
  let source: IPAddress
  let destination: IPAddress
  let syn: SYN?
  let tcpSequence: UInt32
  let tcpAcknowledgment: UInt32
  let payloadLength: Int
  /// Of the payload's beginning; only of what a declared device sends.
  let content: UInt64
  let sourcePort: UInt16
  let destinationPort: UInt16
  let ipProtocol: IPProtocol
  let hopLimit: UInt8
  let tcpFlags: TCPFlags
  let isOutgoing: Bool
  let isEncrypted: Bool
  let isFragment: Bool
  let hasPorts: Bool
  /// The payload is a STUN message, by its cookie.
  let holdsSTUN: Bool

  /// Bytes of a payload that tell packets apart.
  private static let contentLimit = 64
  private static let stunCookie: UInt32 = 0x2112_A442

  init(_ packet: borrowing Packet, isDeclared: Bool) {
    sourceMAC = packet.sourceMAC
    destinationMAC = packet.destinationMAC
    segment = packet.segment
    tunnelSource = packet.tunnelSource
    accessPoint = packet.accessPoint
    source = packet.source
    destination = packet.destination
    syn = packet.syn
    tcpSequence = packet.tcpSequence
    tcpAcknowledgment = packet.tcpAcknowledgment
    payloadLength = packet.payloadLength
    sourcePort = packet.sourcePort
    destinationPort = packet.destinationPort
    ipProtocol = packet.ipProtocol
    hopLimit = packet.hopLimit
    tcpFlags = packet.tcpFlags
    isOutgoing = packet.isOutgoing
    isEncrypted = packet.isEncrypted
    isFragment = packet.fragment != nil
    hasPorts = packet.hasPorts
    holdsSTUN = packet.payload.byteCount >= 8 && packet.payload.u32(4) == Self.stunCookie
    var bytes = FNV1a()
    if isDeclared { for place in 0..<min(Self.contentLimit, packet.payload.byteCount) { bytes.add(packet.payload.u8(place)) } }
    content = bytes.value
  }

  var hasIP: Bool { source.bits != 0 || destination.bits != 0 }
  /// A broadcast or multicast, by its link or network address.
  var isToGroup: Bool { destinationMAC.isGroup || hasIP && !destination.isUnicast }
  var sender: Station { Station(segment: segment, mac: sourceMAC, address: source.isUnicast ? source : .none) }
}
