import Detection
import Documents
import Glibc
import ServiceLifecycle
import Services
import Store

/// Owns the database of a watch: commits alerts before reporting them, saves devices, and passes operators' decisions to the engine.
/// Without a database it only reports.
///
/// If the database fails, events are still reported, and stored as soon as it works again.
actor Recorder: Service {
  /// A device without a packet for this long is in the database only, until it returns.
  static let forgetAfter = Duration.seconds(86_400)
  /// Late reports sent in one batch after a reader stalled.
  private static let lateLimit = 1000

  private let executor = QueueExecutor(label: "lenscap.recorder")
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Signatures, declared cameras, rooms, retention and what central may give can change during the run.
  var options: RecorderOptions
  let channel: EngineChannel
  let reporter: Reporter
  /// Nil while it cannot be opened, or if there is none.
  var store: PropertyStore?
  var sensor: Sensor
  var policy = ReportPolicy()
  var timers = Timers()
  var lastPacket: Timestamp?
  /// The same, without the time of the start.
  private(set) var newestPacket: Timestamp?

  /// True once the engine has the devices of earlier runs. Devices that this run stores are not history.
  var hasRecalled = false
  /// Devices whose stored history the engine already has.
  var recalled: Set<DeviceID> = []
  /// True if the database was recreated during the run, so that it has only this run's data.
  var isRenewed = false
  var trouble: StoreError?
  /// What a failing database could not take yet.
  var pending: [PendingRecord] = []
  var hasUnreported = false
  /// The database version of the operators' last write.
  var version: Int?
  var nextExpiry = Timestamp.distantFuture
  /// What operators decided, as the database last showed it.
  var decisions: (declared: DeclaredDevices, dismissals: [String: Dismissal]) = (DeclaredDevices(), [:])
  /// Numbers of erasures that the engine has, and the database not entirely.
  var erasing: Set<Int64?> = []
  /// What central gave for use.
  var central = Central()
  var digestFrom = Timestamp.distantFuture
  var isClockSynchronised = true
  /// True from the first packet on, or while interfaces are watched.
  private(set) var hasBegun = false
  private(set) var hasEnded = false
  /// True once the run continues with the database.
  var isResumed = false
  private let serve: Nudge.Sender?
  /// Somebody may have asked for a paper.
  nonisolated let paperWakeup = Wakeup()
  /// What looks after the packets on disk; nil where none are kept.
  private(set) var ring: RingKeeper?
  var refusals = Refusals()
  private(set) var reportedCamera = false
  private var lastCoverage: CoverageDocument?

  /// Opens the database.
  ///
  /// - Throws: if its folder does not exist, or the file belongs to another program or a later version. These are mistakes of the caller.
  init(_ options: RecorderOptions, channel: EngineChannel, reporter: Reporter) throws(StoreError) {
    self.options = options
    self.channel = channel
    self.reporter = reporter
    sensor = Sensor(name: options.sensorName ?? options.defaultSensorName)
    serve = options.serveDatabase.map { Nudge.Sender(to: Nudge.paths(Nudge.serveSocket, beside: $0)) }
    guard let path = options.path else { return }
    do throws(StoreError) {
      store = try PropertyStore(path: path, recover: true)
      // A piped capture may begin much later.
      try? store?.set(.started, to: options.clock())
    } catch {
      switch error {
      case .newer, .foreign, .noFolder, .isLink: throw error
      default: trouble = error
      }
    }
  }

  /// The time of the wall clock, or of the packets of a piped capture. Never later than the wall clock: a packet from next year must not
  /// expire everything stored.
  var now: Timestamp {
    options.followsPackets ? min(lastPacket ?? .zero, options.clock()) : options.clock()
  }

  // MARK: Start and end

  /// Passes the last run's devices to the engine, and reports alerts that it may not have reported. Call before the first packet.
  ///
  /// - Parameter time: time of the first packet of a piped capture.
  func begin(at time: Timestamp) {
    lastPacket = lastPacket ?? time
    hasBegun = true
    let failure = trouble
    trouble = nil
    if let failure { note(failure) }
    if store != nil { attempt { store throws(StoreError) in try self.resume(store) } }
    timers.set(.operators, at: now + Self.operatorInterval)
    timers.set(.retention, at: now)
    timers.set(.forgetting, at: now + Self.forgetInterval)
    checkClock(isStart: true)
  }

  /// Continues with a database that was opened.
  func resume(_ store: PropertyStore) throws(StoreError) {
    sensor = try store.sensor(name: options.sensorName, defaultName: options.defaultSensorName)
    if let remark = store.remark { report(HealthEvent(.storeRenewed, at: now, text: remark)) }
    if try loadCentral(store, isStart: !hasRecalled) { channel.send(.reconfigure(configuration)) }
    try store.setRooms(siteInForce.rooms)
    try store.setSignatures(signaturesInForce.signatures)
    isRenewed = hasRecalled
    // What an earlier run had not forgotten ended with it.
    if !hasRecalled {
      try passOnHolds(of: store)
      let erased = try store.pendingErasures()
      ring?.remove(Set(erased.compactMap(\.address)))
      try store.finish(erased)
    }
    if !hasRecalled {
      // A time in the future cannot be right.
      let last = try store.value(.lastPacket).flatMap { $0 <= now ? $0 : nil }
      let devices = try store.devices(
        knownBy: signaturesInForce.signatures, since: last.map { $0 - Self.forgetAfter } ?? .distantPast)
      if devices.isEmpty, try !store.hasAlerts() { policy.beginsAnew(at: now) }
      recalled = Set(devices.map(\.id))
      channel.send(.recall(devices, lastPacket: last))
      channel.send(.recallRooms(try store.lastFrames()))
      hasRecalled = true
    }
    try passOnDecisions(of: store)
    version = try store.version()
    try reportLate(store)
    try store.set(.started, to: options.clock())
    // A digest that fell due while `watch` was not running is sent late.
    try planDigest(after: store.value(.digested))
    isResumed = true
  }

  func run() async throws {
    for await update in channel.updates {
      record(update)
      channel.received()
    }
    end()
    if let lastCoverage { reporter.send(.coverage(lastCoverage)) }
    reporter.output.finish()
    // The group ends services in order, and treats one that ends out of turn as failed.
    try await gracefulShutdown()
  }

  /// Sets the coverage to report at the end.
  func setCoverage(_ coverage: CoverageDocument) { lastCoverage = coverage }

  private func end() {
    hasEnded = true
    summarise(isEnd: true)
    writeSignOfLife()
    attempt { store throws(StoreError) in
      try store.set(.stopped, to: self.options.clock())
      try store.noteLife()
    }
  }

  /// Closes the database, which empties its log into the file. After the last delivery.
  func close() { store = nil }

  func use(_ keeper: RingKeeper) { ring = keeper }

  /// Says that the recorder is not stuck.
  func answer() {}

  func nudgeServe() { _ = serve?.send() }

  // MARK: Updates

  private func record(_ update: EngineUpdate) {
    if let time = update.lastPacket { (lastPacket, newestPacket) = (time, time) }
    // What happens after the first report is news, also where packets come faster than the timers.
    summarise(isEnd: false)
    recall(update.changed)
    report(update.events, update.changed)
    for health in update.health { report(health) }
    if update.coverage != nil { save(update) }
    attend()
  }

  private func report(_ told: [AlertEvent], _ devices: [DeviceSnapshot]) {
    guard !told.isEmpty else { return }
    let events = Self.folded(told)
    let makers = OUIRegistry(of: events.map(\.device.id.mac))
    let snapshots = Dictionary(devices.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let decisions = events.map { policy.decide($0, status: status($0)) }
    let isClockSynchronised = options.isClockSynchronised?()
    let records = zip(events, decisions).map { event, decision in
      PendingRecord(by: sensor) { sensor in
        let document = AlertDocument(event, sensor: sensor, makers: makers)
        let line = Self.line(document)
        var alert = StoredAlert(event, kind: event.documentKind, summary: event.summary, document: line)
        alert.clockSynchronised = isClockSynchronised
        return AlertRecord(
          alert, device: snapshots[event.device.id],
          entry: decision == .suppress
            ? nil
            : LogEntry(
              uid: document.uid ?? "", type: "alert.\(event.kind.rawValue)", alert: event.alert, at: event.time, recordedAt: event.time,
              isFirstReport: decision == .brief, document: line))
      }
    }
    store(records)
    for index in Self.order(events) {
      let event = events[index]
      guard decisions[index] != .suppress else {
        delivered([event.id])
        continue
      }
      if event.kind == .raised || event.kind == .surer { reportedCamera = true }
      send(.event(event, line: records[index].document, isBrief: decisions[index] == .brief || policy.shortens(event)), alert: event.id)
    }
  }

  /// Marks the events of cameras that were raised and found to be invented at once.
  private static func folded(_ events: [AlertEvent]) -> [AlertEvent] {
    let alerts = Set(events.filter { $0.foldedInto != nil }.map(\.alert))
    if alerts.isEmpty { return events }
    return events.map { event in
      var event = event
      event.isFolded = alerts.contains(event.alert) && event.kind == .raised || event.foldedInto != nil
      return event
    }
  }

  /// Among invented cameras, the one that is none comes first.
  private static func order(_ events: [AlertEvent]) -> [Int] {
    guard events.contains(where: { $0.group != nil || $0.isFolded }) else { return Array(events.indices) }
    let isFirst = { (event: AlertEvent) in event.kind == .raised && event.group == nil && event.device.isCorroborated }
    return events.indices.filter { isFirst(events[$0]) } + events.indices.filter { !isFirst(events[$0]) }
  }

  /// The status of the alert that an event belongs to.
  private func status(_ event: AlertEvent) -> StoredAlert.Status? {
    guard event.kind != .raised, let store else { return nil }
    return (try? store.alert(event.alert))?.status(at: now)
  }

  func report(_ health: HealthEvent) {
    guard !health.isRemark else {
      reporter.remark(reporter.format.remark(health))
      return
    }
    let record = PendingRecord(by: sensor) { sensor in
      let document = AlertDocument(health, sensor: sensor)
      let line = Self.line(document)
      return AlertRecord(
        StoredAlert(
          id: health.id, kind: "health", severity: health.severity.rawValue, time: health.time, summary: health.summary, document: line),
        entry: LogEntry(uid: document.uid ?? "", type: "health", alert: nil, at: health.time, recordedAt: health.time, document: line))
    }
    store([record])
    send(.health(health, line: record.document), alert: health.id)
  }

  /// - Parameter failure: why standard output cannot be written; nil when it can again.
  func reportOutput(failure: Int32?) {
    let event =
      if let failure {
        HealthEvent(
          .outputFailed, at: now,
          text: unsafe "standard output cannot be written: \(String(cString: strerror(failure))); detection continues")
      } else {
        HealthEvent(.outputBack, at: now, text: "standard output can be written again")
      }
    report(event)
  }

  /// The JSON line that is stored, and that programs read.
  private static func line(_ document: AlertDocument) -> String { (try? JSON.text(Line("alert", document))) ?? "{}" }

  private func send(_ report: Report, alert: String) {
    if case .event(let event, _, _) = report, event.isFolded, reporter.format.text(report) == nil {
      delivered([alert])
      return
    }
    if !reporter.send(report, alert: store == nil ? nil : alert), !reporter.output.isClosed { fallBehind() }
  }

  private func fallBehind() {
    guard !hasUnreported, !hasEnded else { return }
    hasUnreported = true
    let rest = store == nil ? "further alerts are lost until it reads again" : "further alerts wait in the database until it reads again"
    let stall = HealthEvent(.outputStalled, at: now, text: "the reader of standard output has stalled; \(rest)", isRemark: true)
    reporter.remark(reporter.format.remark(stall))
  }

  /// Marks alerts as written to standard output.
  func delivered(_ ids: [String]) {
    attempt { store throws(StoreError) in try store.markAnnounced(ids) }
  }

  func reportLate(_ store: PropertyStore) throws(StoreError) {
    let late = try store.unannounced().filter { alert in !pending.contains { $0.id == alert.id } }
    hasUnreported = late.count > Self.lateLimit
    for alert in late.prefix(Self.lateLimit) {
      guard reporter.send(.late(alert), alert: alert.id) else {
        hasUnreported = true
        return
      }
    }
  }
}
