/// A packet's life, in one value: a class's fields are checked for exclusive use at every access, and copied where they are read.
struct Pipeline: ~Copyable {
  var dispatcher: Dispatcher
  var inventory: Inventory
  var ledger: RoomLedger
  private(set) var observer: ((Observation, DeviceID, [Signature]) -> Void)?
  private var clock = Timestamp.distantPast
  /// A time far ahead of the clock that one packet bore: believed when the next one agrees.
  private var leap: Timestamp?
  /// How far one packet moves the clock by itself.
  private static let longestStep = Nanoseconds.seconds(3600)
  private var packets: UInt64 = 0
  private var truncated: UInt64 = 0
  private var undecoded: [Undecoded: UInt64] = [:]
  /// When to look next which rooms are watched.
  private var nextRoomCheck: Timestamp
  private static let roomCheckPeriod = Nanoseconds.seconds(60)
  /// Events to be filed, the next one last.
  private var pending: [FlowEvent] = []

  init(dispatcher: consuming Dispatcher, inventory: consuming Inventory, ledger: RoomLedger) {
    self.dispatcher = dispatcher
    self.inventory = inventory
    self.ledger = ledger
    nextRoomCheck = ledger.isActive ? .distantPast : .distantFuture
    setObserver(nil)
  }

  /// Without one, what no signature looks at need not be worked out.
  mutating func setObserver(_ new: ((Observation, DeviceID, [Signature]) -> Void)?) {
    observer = new
    dispatcher.sink.unwanted = new == nil && !inventory.signatures.looks(at: .tlsJA4) ? [.tlsJA4] : []
  }

  mutating func ingest(_ frame: borrowing Frame) {
    packets += 1
    if frame.bytes.byteCount < frame.originalLength { truncated += 1 }
    follow(frame.time)
    if clock == frame.time { inventory.activity.record(frame.time) }
    let packet = Packet(decoding: frame)
    if let trouble = packet.undecoded { undecoded[trouble, default: 0] += 1 }
    dispatcher.handle(packet, of: frame, now: clock)
    if !dispatcher.events.isEmpty { fileEvents() }
  }

  /// Moves the clock to a packet's time. A single false one must not make everything fall due.
  private mutating func follow(_ time: Timestamp) {
    if clock == .distantPast || !time.isAfter(clock, by: Self.longestStep) {
      advance(to: time)
      leap = nil
    } else if let earlier = leap, !time.isAfter(earlier, by: Self.longestStep), !earlier.isAfter(time, by: Self.longestStep) {
      advance(to: time)
      leap = nil
    } else {
      leap = time
    }
  }

  mutating func advance(to time: Timestamp) {
    guard time > clock else { return }
    if time >= nextRoomCheck { checkRooms(movingTo: time) }
    clock = time
    if inventory.nextDeadline <= time { inventory.decide(upTo: time, isEnd: false, dispatcher.stations.tracked) }
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
  }

  mutating func apply(_ command: EngineCommand) {
    switch command {
    case .recallRooms(let rooms): for (room, time) in rooms { ledger.recall(room, lastFrame: time) }
    case .recall(let snapshots, let lastPacket):
      if let lastPacket { inventory.activity.resume(last: lastPacket) }
      inventory.recall(snapshots, at: clock, dispatcher.stations.tracked)
    case .declare(let declared, let dismissals): inventory.declare(declared, dismissals, at: clock, dispatcher.stations.tracked)
    case .forget(let time): forget(before: time)
    case .reconfigure(let configuration): reconfigure(configuration)
    }
  }

  private mutating func forget(before time: Timestamp) {
    dispatcher.forget(before: time, sparing: inventory.table.stationsOfConcern())
    fileEvents()
    inventory.table.forgetRecalled(before: time)
  }

