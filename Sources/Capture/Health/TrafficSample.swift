import Detection

/// What was heard on an interface for a while, and what that says of its place in the network.
public struct TrafficSample: Hashable, Sendable {
  public enum Visibility: Hashable, Sendable {
    case nothing
    /// Only what this machine sends and is sent.
    case own
    /// That, and what others send to all.
    case ownAndGroups
    /// What other devices say to each other.
    case others
    /// Packets of a link that shows no addresses of devices.
    case unknown
  }

  /// Different senders that are counted; more are not.
  private static let senderLimit = 100_000
  /// Frames between others that show a mirror or bridge: a switch sends some to every port, while it does not know where they belong.
  static let foreignFramesNeeded = 10

  public private(set) var packets: UInt64 = 0
  /// Packets between two other devices.
  public private(set) var betweenOthers: UInt64 = 0
  public private(set) var senders: Set<MACAddress> = []
  public private(set) var vlans: Set<UInt16> = []
  private var unknown: UInt64 = 0

  public init() {}

  public mutating func note(_ frameClass: FrameClass) {
    packets += 1
    switch frameClass.party {
    case .others: betweenOthers += 1
    case .unknown: unknown += 1
    case .own, .group: break
    }
    if !frameClass.sender.isNone, senders.count < Self.senderLimit { senders.insert(frameClass.sender) }
    if let vlan = frameClass.vlan { vlans.insert(vlan) }
  }

  public var visibility: Visibility {
    if packets == 0 { return .nothing }
    if betweenOthers >= Self.foreignFramesNeeded { return .others }
    if unknown == packets { return .unknown }
    return senders.isEmpty ? .own : .ownAndGroups
  }
}
