/// The rooms of devices, by the site's rules.
extension Inventory {
  /// A frame of a station arrived.
  mutating func record(_ ingress: FrameIngress, at now: Timestamp, _ stations: borrowing TrackedStations) {
    guard let number = table.device(of: ingress.station) else { return }
    let isRuled = isRuled(ingress.interface)
    let accessPoint = accessPoint(of: ingress)
    table[device: number].location.record(on: isRuled ? ingress.interface : nil, by: accessPoint, isFlooded: ingress.isFlooded, now)
    guard table[device: number].alert != nil, table[device: number].location.isDueForCheck(at: now) else { return }
    if let room = room(of: number, stations), room != table[device: number].alert?.room { judgeRoom(of: number, at: now, stations) }
  }

  /// A switch or an access point identified itself.
  mutating func record(_ announcement: NeighborAdvertisement, on interface: UInt16, at now: Timestamp) {
    let neighbours = site.neighbours(announcedBy: announcement)
    guard !neighbours.isEmpty else { return }
    self.neighbours.record(announcement, fitting: neighbours, on: interface, at: now)
    if !isRuled(interface) { ruled[Int(interface)] = true }
  }

  /// A rule depends on this interface. Others, such as the uplink, show frames of all rooms.
  private mutating func isRuled(_ interface: UInt16) -> Bool {
    while ruled.count <= Int(interface) { ruled.append(site.interfaces.contains(interfaces[UInt16(ruled.count)])) }
    return ruled[Int(interface)]
  }

  /// The number of an access point among the site's, from 1; 0 for another one; nil where the frame shows none.
  private func accessPoint(of ingress: FrameIngress) -> UInt16? {
    if site.accessPoints.isEmpty { return nil }
    if !ingress.accessPoint.isNone, let place = accessPointPlaces[.mac(ingress.accessPoint)] { return place }
    if let sender = ingress.tunnelSource,
      let place = accessPointPlaces[.address(sender.address)] ?? accessPointPlaces[.mac(sender.mac)]
    {
      return place
    }
    return ingress.accessPoint.isNone ? nil : 0
  }

  func room(of number: Int, _ stations: borrowing TrackedStations) -> String? {
    let record = table[device: number]
    return room(of: record, record.stations.compactMap { id in table[station: id].map { (stations[id], $0) } })
  }

  /// The room of the place where the device was seen last.
  func room(of record: DeviceRecord, _ members: [(TrackedStation, StationRecord)]) -> String? {
    if members.isEmpty { return record.recalled?.device.room }
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
    // The room of an earlier run is valid until this run knows one as surely.
    if let earlier = record.recalled?.device.room, !record.location.hasHeld, site.mayBe(in: earlier, insteadOf: rule, at: place) {
      return earlier
    }
    return rule?.room
  }
}
