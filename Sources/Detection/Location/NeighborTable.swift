/// Which of a site's neighbours announce themselves on which interface, by LLDP or CDP.
struct NeighborTable {
  /// Announcements that are kept: switches, or ports of them, that the site's rules tell apart.
  static let limit = 1024

  private struct Entry {
    /// All that this announcement fits.
    let neighbours: [Site.Neighbour]
    var expires: Timestamp
  }

  private var entries: [UInt16: [Entry]] = [:]
  private var count = 0
  /// Announcements that were not kept, for lack of room.
  private(set) var evicted = 0

  /// - Parameter neighbours: those of the site that it fits.
  mutating func take(_ announcement: NeighborAdvertisement, fitting neighbours: [Site.Neighbour], on interface: UInt16, at time: Timestamp) {
    // One that says goodbye is valid for 0 seconds more (IEEE 802.1AB-2016 clause 8.5.4).
    let expires = time + .seconds(Int64(announcement.timeToLive))
    if let place = entries[interface]?.firstIndex(where: { $0.neighbours == neighbours }) {
      entries[interface]?[place].expires = expires
      return
    }
    if count >= Self.limit { dropExpired(at: time) }
    guard count < Self.limit else {
      evicted += 1
      return
    }
    entries[interface, default: []].append(Entry(neighbours: neighbours, expires: expires))
    count += 1
  }

  private mutating func dropExpired(at time: Timestamp) {
    entries = entries.mapValues { $0.filter { $0.expires > time } }.filter { !$0.value.isEmpty }
    count = entries.values.reduce(0) { $0 + $1.count }
  }

  /// What all fit that announce themselves there. Where a mirror shows several of a site's switches or ports, nobody knows behind which of
  /// them a device is: it is only where they all are.
  func current(on interface: UInt16, at time: Timestamp) -> [Site.Neighbour] {
    let live = (entries[interface] ?? []).filter { $0.expires >= time }
    guard let first = live.first else { return [] }
    return first.neighbours.filter { neighbour in live.allSatisfy { $0.neighbours.contains(neighbour) } }
  }
}
