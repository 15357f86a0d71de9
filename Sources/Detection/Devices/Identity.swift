/// Decides which stations are one device, which of them are on the LAN, and which MAC addresses are routers'.
struct Identity {
  /// Networks of off-link senders behind one MAC address from which it is a router's: IPv4 counted by /24, IPv6 by /64, where a host has
  /// several addresses of its own.
  static let offLinkNetworks = 2
  static let offLinkNetworksV6 = 4
  /// MAC addresses, and addresses, that are taken for routers.
  static let routerLimit = 16_384

  struct Change {
    let segment: Segment
    let mac: MACAddress
    let address: IPAddress
  }

  private struct Link: Hashable {
    let segment: Segment
    let mac: MACAddress
  }

  private struct Place: Hashable {
    let segment: Segment
    let address: IPAddress
  }

  private var local: LocalAddresses
  /// The holder of each address, by ARP, neighbour discovery or DHCP.
  private var holders: [Place: MACAddress] = [:]
  private var boundAddresses: Set<IPAddress> = []
  private var routers: Set<Link> = []
  private var routerAddresses: Set<Place> = []
  private var offLink: [Link: Set<IPAddress>] = [:]
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
      ? routerAddresses.contains(Place(segment: id.segment, address: id.address))
      : routers.contains(Link(segment: id.segment, mac: id.mac))
  }

  func device(of station: Station) -> DeviceID {
    let segment = station.segment
    if station.address == .none { return DeviceID(segment: segment, mac: station.mac) }
    guard isOnLAN(station.address) else { return DeviceID(segment: segment, address: station.address) }
    let holder = holders[Place(segment: segment, address: station.address)]
    if !station.mac.isNone, holder == station.mac || !routers.contains(Link(segment: segment, mac: station.mac)) {
      return DeviceID(segment: segment, mac: station.mac)
    }
    if let holder { return DeviceID(segment: segment, mac: holder) }
    return DeviceID(segment: segment, address: station.address)
  }

  /// A station sent for the first time: off-link senders make a router of a MAC address.
  mutating func appeared(_ station: Station) -> Change? {
    guard !station.mac.isNone, station.address.isUnicast, !isOnLAN(station.address) else { return nil }
    let link = Link(segment: station.segment, mac: station.mac)
    guard !routers.contains(link) else { return nil }
    let shift: UInt128 = station.address.isV4 ? 8 : 64
    offLink[link, default: []].insert(IPAddress(bits: (station.address.bits >> shift) << shift))
    let networks = offLink[link] ?? []
    let v4 = networks.count { $0.isV4 }
    guard v4 >= Self.offLinkNetworks || networks.count - v4 >= Self.offLinkNetworksV6 else { return nil }
    return becomeRouter(link)
  }

  private mutating func becomeRouter(_ link: Link) -> Change? {
    guard !routers.contains(link) else { return nil }
    offLink[link] = nil
    guard routers.count < Self.routerLimit else {
      evicted += 1
      return nil
    }
    routers.insert(link)
    return Change(segment: link.segment, mac: link.mac, address: .none)
  }

  /// ARP, neighbour discovery or DHCP says that this station holds its address.
  mutating func bind(_ station: Station) -> Change? {
    guard !station.mac.isNone, station.address.isUnicast else { return nil }
    let place = Place(segment: station.segment, address: station.address)
    // A router answers for others (proxy ARP, networks that isolate guests): the former holder still holds the address.
    if let holder = holders[place], holder != station.mac, routers.contains(Link(segment: station.segment, mac: station.mac)),
      !routers.contains(Link(segment: station.segment, mac: holder))
    {
      return nil
    }
    let isNew = holders.updateValue(station.mac, forKey: place) != station.mac
    boundAddresses.insert(station.address)
    let router = routerAddresses.contains(place) ? becomeRouter(Link(segment: station.segment, mac: station.mac)) : nil
    // Other addresses of this MAC address are filed as before, unless it is a router's now.
    return isNew || router != nil ? Change(segment: station.segment, mac: router?.mac ?? .none, address: station.address) : nil
  }

  /// A DHCP router option names the address, a router advertisement the station.
  mutating func markRouter(_ station: Station) -> Change? {
    let place = Place(segment: station.segment, address: station.address)
    if routerAddresses.count < Self.routerLimit { routerAddresses.insert(place) } else if !routerAddresses.contains(place) { evicted += 1 }
    let mac = station.mac.isNone ? holders[place] ?? .none : station.mac
    guard !mac.isNone else { return nil }
    return becomeRouter(Link(segment: station.segment, mac: mac))
  }

  /// The station is gone: with it goes what is remembered of its address, and with a MAC address's last one what is of that.
  mutating func forget(_ station: Station, isLastOfMAC: Bool) {
    let place = Place(segment: station.segment, address: station.address)
    if holders[place] == station.mac {
      holders[place] = nil
      boundAddresses.remove(station.address)
    }
    if station.mac.isNone { routerAddresses.remove(place) }
    guard isLastOfMAC else { return }
    let link = Link(segment: station.segment, mac: station.mac)
    offLink[link] = nil
    routers.remove(link)
  }
}
