/// Files what the dispatcher hands over: with the stations, then with the devices and their alerts.
///
/// One value: a class's fields are checked for exclusive use at every access, and copied where they are read.
struct Filing: ~Copyable {
  var activity: StationActivity
  var inventory: Inventory
  var ledger: RoomLedger
  private(set) var observer: ((Observation, DeviceID, [Signature]) -> Void)?
  private(set) var clock = Timestamp.distantPast
  /// Events about the capture that were not drained yet.
  private var health: [HealthEvent] = []
  /// The device that the last frame is evidence about.
  private(set) var cited: DeviceID?
  /// When to look next which rooms are watched.
  private var nextRoomCheck: Timestamp
  private static let roomCheckPeriod = Nanoseconds.seconds(60)
  /// Segments that were seen.
  var segments: Set<Segment> = []
  /// Storage for the events at hand, reused.
  private var batch = FlowEventQueue()

  init(activity: consuming StationActivity, inventory: consuming Inventory, ledger: RoomLedger) {
    self.activity = activity
    self.inventory = inventory
    self.ledger = ledger
    nextRoomCheck = ledger.isActive ? .distantPast : .distantFuture
    setObserver(nil)
  }

  mutating func setObserver(_ new: ((Observation, DeviceID, [Signature]) -> Void)?) {
    observer = new
    activity.sink.wantsTraits = wantsTraits
  }

  /// Signatures tell classes of devices apart.
  var wantsTraits: Bool { !inventory.signatures.marks.isEmpty || inventory.signatures.looks(at: .tlsAnswered) }

  /// Takes the sighting of a plain packet.
  @inline(__always)
  mutating func take(_ plain: Sighting) {
    if plain.has(.first) { beginFrame(at: plain.time, isOnTime: plain.has(.onTime)) }
    activity.take(plain)
    if !activity.events.isEmpty { fileEvents() }
  }

  /// Takes all that was handed over, and leaves it empty.
  mutating func take(_ handover: inout Handover) {
    activity.begin()
    for number in 0..<handover.count { take(number, of: &handover) }
    handover.removeAll()
  }

  /// Sightings from the one at hand to those for which memory is asked: first for what their numbers name, then for what that names.
  private static let farAhead = 8
  private static let ahead = 4

  /// Takes all of a large handover, and leaves it empty. Memory is asked ahead for what the next ones will need.
  mutating func takeAhead(_ handover: inout Handover) {
    activity.begin()
    let count = handover.count
    for number in 0..<count {
      if number + Self.farAhead < count { activity.prefetch(handover.sightings[number + Self.farAhead]) }
      if number + Self.ahead < count { activity.prefetch(holdersOf: handover.sightings[number + Self.ahead]) }
      take(number, of: &handover)
    }
    handover.removeAll()
  }

  /// Takes one of the sightings. Before the first of a handover, `activity` begins it.
  @inline(__always)
  mutating func take(_ number: Int, of handover: inout Handover) {
    let flags = handover.sightings[number].flags
    if flags.contains(.first) { beginFrame(at: handover.sightings[number].time, isOnTime: flags.contains(.onTime)) }
    if handover.sightings[number].kind == .check { endUploadSeconds(before: handover.sightings[number].due) }
    activity.take(number, of: &handover)
    if !activity.events.isEmpty { fileEvents() }
    if handover.sightings[number].kind.rawValue >= Sighting.Kind.check.rawValue { takeTime(handover.sightings[number], handover) }
  }

  @inline(__always)
  private mutating func beginFrame(at time: Timestamp, isOnTime: Bool) {
    cited = nil
    guard isOnTime else { return }
    advance(to: time)
    activity.now = clock
    inventory.activity.record(time)
  }

