/// What strangers make up, in such amounts that something may go unseen behind it.
extension Pipeline {
  /// Segments that are remembered, so that new ones can be counted.
  static let segmentLimit = 16_384

  mutating func countFloods(_ arrival: StationArrival, isNew: Bool) {
    let (station, interface) = (arrival.station, arrival.ingress?.interface ?? CaptureInterfaces.unnamed)
    if isNew {
      dispatcher.floods.add(.macs, on: interface, in: station.segment, at: arrival.time)
    } else if !station.mac.isNone, station.address != .none, inventory.table.identity.isOnLAN(station.address),
      !inventory.table.identity.isRouter(DeviceID(segment: station.segment, mac: station.mac))
    {
      dispatcher.floods.add(.addresses, from: station.mac, on: interface, in: station.segment, at: arrival.time)
    }
    guard station.segment != .untagged, segments.count < Self.segmentLimit, segments.insert(station.segment).inserted else { return }
    let isTunnel = arrival.ingress?.tunnelSource != nil
    dispatcher.floods.add(
      isTunnel ? .tunnels : .vlans, from: arrival.ingress?.tunnelSource?.mac ?? .none, on: interface, in: station.segment, at: arrival.time)
  }

  mutating func countFloods(_ observation: Observation, _ station: StationID) {
    let what: Flood.What
    switch observation.field {
    case .ipAddress where dispatcher.stations[station].packetsSent == 0: what = .arp
    case .dhcpParameters where dispatcher.stations[station].packetsSent <= 1: what = .dhcp
    default: return
    }
    // Whoever asks for addresses does so under many MAC addresses.
    let mac = what == .arp ? observation.subject.mac : .none
    dispatcher.floods.add(what, from: mac, on: CaptureInterfaces.unnamed, in: observation.subject.segment, at: observation.time)
  }

  mutating func reportFloods(isEnd: Bool) {
    for minute in dispatcher.floods.drain(at: clock, isEnd: isEnd) {
      let source = minute.source
      inventory.floods.count(source.what, minute.count)
      let interface = inventory.interfaces[source.interface]
      let place = interface.isEmpty ? "this network" : interface
      let hidden = "\(dispatcher.stations.evicted) devices and \(dispatcher.flows.evicted) conversations have made room so far"
      _ = inventory.floods.report(
        Flood(
          source.what, from: source.mac.isNone ? place : source.mac.description, interface: interface.isEmpty ? nil : interface,
          segment: minute.segment ?? .untagged, count: minute.count, hidden: hidden), at: max(clock, minute.start))
    }
  }
}
