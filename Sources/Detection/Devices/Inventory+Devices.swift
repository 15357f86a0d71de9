/// Devices as they are known at one moment.
extension Inventory {
  /// Every device on the LAN that sent a packet or is the subject of an observation; by address.
  func devices(_ stations: borrowing TrackedStations, streams: [MediaRecord]) -> [Device] {
    var sent: [DeviceID: [MediaRecord]] = [:]
    var received: Set<DeviceID> = []
    for record in streams {
      sent[table.identity.device(of: record.stream.sender.station), default: []].append(record)
      if record.stream.isVideo { received.insert(table.identity.device(of: record.stream.receiver.station)) }
    }
    let devices = table.live.filter { table.isOnLAN(table[device: $0].id) }
      .map { number in
        let id = table[device: number].id
        return device(number, stations, streams: sent[id] ?? [], views: received.contains(id))
      }
    // Sorts their places: a device is large to move.
    let keys = devices.map { (address: $0.addresses.first ?? .none, mac: $0.id.mac) }
    return keys.indices.sorted { keys[$0] < keys[$1] }.map { devices[$0] }
  }

  /// Every device on the LAN.
  func snapshots(_ stations: borrowing TrackedStations) -> [DeviceSnapshot] {
    table.live.filter { table.isOnLAN(table[device: $0].id) }.map { snapshot($0, stations) }
  }

  func snapshot(_ number: Int, _ stations: borrowing TrackedStations) -> DeviceSnapshot {
    DeviceSnapshot(
      device: device(number, stations, streams: []), viewers: table[device: number].viewers, alert: table[device: number].alert,
      deadline: table[device: number].deadline, group: table[device: number].group)
  }

  mutating func drainEvents() -> [AlertEvent] {
    if events.isEmpty { return [] }
    defer { events.removeAll() }
    eventDrains += 1
    // All that were taken for invented have turned out to be real.
    return events.filter { $0.group?.count != 0 }
  }

  /// The present state of these devices, once each.
  func snapshots(of ids: [DeviceID], _ stations: borrowing TrackedStations) -> [DeviceSnapshot] {
    var seen: Set<DeviceID> = []
    return ids.filter { seen.insert($0).inserted }.compactMap { id in table.number(of: id).map { snapshot($0, stations) } }
  }

  /// Devices that changed in a way worth storing since this was last called: new packets count once a minute.
  mutating func drainChanged(_ stations: borrowing TrackedStations) -> [DeviceSnapshot] {
    var changed: [DeviceSnapshot] = []
    for number in table.live where table.isOnLAN(table[device: number].id) {
      let snapshot = snapshot(number, stations)
      let mark = DeviceRecord.Mark(snapshot)
      guard table[device: number].drained != mark else { continue }
      table[device: number].drained = mark
      changed.append(snapshot)
    }
    return changed
  }
}

