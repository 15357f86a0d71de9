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

  /// One place, for the link address that was seen there last. A router keeps its place.
  private struct Place {
    var mac = MACAddress.none
    var segment = Segment.untagged
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

    mutating func add(_ key: UInt32, isV4: Bool, isSource: Bool) -> Finding? {
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
      return Finding(segment: segment, mac: mac, isRouter: isRouter)
    }
  }

  private var places: [Place] = []
  private let seed = UInt64.random(in: .min ... .max)

  /// A packet came from a network beyond the LAN by this link address, or went there.
  mutating func add(_ network: IPAddress, by mac: MACAddress, in segment: Segment, isSource: Bool) -> Finding? {
    if places.isEmpty { places = Array(repeating: Place(), count: Self.capacity) }
    let place = place(of: mac, segment)
    if places[place].mac != mac || places[place].segment != segment {
      if places[place].isRouter { return nil }
      places[place] = Place(mac: mac, segment: segment)
    }
    if places[place].isRouter { return nil }
    return places[place].add(Self.key(network), isV4: network.isV4, isSource: isSource)
  }

  /// Nothing is known of the link address any more.
  mutating func forget(_ mac: MACAddress, in segment: Segment) {
    guard !places.isEmpty else { return }
    let place = place(of: mac, segment)
    if places[place].mac == mac, places[place].segment == segment { places[place] = Place() }
  }

  private func place(of mac: MACAddress, _ segment: Segment) -> Int {
    let product = (mac.bits ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15 ^ segment.bits << 1)
    return Int(truncatingIfNeeded: (product.high ^ product.low) >> 20) & (Self.capacity - 1)
  }

  /// Never 0.
  private static func key(_ address: IPAddress) -> UInt32 {
    if address.isV4 { return UInt32(truncatingIfNeeded: address.bits >> 8) << 1 | 1 }
    let prefix = UInt64(truncatingIfNeeded: address.bits >> 64)
    return UInt32(truncatingIfNeeded: prefix ^ prefix >> 32) << 1 | 1
  }
}
