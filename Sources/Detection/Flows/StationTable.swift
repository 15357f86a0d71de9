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

/// Gives addresses and stations small numbers, so that flow keys stay short, and counts what each station sends.
///
/// An address (within its segment) has one number for as long as it is in use, whoever holds it: the two directions of a flow meet
/// even where a router answers from another MAC address. A station is an address together with the MAC address that it was seen with.
///
/// Both are bounded, and strangers can make up any number of them. So a newcomer always gets a place, and takes it from the station of
/// the lowest rank that was idle longest: what was seen once goes before what keeps sending, and that before what there is evidence about.
struct StationTable: ~Copyable {
  static let capacity = 65_536
  static let addressCapacity = 131_072
  /// How often the use of a station or an address is noted.
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

  // Not private: Swift 6.3 does not compile a table of a private type for the thread sanitizer.
  struct Address {
    var address: IPAddress
    var segment: Segment
    /// The station that last sent from it.
    var holder: StationID
    /// Conversations at hand; with any, it cannot go.
    var flows: UInt32 = 0
    /// When it was last used, apart from its conversations at hand.
    var lastSeen: Timestamp
    /// It is on the LAN, as far as is known.
    var isLocal: Bool
    var isFree = false
  }

  private(set) var tracked = TrackedStations()
  private var freeStations: [UInt32] = []
  private var stationIndex = HashIndex()
  private var order = UseOrder(ranks: Rank.all)
  private var addresses = Slab<Address>(capacity: StationTable.addressCapacity)
  private var freeAddresses: [UInt32] = []
  private var index = HashIndex()
  /// Addresses without conversations.
  private var idleAddresses = UseOrder(ranks: 1)
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
  /// Which addresses are on the LAN by themselves.
  var local = LocalAddresses() {
    didSet { for number in addresses.indices where local.contains(addresses[number].address) { addresses[number].isLocal = true } }
  }

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

  @inline(__always)
  private func hash(_ address: IPAddress, _ segment: Segment) -> UInt32 {
    let words = SegmentAddress(segment: segment, address: address).words
    return index.hash(words.0, words.1)
  }

  @inline(__always)
  private func find(_ address: IPAddress, in segment: Segment) -> Int? {
    index.find(hash: hash(address, segment)) { addresses[$0].address == address && addresses[$0].segment == segment }
  }

  /// The number of an address; nil where all have conversations.
  mutating func intern(_ address: IPAddress, in segment: Segment, at time: Timestamp) -> UInt32? {
    if let found = find(address, in: segment) {
      if addresses[found].flows == 0, time.isAfter(addresses[found].lastSeen, by: Self.usePeriod) {
        let isCrowded = addresses.count > Self.addressCapacity / 2
        if UseOrder.isDue(at: time, since: addresses[found].lastSeen, .aMinute, isCrowded: isCrowded) { idleAddresses.use(found, rank: 0) }
        addresses[found].lastSeen = time
      }
      return UInt32(found)
    }
    let entry = Address(
      address: address, segment: segment, holder: .none, lastSeen: time, isLocal: local.contains(address))
    let number: Int
    if let free = freeAddresses.popLast() {
      number = Int(free)
      addresses[number] = entry
    } else if addresses.count < Self.addressCapacity {
      number = addresses.count
      addresses.append(entry)
    } else if let oldest = idleAddresses.oldest(0) {
      index.remove(oldest, hash: hash(addresses[oldest].address, addresses[oldest].segment))
      number = oldest
      addresses[number] = entry
    } else {
      return nil
    }
    index.insert(number, hash: hash(address, segment))
    idleAddresses.use(number, rank: 0)
    return UInt32(number)
  }

  /// A new address takes another one's place.
  var isFullOfAddresses: Bool { addresses.count == Self.addressCapacity && freeAddresses.isEmpty }

  /// The station that last sent from this address.
  @inline(__always)
  func holder(of address: UInt32) -> StationID { addresses[Int(address)].holder }

  /// This number is, still, that address's.
  @inline(__always)
  func isNumber(_ number: UInt32, of address: IPAddress, in segment: Segment) -> Bool {
    addresses[Int(number)].address == address && addresses[Int(number)].segment == segment
  }

  @inline(__always)
  func prefetch(address number: UInt32) {
    addresses.prefetch(Int(number))
  }

  @inline(__always)
  func prefetch(holderOf address: UInt32) {
    let holder = addresses[Int(address)].holder
    if holder == .none { return }
    tracked.list.prefetch(Int(holder.rawValue))
  }

  /// The address is on the LAN, as far as is known.
  @inline(__always)
  func isLocal(_ number: UInt32) -> Bool { addresses[Int(number)].isLocal }

  /// Somebody on the LAN holds this address.
  mutating func setLocal(_ address: IPAddress, in segment: Segment) {
    if let found = find(address, in: segment) { addresses[found].isLocal = true }
  }

