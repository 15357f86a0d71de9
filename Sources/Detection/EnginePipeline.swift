/// A packet's life, in one value: a class's fields are checked for exclusive use at every access, and copied where they are read.
struct Pipeline: ~Copyable {
  var dispatcher: Dispatcher
  var inventory: Inventory
  var ledger: RoomLedger
  private(set) var observer: ((Observation, DeviceID, [Signature]) -> Void)?
  private(set) var clock = Timestamp.distantPast
  /// A time far ahead of the clock that one packet bore: believed when the next one agrees.
  private var leap: Timestamp?
  /// How far one packet moves the clock by itself.
  private static let longestStep = Nanoseconds.seconds(3600)
  /// The first packet of those that come from far behind the clock, and no others: the clock that stamps them was set back.
  private var behind: Timestamp?
  private var hasSteppedBack = false
  /// How far packets may be behind the clock, and for how long they must be to be believed.
  private static let longestDelay = Nanoseconds.seconds(60)
  private static let settledAfter = Nanoseconds.seconds(60)
  /// Events about the capture that were not drained yet.
  private var health: [HealthEvent] = []
  /// The device that the last frame is evidence about.
  private(set) var cited: DeviceID?
  private var packets: UInt64 = 0
  private var truncated: UInt64 = 0
  private var undecoded: [Undecoded: UInt64] = [:]
  /// When to look next which rooms are watched.
  private var nextRoomCheck: Timestamp
  private static let roomCheckPeriod = Nanoseconds.seconds(60)
  /// When to look next how long live video has been under way.
  private var nextMediaCheck = Timestamp.distantPast
  private static let mediaCheckPeriod = Nanoseconds.seconds(10)
  /// Segments that were seen.
  var segments: Set<Segment> = []
  /// Storage for the events at hand, reused.
  private var batch = FlowEventQueue()

  init(dispatcher: consuming Dispatcher, inventory: consuming Inventory, ledger: RoomLedger, lan: [IPNetwork]) {
    self.dispatcher = dispatcher
    self.inventory = inventory
    self.ledger = ledger
    self.dispatcher.stations.local = LocalAddresses(networks: lan)
    nextRoomCheck = ledger.isActive ? .distantPast : .distantFuture
    setObserver(nil)
  }

  /// Without one, what no signature looks at need not be worked out.
  mutating func setObserver(_ new: ((Observation, DeviceID, [Signature]) -> Void)?) {
    observer = new
    dispatcher.sink.wantsTraits = !inventory.signatures.marks.isEmpty || inventory.signatures.looks(at: .tlsAnswered)
    dispatcher.sink.answered = new == nil ? inventory.signatures.endings(of: .tlsAnswered) : nil
    dispatcher.sink.unwanted = new == nil && !inventory.signatures.looks(at: .tlsJA4) ? [.tlsJA4] : []
  }

  mutating func ingest(_ frame: borrowing Frame) {
    packets += 1
    cited = nil
    if frame.bytes.byteCount < frame.originalLength { truncated += 1 }
    follow(frame.time)
    if clock == frame.time { inventory.activity.record(frame.time) }
    if let trouble = dispatcher.handle(frame, now: clock) { undecoded[trouble, default: 0] += 1 }
    if !dispatcher.events.isEmpty { fileEvents() }
  }

  /// Moves the clock to a packet's time. A single false one must not make everything fall due.
  @inline(__always)
  private mutating func follow(_ time: Timestamp) {
    if time < clock || time.isAfter(clock, by: Self.longestStep) { return followAnother(time) }
    advance(to: time)
    leap = nil
    behind = nil
  }

  /// A packet from before, or from far ahead.
  @inline(never)
  private mutating func followAnother(_ time: Timestamp) {
    if clock == .distantPast || !time.isAfter(clock, by: Self.longestStep) {
      if clock.isAfter(time, by: Self.longestDelay) { return fallBehind(time) }
      advance(to: time)
      leap = nil
      behind = nil
    } else if let earlier = leap, !time.isAfter(earlier, by: Self.longestStep), !earlier.isAfter(time, by: Self.longestStep) {
      // Where the clock was wrong before, a leap is no time that went by.
      if hasSteppedBack { inventory.floods.move(by: Nanoseconds(count: time.nanoseconds &- clock.nanoseconds)) }
      advance(to: time)
      leap = nil
    } else {
      leap = time
    }
  }

