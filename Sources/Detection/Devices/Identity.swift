/// Decides which stations are one device, which of them are on the LAN, and which MAC addresses are routers'.
///
/// What a frame shows is its sender's, by MAC address. Only what came by a router is filed under its IP address, and so under the MAC address
/// that holds it.
struct Identity {
  /// MAC addresses, and addresses, that are taken for routers.
  static let routerLimit = 16_384

  struct Change {
    let segment: Segment
    let mac: MACAddress
    let address: IPAddress
  }

  /// Who holds an address, by its own word.
  private struct Holder {
    var mac: MACAddress
    /// Another one says the same.
    var rival = MACAddress.none
    /// It held a conversation from this address.
    var hasConversed = false
    /// Only an answer of DHCP says so.
    var isLease = false

    /// The address belongs to neither.
    var isContested: Bool { !rival.isNone && !hasConversed }
  }

  /// What a claim to an address leads to.
  struct Claim {
    var change: Change?
    /// Another MAC address claims it as well, which is news.
    var isConflict = false
  }

  private(set) var local: LocalAddresses
  private var holders: [SegmentAddress: Holder] = [:]
  private var boundAddresses: Set<IPAddress> = []
  private var routers: Set<Link> = []
  private var routerAddresses: Set<SegmentAddress> = []
  /// MAC addresses that DHCP or a router advertisement names as routers', and those that forward a little.
  private var named: Set<Link> = []
  private var forwarding: Set<Link> = []
  /// Routers that were not taken for ones, for lack of room.
  private(set) var evicted = 0

  init(lan: [IPNetwork]) { local = LocalAddresses(networks: lan) }

  func reconfigured(lan: [IPNetwork]) -> Identity {
    var identity = self
    identity.local = LocalAddresses(networks: lan)
    return identity
  }

  func isOnLAN(_ address: IPAddress) -> Bool {
    local.contains(address) || boundAddresses.contains(address)
  }

  func isRouter(_ id: DeviceID) -> Bool {
    id.mac.isNone
      ? routerAddresses.contains(SegmentAddress(segment: id.segment, address: id.address))
      : routers.contains(Link(segment: id.segment, mac: id.mac))
  }

  func device(of station: Station) -> DeviceID {
    let segment = station.segment
    if station.address == .none { return DeviceID(segment: segment, mac: station.mac) }
    guard isOnLAN(station.address) else { return DeviceID(segment: segment, address: station.address) }
    if !station.mac.isNone, !routers.contains(Link(segment: segment, mac: station.mac)) {
      return DeviceID(segment: segment, mac: station.mac)
    }
    if let holder = holders[SegmentAddress(segment: segment, address: station.address)], !holder.isContested {
      return DeviceID(segment: segment, mac: holder.mac)
    }
    return DeviceID(segment: segment, address: station.address)
  }

  /// A MAC address forwards for others, in both directions.
  mutating func forwards(_ finding: ForwarderTable.Finding) -> Change? {
    let link = Link(segment: finding.segment, mac: finding.mac)
    if finding.isRouter || named.contains(link) { return becomeRouter(link) }
    evicted += Self.note(link, in: &forwarding)
    return nil
  }

  private mutating func becomeRouter(_ link: Link) -> Change? {
    guard !routers.contains(link) else { return nil }
    guard routers.count < Self.routerLimit else {
      evicted += 1
      return nil
    }
    routers.insert(link)
    return Change(segment: link.segment, mac: link.mac, address: .none)
  }

  private static func note<Value>(_ value: Value, in set: inout Set<Value>) -> Int {
    if set.count < routerLimit { set.insert(value) } else if !set.contains(value) { return 1 }
    return 0
  }

  /// Something names a MAC address as a router's: it is one if it forwards as well.
  private mutating func name(_ link: Link) -> Change? {
    if forwarding.contains(link) { return becomeRouter(link) }
    evicted += Self.note(link, in: &named)
    return nil
  }

