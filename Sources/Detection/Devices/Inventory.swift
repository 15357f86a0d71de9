/// Who is on the network, what speaks for and against each of them being a camera, and which alerts follow.
struct Inventory: ~Copyable {
  /// Signatures that one station may meet.
  static let evidenceLimit = 64
  /// Items of evidence of all stations together.
  static let evidenceTotal = 262_144
  /// Stations that stay because there is evidence about them; beyond, those with evidence go as the others do.
  static let pinnedLimit = StationTable.capacity / 4
  /// Different values of a field that are kept as names of a station.
  static let nameLimit = 8
  /// What routers repeat from one network in another, as their own words to look at.
  private static let repeatedByRouters: Set<Field> = [.mdnsService, .mdnsName, .mdnsText]

  let signatures: SignatureSet
  private(set) var known: DeclaredDevices
  let site: Site
  let interfaces: CaptureInterfaces
  /// Numbers of the site's access points, from 1 on.
  let accessPointPlaces: [Site.AccessPoint: UInt16]
  var neighbours = NeighborTable()
  /// By number: the site tells rooms by this interface, or by who announced itself there.
  var ruled: [Bool] = []
  /// Alerts that a person dismissed.
  private(set) var dismissals: [String: Dismissal] = [:]
  var table: DeviceTable
  var alerts: [Alert] = []
  /// Evidence that was not kept, for lack of room.
  private(set) var evicted = 0
  private var evidenceCount = 0
  private var pinnedCount = 0
  /// Devices that something falls due for.
  var deadlines = DeadlineQueue()
  /// When packets came last, and since when they come without a long gap.
  var activity = CaptureActivity()

  var raisedCount = 0
  /// Alerts that were not raised because there were too many.
  var evictedAlerts = 0

  var nextDeadline: Timestamp { deadlines.next }
  var evictedRouters: Int { table.identity.evicted }

  init(signatures: SignatureSet, known: DeclaredDevices, lan: [IPNetwork], site: Site, interfaces: CaptureInterfaces) {
    self.signatures = signatures
    self.known = known
    self.site = site
    self.interfaces = interfaces
    accessPointPlaces = Dictionary(
      site.accessPoints.enumerated().map { ($1, UInt16(clamping: $0 + 1)) }, uniquingKeysWith: { first, _ in first })
    table = DeviceTable(lan: lan)
  }

  // MARK: What people and earlier runs know

  /// Takes in what is known of devices from before: before their first packet, or as soon as it can be read.
  mutating func recall(_ memories: [DeviceMemory], at now: Timestamp, _ hosts: borrowing StationTable) {
    for memory in memories {
      guard let number = table.recall(memory) else { continue }
      if let deadline = memory.deadline, table[device: number].deadline == nil, table[device: number].raised == nil {
        table[device: number].deadline = deadline
        deadlines.add(number, at: deadline)
      }
      if memory.raised != nil { watchPresence(of: number, lastSeen: memory.lastSeen) }
      if !table[device: number].hosts.isEmpty { judge(number, at: now, hosts) }
    }
  }

  /// Judges all devices anew by what people say.
  ///
  /// - Parameter dismissals: by the device's id as text.
  mutating func take(_ known: DeclaredDevices, _ dismissals: [String: Dismissal], at now: Timestamp, _ hosts: borrowing StationTable) {
    guard known != self.known || dismissals != self.dismissals else { return }
    let numbers = table.live.sorted { table[device: $0].id.description < table[device: $1].id.description }
    let wereKnown = numbers.map { device($0, hosts, streams: []).isKnown }
    self.known = known
    self.dismissals = dismissals
    for (number, wasKnown) in zip(numbers, wereKnown) {
      // A stranger's again: whatever was told before it was declared is settled.
      if wasKnown, !device(number, hosts, streams: []).isKnown { table[device: number].forgetAlert() }
      judge(number, at: now, hosts)
    }
  }

  /// - Returns: its MAC address is new, and its prefix is to be looked at.
  mutating func appeared(_ host: StationID, _ hosts: borrowing StationTable) -> Bool {
    let isNew = table.appeared(host, hosts[host].station)
    judgeMoved(at: hosts[host].firstSeen, hosts)
    if !site.isEmpty, let number = table[station: host]?.device { judgeRoom(of: number, at: hosts[host].firstSeen, hosts) }
    return isNew
  }

  /// - Parameter isEviction: they went for lack of room.
  mutating func removed(_ gone: [StationTable.Removed], isEviction: Bool) {
    let lost = table.removed(gone)
    evidenceCount -= lost
    pinnedCount -= gone.count(where: \.wasPinned)
    if isEviction { evicted += lost }
  }

  /// Nothing that is said of hosts beyond the LAN is kept.
  func isOfInterest(_ observation: Observation) -> Bool {
    let address = observation.subject.address
    return address == .none || observation.field == .ipAddress || observation.field == .ipGateway || table.identity.isOnLAN(address)
  }

