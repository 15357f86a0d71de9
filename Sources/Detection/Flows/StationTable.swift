/// A station's small number, valid while it is in the table.
public struct StationID: Hashable, Comparable, Sendable {
  public let rawValue: UInt32
  static let none = StationID(rawValue: .max)
  public static func < (a: StationID, b: StationID) -> Bool { a.rawValue < b.rawValue }
}

/// One station, and what was counted of it.
public struct TrackedStation: Sendable {
  public let station: Station
  public var packetsSent: UInt64 = 0
  public var bytesSent: UInt64 = 0
  public var bytesReceived: UInt64 = 0
  public var lastSeen: Timestamp
  public var firstSeen: Timestamp
  /// The inventory keeps evidence about it: it stays longer.
  var isPinned = false
  var isFree = false
}

/// Gives addresses and stations small numbers, so that flow keys stay short, and counts what each station sends.
///
/// An address (within its segment) has one number for as long as it is in use, whoever holds it: the two directions of a flow meet
/// even where a router answers from another MAC address. A station is an address together with the MAC address that it was seen with.
struct StationTable: ~Copyable {
  /// Addresses and stations together are bounded; idle ones that nothing refers to go first.
  static let capacity = 131_072
  static let idleLimit = Duration.seconds(60)
  /// How long those stay that the inventory keeps evidence about: guests leave, and telephones change their addresses every day.
  static let pinnedIdleLimit = Duration.seconds(86_400)
  /// A sweep that frees fewer places than this is not worth another one a second later.
  static let worthwhileSweep = capacity / 64

  private struct Address {
    var address: IPAddress
    var segment: Segment
    var host: StationID
    var flows: UInt32 = 0
    var lastSeen: Timestamp
    var isFree = false
  }

  private(set) var hosts: [TrackedStation] = []
  private var freeHosts: [UInt32] = []
  private var stations: [Station: StationID] = [:]
  private var addresses: [Address] = []
  private var freeAddresses: [UInt32] = []
  private var index = HashIndex()
  private var nextSweep = Timestamp.distantPast
  /// Stations and addresses that were dropped, or not taken in, because the table was full.
  private(set) var evicted = 0
  /// Hosts that appeared since they were last taken.
  private(set) var appeared: [StationID] = []
  /// A host that was dropped, with what it was: its number may have a new owner.
  struct Removed {
    let host: StationID
    let station: Station
    let wasPinned: Bool
  }

  /// Hosts that were dropped since they were last taken.
  private(set) var removed: [Removed] = []

  init() {
    // Address space, no memory until it is used.
    hosts.reserveCapacity(Self.capacity)
    addresses.reserveCapacity(Self.capacity)
  }

  /// Hosts appeared or were removed that nobody has taken yet.
  var hasChanged: Bool { !appeared.isEmpty || !removed.isEmpty }

  mutating func takeAppeared() -> [StationID] {
    if appeared.isEmpty { return [] }
    defer { appeared.removeAll() }
    return appeared
  }

  mutating func takeRemoved() -> [Removed] {
    if removed.isEmpty { return [] }
    defer { removed.removeAll() }
    return removed
  }

  subscript(host: StationID) -> TrackedStation {
    get { hosts[Int(host.rawValue)] }
    set { hosts[Int(host.rawValue)] = newValue }
  }

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
    let entry = Address(address: address, segment: segment, host: .none, lastSeen: time)
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
  func holder(of address: UInt32) -> StationID { addresses[Int(address)].host }

  /// This number is, still, that address's.
  @inline(__always)
  func isNumber(_ number: UInt32, of address: IPAddress, in segment: Segment) -> Bool {
    addresses[Int(number)].address == address && addresses[Int(number)].segment == segment
  }

  /// The address is in use at this time.
  @inline(__always)
  mutating func see(_ number: UInt32, at time: Timestamp) { addresses[Int(number)].lastSeen = time }

  /// Who sends from `address` with `mac`, counted.
  @inline(__always)
  mutating func sent(by address: UInt32, mac: MACAddress, bytes: Int, at time: Timestamp) -> StationID? {
    var host = addresses[Int(address)].host
    if host == .none || hosts[Int(host.rawValue)].station.mac != mac {
      let entry = addresses[Int(address)]
      let shown = entry.address.isUnicast ? entry.address : .none
      guard let found = self.host(for: Station(segment: entry.segment, mac: mac, address: shown), at: time) else { return nil }
      host = found
      addresses[Int(address)].host = host
    }
    count(sentBy: host, bytes: bytes, at: time)
    return host
  }

