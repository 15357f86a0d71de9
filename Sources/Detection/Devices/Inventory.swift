/// The devices on the network, the evidence for and against each of them being a camera, and the alerts that follow.
struct Inventory: ~Copyable {
  /// Signatures that one station may meet.
  static let evidenceLimit = 64
  /// Items of evidence of all stations together.
  static let evidenceTotal = 262_144
  /// A device may claim any number of addresses. With more stations than this, names of one do not complete the evidence of others, and only
  /// so many show that it was awake.
  static let stationsJudgedAtOnce = 64
  /// Names stored per station.
  static let nameLimit = 8
  /// Routers repeat these from one network in another, and seem to be their source.
  static let repeatedByRouters: Set<Field> = [.mdnsService, .mdnsName, .mdnsText]

  static let weighedByClass: Set<Field> = [.dhcpParameters, .dhcpVendorClass]

  let signatures: SignatureSet
  private(set) var declared: DeclaredDevices
  let site: Site
  let interfaces: CaptureInterfaces
  /// Numbers of the site's access points, from 1 on.
  let accessPointPlaces: [Site.AccessPoint: UInt16]
  var neighbours = NeighborTable()
  /// By interface number: a rule names it, or a neighbour of the site announced itself there.
  var ruled: [Bool] = []
  /// Alerts that a person dismissed.
  private(set) var dismissals: [String: Dismissal] = [:]
  var table: DeviceTable
  /// Alert events that were not drained yet.
  var events: [AlertEvent] = []
  /// Evidence that was not stored, for lack of room.
  var evicted = 0
  var evidenceCount = 0
  var deadlines = DeadlineQueue()
  var wakes = WakeTable()
  /// The engine's clock: evidence that was valid until an earlier time does not count.
  var clock = Timestamp.distantPast
  /// When packets came last, and since when they come without a long gap.
  var activity = CaptureActivity()

  var raisedCount = 0
  var corroboratedCount = 0
  /// Devices with an alert, by their MAC address; some may have lost it since.
  var alertedByMAC: [MACAddress: [Int]] = [:]
  var invented = InventedCameras()
  /// Declared MAC addresses that were reported to be used by two devices.
  var withDouble: Set<MACAddress> = []
  var floods = FloodLog()
  /// How often events were drained.
  var eventDrains = 0
  /// Alerts that were not raised because there were too many.
  var evictedAlerts = 0

  var nextDeadline: Timestamp { min(deadlines.next, invented.dues.next) }
  var evictedRouters: Int { table.identity.evicted }

  init(_ configuration: EngineConfiguration, interfaces: CaptureInterfaces) {
    signatures = configuration.signatures
    declared = configuration.declared
    site = configuration.site
    self.interfaces = interfaces
    accessPointPlaces = Dictionary(
      site.accessPoints.enumerated().map { ($1, UInt16(clamping: $0 + 1)) }, uniquingKeysWith: { first, _ in first })
    table = DeviceTable(lan: configuration.lan)
  }

  /// Takes the place of an inventory with other settings; the caller files its stations and recalls its devices.
  init(_ configuration: EngineConfiguration, renewing former: borrowing Inventory) {
    self.init(configuration, interfaces: former.interfaces)
    table = DeviceTable(identity: former.table.identity.reconfigured(lan: configuration.lan))
    dismissals = former.dismissals
    events = former.events
    activity = former.activity
    clock = former.clock
    neighbours = former.neighbours
    wakes = former.wakes
    (raisedCount, corroboratedCount) = (former.raisedCount, former.corroboratedCount)
    (invented, floods, eventDrains) = (former.invented.renewed(), former.floods, former.eventDrains)
    withDouble = former.withDouble
    (evicted, evictedAlerts) = (former.evicted, former.evictedAlerts)
  }

  /// The clock was set back to this time.
  mutating func beginEpoch(at time: Timestamp, movedBy step: Nanoseconds) {
    clock = time
    activity = CaptureActivity()
    activity.record(time)
    wakes = WakeTable()
    neighbours = NeighborTable()
    invented.move(by: step)
    floods.move(by: step)
  }