  // MARK: Observations

  /// Files one observation: what it binds, what it names, which signatures it meets.
  /// - Returns: the device that it is about, and the signatures that it made fire.
  @discardableResult
  mutating func take(
    _ observation: Observation, from host: StationID, at now: Timestamp, _ hosts: inout StationTable
  ) -> (DeviceID, [Int]) {
    _ = table.admit(host, hosts[host].station)
    switch observation.field {
    case .ipAddress: table.bind(observation.subject)
    case .ipGateway: table.markRouter(observation.subject)
    case .dhcpHostname, .mdnsName, .lldpSystemName: name(observation, host)
    default: break
    }
    // After binding, which may have moved the station.
    let device = table.admit(host, hosts[host].station)
    switch observation.field {
    case .dnsRole: table[device: device].isResolver = true
    case .dhcpCircuit:
      table[device: device].circuit = observation.text
      judgeRoom(of: device, at: max(now, observation.time), hosts)
    case .dhcpRemote:
      table[device: device].remote = observation.text
      judgeRoom(of: device, at: max(now, observation.time), hosts)
    default: break
    }
    let fired = signatures.match(observation, shown: &table[device: device].shown)
    if signatures.remembered.contains(observation.field) { table[device: device].remembered[observation.field] = observation }
    var isNew = false
    for number in fired where add(number, observation, host, device, &hosts) {
      // Weighing looks at all stations of the device; another one's evidence of the same kind would change nothing.
      if table[device: device].weighed.insert(number).inserted { isNew = true }
    }
    if isNew { judge(device, at: max(now, observation.time), hosts) }
    judgeMoved(at: max(now, observation.time), hosts)
    return (table[device: device].id, fired)
  }

  /// Evidence that came to another device with its station is weighed there.
  private mutating func judgeMoved(at now: Timestamp, _ hosts: borrowing StationTable) {
    for device in table.takeMoved() { judge(device, at: now, hosts) }
  }

  /// Where it is may be news about a device for which an alert was raised.
  mutating func judgeRoom(of number: Int, at now: Timestamp, _ hosts: borrowing StationTable) {
    if !site.isEmpty, table[device: number].raised != nil { judge(number, at: now, hosts) }
  }

  private mutating func name(_ observation: Observation, _ host: StationID) {
    guard let names = table[station: host]?.hostnames, names.count < Self.nameLimit, !names.contains(observation.text) else { return }
    // What a device tells the DHCP server is its name; what it announces may be a service's.
    table[station: host]?.hostnames.insert(observation.text, at: observation.field == .dhcpHostname ? 0 : names.count)
  }

  /// - Returns: the station meets this signature for the first time.
  private mutating func add(
    _ number: Int, _ observation: Observation, _ host: StationID, _ device: Int, _ hosts: inout StationTable
  ) -> Bool {
    if table[station: host]?.evidence[number] != nil {
      table[station: host]?.evidence[number]?.count += 1
      return false
    }
    guard let count = table[station: host]?.evidence.count, count < Self.evidenceLimit, evidenceCount < Self.evidenceTotal else {
      evicted += 1
      return false
    }
    evidenceCount += 1
    let signature = signatures.signatures[number]
    let remembered = table[device: device].remembered
    table[station: host]?.evidence[number] = Evidence(
      signature: signature, field: observation.field, value: observation.shownValue, firstSeen: observation.time,
      packet: observation.packet, count: 1, vendor: signature.given(signature.vendor, in: observation, remembered: remembered),
      model: signature.given(signature.model, in: observation, remembered: remembered),
      kind: signature.given(signature.kind, in: observation, remembered: remembered))
    if !hosts[host].isPinned, pinnedCount < Self.pinnedLimit {
      hosts[host].isPinned = true
      pinnedCount += 1
    }
    return true
  }

  // MARK: Devices

  /// Every device on the LAN that sent something, or of which something was said; by address.
  func devices(_ hosts: borrowing StationTable, streams: [MediaRecord]) -> [Device] {
    var sent: [DeviceID: [MediaRecord]] = [:]
    var received: Set<DeviceID> = []
    for record in streams {
      sent[table.identity.device(of: record.stream.sender.station), default: []].append(record)
      received.insert(table.identity.device(of: record.stream.receiver.station))
    }
    return table.live.filter { table.isOnLAN(table[device: $0].id) }
      .map { number in
        let id = table[device: number].id
        return device(number, hosts, streams: sent[id] ?? [], views: received.contains(id))
      }
      .sorted { ($0.addresses.first ?? .none, $0.id.mac) < ($1.addresses.first ?? .none, $1.id.mac) }
  }

  /// What is to be kept of every device on the LAN.
  func states(_ hosts: borrowing StationTable) -> [DeviceState] {
    table.live.filter { table.isOnLAN(table[device: $0].id) }.map { state($0, hosts) }
  }

