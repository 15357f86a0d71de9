import Detection

/// A sample of an interface's traffic, which shows its place in the network.
public struct TrafficSample: Hashable, Sendable {
  public enum Visibility: Hashable, Sendable {
    case nothing
    /// Only traffic from and to this machine.
    case own
    /// Also broadcasts and multicasts of other devices.
    case ownAndGroups
    /// Traffic between other devices.
    case foreign
    /// Packets of a link that shows no addresses of devices.
    case unknown
  }

  /// Senders counted at most.
  private static let senderLimit = 100_000
  /// Frames between other devices that prove a mirror or bridge: a switch floods a few to every port before it has learnt the address.
  static let foreignFramesNeeded = 10

  public private(set) var packets: UInt64 = 0
  /// Packets between two other devices.
  public private(set) var betweenOthers: UInt64 = 0
  public private(set) var senders: Set<MACAddress> = []
  public private(set) var vlans: Set<UInt16> = []
  private var unknown: UInt64 = 0

  public init() {}

  public mutating func add(_ frameClass: FrameClass) {
    packets += 1
    switch frameClass.party {
    case .foreign: betweenOthers += 1
    case .unknown: unknown += 1
    case .own, .group: break
    }
    if !frameClass.sender.isNone, senders.count < Self.senderLimit { senders.insert(frameClass.sender) }
    if let vlan = frameClass.vlan { vlans.insert(vlan) }
  }

  public var visibility: Visibility {
    if packets == 0 { return .nothing }
    if betweenOthers >= Self.foreignFramesNeeded { return .foreign }
    if unknown == packets { return .unknown }
    return senders.isEmpty ? .own : .ownAndGroups
  }
}
