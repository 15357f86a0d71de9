/// More cameras than a room holds, and nothing but their own word for them: one alert instead of thousands.
extension Inventory {
  /// A station appeared by this way.
  mutating func arrived(_ ingress: FrameIngress) {
    guard let number = table.device(of: ingress.station), table[device: number].stations.count == 1 else { return }
    table[device: number].arrival.interface = ingress.interface
    let tunnel = ingress.tunnelSource?.address ?? .none
    if !ingress.accessPoint.isNone || tunnel != .none {
      table[device: number].arrival.way = Arrival.Way(accessPoint: ingress.accessPoint, tunnel: tunnel)
    }
  }

  /// The places that a device comes from, the narrowest first.
  private func origins(of number: Int) -> [InventedCameras.Origin] {
    let (arrival, segment) = (table[device: number].arrival, table[device: number].id.segment)
    var origins: [InventedCameras.Origin] = []
    if let way = arrival.way, !way.accessPoint.isNone { origins.append(.accessPoint(way.accessPoint)) }
    if let way = arrival.way, way.tunnel != .none { origins.append(.tunnel(way.tunnel)) }
    if segment != .untagged { origins.append(.segment(segment)) }
    return origins + [.port(arrival.interface)]
  }

  // MARK: One more camera

  /// It belongs to a group, and nothing has corroborated it since.
  func isOneOfMany(_ number: Int, _ stations: borrowing TrackedStations) -> Bool {
    table[device: number].group != nil && !isCorroborated(number, stations)
  }

  /// It took part in an exchange: it is no invention, and has an alert of its own again.
  mutating func leaveGroup(_ number: Int, _ device: Device, at now: Timestamp, _ stations: borrowing TrackedStations) {
    guard let group = table[device: number].group else { return }
    table[device: number].group = nil
    for origin in origins(of: number) {
      guard let place = invented.places.find(origin), invented.places[place].group?.id == group else { continue }
      remove(number, from: place, stations)
    }
    guard table[device: number].alert != nil else { return }
    follow(number, .changed, device, at: now) {
      $0.changes = [AlertEvent.Change(.group, from: group, to: nil)]
      $0.severity = Self.severity(device)
    }
    watchPresence(of: number, lastSeen: device.lastSeen)
  }

  private mutating func remove(_ number: Int, from place: Int, _ stations: borrowing TrackedStations) {
    guard var group = invented.places[place].group else { return }
    group.cameras.count -= 1
    group.members.removeAll { $0.id == table[device: number].id }
    group.cameras.examples = group.members.prefix(InventedCameras.exampleLimit).map(\.id.description)
    if group.first.id == table[device: number].id, let next = group.members.first.flatMap({ table.number(of: $0.id) }) {
      group.first = device(next, stations, streams: [])
    }
    if group.event.drain == eventDrains {
      let told = events[group.event.place]
      events[group.event.place] = AlertEvent(
        id: told.id, alert: told.alert, number: told.number, kind: told.kind, severity: told.severity, time: told.time,
        device: group.first, group: group.cameras)
    }
    floods.count(.cameras, -1)
    floods.update(group.flood, count: group.cameras.count)
    invented.places[place].group = group
  }

  /// Somebody invents cameras where this one comes from: it is one of them.
  mutating func joinGroup(_ number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) -> Bool {
    guard !isCorroborated(number, stations) else { return false }
    for origin in origins(of: number) {
      guard let place = invented.places.find(origin), let group = invented.places[place].group,
        !now.isAfter(group.last, by: InventedCameras.period)
      else { continue }
      table[device: number].group = group.id
      table[device: number].deadline = nil
      invented.places.touch(place)
      let count = group.cameras.count + 1
      invented.places[place].group?.cameras.count = count
      invented.places[place].group?.last = max(group.last, now)
      if group.event.drain == eventDrains { events[group.event.place].group?.count = count }
      floods.count(.cameras)
      floods.update(group.flood, count: count)
      return true
    }
    return false
  }