extension Inventory {
  func device(_ number: Int, _ stations: borrowing TrackedStations, streams: [MediaRecord], views: Bool = false) -> Device {
    let record = table[device: number]
    let id = record.id
    let recalled = record.recalled
    let members = record.stations.compactMap { id in table[station: id].map { (stations[id], $0) } }
    let isRouter = table.identity.isRouter(id)
    // A router or resolver asks the cloud for the devices behind it, and repeats mDNS announcements from another network.
    let asksForOthers = isRouter || record.isResolver
    let classified = classified(number, stations)
    let deviceClass = classified.deviceClass
    var items: [Evidence] = []
    for member in members where !member.1.evidence.isEmpty { items += member.1.evidence.values.map { $0.weighed(for: deviceClass) } }
    if let recalled { items += recalled.device.evidence.map { $0.weighed(for: deviceClass) } }
    var evidence = Self.merged(items).filter { item in
      item.validUntil.map { $0 >= clock } ?? true
        && !(asksForOthers && item.signature.facet == .cloud || isRouter && Self.repeatedByRouters.contains(item.field))
    }
    // The class has already weighed the DHCP list of a small computer that borrows a person's.
    let isOverruled = { (item: Evidence) in
      deviceClass == .embedded && record.traits.overrulesDHCP && item.signature.says == .notCamera
        && Self.weighedByClass.contains(item.field)
    }
    let isPerson = evidence.contains { $0.isExchange && !isOverruled($0) }
    let tookPart = record.tookPart || recalled?.device.evidence.contains { $0.isCorroborated } == true
    let hasMarks = evidence.contains { $0.signature.says == .notCamera && !isOverruled($0) }
    let vouches = tookPart && Weighing.exchangesVouch(for: deviceClass, hasMarks: hasMarks)
    if vouches { evidence = evidence.map { $0.corroborated() } }
    let counted = evidence.filter { !isOverruled($0) }
    let weighing = Weighing(
      counted.map { $0.weighed(serving: serving($0, of: record, isPerson: isPerson)) }, of: deviceClass)
    let names = members.flatMap { $0.1.hostnames } + [recalled?.device.hostname].compactMap { $0 }
    let model = evidence.lazy.compactMap { $0.model }.first
    let vendor = evidence.lazy.compactMap { $0.vendor }.first
    let addresses = Self.addresses(members)
    var device = Device(
      id: id, addresses: addresses, hostname: names.first, vendor: vendor, model: model,
      kind: Self.kind(evidence, weighing, deviceClass) ?? (isRouter ? "router" : nil),
      role: Self.role(evidence, weighing, views: views), weighing: weighing,
      isDeclared: declared.contains(mac: id.mac, addresses: addresses, names: names, vendor: vendor, model: model),
      isRouter: isRouter,
      room: room(of: record, members),
      firstSeen: members.reduce(recalled?.device.firstSeen) { min($0 ?? $1.0.firstSeen, $1.0.firstSeen) } ?? .zero,
      lastSeen: members.reduce(recalled?.device.lastSeen) { max($0 ?? $1.0.lastSeen, $1.0.lastSeen) } ?? .zero,
      packetsSent: members.reduce(recalled?.device.packetsSent ?? 0) { $0 &+ $1.0.packetsSent },
      bytesSent: members.reduce(recalled?.device.bytesSent ?? 0) { $0 &+ $1.0.bytesSent },
      bytesReceived: members.reduce(recalled?.device.bytesReceived ?? 0) { $0 &+ $1.0.bytesReceived }, evidence: evidence,
      streams: streams.map {
        Device.Stream(
          peer: $0.stream.receiver.station.address, name: $0.stream.name, firstSeen: $0.firstSeen, lastSeen: $0.lastSeen,
          bytes: $0.bytes)
      }, deviceClass: deviceClass, classReasons: classified.reasons, traffic: record.uploads?.traffic ?? recalled?.device.traffic,
      uploadsForHours: uploadsForHours(record))
    device.group = record.group
    return device
  }

  /// Each once, IPv4 first: that is what people look up.
  private static func addresses(_ members: [(TrackedStation, StationRecord)]) -> [IPAddress] {
    let sorted = members.map { $0.0.station.address }.filter { $0.isUnicast }.sorted { ($0.isV4 ? 0 : 1, $0) < ($1.isV4 ? 0 : 1, $1) }
    var addresses: [IPAddress] = []
    for address in sorted where addresses.last != address { addresses.append(address) }
    return addresses
  }

  /// One item a signature, whichever of the device's stations met it first; heaviest first.
  private static func merged(_ all: [Evidence]) -> [Evidence] {
    if all.count < 2 { return all }
    var items: [Evidence] = []
    for evidence in all.sorted(by: { $0.signature.id < $1.signature.id }) {
      guard let last = items.indices.last, items[last].signature.id == evidence.signature.id else {
        items.append(evidence)
        continue
      }
      let known = items[last]
      if (evidence.firstSeen, evidence.packet.number) < (known.firstSeen, known.packet.number) { items[last] = evidence }
      items[last].count = known.count + evidence.count
      items[last].validUntil = [known.validUntil, evidence.validUntil].compactMap { $0 }.max()
      items[last].isCorroborated = known.isCorroborated || evidence.isCorroborated
    }
    return items.sorted {
      (-$0.weight, $0.firstSeen, $0.packet.number, $0.signature.id) < (-$1.weight, $1.firstSeen, $1.packet.number, $1.signature.id)
    }
  }

  /// A person's device that serves live video for long is a camera in use.
  private static func kind(_ evidence: [Evidence], _ weighing: Weighing, _ deviceClass: DeviceClass) -> String? {
    let named = evidence.lazy.compactMap { $0.kind }.first
    let isPhone = weighing.servesForLong && (deviceClass == .personal || weighing.against == .infinity)
    return isPhone && (named == nil || named == "camera") ? "phone camera app" : named
  }

  private static func role(_ evidence: [Evidence], _ weighing: Weighing, views: Bool) -> Role {
    let recorder = evidence.contains { $0.signature.says == .recorder && $0.strength.map { $0 >= .strong } == true }
    if recorder, weighing.verdict >= .possible { return .recorder }
    if evidence.contains(where: { $0.signature.says == .relay && (weighing.uncorroboratedLimit > .possible || $0.isCorroborated) }) {
      return .relay
    }
    if weighing.verdict >= .possible { return .camera }
    return views || evidence.contains { $0.signature.says == .viewer } ? .viewer : .other
  }
}
