/// How much one thing that a device shows says about its class.
public struct ClassMark: Sendable, Hashable {
  /// Marks of one group say the same in different ways: only one of them counts.
  public enum Group: String, CaseIterable, Sendable {
    case dhcp, syn, tls, names, mdns
    /// What a device does for others: it counts by itself.
    case role

    /// The side of a device that the marks of this group look at.
    public var facet: Facet {
      switch self {
      case .dhcp: .name
      case .syn: .behaviour
      case .tls, .names: .cloud
      case .mdns, .role: .discovery
      }
    }

    /// Shown on behalf of others by a device that forwards their packets.
    var isVoidWhereForwarding: Bool { self == .tls || self == .names }
  }

  public static let pointLimit = 12

  public let group: Group
  /// Positive for small computers in things, negative for people's computers and phones; 0 in the group `role`.
  public let points: Int
  /// The class that this mark names, where that is `media` or `infrastructure`.
  public let shows: DeviceClass?

  public init(_ group: Group, points: Int, shows: DeviceClass? = nil) {
    self.group = group
    self.points = points
    self.shows = shows
  }
}