  /// A packet from more than a minute ago. Where all packets of a minute are, the clock was wrong before and is right now.
  @inline(never)
  private mutating func fallBehind(_ time: Timestamp) {
    guard let start = behind, time >= start else {
      behind = time
      return
    }
    if time.isAfter(start, by: Self.settledAfter) { stepBack(to: time) }
  }

  /// Begins a new epoch: conversations end, and all that waits for a time waits for as long as before. Devices are recalled as after a
  /// restart.
  private mutating func stepBack(to time: Timestamp) {
    dispatcher.closeAll()
    fileEvents()
    reportFloods(isEnd: true)
    hasSteppedBack = true
    let step = Nanoseconds(count: time.nanoseconds &- clock.nanoseconds)
    let snapshots = inventory.snapshotsToRenew(dispatcher.stations.tracked, inventory.signatures).map { $0.moved(by: step) }
    let configuration = EngineConfiguration(
      signatures: inventory.signatures, declared: inventory.declared, lan: dispatcher.stations.local.networks, site: inventory.site)
    inventory = Inventory(configuration, renewing: inventory)
    inventory.beginEpoch(at: time, movedBy: step)
    dispatcher.beginEpoch(movedBy: step)
    health.append(
      HealthEvent(
        .clockSetBack, at: time,
        text: "the clock of the packets was set back by \(-step.count / 1_000_000_000) s; what waited for a time goes on waiting"))
    (clock, leap, behind) = (time, nil, nil)
    if ledger.isActive { ledger = ledger.restarted() }
    (nextRoomCheck, nextMediaCheck) = (ledger.isActive ? .distantPast : .distantFuture, .distantPast)
    recallAll(snapshots)
  }

  /// Files all stations anew, and what was known of their devices.
  private mutating func recallAll(_ snapshots: [DeviceSnapshot]) {
    for id in dispatcher.stations.tracked.live {
      let known = dispatcher.stations[id]
      _ = inventory.appeared(id, known.station, at: known.firstSeen, dispatcher.stations.tracked)
    }
    inventory.recall(snapshots, at: clock, dispatcher.stations.tracked)
  }

  @inline(__always)
  mutating func advance(to time: Timestamp) {
    guard time > clock else { return }
    if dispatcher.uploads.nextDue <= time { endUploadSeconds(upTo: time) }
    move(to: time)
  }

  /// Ends the seconds of uploads one by one, each at its time.
  @inline(never)
  private mutating func endUploadSeconds(upTo time: Timestamp) {
    while dispatcher.uploads.nextDue <= time, dispatcher.uploads.nextDue != .distantFuture {
      let due = dispatcher.uploads.nextDue
      if due > clock { move(to: due) }
      dispatcher.endUploadSecond(at: due)
      if !dispatcher.events.isEmpty { fileEvents() }
    }
  }

  @inline(__always)
  private mutating func move(to time: Timestamp) {
    if time >= nextRoomCheck { checkRooms(movingTo: time) }
    if time >= nextMediaCheck { checkMedia(movingTo: time) }
    clock = time
    inventory.clock = time
    if inventory.nextDeadline <= time { inventory.decide(upTo: time, isEnd: false, dispatcher.stations.tracked) }
  }

  private mutating func checkMedia(movingTo time: Timestamp) {
    dispatcher.lookAtMedia()
    if !dispatcher.events.isEmpty { fileEvents() }
    reportFloods(isEnd: false)
    // On whole tens of seconds, so that a live run and a replay look at the same packets.
    let next = (time + Self.mediaCheckPeriod).nanoseconds
    nextMediaCheck = Timestamp(nanoseconds: next - next % Self.mediaCheckPeriod.count)
  }

  private mutating func recordRooms() {
    inventory.recordRooms(upTo: clock, dispatcher.stations.tracked, into: &ledger)
    dispatcher.stations.clearExchanges()
  }

  /// Records which rooms are watched: up to the present clock, before it moves on.
  private mutating func checkRooms(movingTo time: Timestamp) {
    recordRooms()
    ledger.advance(to: time)
    // On whole minutes, so that a check falls on the end of each hour.
    let next = (time + Self.roomCheckPeriod).nanoseconds
    nextRoomCheck = Timestamp(nanoseconds: next - next % Self.roomCheckPeriod.count)
  }

  mutating func suspend() {
    dispatcher.closeAll()
    fileEvents()
    reportFloods(isEnd: true)
    inventory.tellGroups(at: clock)
  }

