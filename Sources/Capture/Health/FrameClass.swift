import Detection

/// The addresses of the capturing machine, for frames of one of its interfaces.
public struct MachineAddresses: Hashable, Sendable {
  /// The link address of the interface.
  public var mac: MACAddress
  /// The addresses of all interfaces: a router accepts packets for any of them on each.
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

/// Classifies a frame by its sender and receiver.
///
/// Reads the outermost headers only. `Packet` would enter tunnels, which end at this machine, and does not keep the packet type of Linux
/// cooked captures.
public struct FrameClass: Hashable, Sendable {
  public enum Party: Hashable, Sendable {
    /// From or to this machine.
    case own
    /// From another device to a group or to all.
    case group
    /// Between two other devices: bridged, mirrored or routed by this machine, or on the air.
    case foreign
    /// The link shows no addresses of devices.
    case unknown
  }

  public let party: Party
  /// The link address of another device that sent the frame; none if the frame does not show it.
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
    case .wifi, .radiotap: self.init(party: .foreign)
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
      party = .foreign
    } else {
      // Packets that a router forwards have its own link address on one side.
      let header = IPHeader(bytes, at: start, type)
      let end = isOwn ? header?.source : header?.destination
      party = end.map(machine.isElsewhere) == true ? .foreign : .own
    }
    self.init(party: party, sender: isOwn ? .none : source, vlan: vlan)
  }

  /// - Parameter type: 0 to this machine, 1 to all, 2 to a group, 3 to another device, 4 from this machine (packet(7)).
  private init(cooked type: UInt16, sender: MACAddress, _ header: IPHeader?, _ machine: MachineAddresses) {
    let party: Party =
      switch type {
      case 0: header.map { machine.isElsewhere($0.destination) } == true ? .foreign : .own
      case 1, 2: .group
      case 3: .foreign
      default: header.map { machine.isElsewhere($0.source) } == true ? .foreign : .own
      }
    self.init(party: party, sender: type == 4 ? .none : sender)
  }

  private init(_ header: IPHeader?, _ machine: MachineAddresses) {
    guard let header, !machine.addresses.isEmpty else {
      self.init(party: .unknown)
      return
    }
    if !header.destination.isUnicast {
      self.init(party: machine.addresses.contains(header.source) ? .own : .group)
    } else {
      self.init(party: machine.isElsewhere(header.source) && machine.isElsewhere(header.destination) ? .foreign : .own)
    }
  }
}

/// The addresses of an IP packet (RFC 791 section 3.1, RFC 8200 section 3).
private struct IPHeader {
  let source: IPAddress
  let destination: IPAddress

  /// - Parameter type: nil to use the version field.
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