  /// Counts a packet from `address` with `mac`.
  /// - Returns: its sender.
  @inline(__always)
  mutating func sent(
    by address: UInt32, mac: MACAddress, bytes: Int, hops: UInt8 = Hops.unknown, at time: Timestamp
  ) -> StationID {
    var sender = addresses[Int(address)].holder
    if sender == .none || tracked.list[Int(sender.rawValue)].station.mac != mac {
      let entry = addresses[Int(address)]
      let shown = entry.address.isUnicast ? entry.address : .none
      sender = number(of: Station(segment: entry.segment, mac: mac, address: shown), at: time)
      addresses[Int(address)].holder = sender
    }
    count(sentBy: sender, bytes: bytes, hops: hops, isLocal: addresses[Int(address)].isLocal, at: time)
    return sender
  }

  /// Counts a packet from one address to another, if it comes from whom the last one came from, and that is nothing to report.
  /// - Returns: its sender; nil where nothing was counted.
  @inline(__always)
  mutating func countKnown(
    sentBy source: UInt32, mac: MACAddress, to destination: UInt32, bytes: Int, hops: UInt8, at time: Timestamp
  ) -> StationID? {
    let sender = addresses[Int(source)].holder
    let slot = Int(sender.rawValue)
    guard sender != .none, tracked.list[slot].station.mac == mac, !tracked.list[slot].isWatched,
      !time.isAfter(tracked.list[slot].lastSeen, by: Self.sleep)
    else { return nil }
    count(sentBy: sender, bytes: bytes, hops: hops, isLocal: addresses[Int(source)].isLocal, at: time)
    let receiver = addresses[Int(destination)].holder
    if receiver != .none { count(receivedBy: receiver, bytes: bytes) }
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
    if let known = holder(of: station) ?? find(station) { return known }
    let new = TrackedStation(
      station: station, lastSeen: time, firstSeen: time, used: time, isOwn: ownAddresses.contains(station.mac))
    if order.count(Rank.passing) >= Self.rankLimits[Rank.passing] || freeStations.isEmpty && tracked.list.count >= Self.capacity {
      evictIdlest()
    }
    let slot: Int
    if let free = freeStations.popLast() {
      slot = Int(free)
      tracked.list[slot] = new
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
    freeStations.append(UInt32(slot))
    // Its number may get another owner. A station without an address holds the unspecified ones.
    for address in station.address == .none ? [.none, IPAddress(v4: 0)] : [station.address] {
      if let place = find(address, in: station.segment), addresses[place].holder == id { addresses[place].holder = .none }
    }
    appeared.removeAll { $0 == id }
    removed.append(Removed(id: id, station: station))
    hasChanged = true
  }

  /// The number of a station that is the last one seen at its address: most are.
  @inline(__always)
  private func holder(of station: Station) -> StationID? {
    guard station.address != .none, let found = find(station.address, in: station.segment), addresses[found].holder != .none else {
      return nil
    }
    let last = addresses[found].holder
    return tracked.list[Int(last.rawValue)].station == station ? last : nil
  }

  /// A conversation of the address begins.
  mutating func retain(_ address: UInt32) {
    addresses[Int(address)].flows += 1
    if addresses[Int(address)].flows == 1 { idleAddresses.remove(Int(address)) }
  }

  /// A conversation of the address, which was last seen at this time, is over.
  mutating func release(_ address: UInt32, at time: Timestamp) {
    let number = Int(address)
    addresses[number].flows -= 1
    if time > addresses[number].lastSeen { addresses[number].lastSeen = time }
    if addresses[number].flows == 0 { idleAddresses.use(number, rank: 0) }
  }

  /// The clock was set back: nothing was seen later than now.
  mutating func move(by step: Nanoseconds) {
    for slot in tracked.list.indices {
      tracked.list[slot].lastSeen = tracked.list[slot].lastSeen + step
      tracked.list[slot].used = tracked.list[slot].used + step
      tracked.list[slot].firstSeen = min(tracked.list[slot].firstSeen, tracked.list[slot].lastSeen)
    }
    for number in addresses.indices { addresses[number].lastSeen = addresses[number].lastSeen + step }
  }

  /// Drops all that nothing refers to and that was idle since before a time.
  ///
  /// - Parameter spared: stay whatever their time.
  mutating func forget(before time: Timestamp, sparing spared: Set<StationID>) {
    let idle = idleAddresses.entries(0).filter { addresses[$0].lastSeen < time }
    for number in idle {
      index.remove(number, hash: hash(addresses[number].address, addresses[number].segment))
      idleAddresses.remove(number)
      addresses[number].isFree = true
      freeAddresses.append(UInt32(number))
    }
    var held: Set<StationID> = []
    for number in addresses.indices where !addresses[number].isFree { held.insert(addresses[number].holder) }
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