  /// Evidence is numbered by the present signatures, so an inventory cannot change them: a new one recalls what this one knows, as after
  /// a restart.
  private mutating func reconfigure(_ configuration: EngineConfiguration) {
    if ledger.isActive { recordRooms() }
    let snapshots = inventory.snapshotsToRenew(dispatcher.stations.tracked, configuration.signatures)
    inventory = Inventory(configuration, renewing: inventory)
    dispatcher.tracksIngress = configuration.site.dependsOnIngress
    reconfigureRooms(configuration.site)
    setObserver(observer)
    for id in dispatcher.stations.tracked.live {
      let known = dispatcher.stations[id]
      _ = inventory.appeared(id, known.station, at: known.firstSeen, dispatcher.stations.tracked)
    }
    inventory.recall(snapshots, at: clock, dispatcher.stations.tracked)
  }

  private mutating func reconfigureRooms(_ site: Site) {
    ledger.reconfigure(site)
    dispatcher.tracksExchanges = ledger.isActive
    nextRoomCheck = ledger.isActive ? .distantPast : .distantFuture
  }

  mutating func drain(devices: Bool) -> EngineUpdate {
    var update = EngineUpdate(clock: clock, lastPacket: lastPacket)
    update.events = inventory.drainEvents()
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
    dispatcher.events.drain(into: &pending)
    pending.reverse()
    while let event = pending.popLast() { file(event) }
  }

  private mutating func file(_ event: FlowEvent) {
    switch event {
    case .observation(let observation): file(observation)
    case .ingress(let ingress): inventory.record(ingress, at: clock, dispatcher.stations.tracked)
    case .appeared(let arrival): file(arrival)
    case .removed(let gone, let isEviction): inventory.removed(gone, isEviction: isEviction)
    case .neighbor(let announcement, let interface): inventory.record(announcement, on: interface, at: clock)
    case .mediaOpened(let stream, let time):
      guard let sender = dispatcher.stations.find(stream.sender.station) else { return }
      inventory.opened(stream, from: sender, at: max(clock, time), dispatcher.stations.tracked)
    }
  }

  private mutating func file(_ arrival: StationArrival) {
    let isNew = inventory.appeared(arrival.id, arrival.station, at: arrival.time, dispatcher.stations.tracked)
    // Before the observation: an alert that is raised with the first frame has its room.
    if let ingress = arrival.ingress { inventory.record(ingress, at: clock, dispatcher.stations.tracked) }
    guard isNew else { return }
    let link = Station(segment: arrival.station.segment, mac: arrival.station.mac)
    pending.append(
      .observation(
        Observation(field: .ethernetOUI, text: link.mac.hex, subject: link, time: arrival.time, packet: arrival.packet)))
  }

  private mutating func file(_ observation: Observation) {
    guard observer != nil || inventory.isOfInterest(observation), let station = dispatcher.station(for: observation) else { return }
    if !dispatcher.events.isEmpty {
      // Its station appears with it, and is filed before it.
      var events: [FlowEvent] = []
      dispatcher.events.drain(into: &events)
      pending.append(.observation(observation))
      pending += events.reversed()
      return
    }
    let filed = inventory.record(observation, of: station, at: clock, dispatcher.stations.tracked)
    if filed.pins { dispatcher.stations.pin(station) }
    observer?(observation, filed.device, filed.fired.map { inventory.signatures.signatures[$0] })
  }

  var coverage: Coverage {
    var evicted: [String: Int] = [:]
    evicted["hosts"] = dispatcher.stations.evicted
    evicted["flows"] = dispatcher.flows.evicted
    evicted["conversations"] = dispatcher.readers.evicted
    evicted["streams"] = dispatcher.media.evicted
    evicted["expectations"] = dispatcher.expectations.evicted
    evicted["fragments"] = dispatcher.fragments.evicted
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
      rooms: roomCoverage)
  }

  private var roomCoverage: [RoomCoverage] {
    guard ledger.isActive else { return [] }
    var ledger = ledger
    inventory.recordRooms(upTo: clock, dispatcher.stations.tracked, into: &ledger)
    return ledger.coverage
  }
}
