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
  /// There is evidence about it: it stays longer.
  var isPinned = false
  /// It sent a unicast frame to another station since exchanges were cleared, and neither of them is the capturing machine. Only where
  /// rooms are watched.
  var hasExchanged = false
  /// It is the capturing machine.
  var isOwn = false
  var isFree = false
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

/// How far the packets of a station have come. What comes from farther away than the rest was forwarded.
struct Distance: Sendable, Equatable {
  /// The least number of hops; `Hops.unknown` before the first packet that shows one.
  private(set) var least = Hops.unknown
  /// Packets at that distance, and farther away; counted up to 255.
  private(set) var near: UInt8 = 0
  private(set) var far: UInt8 = 0

  /// - Returns: the packet is nearer than all before it.
  @inline(__always)
  mutating func add(_ hops: UInt8) -> Bool {
    if hops == Hops.unknown { return false }
    guard hops == least else { return addOther(hops) }
    if near < .max { near += 1 }
    return false
  }

  @inline(never)
  private mutating func addOther(_ hops: UInt8) -> Bool {
    if hops > least {
      if far < .max { far += 1 }
      return false
    }
    far = UInt8(min(255, Int(far) + Int(near)))
    least = hops
    near = 1
    return true
  }
}

/// Stations by number, to be read by all that borrow it.
struct TrackedStations: ~Copyable {
  fileprivate var list: [TrackedStation] = []

  subscript(id: StationID) -> TrackedStation { list[Int(id.rawValue)] }

  /// Every station that is in the table.
  var live: [StationID] { list.indices.filter { !list[$0].isFree }.map { StationID(rawValue: UInt32($0)) } }
}

/// Gives addresses and stations small numbers, so that flow keys stay short, and counts what each station sends.
///
/// An address (within its segment) has one number for as long as it is in use, whoever holds it: the two directions of a flow meet
/// even where a router answers from another MAC address. A station is an address together with the MAC address that it was seen with.
struct StationTable: ~Copyable {
  /// Addresses and stations together are bounded; idle ones that nothing refers to go first.
  static let capacity = 131_072
  static let idleLimit = Duration.seconds(60)
  /// How long stations with evidence stay: guests leave, and phones change their addresses every day.
  static let pinnedIdleLimit = Duration.seconds(86_400)
  /// A sweep that frees fewer places than this is not worth another one a second later.
  static let worthwhileSweep = capacity / 64

  private struct Address {
    var address: IPAddress
    var segment: Segment
    /// The station that last sent from it.
    var holder: StationID
    var flows: UInt32 = 0
    var lastSeen: Timestamp
    /// It is on the LAN, as far as is known.
    var isLocal: Bool
    var isFree = false
  }

  private(set) var tracked = TrackedStations()
  private var freeStations: [UInt32] = []
  private var numbers: [Station: StationID] = [:]
  private var addresses: [Address] = []
  private var freeAddresses: [UInt32] = []
  private var index = HashIndex()
  private var nextSweep = Timestamp.distantPast
  /// Link addresses of the capturing machine.
  var ownAddresses: Set<MACAddress> = [] {
    didSet {
      for slot in tracked.list.indices { tracked.list[slot].isOwn = ownAddresses.contains(tracked.list[slot].station.mac) }
    }
  }
  /// Stations and addresses that were dropped, or not taken in, because the table was full.
  private(set) var evicted = 0
  /// A station that was dropped, with what it was: its number may have a new owner.
  struct Removed {
    let id: StationID
    let station: Station
    let wasPinned: Bool
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

