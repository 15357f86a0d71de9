/// A station's small number, valid while it is in the table.
public struct StationID: Hashable, Comparable, Sendable {
  public let rawValue: UInt32
  static let none = StationID(rawValue: .max)
  public static func < (a: StationID, b: StationID) -> Bool { a.rawValue < b.rawValue }
}

/// One station with its counters.
public struct TrackedStation: Sendable {
  public let station: Station
  public var packetsSent: UInt64 = 0
  public var bytesSent: UInt64 = 0
  public var bytesReceived: UInt64 = 0
  public var lastSeen: Timestamp
  public var firstSeen: Timestamp
  /// In which second it was last used.
  fileprivate var used: Timestamp
  /// It is declared: how its frames arrive is of interest. Its use is never noted, so that each frame takes the way of one that is due.
  var isWatched: Bool { used == .distantPast }
  /// It sent a unicast frame to another station since exchanges were cleared, and neither of them is the capturing machine. Only where
  /// rooms are watched.
  var hasExchanged = false
  /// It is the capturing machine.
  var isOwn = false
  /// It took part in a conversation in which both sides spoke.
  var hasConversed = false
  var isFree = false
  /// It was seen in a second second.
  fileprivate var isSeenAgain = false
  var distance = Distance()
  /// How many had its number before, modulo 2^31.
  fileprivate var owner: UInt32 = 0
  /// Segments that opened connections, at its least distance. Counted up to `synLimit`.
  var syns: UInt8 = 0
  static let synLimit: UInt8 = 3

  /// It sent a packet, which came this far.
  @inline(__always)
  fileprivate mutating func count(sent bytes: Int, hops: UInt8, at time: Timestamp) {
    packetsSent &+= 1
    bytesSent &+= UInt64(bytes)
    if time > lastSeen {
      lastSeen = time
    } else if time < firstSeen {
      firstSeen = time
    }
    if distance.add(hops) { syns = 0 }
  }
}

/// Stations by number, to be read by all that borrow it.
struct TrackedStations: ~Copyable {
  fileprivate var list = Slab<TrackedStation>(capacity: StationTable.capacity)

  subscript(id: StationID) -> TrackedStation { list[Int(id.rawValue)] }

  /// Every station that is in the table.
  var live: [StationID] { list.indices.filter { !list[$0].isFree }.map { StationID(rawValue: UInt32($0)) } }
}

/// Gives stations small numbers, and counts what each sends. A station is an address together with the MAC address that it was seen with.
///
/// It is bounded, and strangers can make up any number of stations. So a newcomer always gets a place, and takes it from the station of
/// the lowest rank that was idle longest: what was seen once goes before what keeps sending, and that before what there is evidence about.
struct StationTable: ~Copyable {
  static let capacity = 65_536
  /// How often the use of a station is noted.
  static let usePeriod = Nanoseconds.seconds(1)

  private enum Rank {
    /// Seen within one second only, or beyond the LAN.
    static let passing = 0
    /// On the LAN, and seen again.
    static let known = 1
    /// There is evidence about it, or somebody declared it.
    static let pinned = 2
    static let all = 3
  }

  /// Stations of a rank; beyond that the one that was idle longest falls to the rank below, or goes.
  private static let rankLimits = [capacity / 2, capacity / 4 * 3, capacity / 2]

  /// What is known of an address, by its number in `AddressTable`.
  // Not private: Swift 6.3 does not compile a table of a private type for the thread sanitizer.
  struct Holding {
    /// The station that last sent from it, while the owner of that number is the same.
    var holder = StationID.none
    private var bits: UInt32

    /// It is on the LAN, as far as is known.
    var isLocal: Bool {
      get { bits & 1 == 1 }
      set { bits = bits & ~1 | (newValue ? 1 : 0) }
    }

    var owner: UInt32 {
      get { bits >> 1 }
      set { bits = newValue << 1 | bits & 1 }
    }

    init(isLocal: Bool = false) { bits = isLocal ? 1 : 0 }
  }