  mutating func apply(_ command: EngineCommand) {
    switch command {
    case .recallRooms(let rooms): for (room, time) in rooms { ledger.recall(room, lastFrame: time) }
    case .recall(let snapshots, let lastPacket):
      if let lastPacket { inventory.activity.resume(last: lastPacket) }
      inventory.recall(snapshots, at: clock, dispatcher.stations.tracked)
    case .declare(let declared, let dismissals):
      inventory.declare(declared, dismissals, at: clock, dispatcher.stations.tracked)
      watchDeclared()
    case .forget(let time): forget(before: time)
    case .erase(let addresses): erase(addresses)
    case .reconfigure(let configuration): reconfigure(configuration)
    }
  }

  private mutating func forget(before time: Timestamp) {
    dispatcher.forget(before: time, sparing: inventory.table.stationsOfConcern())
    fileEvents()
    inventory.table.forgetRecalled(before: time)
  }

  private mutating func erase(_ addresses: Set<MACAddress>) {
    dispatcher.erase(addresses)
    fileEvents()
    inventory.table.erase(addresses)
  }

  /// Evidence is numbered by the present signatures, so an inventory cannot change them: a new one recalls what this one knows, as after
  /// a restart.
  private mutating func reconfigure(_ configuration: EngineConfiguration) {
    if ledger.isActive { recordRooms() }
    let snapshots = inventory.snapshotsToRenew(dispatcher.stations.tracked, configuration.signatures)
    inventory = Inventory(configuration, renewing: inventory)
    dispatcher.tracksIngress = configuration.site.dependsOnIngress
    dispatcher.stations.local = LocalAddresses(networks: configuration.lan)
    reconfigureRooms(configuration.site)
    setObserver(observer)
    dispatcher.sink.forgetTraits()
    recallAll(snapshots)
    watchDeclared()
  }

  /// Other devices are declared: those that were seen are watched from now on.
  private mutating func watchDeclared() {
    for id in dispatcher.stations.tracked.live {
      if inventory.declared.covers(dispatcher.stations[id].station.mac) {
        dispatcher.watch(id)
      } else {
        dispatcher.stations.watch(id, false)
      }
    }
  }

  private mutating func reconfigureRooms(_ site: Site) {
    ledger.reconfigure(site)
    dispatcher.tracksExchanges = ledger.isActive
    nextRoomCheck = ledger.isActive ? .distantPast : .distantFuture
  }

  mutating func drain(devices: Bool) -> EngineUpdate {
    var update = EngineUpdate(clock: clock, lastPacket: lastPacket)
    update.events = inventory.drainEvents()
    update.health = (health + inventory.floods.drain()).sorted { $0.time < $1.time }
    health = []
    update.changed = inventory.snapshots(of: update.events.map(\.device.id), dispatcher.stations.tracked)
    if devices {
      update.changed += inventory.drainChanged(dispatcher.stations.tracked)
      update.coverage = coverage
      if ledger.isActive {
        recordRooms()
        update.rooms = ledger.drain()
      }
    }
    return update
  }

  var lastPacket: Timestamp? { inventory.activity.last == .distantPast ? nil : inventory.activity.last }

  func snapshots() -> [DeviceSnapshot] { inventory.snapshots(dispatcher.stations.tracked) }

  mutating func finish() {
    suspend()
    inventory.decide(upTo: clock, isEnd: true, dispatcher.stations.tracked)
  }

  func devices() -> [Device] { inventory.devices(dispatcher.stations.tracked, streams: dispatcher.streams()) }

  // MARK: Events

  /// Files what the packets showed, in its order. What follows from an event comes before the next one.
  private mutating func fileEvents() {
    if let ingress = dispatcher.events.popIngress() {
      inventory.record(ingress, at: clock, dispatcher.stations.tracked)
      if dispatcher.events.isEmpty { return }
    }
    // Filing may bring further events.
    var events = FlowEventQueue()
    swap(&events, &batch)
    swap(&events, &dispatcher.events)
    while let event = events.popFirst() { file(event) }
    swap(&events, &batch)
  }