  init() {
    // Address space, no memory until it is used.
    tracked.list.reserveCapacity(Self.capacity)
    addresses.reserveCapacity(Self.capacity)
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

  /// There is evidence about the station: it stays longer.
  mutating func pin(_ id: StationID) { tracked.list[Int(id.rawValue)].isPinned = true }

  @inline(__always)
  private func hash(_ address: IPAddress, _ segment: Segment) -> UInt32 {
    index.hash(
      UInt64(truncatingIfNeeded: address.bits) ^ (segment.bits << 33 | segment.bits >> 31), UInt64(truncatingIfNeeded: address.bits >> 64))
  }

  /// The number of an address; nil where the table is full of addresses in use.
  mutating func intern(_ address: IPAddress, in segment: Segment, at time: Timestamp) -> UInt32? {
    let hash = hash(address, segment)
    if let found = index.find(hash: hash, where: { addresses[$0].address == address && addresses[$0].segment == segment }) {
      addresses[found].lastSeen = time
      return UInt32(found)
    }
    guard makeRoom(at: time) else { return nil }
    let entry = Address(
      address: address, segment: segment, holder: .none, lastSeen: time, isLocal: local.contains(address))
    let number: UInt32
    if let free = freeAddresses.popLast() {
      addresses[Int(free)] = entry
      number = free
    } else {
      number = UInt32(addresses.count)
      addresses.append(entry)
    }
    index.insert(Int(number), hash: hash)
    return number
  }

  /// The station that last sent from this address.
  @inline(__always)
  func holder(of address: UInt32) -> StationID { addresses[Int(address)].holder }

  /// This number is, still, that address's.
  @inline(__always)
  func isNumber(_ number: UInt32, of address: IPAddress, in segment: Segment) -> Bool {
    addresses[Int(number)].address == address && addresses[Int(number)].segment == segment
  }

  /// The address is on the LAN, as far as is known.
  @inline(__always)
  func isLocal(_ number: UInt32) -> Bool { addresses[Int(number)].isLocal }

  /// Somebody on the LAN holds this address.
  mutating func setLocal(_ address: IPAddress, in segment: Segment) {
    let found = index.find(hash: hash(address, segment)) { addresses[$0].address == address && addresses[$0].segment == segment }
    if let found { addresses[found].isLocal = true }
  }

  /// The address is in use at this time.
  @inline(__always)
  mutating func see(_ number: UInt32, at time: Timestamp) { addresses[Int(number)].lastSeen = time }

  /// Counts a packet from `address` with `mac`.
  /// - Returns: its sender; nil where the table is full.
  @inline(__always)
  mutating func sent(
    by address: UInt32, mac: MACAddress, bytes: Int, hops: UInt8 = Hops.unknown, at time: Timestamp
  ) -> StationID? {
    var sender = addresses[Int(address)].holder
    if sender == .none || tracked.list[Int(sender.rawValue)].station.mac != mac {
      let entry = addresses[Int(address)]
      let shown = entry.address.isUnicast ? entry.address : .none
      guard let found = self.number(of: Station(segment: entry.segment, mac: mac, address: shown), at: time) else { return nil }
      sender = found
      addresses[Int(address)].holder = sender
    }
    count(sentBy: sender, bytes: bytes, hops: hops, at: time)
    return sender
  }

  @inline(__always)
  mutating func count(sentBy station: StationID, bytes: Int, hops: UInt8 = Hops.unknown, at time: Timestamp) {
    let slot = Int(station.rawValue)
    let last = tracked.list[slot].lastSeen
    if time.isAfter(last, by: Self.sleep) {
      awakened.append(Awakened(id: station, lastSeen: last))
      hasChanged = true
    }
    tracked.list[slot].count(sent: bytes, hops: hops, at: time)
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

  mutating func clearExchanges() {
    for slot in tracked.list.indices { tracked.list[slot].hasExchanged = false }
  }

  /// The number of a station that is known.
  func find(_ station: Station) -> StationID? { numbers[station] }

  /// The number of a station, new or not; nil where the table is full.
  mutating func number(of station: Station, at time: Timestamp) -> StationID? {
    if let known = holder(of: station) ?? numbers[station] { return known }
    guard makeRoom(at: time) else { return nil }
    let new = TrackedStation(station: station, lastSeen: time, firstSeen: time, isOwn: ownAddresses.contains(station.mac))
    let id: StationID
    if let free = freeStations.popLast() {
      tracked.list[Int(free)] = new
      id = StationID(rawValue: free)
    } else {
      id = StationID(rawValue: UInt32(tracked.list.count))
      tracked.list.append(new)
    }
    numbers[station] = id
    appeared.append(id)
    hasChanged = true
    return id
  }

  /// The number of a station that is the last one seen at its address: most are.
  private func holder(of station: Station) -> StationID? {
    guard station.address != .none else { return nil }
    let found = index.find(hash: hash(station.address, station.segment)) {
      addresses[$0].address == station.address && addresses[$0].segment == station.segment
    }
    guard let found, addresses[found].holder != .none else { return nil }
    let last = addresses[found].holder
    return tracked.list[Int(last.rawValue)].station == station ? last : nil
  }

  mutating func retain(_ address: UInt32) { addresses[Int(address)].flows += 1 }
  mutating func release(_ address: UInt32) { addresses[Int(address)].flows -= 1 }

  private mutating func makeRoom(at time: Timestamp) -> Bool {
    if numbers.count + index.count < Self.capacity { return true }
    // After a clock that was set back, or an absurd packet time, the next sweep would be far off.
    if time >= nextSweep || time + Self.idleLimit < nextSweep { sweep(at: time) }
    if numbers.count + index.count < Self.capacity { return true }
    evicted += 1
    return false
  }

  /// Swept at most every second of packet time, as it looks at everything, and less often where little can be dropped.
  private mutating func sweep(at time: Timestamp) {
    let before = numbers.count + index.count
    evicted += dropAddresses(idleSince: time - Self.idleLimit)
    dropStations(idleSince: time - Self.idleLimit, pinnedIdleSince: time - Self.pinnedIdleLimit)
    let freed = before - numbers.count - index.count
    nextSweep = time + .seconds(freed < Self.worthwhileSweep ? 20 : 1)
  }

  /// Drops all that nothing refers to and that was idle since before a time.
  ///
  /// - Parameter spared: stay whatever their time.
  mutating func forget(before time: Timestamp, sparing spared: Set<StationID>) {
    _ = dropAddresses(idleSince: time)
    dropStations(idleSince: time, pinnedIdleSince: time, sparing: spared)
  }

  /// - Returns: how many.
  private mutating func dropAddresses(idleSince limit: Timestamp) -> Int {
    var count = 0
    for number in addresses.indices where !addresses[number].isFree && addresses[number].flows == 0 {
      guard addresses[number].lastSeen < limit else { continue }
      index.remove(number, hash: hash(addresses[number].address, addresses[number].segment))
      addresses[number].isFree = true
      freeAddresses.append(UInt32(number))
      count += 1
    }
    return count
  }

  private mutating func dropStations(
    idleSince limit: Timestamp, pinnedIdleSince pinnedLimit: Timestamp, sparing spared: Set<StationID> = []
  ) {
    let held = Set(addresses.lazy.filter { !$0.isFree }.map(\.holder))
    let activeMACs = Set(tracked.list.lazy.filter { !$0.isFree && $0.lastSeen >= pinnedLimit }.map(\.station.mac))
    for slot in tracked.list.indices where !tracked.list[slot].isFree {
      let id = StationID(rawValue: UInt32(slot))
      let (station, isPinned) = (tracked.list[slot].station, tracked.list[slot].isPinned)
      guard !held.contains(id), !spared.contains(id), tracked.list[slot].lastSeen < (isPinned ? pinnedLimit : limit) else { continue }
      // The evidence from a phone's arrival is valid as long as the phone is there.
      if isPinned, !station.mac.isNone, activeMACs.contains(station.mac) { continue }
      numbers[station] = nil
      tracked.list[slot].isFree = true
      freeStations.append(UInt32(slot))
      removed.append(Removed(id: id, station: station, wasPinned: isPinned))
      hasChanged = true
    }
  }
}