  private(set) var tracked = TrackedStations()
  private var freeStations: [UInt32] = []
  private var stationIndex = HashIndex()
  private var order = UseOrder(ranks: Rank.all)
  private var holdings = Slab<Holding>(capacity: AddressTable.capacity, largePages: false)
  /// Link addresses of the capturing machine.
  var ownAddresses: Set<MACAddress> = [] {
    didSet {
      for slot in tracked.list.indices { tracked.list[slot].isOwn = ownAddresses.contains(tracked.list[slot].station.mac) }
    }
  }
  /// Stations that were dropped because the table was full.
  private(set) var evicted = 0
  /// A station that was dropped, with what it was: its number may have a new owner.
  struct Removed {
    let id: StationID
    let station: Station
  }

  /// A station that sent a packet after a long pause.
  struct Awakened {
    let id: StationID
    let lastSeen: Timestamp
  }

  /// A station without a packet for longer than this slept.
  static let sleep = Nanoseconds.seconds(120)

  /// Stations that appeared, that were dropped, and that awoke, since the last drain.
  private var appeared: [StationID] = []
  private var removed: [Removed] = []
  private var awakened: [Awakened] = []
  /// Stations appeared, were dropped or awoke since the last drain.
  private(set) var hasChanged = false

  /// The station appeared since the last drain.
  func hasAppeared(_ id: StationID) -> Bool { appeared.contains(id) }

  mutating func drainAppeared() -> [StationID] {
    if appeared.isEmpty { return [] }
    defer { appeared.removeAll() }
    return appeared
  }

  /// All changes were drained.
  mutating func clearChanges() { hasChanged = false }

  mutating func drainAwakened() -> [Awakened] {
    if awakened.isEmpty { return [] }
    defer { awakened.removeAll() }
    return awakened
  }

  mutating func drainRemoved() -> [Removed] {
    if removed.isEmpty { return [] }
    defer { removed.removeAll() }
    return removed
  }

  subscript(id: StationID) -> TrackedStation { tracked.list[Int(id.rawValue)] }

  /// There is evidence about the station, or somebody declared it: it stays longest.
  mutating func pin(_ id: StationID) { rise(Int(id.rawValue), to: Rank.pinned) }

  /// Each frame of the station counts as a change from now on, or no more.
  mutating func watch(_ id: StationID, _ isWatched: Bool = true) {
    let slot = Int(id.rawValue)
    guard tracked.list[slot].isWatched != isWatched else { return }
    tracked.list[slot].used = isWatched ? .distantPast : tracked.list[slot].lastSeen
  }

  /// The number is that of another address than before.
  mutating func renumber(_ address: UInt32, isLocal: Bool) {
    while holdings.count <= Int(address) { holdings.append(Holding()) }
    holdings[Int(address)] = Holding(isLocal: isLocal)
  }

  /// No address has this number.
  mutating func release(_ address: UInt32) { if Int(address) < holdings.count { holdings[Int(address)].holder = .none } }

  /// The station that last sent from this address.
  @inline(__always)
  func holder(of address: UInt32) -> StationID {
    let holder = holdings[Int(address)].holder
    return holder != .none && tracked.list[Int(holder.rawValue)].owner == holdings[Int(address)].owner ? holder : .none
  }

  @inline(__always)
  func prefetch(address: UInt32) {
    holdings.prefetch(Int(address))
  }

  @inline(__always)
  func prefetch(holderOf address: UInt32) {
    guard Int(address) < holdings.count else { return }
    let holder = holdings[Int(address)].holder
    if holder != .none { tracked.list.prefetch(Int(holder.rawValue)) }
  }

  /// The address is on the LAN, as far as is known.
  @inline(__always)
  func isLocal(_ address: UInt32) -> Bool { holdings[Int(address)].isLocal }

  /// Somebody on the LAN holds this address.
  mutating func setLocal(_ address: UInt32) { if Int(address) < holdings.count { holdings[Int(address)].isLocal = true } }