  func state(of id: DeviceID, _ hosts: borrowing StationTable) -> DeviceState? { table.number(of: id).map { state($0, hosts) } }

  private func state(_ number: Int, _ hosts: borrowing StationTable) -> DeviceState {
    DeviceState(
      device: device(number, hosts, streams: []), viewers: table[device: number].viewers, raised: table[device: number].raised,
      deadline: table[device: number].deadline)
  }

  func device(_ number: Int, _ hosts: borrowing StationTable, streams: [MediaRecord], views: Bool = false) -> Device {
    let record = table[device: number]
    let id = record.id
    let recalled = record.recalled
    let members = record.hosts.compactMap { host in table[station: host].map { (hosts[host], $0) } }
    let isRouter = table.identity.isRouter(id)
    // What a router or resolver asks the cloud, it asks for the devices behind it; what a router announces by mDNS, it repeats from
    // another network.
    let asksForOthers = isRouter || record.isResolver
    let evidence = Self.merged(members.flatMap(\.1.evidence.values) + (recalled?.evidence ?? [])).filter { item in
      !(asksForOthers && item.signature.facet == .cloud || isRouter && Self.repeatedByRouters.contains(item.field))
    }
    let weighing = Weighing(evidence.map(\.weighed))
    let hostname = members.lazy.compactMap(\.1.hostnames.first).first ?? recalled?.hostname
    let model = Self.best(evidence, \.model)
    let vendor = Self.best(evidence, \.vendor)
    // IPv4 first: that is what people look up.
    let addresses = Set(members.map(\.0.station.address).filter(\.isUnicast)).sorted { ($0.isV4 ? 0 : 1, $0) < ($1.isV4 ? 0 : 1, $1) }
    let names =
      members.flatMap(\.1.hostnames) + [recalled?.hostname, model, vendor.flatMap { v in model.map { "\(v) \($0)" } }].compactMap { $0 }
    return Device(
      id: id, addresses: addresses, hostname: hostname, vendor: vendor, model: model,
      kind: Self.best(evidence, \.kind) ?? (isRouter ? "router" : nil),
      role: Self.role(evidence, weighing, views: views), weighing: weighing, verdict: weighing.verdict,
      isKnown: known.contains(mac: id.mac, addresses: addresses, names: names), isRouter: isRouter,
      room: room(of: record, members),
      firstSeen: members.reduce(recalled?.firstSeen) { min($0 ?? $1.0.firstSeen, $1.0.firstSeen) } ?? .zero,
      lastSeen: members.reduce(recalled?.lastSeen) { max($0 ?? $1.0.lastSeen, $1.0.lastSeen) } ?? .zero,
      packetsSent: members.reduce(recalled?.packetsSent ?? 0) { $0 &+ $1.0.packetsSent },
      bytesSent: members.reduce(recalled?.bytesSent ?? 0) { $0 &+ $1.0.bytesSent },
      bytesReceived: members.reduce(recalled?.bytesReceived ?? 0) { $0 &+ $1.0.bytesReceived }, evidence: evidence,
      streams: streams.map {
        Device.Stream(
          peer: $0.stream.receiver.station.address, name: $0.stream.name, firstSeen: $0.firstSeen, lastSeen: $0.lastSeen,
          bytes: $0.bytes)
      })
  }

  /// One item a signature, whichever of the device's stations met it first; heaviest first.
  private static func merged(_ all: [Evidence]) -> [Evidence] {
    var items: [String: Evidence] = [:]
    for evidence in all {
      guard var known = items[evidence.signature.id] else {
        items[evidence.signature.id] = evidence
        continue
      }
      let count = known.count + evidence.count
      if (evidence.firstSeen, evidence.packet.number) < (known.firstSeen, known.packet.number) { known = evidence }
      known.count = count
      items[evidence.signature.id] = known
    }
    return items.values.sorted {
      (-$0.weight, $0.firstSeen, $0.packet.number, $0.signature.id) < (-$1.weight, $1.firstSeen, $1.packet.number, $1.signature.id)
    }
  }

  /// What the heaviest item says that says anything.
  private static func best(_ evidence: [Evidence], _ value: KeyPath<Evidence, String?>) -> String? {
    evidence.lazy.compactMap { $0[keyPath: value] }.first
  }

  private static func role(_ evidence: [Evidence], _ weighing: Weighing, views: Bool) -> Role {
    let recorder = evidence.contains { $0.signature.says == .recorder && $0.signature.strength.map { $0 >= .strong } == true }
    if recorder, weighing.verdict >= .possible { return .recorder }
    if evidence.contains(where: { $0.signature.says == .relay }) { return .relay }
    if weighing.verdict >= .possible { return .camera }
    return views || evidence.contains { $0.signature.says == .viewer } ? .viewer : .other
  }
}
