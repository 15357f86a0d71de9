/// Which link addresses forward packets between the LAN and what is beyond it, in both directions.
///
/// Anybody can send packets with made-up sources; only through a router do others send packets to the same networks.
struct ForwarderTable {
  static let capacity = 1024
  /// Networks beyond the LAN to which and from which a link address forwarded, IPv4 counted by /24, IPv6 by /64, where a host has several
  /// addresses of its own. From so many on it is a router's.
  static let networks = 2
  static let networksV6 = 4
  /// Where DHCP or a router advertisement names it as one, these are enough.
  static let namedNetworks = 1
  static let namedNetworksV6 = 2

  /// A link address forwards.
  struct Finding: Equatable {
    let segment: Segment
    let mac: MACAddress
    /// It is a router, whether or not something names it as one.
    let isRouter: Bool
  }

  private struct Place {
    /// The latest networks from which it forwarded, and to which others sent through it, in the order of coming, reused from the start.
    var from = SIMD8<UInt32>()
    var to = SIMD8<UInt32>()
    var nextFrom = 0
    var nextTo = 0
    /// Networks that were among both.
    var both = SIMD8<UInt32>()
    var count = 0
    var countV6 = 0
    var isRouter = false

    mutating func add(_ key: UInt32, of link: Link, isV4: Bool, isSource: Bool) -> Finding? {
      let isKnown = any(both .== key)
      if isKnown { return nil }
      if isSource {
        if !any(from .== key) {
          from[nextFrom] = key
          nextFrom = (nextFrom + 1) % 8
        }
      } else if !any(to .== key) {
        to[nextTo] = key
        nextTo = (nextTo + 1) % 8
      }
      guard any(from .== key), any(to .== key) else { return nil }
      both[(count + countV6) % 8] = key
      if isV4 { count += 1 } else { countV6 += 1 }
      isRouter = count >= ForwarderTable.networks || countV6 >= ForwarderTable.networksV6
      guard isRouter || count == ForwarderTable.namedNetworks || countV6 == ForwarderTable.namedNetworksV6 else { return nil }
      return Finding(segment: link.segment, mac: link.mac, isRouter: isRouter)
    }
  }

  /// A router whose place was taken becomes one again, which changes nothing.
  private var places = BoundedTable<Link, Place>(capacity: capacity)

  /// A packet came from a network beyond the LAN by this link address, or went there.
  mutating func add(_ network: IPAddress, by mac: MACAddress, in segment: Segment, isSource: Bool) -> Finding? {
    let link = Link(segment: segment, mac: mac)
    let place = places.find(link) ?? places.insert(link, Place())
    places.touch(place)
    if places[place].isRouter { return nil }
    return places[place].add(Self.key(network), of: link, isV4: network.isV4, isSource: isSource)
  }

  /// Nothing is known of the link address any more.
  mutating func forget(_ mac: MACAddress, in segment: Segment) {
    if let place = places.find(Link(segment: segment, mac: mac)) { places.remove(place) }
  }

  /// Never 0.
  private static func key(_ address: IPAddress) -> UInt32 {
    if address.isV4 { return UInt32(truncatingIfNeeded: address.bits >> 8) << 1 | 1 }
    let prefix = UInt64(truncatingIfNeeded: address.bits >> 64)
    return UInt32(truncatingIfNeeded: prefix ^ prefix >> 32) << 1 | 1
  }
}