  @inline(never)
  private mutating func takeTime(_ sighting: Sighting, _ handover: borrowing Handover) {
    switch sighting.kind {
    case .check: reportFloods(activity.takeCheck(handover), isEnd: false)
    case .ended: reportFloods(activity.takeCheck(handover), isEnd: true)
    case .leap: inventory.floods.move(by: sighting.step)
    case .epoch: stepBack(to: sighting.time, by: sighting.step)
    case .nothing, .plain, .packet, .link, .tunnel, .ending: break
    }
  }

  /// Begins a new epoch, after all conversations ended: all that waits for a time waits for as long as before. Devices are recalled as
  /// after a restart.
  private mutating func stepBack(to time: Timestamp, by step: Nanoseconds) {
    let snapshots = inventory.snapshotsToRenew(activity.stations.tracked, inventory.signatures).map { $0.moved(by: step) }
    let configuration = EngineConfiguration(
      signatures: inventory.signatures, declared: inventory.declared, lan: inventory.table.identity.local.networks, site: inventory.site)
    inventory = Inventory(configuration, renewing: inventory)
    inventory.beginEpoch(at: time, movedBy: step)
    activity.beginEpoch(movedBy: step)
    health.append(
      HealthEvent(
        .clockSetBack, at: time,
        text: "the clock of the packets was set back by \(-step.count / 1_000_000_000) s; what waited for a time goes on waiting"))
    clock = time
    activity.now = time
    if ledger.isActive { ledger = ledger.restarted() }
    nextRoomCheck = ledger.isActive ? .distantPast : .distantFuture
    recallAll(snapshots)
  }

  /// Files all stations anew, and what was known of their devices.
  private mutating func recallAll(_ snapshots: [DeviceSnapshot]) {
    for id in activity.stations.tracked.live {
      let known = activity.stations[id]
      _ = inventory.appeared(id, known.station, at: known.firstSeen, activity.stations.tracked)
    }
    inventory.recall(snapshots, at: clock, activity.stations.tracked)
  }

  @inline(__always)
  mutating func advance(to time: Timestamp) {
    guard time > clock else { return }
    if activity.uploads.nextDue <= time { endUploadSeconds(upTo: time) }
    move(to: time)
  }

  /// Ends the seconds of uploads one by one, each at its time.
  @inline(never)
  private mutating func endUploadSeconds(upTo time: Timestamp) {
    while activity.uploads.nextDue <= time, activity.uploads.nextDue != .distantFuture { endUploadSecond() }
  }

  private mutating func endUploadSeconds(before time: Timestamp) {
    while activity.uploads.nextDue < time, activity.uploads.nextDue != .distantFuture { endUploadSecond() }
  }

  private mutating func endUploadSecond() {
    let due = activity.uploads.nextDue
    if due > clock { move(to: due) }
    activity.endUploadSecond(at: due)
    if !activity.events.isEmpty { fileEvents() }
  }

  @inline(__always)
  private mutating func move(to time: Timestamp) {
    if time >= nextRoomCheck { checkRooms(movingTo: time) }
    clock = time
    inventory.clock = time
    if inventory.nextDeadline <= time { inventory.decide(upTo: time, isEnd: false, activity.stations.tracked) }
  }

  private mutating func recordRooms() {
    inventory.recordRooms(upTo: clock, activity.stations.tracked, into: &ledger)
    activity.stations.clearExchanges()
  }

  /// Records which rooms are watched: up to the present clock, before it moves on.
  private mutating func checkRooms(movingTo time: Timestamp) {
    recordRooms()
    ledger.advance(to: time)
    // On whole minutes, so that a check falls on the end of each hour.
    let next = (time + Self.roomCheckPeriod).nanoseconds
    nextRoomCheck = Timestamp(nanoseconds: next - next % Self.roomCheckPeriod.count)
  }

  // MARK: Commands

  mutating func recall(_ snapshots: [DeviceSnapshot], lastPacket: Timestamp?) {
    if let lastPacket { inventory.activity.resume(last: lastPacket) }
    inventory.recall(snapshots, at: clock, activity.stations.tracked)
  }