  @inline(__always)
  mutating func count(sentBy host: StationID, bytes: Int, at time: Timestamp) {
    let slot = Int(host.rawValue)
    hosts[slot].packetsSent &+= 1
    hosts[slot].bytesSent &+= UInt64(bytes)
    if time > hosts[slot].lastSeen {
      hosts[slot].lastSeen = time
    } else if time < hosts[slot].firstSeen {
      hosts[slot].firstSeen = time
    }
  }

  @inline(__always)
  mutating func count(receivedBy host: StationID, bytes: Int) {
    hosts[Int(host.rawValue)].bytesReceived &+= UInt64(bytes)
  }

  /// The number of a station that is known.
  func find(_ station: Station) -> StationID? { stations[station] }

  /// The number of a station, new or not; nil where the table is full.
  mutating func host(for station: Station, at time: Timestamp) -> StationID? {
    if let known = holder(of: station) ?? stations[station] { return known }
    guard makeRoom(at: time) else { return nil }
    let host = TrackedStation(station: station, lastSeen: time, firstSeen: time)
    let id: StationID
    if let free = freeHosts.popLast() {
      hosts[Int(free)] = host
      id = StationID(rawValue: free)
    } else {
      id = StationID(rawValue: UInt32(hosts.count))
      hosts.append(host)
    }
    stations[station] = id
    appeared.append(id)
    return id
  }

  /// The host of a station that is the last one seen at its address: most are.
  private func holder(of station: Station) -> StationID? {
    guard station.address != .none else { return nil }
    let found = index.find(hash: hash(station.address, station.segment)) {
      addresses[$0].address == station.address && addresses[$0].segment == station.segment
    }
    guard let found, addresses[found].host != .none else { return nil }
    let host = addresses[found].host
    return hosts[Int(host.rawValue)].station == station ? host : nil
  }

  mutating func retain(_ address: UInt32) { addresses[Int(address)].flows += 1 }
  mutating func release(_ address: UInt32) { addresses[Int(address)].flows -= 1 }

  private mutating func makeRoom(at time: Timestamp) -> Bool {
    if stations.count + index.count < Self.capacity { return true }
    // Where the clock was set back, or a packet's time was absurd, the next sweep would be far off.
    if time >= nextSweep || time + Self.idleLimit < nextSweep { sweep(at: time) }
    if stations.count + index.count < Self.capacity { return true }
    evicted += 1
    return false
  }

  /// Swept at most every second of packet time, as it looks at everything, and less often where little can be dropped.
  private mutating func sweep(at time: Timestamp) {
    let before = stations.count + index.count
    evicted += dropAddresses(idleSince: time - Self.idleLimit)
    dropHosts(idleSince: time - Self.idleLimit, pinnedIdleSince: time - Self.pinnedIdleLimit)
    let freed = before - stations.count - index.count
    nextSweep = time + .seconds(freed < Self.worthwhileSweep ? 20 : 1)
  }

  /// Drops all that nothing refers to and that was idle since before a time.
  ///
  /// - Parameter spared: stay whatever their time.
  mutating func forget(before time: Timestamp, sparing spared: Set<StationID>) {
    _ = dropAddresses(idleSince: time)
    dropHosts(idleSince: time, pinnedIdleSince: time, sparing: spared)
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

  private mutating func dropHosts(idleSince limit: Timestamp, pinnedIdleSince pinnedLimit: Timestamp, sparing spared: Set<StationID> = []) {
    let held = Set(addresses.lazy.filter { !$0.isFree }.map(\.host))
    let activeMACs = Set(hosts.lazy.filter { !$0.isFree && $0.lastSeen >= pinnedLimit }.map(\.station.mac))
    for slot in hosts.indices where !hosts[slot].isFree {
      let id = StationID(rawValue: UInt32(slot))
      let (station, isPinned) = (hosts[slot].station, hosts[slot].isPinned)
      guard !held.contains(id), !spared.contains(id), hosts[slot].lastSeen < (isPinned ? pinnedLimit : limit) else { continue }
      // What a telephone said when it came speaks for it as long as it is there.
      if isPinned, !station.mac.isNone, activeMACs.contains(station.mac) { continue }
      stations[station] = nil
      hosts[slot].isFree = true
      freeHosts.append(UInt32(slot))
      removed.append(Removed(host: id, station: station, wasPinned: isPinned))
    }
  }
}