  /// Counts a packet from an address.
  /// - Parameter station: its sender, worked out only where it is not whom the last one came from.
  /// - Returns: its sender.
  @inline(__always)
  mutating func sent(
    by address: UInt32, mac: MACAddress, _ station: @autoclosure () -> Station, bytes: Int, hops: UInt8 = Hops.unknown, at time: Timestamp
  ) -> StationID {
    var sender = holder(of: address)
    if sender == .none || tracked.list[Int(sender.rawValue)].station.mac != mac { sender = hold(address, station(), at: time) }
    count(sentBy: sender, bytes: bytes, hops: hops, isLocal: holdings[Int(address)].isLocal, at: time)
    return sender
  }

  /// An address has another sender than before.
  @inline(never)
  private mutating func hold(_ address: UInt32, _ station: Station, at time: Timestamp) -> StationID {
    let sender = number(of: station, at: time)
    holdings[Int(address)].holder = sender
    holdings[Int(address)].owner = tracked.list[Int(sender.rawValue)].owner
    return sender
  }

  /// - Parameter isLocal: the station is on the LAN, as far as is known.
  @inline(__always)
  mutating func count(sentBy station: StationID, bytes: Int, hops: UInt8 = Hops.unknown, isLocal: Bool = true, at time: Timestamp) {
    let slot = Int(station.rawValue)
    if time.isAfter(tracked.list[slot].used, by: Self.usePeriod) { use(slot, isLocal: isLocal, at: time) }
    tracked.list[slot].count(sent: bytes, hops: hops, at: time)
  }

  /// A station sends in another second than before.
  @inline(never)
  private mutating func use(_ slot: Int, isLocal: Bool, at time: Timestamp) {
    let last = tracked.list[slot].lastSeen
    if time.isAfter(last, by: Self.sleep) {
      awakened.append(Awakened(id: StationID(rawValue: UInt32(slot)), lastSeen: last))
      hasChanged = true
    }
    let isDue =
      !tracked.list[slot].isSeenAgain
      || UseOrder.isDue(at: time, since: tracked.list[slot].used, .aMinute, isCrowded: stationIndex.count > Self.capacity / 2)
    // For a station that is watched every packet comes here, so that the others pay nothing.
    if tracked.list[slot].isWatched { hasChanged = true } else { tracked.list[slot].used = time }
    tracked.list[slot].isSeenAgain = true
    if isDue { rise(slot, to: max(order.rank(slot) ?? Rank.passing, isLocal ? Rank.known : Rank.passing)) }
  }

  private mutating func rise(_ slot: Int, to rank: Int) {
    order.use(slot, rank: rank)
    var rank = rank
    while rank > 0, order.count(rank) > Self.rankLimits[rank], let oldest = order.oldest(rank) {
      rank -= 1
      order.use(oldest, rank: rank)
    }
  }

  @inline(__always)
  mutating func count(receivedBy station: StationID, bytes: Int) {
    tracked.list[Int(station.rawValue)].bytesReceived &+= UInt64(bytes)
  }

  /// A station opens a connection.
  /// - Returns: how often so far, up to the limit; nil where the segment was forwarded.
  mutating func opensConnection(_ station: StationID, hops: UInt8) -> UInt8? {
    let slot = Int(station.rawValue)
    guard hops == tracked.list[slot].distance.least else { return nil }
    if tracked.list[slot].syns < TrackedStation.synLimit { tracked.list[slot].syns += 1 }
    return tracked.list[slot].syns
  }

  /// A unicast frame went from one station to another one.
  @inline(__always)
  mutating func exchanged(from sender: StationID, to receiver: StationID) {
    if sender == receiver { return }
    if !ownAddresses.isEmpty, tracked.list[Int(sender.rawValue)].isOwn || tracked.list[Int(receiver.rawValue)].isOwn { return }
    tracked.list[Int(sender.rawValue)].hasExchanged = true
  }

  /// The station took part in a conversation.
  /// - Returns: for the first time.
  mutating func exchanges(_ station: StationID) -> Bool {
    let slot = Int(station.rawValue)
    defer { tracked.list[slot].hasConversed = true }
    return !tracked.list[slot].hasConversed
  }

