/// The part of the network to which a frame belongs, by its VLAN tags and tunnels, outermost first. Addresses may repeat between segments.
///
/// Identifiers that differ between the two directions of a conversation (MPLS labels, GTP tunnel endpoints, L2TP sessions) do not count,
/// because both directions belong to one segment.
public struct Segment: Hashable, BitwiseCopyable, Sendable, CustomStringConvertible {
  enum Kind: UInt64, CaseIterable {
    case vlan = 1
    case vxlan, geneve, gre, greKey, erspan, ipInIP, ipv6InIP, pptp, gtp, l2tp, tzsp, teredo, capwap, etherIP, mpls

    /// Bits of the identifier.
    var width: Int {
      switch self {
      case .vlan: 12
      case .vxlan, .geneve: 24
      case .greKey: 32
      default: 0
      }
    }

    var name: String {
      switch self {
      case .vlan: "vlan"
      case .vxlan: "vxlan"
      case .geneve: "geneve"
      case .gre, .greKey: "gre"
      case .erspan: "erspan"
      case .ipInIP: "ip-in-ip"
      case .ipv6InIP: "6in4"
      case .pptp: "pptp"
      case .gtp: "gtp-u"
      case .l2tp: "l2tp"
      case .tzsp: "tzsp"
      case .teredo: "teredo"
      case .capwap: "capwap"
      case .etherIP: "etherip"
      case .mpls: "mpls"
      }
    }
  }

  private static let kindBits = 5

  /// A stack with the innermost element lowest: five bits of kind, and the identifier above them. Beyond 64 bits (a VXLAN with tags inside
  /// and outside fits) the outermost elements are lost.
  public private(set) var bits: UInt64 = 0

  public static let untagged = Segment()

  init() {}

  /// Restores a segment from its stored `bits`.
  public init(bits: UInt64) { self.bits = bits }

  mutating func push(_ kind: Kind, _ identifier: UInt32 = 0) {
    let width = kind.width
    let identifier = UInt64(identifier) & (1 << UInt64(width) - 1)
    bits = bits << UInt64(Self.kindBits + width) | identifier << UInt64(Self.kindBits) | kind.rawValue
  }

  mutating func push(vlan: UInt16) { push(.vlan, UInt32(vlan)) }

  /// The VLAN identifiers, outermost first.
  var vlans: [UInt16] {
    var tags: [UInt16] = []
    var rest = bits
    while let kind = Kind(rawValue: rest & 31) {
      if kind == .vlan { tags.insert(UInt16(truncatingIfNeeded: rest >> UInt64(Self.kindBits) & 0xFFF), at: 0) }
      rest >>= UInt64(Self.kindBits + kind.width)
    }
    return tags
  }

  /// `vlan 12`, `vlan 100.12` (outermost first), `vlan 12, vxlan 5001`; empty if untagged.
  public var description: String {
    var parts: [(kind: Kind, identifiers: String)] = []
    var rest = bits
    var used = 0
    while let kind = Kind(rawValue: rest & 31), used + Self.kindBits + kind.width <= UInt64.bitWidth {
      let identifier = (rest >> UInt64(Self.kindBits)) & (1 << UInt64(kind.width) - 1)
      rest >>= UInt64(Self.kindBits + kind.width)
      used += Self.kindBits + kind.width
      let text = kind.width == 0 ? "" : " \(identifier)"
      if kind == .vlan, let last = parts.last, last.kind == .vlan {
        parts[parts.count - 1].identifiers = text + "." + last.identifiers.dropFirst()
      } else {
        parts.append((kind, text))
      }
    }
    return parts.reversed().map { $0.kind.name + $0.identifiers }.joined(separator: ", ")
  }
}