  /// Decides whether a camera that is about to have an alert waits, because there were many without an exchange before it.
  mutating func waits(_ number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) -> Bool {
    guard !isCorroborated(number, stations) else { return false }
    if table[device: number].isHeld { return true }
    let member = InventedCameras.Member(device: number, id: table[device: number].id, time: now)
    var places: [Int] = []
    for origin in origins(of: number) {
      let place = place(of: origin, at: now, stations)
      invented.places.touch(place)
      keepRecent(in: place, at: now, stations)
      places.append(place)
      guard invented.places[place].recent.count >= InventedCameras.limit else { continue }
      if invented.places[place].held.isEmpty { invented.dues.add(place, at: now + InventedCameras.patience) }
      invented.places[place].held.append(member)
      table[device: number].isHeld = true
      if invented.places[place].held.count > InventedCameras.heldLimit { settle(place, at: now, stations) }
      return true
    }
    for place in places { invented.places[place].recent.append(member) }
    return false
  }

  private mutating func place(
    of origin: InventedCameras.Origin, at now: Timestamp, _ stations: borrowing TrackedStations
  ) -> Int {
    if let known = invented.places.find(origin) { return known }
    // Nobody waits at a place that is forgotten.
    if invented.places.count >= InventedCameras.placeLimit, let oldest = invented.places.oldest { release(oldest, at: now, stations) }
    return invented.places.insert(origin, InventedCameras.Place(origin: origin))
  }

  /// Drops those that are long ago, gone, in a group or corroborated.
  private mutating func keepRecent(in place: Int, at now: Timestamp, _ stations: borrowing TrackedStations) {
    let recent = invented.places[place].recent
    var kept: [InventedCameras.Member] = []
    for member in recent where !now.isAfter(member.time, by: InventedCameras.period) {
      let record = table[device: member.device]
      guard record.id == member.id, record.alert != nil, record.group == nil, !isCorroborated(member.device, stations) else { continue }
      kept.append(member)
    }
    if kept.count < recent.count { invented.places[place].recent = kept }
  }

  // MARK: The decision

  /// Decides about those that waited.
  private mutating func settle(_ place: Int, at time: Timestamp, _ stations: borrowing TrackedStations) {
    keepRecent(in: place, at: time, stations)
    let (recent, held) = (invented.places[place].recent, takeHeld(from: place))
    var alone: [InventedCameras.Member] = []
    for member in held where !isCorroborated(member.device, stations) { alone.append(member) }
    let isFlood = recent.count + alone.count > InventedCameras.limit
    if isFlood { openGroup(at: place, recent, alone, at: time, stations) }
    for member in held where table[device: member.device].group == nil {
      if announce(member, at: time, stations), !isCorroborated(member.device, stations) {
        invented.places[place].recent.append(member)
      }
    }
  }

  /// Those that waited and are still there.
  private mutating func takeHeld(from place: Int) -> [InventedCameras.Member] {
    let held = invented.places[place].held.filter { table[device: $0.device].id == $0.id && table[device: $0.device].isHeld }
    invented.places[place].held = []
    for member in held { table[device: member.device].isHeld = false }
    return held.filter { table[device: $0.device].alert == nil && table[device: $0.device].group == nil }
  }

  private mutating func release(_ place: Int, at time: Timestamp, _ stations: borrowing TrackedStations) {
    for member in takeHeld(from: place) { _ = announce(member, at: time, stations) }
  }

  private mutating func announce(
    _ member: InventedCameras.Member, at time: Timestamp, _ stations: borrowing TrackedStations
  ) -> Bool {
    let device = device(member.device, stations, streams: [])
    guard deservesAlert(device) else { return false }
    announce(device, member.device, at: time, stations)
    return true
  }

