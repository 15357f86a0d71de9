import ConfigurationFiles
import Detection
import Documents
import Foundation
import ServiceLifecycle
import Services
import Sinks
import Store

/// Delivers the event log to all sinks. A queue for each sink; a dead or slow one delays no other.
///
/// It looks for news four times a second, and at once when the watch sends a nudge.
public actor Deliverer: Service {
  static let interval = Duration.milliseconds(250)
  private static let stateInterval = Duration.seconds(10)
  private static let pruneInterval = Duration.seconds(3600)
  /// A sink that does not return within its own limits is cut off after this long.
  private static let longestDelivery = Duration.seconds(120)
  /// Deliveries under way may end within this time when `serve` ends, or a sink gets other settings.
  static let patience = Duration.seconds(5)
  /// Events of its own that wait in memory while they cannot be stored.
  private static let untoldLimit = 100

  private let executor = QueueExecutor(label: "lenscap.serve")
  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  let store: ServeStore
  let watch: WatchDatabase
  let remark: @Sendable (String) -> Void
  let clock: @Sendable () -> Timestamp
  let version: String
  let makeSink: SinkMaker
  let nudge: Nudges
  var couriers: [String: Courier] = [:]
  /// Couriers of former settings, by the names of their sinks.
  var endings: [String: Task<Void, Never>] = [:]
  var settings: Settings
  var monitor = WatchMonitor()
  var reports: ReportSchedule
  var nextReport = Timestamp.distantPast
  var nextState = Timestamp.distantPast
  private var nextPrune = Timestamp.distantPast
  private var lastTurn = Timestamp.distantPast
  /// The last version of the own database that was looked at.
  var storeVersion: Int?
  /// Alerts that people acknowledged, until the watch has applied it.
  var acknowledged: [String: Timestamp] = [:]
  private var untold: [OwnEvent] = []
  private var isLogFollowed = false
  private var isEnding = false
  private(set) var boxState = BoxState()

  private(set) var isStoreHealthy = true
  private var hasFailed = false
  private var lost: StoreError?
  private var troubles: Set<String> = []

  init(_ options: ServeOptions, store: ServeStore, nudge: Nudges) throws {
    self.store = store
    self.nudge = nudge
    watch = WatchDatabase(path: options.watchDatabase)
    watch.openIfNeeded()
    remark = options.remark
    clock = options.clock
    version = options.version
    makeSink = options.makeSink
    settings = options.settings
    reports = ReportSchedule(options.settings.serve.reports, zone: options.settings.property.zone)
    for sink in options.settings.sinks {
      couriers[sink.name] = try Courier(
        sink, options.settings, sensorName: watch.sensor?.name ?? "", begun: options.clock(), options.makeSink)
    }
  }

  // MARK: The loop

  /// - Throws: `StoreError` if the database was removed or damaged: with a new start it is made anew.
  public func run() async throws {
    try await withGracefulShutdownHandler {
      prepare()
      while !Task.isShuttingDownGracefully, lost == nil {
        turn()
        await nudge.wait(atMost: Self.interval)
      }
      await end()
      if let lost { throw lost }
    } onGracefulShutdown: { [nudge] in
      nudge.wake()
    }
  }

  private func prepare() {
    attempt { () throws(StoreError) in self.monitor = WatchMonitor(isTold: try self.store.value(Self.silentKey) != nil) }
    for courier in couriers.values { begin(courier) }
  }

  func turn() {
    let now = clock()
    hasFailed = false
    // The clock was set back.
    if now < lastTurn { (nextState, nextPrune, nextReport) = (now, now, now) }
    lastTurn = now
    if watch.openIfNeeded() { isLogFollowed = false }
    storeUntold()
    followRequests()
    attempt { () throws(StoreError) in
      try self.followLog()
      try self.openQueues(at: now)
    }
    for courier in couriers.values.sorted(by: { $0.settings.name < $1.settings.name }) { serve(courier, at: now) }
    attempt { () throws(StoreError) in try self.escalate(at: now) }
    monitorWatch(at: now)
    report(at: now)
    if now >= nextState {
      nextState = now + Self.stateInterval
      updateState(at: now)
    }
    if now >= nextPrune {
      nextPrune = now + Self.pruneInterval
      prune(at: now)
    }
    isStoreHealthy = !hasFailed
    if !hasFailed { troubles = [] }
  }

  private func prune(at now: Timestamp) {
    attempt { () throws(StoreError) in
      try self.store.prune(at: now)
      for courier in self.couriers.values {
        courier.queue?.settle()
        try courier.queue?.store(in: self.store)
      }
    }
  }

  private func end() async {
    isEnding = true
    let tasks = couriers.values.compactMap(\.sending)
    let limit = Task {
      try? await Task.sleep(for: Self.patience)
      for task in tasks { task.cancel() }
    }
    for task in tasks { await task.value }
    limit.cancel()
    for courier in couriers.values {
      courier.background?.cancel()
      courier.queue?.settle()
      attempt { () throws(StoreError) in try courier.queue?.store(in: self.store) }
    }
    storeUntold()
    for courier in couriers.values { await courier.background?.value }
    for ending in endings.values { await ending.value }
  }

  // MARK: Queues

  /// Reads each sink's place. A sink without one begins with what happened in the last minutes.
  private func openQueues(at now: Timestamp) throws(StoreError) {
    for courier in couriers.values where courier.queue == nil && !courier.isHeldUp {
      let (settings, name) = (courier.settings, courier.settings.name)
      let window = settings.limit?.per ?? .zero
      courier.queue = SinkQueue(
        settings, row: try store.sink(name) ?? SinkRow(name: name, logPlace: -1, ownPlace: -1),
        pending: try store.pendingDeliveries(of: name), former: try store.messages(to: name, since: now - window),
        zone: self.settings.property.zone, begun: courier.begun)
    }
  }

  /// Notices that the watch began a new database, whose log is numbered anew, or that an older copy came back.
  private func followLog() throws(StoreError) {
    guard !isLogFollowed, let log = watch.store else { return }
    let last = try log.lastLogNumber()
    let isOther = try store.follow(log: try log.logID(), last: last)
    for courier in couriers.values { courier.queue?.follow(isOther: isOther, last: last) }
    isLogFollowed = true
  }

  private func serve(_ courier: Courier, at now: Timestamp) {
    guard !isEnding, !courier.isEnding, !courier.isHeldUp, let queue = courier.queue else { return }
    attempt { () throws(StoreError) in
      try queue.read(self.watch.store, self.store)
      try queue.store(in: self.store)
    }
    alarmIfFailing(courier, queue, at: now)
    guard let (events, uid) = queue.next(at: now) else { return }
    courier.rename(watch.sensor?.name ?? "")
    let parcel = courier.parcel(events, uid: uid, link: link(for: events, to: courier), at: now)
    let sink = courier.sink
    courier.sending = Task {
      let result = await Self.deliver(parcel, by: sink)
      self.finished(courier, result)
    }
  }

  /// - Returns: nil if the task was cancelled.
  private static func deliver(_ parcel: Parcel, by sink: any Sink) async -> Result<Void, DeliveryError>? {
    let result = await withTaskGroup(of: Result<Void, DeliveryError>?.self) { group in
      group.addTask {
        do throws(DeliveryError) {
          try await sink.deliver(parcel)
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        try? await Task.sleep(for: longestDelivery)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    if case .success = result { return result }
    if Task.isCancelled { return nil }
    return result ?? .failure(.temporary("no answer within \(longestDelivery.components.seconds) s"))
  }

  private func finished(_ courier: Courier, _ result: Result<Void, DeliveryError>?) {
    courier.sending = nil
    guard let queue = courier.queue else { return }
    guard let result else { return queue.wasCutOff() }
    let now = clock()
    let outcome = queue.finished(result, at: now, jitter: .random(in: 0...1))
    courier.count(outcome)
    attempt { () throws(StoreError) in try queue.store(in: self.store) }
    if case .failure(let error) = result, outcome != .retries { remark("sink \(courier.settings.name): \(error.reason)") }
    noteOutcome(outcome, of: courier, queue, at: now)
    if outcome == .delivered || outcome == .failed { serve(courier, at: now) }
  }

  // MARK: Events of its own

  /// Makes a health event of `serve` itself.
  func tell(_ code: HealthEvent.Code, _ text: String, leavingOut name: String? = nil, at now: Timestamp) {
    let health = HealthEvent(code, at: now, text: text)
    remark(text)
    let document = AlertDocument(health, sensor: watch.sensor)
    guard let bytes = try? JSON().bytes(document), let json = try? JSONValue(bytes) else { return }
    let uid = json["uid"]?.string ?? "serve.\(health.id).1"
    untold.append(OwnEvent(Event(kind: .health, uid: uid, time: now, alert: nil, document: json), leavingOut: name, at: now))
    untold = untold.suffix(Self.untoldLimit)
    storeUntold()
  }

  private func storeUntold() {
    guard !untold.isEmpty else { return }
    attempt { () throws(StoreError) in
      while let event = self.untold.first {
        try self.store.add(event)
        self.untold.removeFirst()
      }
    }
  }

  // MARK: State

  private func updateState(at now: Timestamp) {
    watch.refresh(at: now)
    // An older copy may have been written over the file.
    isLogFollowed = false
    if store.isReplaced {
      lost = .cannotOpen(path: store.path, reason: "it was removed or replaced while `serve` had it open")
      nudge.wake()
    }
    boxState = watch.state(isWatching: !monitor.isSilent(at: now), version: version)
    let failing = Set(couriers.values.filter { $0.queue?.row.isAlarmed == true || $0.queue?.state == .disabled }.map(\.settings.name))
    for courier in couriers.values where !courier.isUpdating && !courier.isHeldUp {
      let sink = courier.sink
      var state = boxState
      state.isDelivering = failing.subtracting([courier.settings.name]).isEmpty
      courier.isUpdating = true
      Task { [state] in
        await sink.update(state)
        self.hasUpdated(courier)
      }
    }
  }

  private func hasUpdated(_ courier: Courier) { courier.isUpdating = false }

  func sinkStates() -> [(name: String, kind: String, state: SinkQueue.State, pending: Int, results: [String: Int])] {
    couriers.values.sorted { $0.settings.name < $1.settings.name }.map {
      ($0.settings.name, $0.settings.kind.rawValue, $0.queue?.state ?? .ok, $0.queue?.pending(watch.store) ?? 0, $0.results)
    }
  }

  /// Runs work on the databases. Reports the first failure of each kind.
  @discardableResult
  func attempt(_ body: () throws(StoreError) -> Void) -> Bool {
    do {
      try body()
      return true
    } catch {
      hasFailed = true
      isStoreHealthy = false
      let text = "\(error)"
      if troubles.insert(text).inserted { remark("lenscap: \(text)") }
      return false
    }
  }
}