  /// This station says, or DHCP says of it, that it holds its address.
  mutating func bind(_ station: Station, isLease: Bool = false, hasConversed: Bool = false) -> Claim {
    guard !station.mac.isNone, station.address.isUnicast else { return Claim() }
    let place = SegmentAddress(segment: station.segment, address: station.address)
    let link = Link(segment: station.segment, mac: station.mac)
    var claim = Claim()
    if var holder = holders[place], !holder.isLease || holder.mac == station.mac {
      if holder.mac == station.mac {
        if !isLease { holder.isLease = false }
      } else if isLease {
        // Who holds it by its own word has it.
        return claim
      } else if routers.contains(link), !routers.contains(Link(segment: station.segment, mac: holder.mac)) {
        // A router answers for others (proxy ARP, networks that isolate guests): the former holder still holds the address.
        return claim
      } else {
        claim.isConflict = holder.rival != station.mac
        let wasContested = holder.isContested
        if hasConversed, !holder.hasConversed {
          holder = Holder(mac: station.mac, rival: holder.mac, hasConversed: true)
          claim.change = Change(segment: station.segment, mac: .none, address: station.address)
        } else {
          holder.rival = station.mac
          if holder.isContested, !wasContested {
            claim.change = Change(segment: station.segment, mac: .none, address: station.address)
          }
        }
      }
      holders[place] = holder
    } else {
      holders[place] = Holder(mac: station.mac, hasConversed: hasConversed, isLease: isLease)
      boundAddresses.insert(station.address)
      claim.change = Change(segment: station.segment, mac: .none, address: station.address)
    }
    if !isLease, holders[place]?.mac == station.mac, routerAddresses.contains(place), let change = name(link) {
      claim.change = Change(segment: change.segment, mac: change.mac, address: station.address)
    }
    return claim
  }

  /// A station held a conversation for the first time: of two that claim the address it is the holder.
  mutating func conversed(_ station: Station) -> Change? {
    let place = SegmentAddress(segment: station.segment, address: station.address)
    guard !station.mac.isNone, var holder = holders[place], holder.mac == station.mac || holder.rival == station.mac else { return nil }
    let wasContested = holder.isContested
    if holder.mac == station.mac {
      holder.hasConversed = true
    } else {
      holder = Holder(mac: station.mac, rival: holder.mac, hasConversed: true)
    }
    let isNew = wasContested || holders[place]?.mac != holder.mac
    holders[place] = holder
    return isNew ? Change(segment: station.segment, mac: .none, address: station.address) : nil
  }

  /// A DHCP router option names the address, a router advertisement the station.
  mutating func markRouter(_ station: Station) -> Change? {
    let place = SegmentAddress(segment: station.segment, address: station.address)
    evicted += Self.note(place, in: &routerAddresses)
    let mac = station.mac.isNone ? holders[place].flatMap { $0.isContested ? nil : $0.mac } ?? .none : station.mac
    return mac.isNone ? nil : name(Link(segment: station.segment, mac: mac))
  }

  /// The station is gone: with it goes what is remembered of its address, and with a MAC address's last one what is of that.
  ///
  /// - Returns: it was a router's.
  mutating func forget(_ station: Station, isLastOfMAC: Bool) -> Bool {
    let place = SegmentAddress(segment: station.segment, address: station.address)
    if let holder = holders[place] {
      if holder.mac == station.mac {
        holders[place] = nil
        boundAddresses.remove(station.address)
      } else if holder.rival == station.mac {
        holders[place]?.rival = .none
      }
    }
    if station.mac.isNone { routerAddresses.remove(place) }
    guard isLastOfMAC else { return false }
    let link = Link(segment: station.segment, mac: station.mac)
    named.remove(link)
    let forwarded = forwarding.remove(link) != nil
    return routers.remove(link) != nil || forwarded
  }
}