  private mutating func openGroup(
    at place: Int, _ recent: [InventedCameras.Member], _ held: [InventedCameras.Member], at time: Timestamp,
    _ stations: borrowing TrackedStations
  ) {
    let all = recent + held
    guard let first = all.first else { return }
    let device = device(first.device, stations, streams: [])
    let origin = invented.places[place].origin
    let id = AlertEvent.identifier("\(first.id)|invented|\(time.nanoseconds)")
    let cameras = CameraGroup(
      count: all.count, examples: all.prefix(InventedCameras.exampleLimit).map(\.id.description), place: shown(origin))
    var event = AlertEvent(id: id, alert: id, number: 1, kind: .raised, severity: .medium, time: time, device: device)
    event.group = cameras
    events.append(event)
    let eventPlace = events.count - 1
    for member in recent {
      let device = self.device(member.device, stations, streams: [])
      follow(member.device, .changed, device, at: time) { $0.changes = [AlertEvent.Change(.group, to: id)] }
    }
    for member in all { table[device: member.device].group = id }
    floods.count(.cameras, all.count)
    invented.places[place].recent = []
    invented.places[place].group = InventedCameras.Group(
      id: id, first: device, members: Array(all.prefix(InventedCameras.limit)), cameras: cameras, last: time, told: all.count,
      event: (eventDrains, eventPlace), flood: reportFlood(cameras, from: origin, first.device, at: time))
    invented.dues.add(place, at: time + InventedCameras.period)
  }

  private mutating func reportFlood(
    _ cameras: CameraGroup, from origin: InventedCameras.Origin, _ number: Int, at time: Timestamp
  ) -> FloodLog.Ticket? {
    let interface = interfaces[table[device: number].arrival.interface]
    var segment = Segment.untagged
    if case .segment(let own) = origin { segment = own }
    return floods.report(
      Flood(
        .cameras, from: cameras.place.words, interface: interface.isEmpty ? nil : interface, segment: segment, count: cameras.count,
        hidden: "a camera there that only announces itself, and holds no conversation that was captured"), at: time)
  }

  private func shown(_ origin: InventedCameras.Origin) -> CameraGroup.Place {
    switch origin {
    case .accessPoint(let mac): .accessPoint(mac.description)
    case .tunnel(let address): .tunnel(address.description)
    case .port(let number): .port(interfaces[number])
    case .segment(let segment):
      if segment.vlans.count == 1, let vlan = segment.vlans.first, segment.description == "vlan \(vlan)" {
        .vlan(vlan)
      } else {
        .segment(segment.description)
      }
    }
  }

  // MARK: What falls due

  /// Decides about those that waited long enough, and ends groups that nothing joined for long. At the end of the input all.
  mutating func decideInvented(upTo now: Timestamp, isEnd: Bool, _ stations: borrowing TrackedStations) {
    for (time, place) in invented.dues.drain(upTo: now, isEnd: isEnd) where invented.places.isUsed(place) {
      if !invented.places[place].held.isEmpty { settle(place, at: time, stations) }
      guard let group = invented.places[place].group else { continue }
      if time.isDue(since: group.last, after: InventedCameras.period) {
        tellGrowth(of: place, at: time)
        invented.places[place].group = nil
      } else if !isEnd {
        // Not every ten minutes that it goes on.
        if group.cameras.count >= 2 * group.told { tellGrowth(of: place, at: time) }
        if let first = table.number(of: group.first.id) {
          let ticket = reportFlood(group.cameras, from: invented.places[place].origin, first, at: time)
          if ticket != nil { invented.places[place].group?.flood = ticket }
        }
        invented.dues.add(place, at: group.last + InventedCameras.period)
      }
    }
  }

  /// The run ends: how many cameras each group has.
  mutating func tellGroups(at time: Timestamp) {
    for place in invented.places.places { tellGrowth(of: place, at: time) }
  }

  private mutating func tellGrowth(of place: Int, at time: Timestamp) {
    guard let group = invented.places[place].group, group.cameras.count != group.told else { return }
    let id = AlertEvent.identifier("\(group.id)|changed|\(time.nanoseconds)")
    var event = AlertEvent(id: id, alert: group.id, number: 1, kind: .changed, severity: .medium, time: time, device: group.first)
    event.changes = [AlertEvent.Change(.count, from: String(group.told), to: String(group.cameras.count))]
    event.group = group.cameras
    events.append(event)
    invented.places[place].group?.told = group.cameras.count
  }
}