  private mutating func file(_ event: FlowEvent) {
    switch event {
    case .observation(let observation): file(observation)
    case .ingress(let ingress): inventory.record(ingress, at: clock, dispatcher.stations.tracked)
    case .appeared(let arrival): file(arrival)
    case .removed(let gone, let isEviction):
      for station in inventory.removed(gone, isEviction: isEviction) { dispatcher.forwarders.forget(station.mac, in: station.segment) }
    case .conversed(let station): inventory.conversed(station, at: clock, dispatcher.stations.tracked)
    case .forwards(let finding): inventory.forwards(finding, at: clock, dispatcher.stations.tracked)
    case .doubled(let station, let sign): inventory.doubled(station, sign, at: clock, dispatcher.stations.tracked)
    case .neighbor(let announcement, let interface): inventory.record(announcement, on: interface, at: clock)
    case .mediaOpened(let stream, let time):
      guard let sender = dispatcher.stations.find(stream.sender.station) else { return }
      inventory.opened(stream, from: sender, at: max(clock, time), dispatcher.stations.tracked)
      inventory.saw(stream, by: sender, from: time, to: time, dispatcher.stations.tracked)
    case .mediaSeen(let record):
      guard let sender = dispatcher.stations.find(record.stream.sender.station) else { return }
      inventory.saw(record.stream, by: sender, from: record.firstSeen, to: record.lastSeen, dispatcher.stations.tracked)
    case .awoke(let station, let lastSeen, let time):
      inventory.awoke(station, at: time, lastSeen: lastSeen, dispatcher.stations.tracked)
    case .upload(let report):
      guard let station = dispatcher.stations.find(report.device) else { return }
      for observation in inventory.record(report, of: station, dispatcher.stations.tracked) { file(observation) }
    case .clip(let clip):
      guard let station = dispatcher.stations.find(clip.device) else { return }
      for observation in inventory.record(clip, of: station, dispatcher.stations.tracked) { file(observation) }
    }
  }

  private mutating func file(_ arrival: StationArrival) {
    let isNew = inventory.appeared(arrival.id, arrival.station, at: arrival.time, dispatcher.stations.tracked)
    if inventory.declared.covers(arrival.station.mac) { dispatcher.watch(arrival.id) }
    countFloods(arrival, isNew: isNew)
    // Before the observation: an alert that is raised with the first frame has its room.
    if let ingress = arrival.ingress {
      inventory.arrived(ingress)
      if dispatcher.tracksIngress { inventory.record(ingress, at: clock, dispatcher.stations.tracked) }
    }
    guard isNew else { return }
    let link = Station(segment: arrival.station.segment, mac: arrival.station.mac)
    file(Observation(field: .ethernetOUI, text: link.mac.hex, subject: link, time: arrival.time, packet: arrival.packet))
  }

  private mutating func file(_ observation: Observation) {
    countNames(observation)
    guard observer != nil || inventory.isOfInterest(observation) else { return }
    let station = dispatcher.station(for: observation)
    // Its station appears with it, and is filed before it.
    if !dispatcher.events.isEmpty { fileEvents() }
    let filed = inventory.record(observation, of: station, at: clock, dispatcher.stations.tracked)
    if observation.field == .ipAddress { dispatcher.stations.setLocal(observation.subject.address, in: observation.subject.segment) }
    if filed.pins {
      dispatcher.stations.pin(station)
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

  var coverage: Coverage {
    var evicted: [String: Int] = [:]
    evicted["hosts"] = dispatcher.stations.evicted
    evicted["flows"] = dispatcher.flows.evicted
    evicted["conversations"] = dispatcher.readers.evicted
    evicted["streams"] = dispatcher.media.evicted
    evicted["rows"] = dispatcher.rows.evicted
    evicted["expectations"] = dispatcher.expectations.evicted
    evicted["fragments"] = dispatcher.fragments.evicted
    evicted["uploads"] = dispatcher.uploads.evicted
    evicted["fan-outs"] = dispatcher.fanOuts.evicted
    evicted["callers"] = dispatcher.knocks.evicted
    evicted["sleepers"] = inventory.wakes.evicted
    evicted["evidence"] = inventory.evicted
    evicted["alerts"] = inventory.evictedAlerts
    evicted["routers"] = inventory.evictedRouters
    evicted["interfaces"] = inventory.interfaces.evicted
    evicted["neighbours"] = inventory.neighbours.evicted
    let undecoded = undecoded.map { ($0.key.name, $0.value) } + dispatcher.undecoded.map { ($0.key.name, $0.value) }
    return Coverage(
      packets: packets, truncated: truncated, undecoded: Dictionary(undecoded, uniquingKeysWith: +),
      encryptedWiFiPackets: dispatcher.encryptedWiFiPackets,
      oneSidedFlows: dispatcher.oneSided, streamGaps: dispatcher.streamGaps, evicted: evicted.filter { $0.value > 0 },
      rooms: roomCoverage, flooded: inventory.floods.totals)
  }

  private var roomCoverage: [RoomCoverage] {
    guard ledger.isActive else { return [] }
    var ledger = ledger
    inventory.recordRooms(upTo: clock, dispatcher.stations.tracked, into: &ledger)
    return ledger.coverage
  }
}
