/// Observations become evidence.
extension Inventory {
  /// The result of filing an observation.
  struct Filed {
    let device: DeviceID
    /// Signatures that the observation met, by number.
    let fired: [Int]
    /// There is evidence about the station now: it is to stay longer.
    let pins: Bool
  }

  /// Files one observation: what it binds, what it names, which signatures it meets.
  mutating func record(
    _ observation: Observation, of station: StationID, at now: Timestamp, _ stations: borrowing TrackedStations
  ) -> Filed {
    _ = table.admit(station, stations[station].station)
    switch observation.field {
    case .ipAddress: table.bind(observation.subject)
    case .ipGateway: table.markRouter(observation.subject)
    case .dhcpHostname, .mdnsName, .lldpSystemName: name(observation, station)
    default: break
    }
    // After binding, which may have moved the station.
    let device = table.admit(station, stations[station].station)
    let time = max(now, observation.time)
    switch observation.field {
    case .dnsRole: table[device: device].isResolver = true
    case .dhcpCircuit:
      table[device: device].circuit = observation.text
      judgeRoom(of: device, at: time, stations)
    case .dhcpRemote:
      table[device: device].remote = observation.text
      judgeRoom(of: device, at: time, stations)
    default: break
    }
    let fired = signatures.match(observation, shown: &table[device: device].shown)
    if signatures.remembered.contains(observation.field) { table[device: device].remembered[observation.field] = observation }
    var isNew = false
    var hasEvidence = false
    for number in fired where add(number, observation, station, device) {
      hasEvidence = true
      // Weighing looks at all stations of the device; another one's evidence of the same kind would change nothing.
      if table[device: device].weighed.insert(number).inserted { isNew = true }
    }
    let pins = hasEvidence && !stations[station].isPinned && pinnedCount < Self.pinnedLimit
    if pins { pinnedCount += 1 }
    if isNew { judge(device, at: time, stations) }
    judgeMoved(at: time, stations)
    return Filed(device: table[device: device].id, fired: fired, pins: pins)
  }

  /// Evidence that came to another device with its station is weighed there.
  mutating func judgeMoved(at now: Timestamp, _ stations: borrowing TrackedStations) {
    for device in table.drainMoved() { judge(device, at: now, stations) }
  }

  /// The room of a device may have changed: where it has an alert, that may be news.
  mutating func judgeRoom(of number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) {
    if !site.isEmpty, table[device: number].alert != nil { judge(number, at: now, stations) }
  }

  private mutating func name(_ observation: Observation, _ station: StationID) {
    guard let names = table[station: station]?.hostnames, names.count < Self.nameLimit, !names.contains(observation.text) else { return }
    // The name that a device gives the DHCP server is its own; one that it announces may be a service's.
    table[station: station]?.hostnames.insert(observation.text, at: observation.field == .dhcpHostname ? 0 : names.count)
  }

  /// - Returns: the station meets this signature for the first time.
  private mutating func add(_ number: Int, _ observation: Observation, _ station: StationID, _ device: Int) -> Bool {
    if table[station: station]?.evidence[number] != nil {
      table[station: station]?.evidence[number]?.count += 1
      return false
    }
    guard let count = table[station: station]?.evidence.count, count < Self.evidenceLimit, evidenceCount < Self.evidenceTotal else {
      evicted += 1
      return false
    }
    evidenceCount += 1
    let signature = signatures.signatures[number]
    let remembered = table[device: device].remembered
    table[station: station]?.evidence[number] = Evidence(
      signature: signature.summary, field: observation.field, value: observation.shownValue, firstSeen: observation.time,
      packet: observation.packet, count: 1, vendor: signature.given(signature.vendor, in: observation, remembered: remembered),
      model: signature.given(signature.model, in: observation, remembered: remembered),
      kind: signature.given(signature.kind, in: observation, remembered: remembered))
    return true
  }
}