  mutating func declare(_ declared: DeclaredDevices, _ dismissals: [String: Dismissal]) {
    inventory.declare(declared, dismissals, at: clock, activity.stations.tracked)
    watchDeclared()
  }

  /// - Parameter free: numbers that no address has any more.
  mutating func forget(before time: Timestamp, releasing free: [UInt32]) {
    activity.forget(before: time, sparing: inventory.table.stationsOfConcern(), releasing: free)
    fileEvents()
    inventory.table.forgetRecalled(before: time)
  }

  mutating func erase(_ addresses: Set<MACAddress>) {
    activity.erase(addresses)
    fileEvents()
    inventory.table.erase(addresses)
  }

  /// Evidence is numbered by the present signatures, so an inventory cannot change them: a new one recalls what this one knows, as after
  /// a restart.
  /// - Parameter local: numbers of addresses that are on the LAN by themselves.
  mutating func reconfigure(_ configuration: EngineConfiguration, local: [UInt32]) {
    if ledger.isActive { recordRooms() }
    let snapshots = inventory.snapshotsToRenew(activity.stations.tracked, configuration.signatures)
    inventory = Inventory(configuration, renewing: inventory)
    activity.tracksIngress = configuration.site.dependsOnIngress
    for address in local { activity.stations.setLocal(address) }
    reconfigureRooms(configuration.site)
    setObserver(observer)
    activity.sink.forgetTraits()
    recallAll(snapshots)
    watchDeclared()
  }

  /// Other devices are declared: those that were seen are watched from now on.
  private mutating func watchDeclared() {
    for id in activity.stations.tracked.live {
      if inventory.declared.covers(activity.stations[id].station.mac) {
        activity.watch(id)
      } else {
        activity.stations.watch(id, false)
      }
    }
  }

  private mutating func reconfigureRooms(_ site: Site) {
    ledger.reconfigure(site)
    activity.tracksExchanges = ledger.isActive
    nextRoomCheck = ledger.isActive ? .distantPast : .distantFuture
  }

  mutating func drain(devices: Bool) -> EngineUpdate {
    var update = EngineUpdate(clock: clock, lastPacket: lastPacket)
    update.events = inventory.drainEvents()
    update.health = (health + inventory.floods.drain()).sorted { $0.time < $1.time }
    health = []
    update.changed = inventory.snapshots(of: update.events.map(\.device.id), activity.stations.tracked)
    if devices {
      update.changed += inventory.drainChanged(activity.stations.tracked)
      if ledger.isActive {
        recordRooms()
        update.rooms = ledger.drain()
      }
    }
    return update
  }

  var lastPacket: Timestamp? { inventory.activity.last == .distantPast ? nil : inventory.activity.last }

  func snapshots() -> [DeviceSnapshot] { inventory.snapshots(activity.stations.tracked) }

  /// All conversations have ended.
  mutating func suspend() { inventory.tellGroups(at: clock) }

  mutating func finish() {
    suspend()
    inventory.decide(upTo: clock, isEnd: true, activity.stations.tracked)
  }

  // MARK: Events

  /// Files what the packets showed, in its order. What follows from an event comes before the next one.
  private mutating func fileEvents() {
    if let ingress = activity.events.popIngress() {
      inventory.record(ingress, at: clock, activity.stations.tracked)
      if activity.events.isEmpty { return }
    }
    // Filing may bring further events.
    var events = FlowEventQueue()
    swap(&events, &batch)
    swap(&events, &activity.events)
    while let event = events.popFirst() { file(event) }
    swap(&events, &batch)
  }