  /// Every device as the inventory that takes this one's place is to recall it: with the evidence of today's signatures, and without
  /// what its stations still count.
  func snapshotsToRenew(_ stations: borrowing TrackedStations, _ signatures: SignatureSet) -> [DeviceSnapshot] {
    let known = signatures.summaries
    return table.devices.indices.filter { !table[device: $0].stations.isEmpty || table[device: $0].recalled != nil }.map { number in
      let snapshot = snapshot(number, stations)
      let counted = table[device: number].recalled?.device
      let evidence = snapshot.device.evidence.compactMap { item in known[item.signature.id].map { item.restated($0) } }
      return DeviceSnapshot(
        device: snapshot.device.recounted(
          packetsSent: counted?.packetsSent ?? 0, bytesSent: counted?.bytesSent ?? 0, bytesReceived: counted?.bytesReceived ?? 0,
          evidence: evidence),
        viewers: snapshot.viewers, alert: snapshot.alert, deadline: snapshot.deadline, group: snapshot.group)
    }
  }

  // MARK: Operators and earlier runs

  /// Takes in devices that an earlier run knew.
  mutating func recall(_ snapshots: [DeviceSnapshot], at now: Timestamp, _ stations: borrowing TrackedStations) {
    let known = signatures.summaries
    for stored in snapshots {
      let snapshot = stored.restated(known)
      guard let number = table.recall(snapshot) else { continue }
      if table[device: number].group == nil { table[device: number].group = snapshot.group }
      if let deadline = snapshot.deadline, table[device: number].deadline == nil, table[device: number].alert == nil {
        table[device: number].deadline = deadline
        deadlines.add(number, at: deadline)
      }
      if snapshot.alert != nil { watchPresence(of: number, lastSeen: snapshot.device.lastSeen) }
      awaitWatcher(of: number, lastSeen: snapshot.device.lastSeen)
      if !table[device: number].stations.isEmpty { judge(number, at: now, stations) }
    }
  }

  /// Judges all devices anew by the operators' decisions.
  ///
  /// - Parameter dismissals: by the device's id as text.
  mutating func declare(
    _ declared: DeclaredDevices, _ dismissals: [String: Dismissal], at now: Timestamp, _ stations: borrowing TrackedStations
  ) {
    guard declared != self.declared || dismissals != self.dismissals else { return }
    let numbers = table.live.sorted { table[device: $0].id.description < table[device: $1].id.description }
    let wereDeclared = numbers.map { device($0, stations, streams: []).isDeclared }
    self.declared = declared
    self.dismissals = dismissals
    for (number, wasDeclared) in zip(numbers, wereDeclared) {
      // No longer declared: what was reported before it was declared is settled, and a new alert may follow.
      if wasDeclared, !device(number, stations, streams: []).isDeclared { table[device: number].forgetAlert() }
      judge(number, at: now, stations)
    }
  }

  /// A station appeared.
  /// - Returns: its MAC address is new, so its prefix is to be filed as an observation.
  mutating func appeared(_ id: StationID, _ station: Station, at time: Timestamp, _ stations: borrowing TrackedStations) -> Bool {
    let isNew = table.appeared(id, station)
    if stations[id].hasConversed { conversed(id, at: time, stations) }
    awoke(id, at: time, lastSeen: nil, stations)
    judgeMoved(at: time, stations)
    if !site.isEmpty, let number = table.device(of: id) { judgeRoom(of: number, at: time, stations) }
    return isNew
  }

  /// - Parameter isEviction: they went for lack of room.
  /// - Returns: MAC addresses among theirs that forwarded for others.
  mutating func removed(_ gone: [StationTable.Removed], isEviction: Bool) -> [Station] {
    let lost = table.removed(gone)
    evidenceCount -= lost.evidence
    if isEviction { evicted += lost.evidence }
    return lost.forwarders
  }

  /// A MAC address forwards for others.
  mutating func forwards(_ finding: ForwarderTable.Finding, at now: Timestamp, _ stations: borrowing TrackedStations) {
    table.forwards(finding)
    judgeMoved(at: now, stations)
  }

  /// A station took part in a conversation for the first time: what it showed before may count for more.
  mutating func conversed(_ id: StationID, at now: Timestamp, _ stations: borrowing TrackedStations) {
    guard table.device(of: id) != nil else { return }
    table.conversed(id, stations[id].station)
    judgeMoved(at: now, stations)
    if table.takesPart(id), let number = table.device(of: id), !table[device: number].weighed.isEmpty {
      judge(number, at: now, stations)
    }
  }

  /// Observations about stations beyond the LAN are not filed, except those that show which addresses are on it.
  func isOfInterest(_ observation: Observation) -> Bool {
    let address = observation.subject.address
    return address == .none || observation.field == .ipAddress || observation.field == .ipGateway || table.identity.isOnLAN(address)
  }
}
