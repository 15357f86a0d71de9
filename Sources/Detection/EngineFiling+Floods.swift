/// What strangers make up, in such amounts that something may go unseen behind it.
extension Filing {
  /// Segments that are remembered, so that new ones can be counted.
  static let segmentLimit = 16_384

  mutating func countFloods(_ arrival: StationArrival, isNew: Bool) {
    let (station, interface) = (arrival.station, arrival.ingress?.interface ?? CaptureInterfaces.unnamed)
    // Whoever makes up networks makes up nothing else in them.
    if station.segment != .untagged, !segments.contains(station.segment) { return countSegment(of: arrival, on: interface) }
    if isNew {
      activity.sink.floods.add(.macs, on: interface, in: station.segment, at: arrival.time)
    } else if !station.mac.isNone, station.address != .none, inventory.table.identity.isOnLAN(station.address),
      !inventory.table.identity.isRouter(DeviceID(segment: station.segment, mac: station.mac))
    {
      activity.sink.floods.add(.addresses, from: station.mac, on: interface, in: station.segment, at: arrival.time)
    }
  }

  private mutating func countSegment(of arrival: StationArrival, on interface: UInt16) {
    guard segments.count < Self.segmentLimit else { return }
    segments.insert(arrival.station.segment)
    let tunnel = arrival.ingress?.tunnelSource
    activity.sink.floods.add(
      tunnel == nil ? .vlans : .tunnels, from: tunnel?.mac ?? .none, on: interface, in: arrival.station.segment,
      sender: arrival.station.mac, at: arrival.time)
  }

  mutating func countFloods(_ observation: Observation, _ station: StationID) {
    let (subject, sent) = (observation.subject, activity.stations[station].packetsSent)
    switch observation.field {
    case .ipAddress where sent == 0:
      activity.sink.floods.add(.arp, from: subject.mac, in: subject.segment, at: observation.time)
    case .dhcpParameters, .dhcpHostname, .dhcpVendorClass:
      // Whoever asks under many MAC addresses shows none. Those of clients behind their sender were counted with it.
      guard sent <= 1, !observation.isHearsay else { return }
      activity.sink.floods.add(
        .dhcp, in: subject.segment, sender: subject.mac, kind: subject.mac.bits, at: observation.time)
    default: break
    }
  }

  /// Names that a device asks for or announces. A resolver asks, and a router or reflector announces, for many.
  mutating func countNames(_ observation: Observation) {
    switch observation.field {
    case .dnsQuery, .mdnsName, .mdnsService: break
    default: return
    }
    let subject = observation.subject
    let id = DeviceID(segment: subject.segment, mac: subject.mac, address: subject.mac.isNone ? subject.address : .none)
    activity.sink.floods.add(
      .dns, from: subject.mac, id.address, in: subject.segment, kind: FNV1a.hash(observation.text),
      asksForOthers: inventory.table.asksForOthers(id), at: observation.time)
  }

  mutating func reportFloods(_ check: Handover.Check, isEnd: Bool) {
    for minute in activity.sink.floods.drain(at: clock, isEnd: isEnd) + check.floods {
      let source = minute.source
      inventory.floods.count(source.what, minute.count)
      let interface = inventory.interfaces[source.interface]
      let sender = source.mac.isNone ? minute.sender : source.mac
      let place = source.address != .none ? source.address.description : interface.isEmpty ? "this network" : interface
      let hidden = "\(activity.stations.evicted) devices and \(check.evictedFlows) conversations have made room so far"
      inventory.floods.add(
        Flood(
          source.what, from: sender.isNone ? place : sender.description, interface: interface.isEmpty ? nil : interface,
          segment: minute.segment ?? .untagged, count: minute.count, hidden: hidden), at: max(clock, minute.start))
    }
  }
}

extension DeviceTable {
  /// A router or a resolver: what it asks for, others want.
  fileprivate func asksForOthers(_ id: DeviceID) -> Bool {
    identity.isRouter(id) || number(of: id).map { self[device: $0].isResolver } ?? false
  }
}
