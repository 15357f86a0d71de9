/// Counts what strangers can make up, by source and minute: MAC addresses, addresses, claims, connections to addresses that never spoke,
/// requests for addresses, names, VLANs, tunnels.
struct FloodCounter {
  /// Whoever sends it, as far as that shows: made-up MAC addresses come from an interface, everything else from a MAC address.
  struct Source: PacketKey {
    let what: Flood.What
    let interface: UInt16
    let mac: MACAddress
    /// Of connections: a router opens those of all behind it. Of others where frames show no MAC address.
    let address: IPAddress
    /// Of DNS: messages that no program needs, and that cost more than others to read.
    let isCostly: Bool

    /// What it is does not count: one source makes up few kinds of things.
    var words: (UInt64, UInt64) { (spread(mac.bits) ^ address.words.0, address.words.1 ^ UInt64(interface) << 40) }
  }

  /// A minute of a source in which there was more than any network has by itself, or what came to it since it was last drained.
  struct Minute {
    let source: Source
    /// Of all that was counted; nil where it was in several.
    let segment: Segment?
    /// It sent all that was counted; `.none` where several did.
    let sender: MACAddress
    let count: Int
    let start: Timestamp
  }

  private struct Count {
    var number = 0
    let start: Timestamp
    var segment: Segment?
    var sender: MACAddress
    /// Of what comes again and again: how many differ.
    var kinds: DistinctCount?
    var asksForOthers = false
    /// As many were drained.
    var told = 0

    init(start: Timestamp, segment: Segment, sender: MACAddress) {
      self.start = start
      self.segment = segment
      self.sender = sender
    }

    /// As far as it is a flood.
    var amount: Int { kinds?.estimate ?? number }
  }

  private static let period = Nanoseconds.seconds(60)
  private static let capacity = 1024
  /// Resolvers and relays of DHCP may ask so many times as much as others.
  private static let shareOfOthers = 4

  private var counts = BoundedTable<Source, Count>(capacity: capacity)
  private var floods: [Minute] = []

  /// From how many a minute it is a flood. The arrival of a conference is none: a thousand phones within minutes.
  ///
  /// A resolver that has nothing cached asks for some 7,000 different names a minute on behalf of a thousand guests; a crawler for 10,000.
  private static func limit(_ source: Source) -> Int {
    switch source.what {
    case .macs: 8192
    case .syn: 6000
    case .addresses: 4096
    case .dhcp: 2048
    case .arp: 1024
    case .vlans, .tunnels: 256
    case .dns: source.isCostly ? 1024 : 16_384
    case .cameras: .max / shareOfOthers
    }
  }

  /// - Parameters:
  ///   - sender: of this one, where the source is not known by its MAC address.
  ///   - kind: the hash of what may come again and again; only different ones count.
  ///   - asksForOthers: it is a resolver's or a relay's.
  mutating func add(
    _ what: Flood.What, from mac: MACAddress = .none, _ address: IPAddress = .none, on interface: UInt16 = CaptureInterfaces.unnamed,
    in segment: Segment, sender: MACAddress = .none, kind: @autoclosure () -> UInt64? = nil, isCostly: Bool = false,
    asksForOthers: Bool = false, at time: Timestamp
  ) {
    let source = Source(what: what, interface: interface, mac: mac, address: address, isCostly: isCostly)
    var place = counts.find(source)
    if let known = place, time.isAfter(counts[known].start, by: Self.period) {
      end(known)
      place = nil
    }
    let number = place ?? counts.insert(source, Count(start: time, segment: segment, sender: mac.isNone ? sender : mac))
    // Sources of a few each must not displace one of many.
    counts.touch(number)
    counts[number].number += 1
    if asksForOthers { counts[number].asksForOthers = true }
    if counts[number].number > DistinctCount.ignored, let kind = kind() { count(kind, at: number) }
    if counts[number].segment != segment { counts[number].segment = nil }
    if mac.isNone, counts[number].sender != sender { counts[number].sender = .none }
  }

  private mutating func count(_ kind: UInt64, at place: Int) {
    if counts[place].kinds == nil { counts[place].kinds = DistinctCount() }
    counts[place].kinds?.add(kind)
  }

  /// A flood is reported as soon as it is one, and what comes to it later when the minute is over.
  private mutating func tell(_ place: Int, isOver: Bool) {
    let (source, count) = (counts.key(place), counts[place])
    let limit = Self.limit(source) * (count.asksForOthers ? Self.shareOfOthers : 1)
    guard isOver || count.told == 0, count.number >= limit else { return }
    let amount = count.amount
    guard amount >= limit, amount > count.told else { return }
    floods.append(
      Minute(source: source, segment: count.segment, sender: count.sender, count: amount - count.told, start: count.start))
    counts[place].told = amount
  }

  private mutating func end(_ place: Int) {
    tell(place, isOver: true)
    counts.remove(place)
  }

  /// What is a flood by now, and what came to those that were told before in minutes that are over.
  mutating func drain(at time: Timestamp, isEnd: Bool = false) -> [Minute] {
    for place in counts.places {
      if isEnd || time.isAfter(counts[place].start, by: Self.period) { end(place) } else { tell(place, isOver: false) }
    }
    defer { floods.removeAll() }
    return floods
  }
}

/// About how many different values there were, in 2 kB (HyperLogLog, Flajolet and others 2007): within a twentieth or so,
/// from some thousands on.
struct DistinctCount {
  /// Values before it is begun: most sources have no more.
  static let ignored = 64
  private static let bits: UInt64 = 11

  private var registers = [UInt8](repeating: 0, count: 1 << bits)

  mutating func add(_ hash: UInt64) {
    let hash = RecentTraits.mixed(hash)
    let register = Int(hash & (1 << Self.bits - 1))
    registers[register] = max(registers[register], UInt8((hash >> Self.bits | 1 << 52).trailingZeroBitCount + 1))
  }

  var estimate: Int {
    let count = Double(registers.count)
    let sum = registers.reduce(0.0) { $0 + 1 / Double(UInt64(1) << UInt64($1)) }
    return Int(0.7213 / (1 + 1.079 / count) * count * count / sum)
  }
}
