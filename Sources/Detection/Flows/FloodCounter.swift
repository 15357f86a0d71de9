/// Counts what strangers can make up, by source and minute: MAC addresses, addresses, claims, connections to addresses that never spoke,
/// requests for addresses, VLANs, tunnels.
struct FloodCounter {
  /// Whoever sends it, as far as that shows: made-up MAC addresses come from an interface, everything else from a MAC address.
  struct Source: Hashable {
    let what: Flood.What
    let interface: UInt16
    let mac: MACAddress
    /// Of connections: a router opens those of all behind it.
    let address: IPAddress
  }

  /// A minute of a source in which there was more than any network has by itself.
  struct Minute {
    let source: Source
    /// Of all that was counted; nil where it was in several.
    let segment: Segment?
    let count: Int
    let start: Timestamp
  }

  private struct Count {
    var number = 0
    let start: Timestamp
    var segment: Segment?
  }

  private static let period = Nanoseconds.seconds(60)
  private static let capacity = 1024

  private var counts = BoundedTable<Source, Count>(capacity: capacity)
  private var floods: [Minute] = []

  /// From how many a minute it is a flood. The arrival of a conference is none: a thousand phones within minutes.
  private static func limit(_ what: Flood.What) -> Int {
    switch what {
    case .macs: 8192
    case .syn: 6000
    case .addresses: 4096
    case .dhcp: 2048
    case .arp: 1024
    case .vlans, .tunnels: 256
    case .cameras, .dns: .max
    }
  }

  mutating func add(
    _ what: Flood.What, from mac: MACAddress = .none, _ address: IPAddress = .none, on interface: UInt16, in segment: Segment,
    at time: Timestamp
  ) {
    let source = Source(what: what, interface: interface, mac: mac, address: address)
    var place = counts.find(source)
    if let known = place, time.isAfter(counts[known].start, by: Self.period) {
      end(known)
      place = nil
    }
    let number = place ?? counts.insert(source, Count(start: time, segment: segment))
    // Sources of a few each must not displace one of many.
    counts.touch(number)
    counts[number].number += 1
    if counts[number].segment != segment { counts[number].segment = nil }
  }

  private mutating func end(_ place: Int) {
    let (source, count) = (counts.key(place), counts[place])
    if count.number >= Self.limit(source.what) {
      floods.append(Minute(source: source, segment: count.segment, count: count.number, start: count.start))
    }
    counts.remove(place)
  }

  /// The minutes that are over.
  mutating func drain(at time: Timestamp, isEnd: Bool = false) -> [Minute] {
    while let oldest = counts.oldest, isEnd || time.isAfter(counts[oldest].start, by: Self.period) { end(oldest) }
    defer { floods.removeAll() }
    return floods
  }
}
