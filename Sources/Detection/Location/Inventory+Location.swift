/// In which room a device is, by the site's rules.
extension Inventory {
  /// A frame of a station came.
  mutating func heard(_ arrival: FrameIngress, at now: Timestamp, _ hosts: borrowing StationTable) {
    guard let number = table[station: arrival.host]?.device else { return }
    let isRuled = isRuled(arrival.interface)
    let accessPoint = accessPoint(of: arrival)
    table[device: number].location.heard(on: isRuled ? arrival.interface : nil, by: accessPoint, isFlooded: arrival.isFlooded, now)
    guard table[device: number].raised != nil, table[device: number].location.isToBeChecked(at: now) else { return }
    if let room = room(of: number, hosts), room != table[device: number].raised?.room { judgeRoom(of: number, at: now, hosts) }
  }

  /// A switch or an access point said who it is.
  mutating func take(_ announcement: NeighborAdvertisement, on interface: UInt16, at now: Timestamp) {
    let neighbours = site.neighbours.filter { $0.isAnnounced(by: announcement) }
    guard !neighbours.isEmpty else { return }
    self.neighbours.take(announcement, fitting: neighbours, on: interface, at: now)
    if !isRuled(interface) { ruled[Int(interface)] = true }
  }

  /// The site's rules tell rooms by this interface; by others, such as the uplink, that show frames of all rooms, they do not.
  private mutating func isRuled(_ interface: UInt16) -> Bool {
    while ruled.count <= Int(interface) { ruled.append(site.interfaces.contains(interfaces[UInt16(ruled.count)])) }
    return ruled[Int(interface)]
  }

  /// The place of an access point among the site's; 0 for another one; nil where the frame shows none.
  private func accessPoint(of arrival: FrameIngress) -> UInt16? {
    if site.accessPoints.isEmpty { return nil }
    if !arrival.accessPoint.isNone, let place = accessPointPlaces[.mac(arrival.accessPoint)] { return place }
    if let tunnelSource = arrival.tunnelSource, let place = accessPointPlaces[.address(tunnelSource.address)] ?? accessPointPlaces[.mac(tunnelSource.mac)] {
      return place
    }
    return arrival.accessPoint.isNone ? nil : 0
  }

  private func room(of number: Int, _ hosts: borrowing StationTable) -> String? {
    let record = table[device: number]
    return room(of: record, record.hosts.compactMap { host in table[station: host].map { (hosts[host], $0) } })
  }

  /// Where it is, is where it was heard last.
  func room(of record: DeviceRecord, _ members: [(TrackedStation, StationRecord)]) -> String? {
    if members.isEmpty { return record.recalled?.room }
    if site.isEmpty { return nil }
    let latest = members.filter { $0.0.station.address.isUnicast }.sorted { $0.0.lastSeen > $1.0.lastSeen }.map(\.0.station.address)
    var place = Site.Place(vlans: record.id.segment.vlans, circuit: record.circuit, remote: record.remote)
    place.addresses = [latest.first(where: \.isV4), latest.first { !$0.isV4 }].compactMap { $0 }
    let interface = record.location.currentInterface
    if interface != LocationEstimate.none {
      place.interface = interfaces[interface]
      place.neighbours = neighbours.current(on: interface, at: record.location.lastHeard)
    }
    let accessPoint = Int(record.location.currentAccessPoint)
    if (1...max(1, site.accessPoints.count)).contains(accessPoint) { place.accessPoint = site.accessPoints[accessPoint - 1] }
    let rule = site.rule(at: place)
    // What an earlier run knew holds until this one knows it as surely.
    if let earlier = record.recalled?.room, !record.location.hasHeld, site.mayBe(in: earlier, insteadOf: rule, at: place) {
      return earlier
    }
    return rule?.room
  }
}
