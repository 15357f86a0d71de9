import Detection

/// The addresses of the machine that captures, as one of its interfaces shows them.
public struct MachineAddresses: Hashable, Sendable {
  /// Of the interface.
  public var mac: MACAddress
  /// Of all interfaces: a router takes packets for each of them on any.
  public var addresses: Set<IPAddress>

  public init(mac: MACAddress = .none, addresses: Set<IPAddress> = []) {
    self.mac = mac
    self.addresses = addresses
  }

  public init(of interface: String, among all: [NetworkInterface]) {
    mac = all.first { $0.name == interface }?.mac ?? .none
    addresses = Set(all.flatMap(\.addresses))
  }

  fileprivate func isElsewhere(_ address: IPAddress) -> Bool {
    !addresses.isEmpty && address.isUnicast && !address.isLinkLocal && !addresses.contains(address)
  }
}

/// Whose traffic a frame is, by its headers alone.
public struct FrameClass: Hashable, Sendable {
  public enum Party: Hashable, Sendable {
    /// From this machine, or for it.
    case own
    /// From another to a group or to all.
    case group
    /// From one other to another: bridged or mirrored past this machine, routed by it, or on the air.
    case others
    /// The link shows no addresses of devices.
    case unknown
  }

  public let party: Party
  /// Another one's link address; none where the frame shows none.
  public let sender: MACAddress
  public let vlan: UInt16?

  public init(party: Party, sender: MACAddress = .none, vlan: UInt16? = nil) {
    self.party = party
    self.sender = sender
    self.vlan = vlan
  }

  public init(_ frame: borrowing Frame, to machine: MachineAddresses) {
    let bytes = frame.bytes
    switch frame.linkType {
    case .ethernet where bytes.byteCount >= 14: self.init(ethernet: bytes, machine)
    case .linuxSLL where bytes.byteCount >= 16:
      self.init(
        cooked: bytes.u16(0), sender: bytes.u16(4) == 6 ? bytes.mac(6) : .none, IPHeader(bytes, at: 16, EtherType(rawValue: bytes.u16(14))),
        machine)
    case .linuxSLL2 where bytes.byteCount >= 20:
      self.init(
        cooked: UInt16(bytes.u8(10)), sender: bytes.u8(11) == 6 ? bytes.mac(12) : .none,
        IPHeader(bytes, at: 20, EtherType(rawValue: bytes.u16(0))), machine)
    case .raw, .ipv4, .ipv6, .rawIPOpenBSD: self.init(IPHeader(bytes, at: 0, nil), machine)
    case .wifi, .radiotap: self.init(party: .others)
    default: self.init(party: .unknown)
    }
  }

  private init(ethernet bytes: RawSpan, _ machine: MachineAddresses) {
    let (destination, source) = (bytes.mac(0), bytes.mac(6))
    var type = EtherType(rawValue: bytes.u16(12))
    var start = 14
    var vlan: UInt16?
    while type == .vlan || type == .qinq || type == .qinqOld, bytes.byteCount >= start + 4 {
      vlan = vlan ?? bytes.u16(start) & 0xFFF
      type = EtherType(rawValue: bytes.u16(start + 2))
      start += 4
    }
    let isOwn = source == machine.mac
    let party: Party
    if destination.isGroup {
      party = isOwn ? .own : .group
    } else if !isOwn && destination != machine.mac {
      party = .others
    } else {
      // A router's own link address is on one side of what it passes on.
      let header = IPHeader(bytes, at: start, type)
      let end = isOwn ? header?.source : header?.destination
      party = end.map(machine.isElsewhere) == true ? .others : .own
    }
    self.init(party: party, sender: isOwn ? .none : source, vlan: vlan)
  }

  /// What the kernel says of a frame's way: 0 for this machine, 1 to all, 2 to a group, 3 for another, 4 from this machine (packet(7)).
  private init(cooked way: UInt16, sender: MACAddress, _ header: IPHeader?, _ machine: MachineAddresses) {
    let party: Party =
      switch way {
      case 0: header.map { machine.isElsewhere($0.destination) } == true ? .others : .own
      case 1, 2: .group
      case 3: .others
      default: header.map { machine.isElsewhere($0.source) } == true ? .others : .own
      }
    self.init(party: party, sender: way == 4 ? .none : sender)
  }

  private init(_ header: IPHeader?, _ machine: MachineAddresses) {
    guard let header, !machine.addresses.isEmpty else {
      self.init(party: .unknown)
      return
    }
    if !header.destination.isUnicast {
      self.init(party: machine.addresses.contains(header.source) ? .own : .group)
    } else {
      self.init(party: machine.isElsewhere(header.source) && machine.isElsewhere(header.destination) ? .others : .own)
    }
  }
}

/// The addresses of an IP packet (RFC 791 section 3.1, RFC 8200 section 3).
private struct IPHeader {
  let source: IPAddress
  let destination: IPAddress

  /// - Parameter type: nil where the version's four bits tell.
  init?(_ bytes: RawSpan, at start: Int, _ type: EtherType?) {
    guard bytes.byteCount > start else { return nil }
    switch (type, bytes.u8(start) >> 4) {
    case (.ipv4, _), (nil, 4):
      guard bytes.byteCount >= start + 20 else { return nil }
      (source, destination) = (bytes.ipv4(start + 12), bytes.ipv4(start + 16))
    case (.ipv6, _), (nil, 6):
      guard bytes.byteCount >= start + 40 else { return nil }
      (source, destination) = (bytes.ipv6(start + 8), bytes.ipv6(start + 24))
    default: return nil
    }
  }
}
