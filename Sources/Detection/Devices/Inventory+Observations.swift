/// Observations become evidence.
extension Inventory {
  /// The result of filing an observation.
  struct Filed {
    let device: DeviceID
    /// Signatures that the observation met, by number.
    let fired: [Int]
    /// There is evidence for a camera about the station now: it is to stay longest.
    let pins: Bool
    /// Somebody's own device is not suspected.
    var isPersonal = false
    /// It claims an address that another one claims too.
    var isConflict = false
  }

  /// Files one observation: what it binds, what it names, which signatures it meets.
  mutating func record(
    _ observation: Observation, of station: StationID, at now: Timestamp, _ stations: borrowing TrackedStations
  ) -> Filed {
    var device = table.admit(station, stations[station].station)
    var (isConflict, hasLeased) = (false, false)
    switch observation.field {
    case .ipAddress, .ipGateway:
      if observation.field == .ipAddress {
        isConflict = table.bind(observation.subject, isLease: observation.isHearsay, hasConversed: stations[station].hasConversed)
        hasLeased = lease(station, observation)
      } else {
        table.markRouter(observation.subject)
      }
      // That may have moved the station.
      device = table.admit(station, stations[station].station)
    default: note(observation, station, device, at: now, stations)
    }
    signatures.begin(observation, shown: &table[device: device].shown)
    var change = SignatureSet.MarkChange.none
    if table[device: device].traits.comes(from: stations[station].distance.least) {
      signatures.forgetConnectionTraits(shown: &table[device: device].shown)
      change = .all
    }
    let isOwn = table[device: device].traits.isOwn(observation)
    let fired = signatures.match(observation, shown: &table[device: device].shown, isOwn: isOwn, changes: &change)
    var isNew = false
    if signatures.remembers(observation.field) {
      table[device: device].remembered.set(observation.field, observation)
      if table[device: device].unnamed.contains(observation.field) { isNew = completeNames(of: device, station, from: observation) }
    }
    var pins = false
    for number in fired where signatures.signatures[number].mark == nil && add(number, observation, station, device) {
      if signatures.signatures[number].says != .notCamera { pins = true }
      // Weighing looks at all stations of the device; another one's evidence of the same kind would change nothing.
      if table[device: device].weighed.insert(number).inserted || signatures.signatures[number].validFor != nil { isNew = true }
    }
    if classify(device, change, with: observation, stations) { isNew = true }
    if isNew || hasLeased { judge(device, at: max(now, observation.time), stations) }
    judgeMoved(at: max(now, observation.time), stations)
    let isPersonal = pins && deviceClass(of: device, stations) == .personal
    return Filed(device: table[device: device].id, fired: fired, pins: pins, isPersonal: isPersonal, isConflict: isConflict)
  }

  /// - Returns: the station uses an address that DHCP gave it, as shows now.
  private mutating func lease(_ station: StationID, _ observation: Observation) -> Bool {
    if observation.isHearsay { table[station: station]?.isLeased = true } else { table[station: station]?.isHeld = true }
    return table.takesPart(station)
  }

  /// Takes down what an observation says whatever the signatures are.
  private mutating func note(
    _ observation: Observation, _ station: StationID, _ device: Int, at now: Timestamp, _ stations: borrowing TrackedStations
  ) {
    switch observation.field {
    case .dhcpHostname, .mdnsName, .lldpSystemName: name(observation, station)
    case .dnsRole: table[device: device].isResolver = true
    case .dhcpParameters: wakes.request(table[device: device].id, at: observation.time)
    case .tcpSYN: noteStack(observation.text, of: device, at: max(now, observation.time), stations)
    case .dhcpCircuit:
      notePort(observation.text, of: device, at: max(now, observation.time), stations)
      if table[device: device].circuit == observation.text { return }
      table[device: device].circuit = observation.text
      judgeRoom(of: device, at: max(now, observation.time), stations)
    case .dhcpRemote:
      if table[device: device].remote == observation.text { return }
      table[device: device].remote = observation.text
      judgeRoom(of: device, at: max(now, observation.time), stations)
    default: break
    }
  }

