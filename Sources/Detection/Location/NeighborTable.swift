/// The site's neighbours that announce themselves by LLDP or CDP, by interface.
struct NeighborTable {
  /// Announcements that are stored: the switches, or ports of them, in the site's rules.
  static let limit = 1024

  private struct Entry {
    /// All that this announcement fits.
    let neighbours: [Site.Neighbour]
    var expires: Timestamp
  }

  private var entries: [UInt16: [Entry]] = [:]
  private var count = 0
  /// Announcements that were not stored, for lack of room.
  private(set) var evicted = 0

  /// - Parameter neighbours: those of the site that it fits.
  mutating func record(
    _ announcement: NeighborAdvertisement, fitting neighbours: [Site.Neighbour], on interface: UInt16, at time: Timestamp
  ) {
    // A shutdown announcement is valid for 0 seconds more (IEEE 802.1AB-2016 clause 8.5.4).
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

  /// The end of the latest announcement of each neighbour.
  func expiries() -> [Site.Neighbour: Timestamp] {
    var expiries: [Site.Neighbour: Timestamp] = [:]
    for entry in entries.values.joined() {
      for neighbour in entry.neighbours { expiries[neighbour] = max(expiries[neighbour] ?? .distantPast, entry.expires) }
    }
    return expiries
  }

  /// The neighbours that all valid announcements on an interface fit. Where a mirror shows several switches or ports, a device may be
  /// behind any of them: it is only where they all are.
  func current(on interface: UInt16, at time: Timestamp) -> [Site.Neighbour] {
    let live = (entries[interface] ?? []).filter { $0.expires >= time }
    guard let first = live.first else { return [] }
    return first.neighbours.filter { neighbour in live.allSatisfy { $0.neighbours.contains(neighbour) } }
  }
}