  private mutating func file(_ event: FlowEvent) {
    switch event {
    case .observation(let observation): file(observation)
    case .ingress(let ingress): inventory.record(ingress, at: clock, activity.stations.tracked)
    case .appeared(let arrival): file(arrival)
    case .removed(let gone, let isEviction):
      for station in inventory.removed(gone, isEviction: isEviction) { activity.forwarders.forget(station.mac, in: station.segment) }
    case .conversed(let station): inventory.conversed(station, at: clock, activity.stations.tracked)
    case .forwards(let finding): inventory.forwards(finding, at: clock, activity.stations.tracked)
    case .doubled(let station, let sign): inventory.doubled(station, sign, at: clock, activity.stations.tracked)
    case .neighbor(let announcement, let interface): inventory.record(announcement, on: interface, at: clock)
    case .mediaOpened(let stream, let time):
      guard let sender = activity.stations.find(stream.sender.station) else { return }
      inventory.opened(stream, from: sender, at: max(clock, time), activity.stations.tracked)
      inventory.saw(stream, by: sender, from: time, to: time, activity.stations.tracked)
    case .mediaSeen(let record):
      guard let sender = activity.stations.find(record.stream.sender.station) else { return }
      inventory.saw(record.stream, by: sender, from: record.firstSeen, to: record.lastSeen, activity.stations.tracked)
    case .awoke(let station, let lastSeen, let time):
      inventory.awoke(station, at: time, lastSeen: lastSeen, activity.stations.tracked)
    case .upload(let report):
      guard let station = activity.stations.find(report.device) else { return }
      for observation in inventory.record(report, of: station, activity.stations.tracked) { file(observation) }
    case .clip(let clip):
      guard let station = activity.stations.find(clip.device) else { return }
      for observation in inventory.record(clip, of: station, activity.stations.tracked) { file(observation) }
    }
  }

  private mutating func file(_ arrival: StationArrival) {
    let isNew = inventory.appeared(arrival.id, arrival.station, at: arrival.time, activity.stations.tracked)
    if inventory.declared.covers(arrival.station.mac) { activity.watch(arrival.id) }
    countFloods(arrival, isNew: isNew)
    // Before the observation: an alert that is raised with the first frame has its room.
    if let ingress = arrival.ingress {
      inventory.arrived(ingress)
      if activity.tracksIngress { inventory.record(ingress, at: clock, activity.stations.tracked) }
    }
    guard isNew else { return }
    let link = Station(segment: arrival.station.segment, mac: arrival.station.mac)
    file(Observation(field: .ethernetOUI, text: link.mac.hex, subject: link, time: arrival.time, packet: arrival.packet))
  }

  private mutating func file(_ observation: Observation) {
    countNames(observation)
    guard observer != nil || inventory.isOfInterest(observation) else { return }
    let station = activity.station(for: observation)
    // Its station appears with it, and is filed before it.
    if !activity.events.isEmpty { fileEvents() }
    let filed = inventory.record(observation, of: station, at: clock, activity.stations.tracked)
    if filed.pins {
      activity.stations.pin(station)
      if !filed.isPersonal { cited = filed.device }
    }
    countFloods(observation, station)
    observer?(observation, filed.device, filed.fired.map { inventory.signatures.signatures[$0] })
    if filed.isConflict {
      file(
        Observation(
          field: .ipConflict, text: observation.subject.address.description, subject: observation.subject, time: observation.time,
          packet: observation.packet))
    }
  }

  /// What stations and devices had to go.
  var evicted: [String: Int] {
    [
      "hosts": activity.stations.evicted, "uploads": activity.uploads.evicted, "fan-outs": activity.fanOuts.evicted,
      "callers": activity.knocks.evicted, "sleepers": inventory.wakes.evicted, "evidence": inventory.evicted,
      "alerts": inventory.evictedAlerts, "routers": inventory.evictedRouters, "interfaces": inventory.interfaces.evicted,
      "neighbours": inventory.neighbours.evicted,
    ]
  }

  var roomCoverage: [RoomCoverage] {
    guard ledger.isActive else { return [] }
    var ledger = ledger
    inventory.recordRooms(upTo: clock, activity.stations.tracked, into: &ledger)
    return ledger.coverage
  }
}