  mutating func clearExchanges() {
    for slot in tracked.list.indices { tracked.list[slot].hasExchanged = false }
  }

  @inline(__always)
  private func hash(_ station: Station) -> UInt32 {
    stationIndex.hash(station.mac.bits, station.segment.bits, station.address.words.0, station.address.words.1)
  }

  /// The number of a station that is known.
  @inline(__always)
  func find(_ station: Station) -> StationID? {
    let found = stationIndex.find(hash: hash(station)) { tracked.list[$0].station == station }
    return found.map { StationID(rawValue: UInt32($0)) }
  }

  /// The number of a station, new or not.
  mutating func number(of station: Station, at time: Timestamp) -> StationID {
    if let known = find(station) { return known }
    let new = TrackedStation(
      station: station, lastSeen: time, firstSeen: time, used: time, isOwn: ownAddresses.contains(station.mac))
    if order.count(Rank.passing) >= Self.rankLimits[Rank.passing] || freeStations.isEmpty && tracked.list.count >= Self.capacity {
      evictIdlest()
    }
    let slot: Int
    if let free = freeStations.popLast() {
      slot = Int(free)
      let owner = tracked.list[slot].owner
      tracked.list[slot] = new
      tracked.list[slot].owner = owner
    } else {
      slot = tracked.list.count
      tracked.list.append(new)
    }
    stationIndex.insert(slot, hash: hash(station))
    order.use(slot, rank: Rank.passing)
    let id = StationID(rawValue: UInt32(slot))
    appeared.append(id)
    hasChanged = true
    return id
  }

  private mutating func evictIdlest() {
    for rank in 0..<Rank.all {
      guard let slot = order.oldest(rank) else { continue }
      drop(slot)
      evicted += 1
      return
    }
  }

  private mutating func drop(_ slot: Int) {
    let id = StationID(rawValue: UInt32(slot))
    let station = tracked.list[slot].station
    stationIndex.remove(slot, hash: hash(station))
    order.remove(slot)
    tracked.list[slot].isFree = true
    // Nobody holds an address under this number any more.
    tracked.list[slot].owner = (tracked.list[slot].owner + 1) & (.max >> 1)
    freeStations.append(UInt32(slot))
    appeared.removeAll { $0 == id }
    removed.append(Removed(id: id, station: station))
    hasChanged = true
  }

  /// The clock was set back: nothing was seen later than now.
  mutating func move(by step: Nanoseconds) {
    for slot in tracked.list.indices {
      tracked.list[slot].lastSeen = tracked.list[slot].lastSeen + step
      tracked.list[slot].used = tracked.list[slot].used + step
      tracked.list[slot].firstSeen = min(tracked.list[slot].firstSeen, tracked.list[slot].lastSeen)
    }
  }

  /// Drops stations that hold no address and were idle since before a time. Addresses that are not in use are to be released before.
  ///
  /// - Parameter spared: stay whatever their time.
  mutating func forget(before time: Timestamp, sparing spared: Set<StationID>) {
    var held: Set<StationID> = []
    for address in holdings.indices { held.insert(holder(of: UInt32(address))) }
    var activeMACs: Set<MACAddress> = []
    for slot in tracked.list.indices where !tracked.list[slot].isFree && tracked.list[slot].lastSeen >= time {
      activeMACs.insert(tracked.list[slot].station.mac)
    }
    for slot in tracked.list.indices where !tracked.list[slot].isFree && tracked.list[slot].lastSeen < time {
      let id = StationID(rawValue: UInt32(slot))
      let mac = tracked.list[slot].station.mac
      // The evidence from a phone's arrival is valid as long as the phone is there.
      if held.contains(id) || spared.contains(id) || order.rank(slot) == Rank.pinned && !mac.isNone && activeMACs.contains(mac) { continue }
      drop(slot)
    }
  }

  /// Drops all stations with these MAC addresses.
  mutating func erase(_ addresses: Set<MACAddress>) {
    for slot in tracked.list.indices where !tracked.list[slot].isFree && addresses.contains(tracked.list[slot].station.mac) { drop(slot) }
  }
}