  /// - Returns: the class of the device changed.
  private mutating func classify(
    _ number: Int, _ change: SignatureSet.MarkChange, with observation: Observation, _ stations: borrowing TrackedStations
  ) -> Bool {
    if case .none = change { return false }
    let former = deviceClass(of: number, stations)
    table[device: number].traits.update(change, table[device: number].shown, signatures, with: observation)
    return deviceClass(of: number, stations) != former
  }

  /// Evidence that came to another device with its station is weighed there.
  mutating func judgeMoved(at now: Timestamp, _ stations: borrowing TrackedStations) {
    for device in table.drainMoved() { judge(device, at: now, stations) }
  }

  /// The room of a device may have changed: where it has an alert, that may be news.
  mutating func judgeRoom(of number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) {
    // Each judgement looks at all stations of the device, which may claim any number of addresses.
    guard !site.isEmpty, table[device: number].alert != nil, table[device: number].location.takesJudgment(at: now) else { return }
    judge(number, at: now, stations)
  }

  private mutating func name(_ observation: Observation, _ station: StationID) {
    guard let names = table[station: station]?.hostnames, names.count < Self.nameLimit, !names.contains(observation.text) else { return }
    // The name that a device gives the DHCP server is its own; one that it announces may be a service's.
    table[station: station]?.hostnames.insert(observation.text, at: observation.field == .dhcpHostname ? 0 : names.count)
  }

  /// - Returns: the station meets this signature for the first time.
  private mutating func add(_ number: Int, _ observation: Observation, _ station: StationID, _ device: Int) -> Bool {
    let signature = signatures.signatures[number]
    let validUntil = signature.validFor.map { observation.time + $0 }
    if let place = table[station: station]?.evidence.place(of: number), let known = table[station: station]?.evidence[at: place] {
      table[station: station]?.evidence[at: place].count += 1
      if observation.isExchange, !known.isCorroborated {
        table[station: station]?.evidence[at: place].isCorroborated = true
        table[device: device].weighed.remove(number)
        return true
      }
      guard let validUntil, let end = known.validUntil else { return false }
      table[station: station]?.evidence[at: place].validUntil = max(end, validUntil)
      // What had expired counts again.
      return end < observation.time
    }
    guard let count = table[station: station]?.evidence.count, count < Self.evidenceLimit, evidenceCount < Self.evidenceTotal else {
      evicted += 1
      return false
    }
    evidenceCount += 1
    let remembered = table[device: device].remembered
    let evidence = Evidence(
      signature: signature.summary, field: observation.field, value: observation.reportedValue, firstSeen: observation.time,
      packet: observation.packet, count: 1, vendor: signature.given(signature.vendor, in: observation, remembered: remembered),
      model: signature.given(signature.model, in: observation, remembered: remembered),
      kind: signature.given(signature.kind, in: observation, remembered: remembered), validUntil: validUntil,
      isCorroborated: observation.isExchange || observation.field.isMeasured)
    table[station: station]?.evidence.set(number, evidence)
    for (given, value) in [(signature.vendor, evidence.vendor), (signature.model, evidence.model), (signature.kind, evidence.kind)] {
      if value == nil, let field = given?.field { table[device: device].unnamed.insert(field) }
    }
    return true
  }

  /// Gives evidence the names that it lacks: a device may state its model after it has shown what it is.
  /// - Returns: there was such evidence.
  private mutating func completeNames(of device: Int, _ station: StationID, from observation: Observation) -> Bool {
    var isCompleted = false
    let stations = table[device: device].stations
    for station in stations.count > Self.stationsJudgedAtOnce ? [station] : stations {
      for number in table[station: station]?.evidence.keys.sorted() ?? [] {
        guard var evidence = table[station: station]?.evidence[number] else { continue }
        let signature = signatures.signatures[number]
        let before = evidence
        func named(_ given: GivenValue?) -> String? { given?.field == observation.field ? given?.value(in: observation) : nil }
        evidence.vendor = evidence.vendor ?? named(signature.vendor)
        evidence.model = evidence.model ?? named(signature.model)
        evidence.kind = evidence.kind ?? named(signature.kind)
        guard evidence != before else { continue }
        table[station: station]?.evidence.set(number, evidence)
        isCompleted = true
      }
    }
    return isCompleted
  }
}
