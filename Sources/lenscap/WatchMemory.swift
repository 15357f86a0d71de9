import Capture
import Detection
import Dispatch
import Foundation
import Store
import Synchronization

/// The memory of a watching: alerts are kept before they are told, devices every ten seconds, and what people say meanwhile is heard. On a
/// thread of its own, for the capture must not wait for a disk. Without a store, alerts are only told.
///
/// Where the store fails, alerts are told all the same, and kept as soon as it works again.
final class WatchMemory: Sendable {
  /// Alerts that wait for a store that fails; of more, the oldest are not kept.
  private static let pendingLimit = 10_000
  /// How long the first alerts of a property are told in one line each: its own cameras, before anybody declared them.
  private static let firstReport = Duration.seconds(600)
  private static let retentionInterval = Duration.seconds(3600)
  /// How often what changed of devices is kept; alerts are at once. Each time is a write to a disk that may be an SD card.
  private static let saveInterval = Duration.seconds(10)
  /// A device that was not heard for so long is in the store only, until it is heard again.
  static let forgetAfter = Duration.seconds(86_400)
  /// A digest that is later than this, because nobody watched, is up to the time at which it is told.
  private static let digestPatience = Duration.seconds(60)
  private static let forgetInterval = Duration.seconds(3600)

  private struct State {
    /// Nil while it cannot be opened.
    var store: PropertyStore?
    /// The engine was given what earlier runs left: once, for what this run keeps itself is no memory of another one.
    var hasRecalled = false
    var pending: [(alert: StoredAlert, state: DeviceState?)] = []
    /// Devices about which the engine knows all that the store knows, and what was kept last of them.
    var saved: [DeviceID: Mark?] = [:]
    /// The store was opened anew in the middle of a run, and nothing was kept since: what it knows, it has from this run.
    var isRenewed = false
    var trouble: StoreError?
    var isSaving = false
    /// When the first declaration runs out.
    var nextExpiry = Timestamp.distantFuture
    var version: Int?
    var reportDue: Timestamp?
    var retentionDue = Timestamp.distantPast
    var saveDue = Timestamp.distantPast
    var forgetDue = Timestamp.distantPast
    var digest = (from: Timestamp.distantFuture, due: Timestamp.distantFuture)

    mutating func begin() -> Bool {
      defer { isSaving = true }
      return !isSaving
    }
  }

  /// What changes with every change of a device that is worth keeping.
  private struct Mark: Equatable {
    /// In whole minutes: every packet changes the time, and not every one is worth a write.
    let lastSeen: Int64
    let evidence: Int
    let viewers: Int
    let isKnown: Bool
    let room: String?
    let raised: RaisedAlert?
    let deadline: Timestamp?

    init(_ state: DeviceState) {
      lastSeen = state.device.lastSeen.nanoseconds / 60_000_000_000
      evidence = state.device.evidence.count
      viewers = state.viewers.count
      isKnown = state.device.isKnown
      room = state.device.room
      raised = state.raised
      deadline = state.deadline
    }
  }

  /// What people say of devices.
  struct Sayings: Sendable {
    let known: DeclaredDevices
    /// By the device's id as text.
    let dismissals: [String: Dismissal]
  }

  /// What the store has for the engine.
  struct News: Sendable {
    var sayings: Sayings?
    /// What was known of devices before.
    var memories: [DeviceMemory] = []
    var lastPacket: Timestamp?
    var forgetBefore: Timestamp?

    func tell(_ engine: Engine) {
      if !memories.isEmpty { engine.resume(memories, lastPacket: lastPacket) }
      if let sayings { engine.take(sayings.known, sayings.dismissals) }
      if let forgetBefore { engine.forget(before: forgetBefore) }
    }
  }

  /// Nil where there is to be no memory.
  private let path: String?
  /// Declared in a file.
  private let known: DeclaredDevices
  private let signatures: SignatureSet
  private let teller: AlertTeller
  private let clock: WatchClock
  /// When a digest is told, every day.
  private let digestTime: TimeOfDay?
  private let retention: Retention
  private let queue = DispatchQueue(label: "lenscap.memory")
  private let state = Mutex(State())
  private let mailbox = Mutex<News?>(nil)

  /// - Parameter path: the store's file; nil where there is to be no memory.
  init(
    path: String?, known: DeclaredDevices, signatures: SignatureSet, teller: AlertTeller, clock: WatchClock, digestTime: TimeOfDay?,
    retention: Retention
  ) {
    self.path = path
    self.known = known
    self.signatures = signatures
    self.teller = teller
    self.clock = clock
    self.digestTime = digestTime
    self.retention = retention
  }

  private var now: Timestamp { clock.now }

  var isKept: Bool { path != nil }

  // MARK: Start and end

  /// Opens the store, gives the engine what the last run left, and tells what that one may not have told. Where the store cannot be opened,
  /// that is told, and tried again while the watching goes on.
  ///
  /// - Throws: where there is no folder for it, or the file is another program's or a later version's: nobody meant that.
  func restore(_ engine: Engine) throws(StoreError) {
    guard let path else { return }
    let folder = (path as NSString).deletingLastPathComponent
    guard FileManager.default.fileExists(atPath: folder.isEmpty ? "." : folder) else {
      throw .cannotOpen(path: path, reason: "there is no folder \(folder)")
    }
    do throws(StoreError) {
      try open(path)
    } catch {
      if case .newer = error { throw error }
      note(error)
    }
    if let news = takeNews() { news.tell(engine) }
  }

  /// Opens the store, and posts what the engine is to know of it.
  private func open(_ path: String) throws(StoreError) {
    let store = try PropertyStore(path: path, recover: true)
    if let remark = store.remark { teller.tell(HealthDocument(summary: remark, time: now), at: now) }
    var news = News(sayings: try sayings(in: store))
    let isRenewed = state.withLock { $0.hasRecalled }
    if !isRenewed {
      // One that is yet to come was never true.
      news.lastPacket = try store.value(.lastPacket).flatMap { $0 <= now ? $0 : nil }
      news.memories = try store.memories(signatures.signatures, since: news.lastPacket.map { $0 - Self.forgetAfter } ?? .distantPast)
      let alerts = try store.alerts()
      let isNew = news.memories.isEmpty && alerts.isEmpty
      state.withLock { $0.reportDue = isNew ? now + Self.firstReport : nil }
    }
    try tellUntold(store)
    try store.set(.started, to: now)
    let version = try store.version()
    // A digest that fell due while nobody watched is told late rather than never.
    try planDigest(after: store.value(.digested))
    state.withLock { state in
      state.store = store
      state.version = version
      state.hasRecalled = true
      state.isRenewed = isRenewed
      state.saved = Dictionary(news.memories.map { ($0.id, nil) }, uniquingKeysWith: { first, _ in first })
    }
    post { $0 = news }
  }

  private func post(_ change: (inout News) -> Void) {
    mailbox.withLock { mailbox in
      var news = mailbox ?? News()
      change(&news)
      mailbox = news
    }
  }

  private func tellUntold(_ store: PropertyStore) throws(StoreError) {
    let untold = try store.unannounced()
    for alert in untold {
      printOut(teller.format == .jsonl ? alert.document : "\(alert.updatedTime.rfc3339) \(alert.summary) (\(alert.id))")
    }
    try store.markAnnounced(untold.map(\.id))
  }

  private var store: PropertyStore? { state.withLock { $0.store } }

  /// Waits until all is kept and told.
  func close(_ engine: Engine) {
    let (states, lastPacket) = (engine.states(), engine.lastPacket)
    queue.sync {
      if isKept { self.attend(states, lastPacket, all: true) }
      self.report(atEnd: true)
      attempt { store throws(StoreError) in try store.set(.stopped, to: now) }
    }
  }

  // MARK: From the capture's thread

  /// Where time is the packets', it is now that of the last one.
  func follow(_ engine: Engine) { clock.follow(engine.lastPacket) }

  /// Keeps and then tells these, soon.
  func tell(_ alerts: [Alert], _ engine: Engine) {
    guard !alerts.isEmpty else { return }
    guard isKept else {
      for alert in alerts { teller.tell(alert) }
      return
    }
    let states = alerts.map { engine.state(of: $0.device.id) }
    queue.async { for (alert, state) in zip(alerts, states) { self.take(alert, state) } }
  }

  /// Keeps and tells how the interfaces are doing.
  func tell(_ notices: [HealthNotice]) {
    for notice in notices {
      let health = HealthDocument(summary: "\(notice.interface): \(notice.text)", time: notice.time)
      // What an interface shows at first is an answer, not an alert.
      if case .sees = notice.kind {
        teller.remark(health, at: notice.time)
      } else if isKept {
        queue.async { self.take(health, at: notice.time) }
      } else {
        teller.tell(health, at: notice.time)
      }
    }
  }

  /// Keeps what has changed of the devices, when it is time for it, and looks for what people say; not while the last call's work is still
  /// under way.
  func keep(_ engine: Engine) {
    guard isKept else {
      if isForgettingDue(), let lastPacket = engine.lastPacket { engine.forget(before: lastPacket - Self.forgetAfter) }
      return
    }
    guard state.withLock({ $0.begin() }) else { return }
    let (states, lastPacket) = (isSavingDue() ? engine.states() : nil, engine.lastPacket)
    queue.async {
      self.attend(states, lastPacket)
      self.state.withLock { $0.isSaving = false }
    }
  }

  /// What people said since the last call.
  func takeNews() -> News? {
    mailbox.withLock { news in
      defer { news = nil }
      return news
    }
  }

  // MARK: On the thread of its own

  private func take(_ alert: Alert, _ device: DeviceState?) {
    if let device { attempt { store throws(StoreError) in try recall([device], from: store) } }
    let document = (try? JSON.text(Line(type: "alert", body: AlertDocument(alert, files: [])))) ?? "{}"
    let stored = StoredAlert(alert, document: document)
    let isKept = keep(stored, device)
    let isBrief = state.withLock { $0.reportDue != nil }
    if !isSnoozed(alert) { teller.tell(alert, brief: isBrief) }
    if isKept { attempt { store throws(StoreError) in try store.markAnnounced([alert.id]) } }
  }

  /// Behind those that wait already, so that an update does not come before what it updates.
  private func keep(_ alert: StoredAlert, _ device: DeviceState?) -> Bool {
    let waits = state.withLock { !$0.pending.isEmpty }
    if !waits, attempt({ store throws(StoreError) in try store.record(alert, device) }) { return true }
    state.withLock { $0.pending = ($0.pending + [(alert, device)]).suffix(Self.pendingLimit) }
    return false
  }

  private func take(_ health: HealthDocument, at time: Timestamp) {
    let document = (try? JSON.text(Line(type: "alert", body: health))) ?? "{}"
    let alert = StoredAlert(
      id: health.id, kind: health.kind, severity: health.severity, time: time, device: nil, follows: nil, verdict: nil, facets: "",
      summary: health.summary, document: document)
    let isKept = keep(alert, nil)
    teller.tell(health, at: time)
    if isKept { attempt { store throws(StoreError) in try store.markAnnounced([health.id]) } }
  }

  /// Somebody wants no news of this one for a while; it is kept all the same.
  private func isSnoozed(_ alert: Alert) -> Bool {
    guard alert.isUpdate || alert.follows != nil, let store else { return false }
    let stored = (try? store.alerts(withPrefix: alert.follows ?? alert.id))?.first
    return stored.map { [.snoozed, .dismissed].contains($0.status(at: now)) } ?? false
  }

  /// - Parameter states: nil where it is not yet time to keep them.
  private func attend(_ states: [DeviceState]?, _ lastPacket: Timestamp?, all: Bool = false) {
    reopen()
    let isPendingKept = keepPending()
    let isKept = states.map { save($0, lastPacket, all: all) } ?? true
    let isHeard = listen()
    if isPendingKept, isKept, isHeard { recover() }
    report(atEnd: false)
    tellDigest()
    tidy()
  }

  private func save(_ states: [DeviceState], _ lastPacket: Timestamp?, all: Bool) -> Bool {
    let isKept = attempt { store throws(StoreError) in
      try recall(states, from: store)
      let saved = state.withLock { $0.saved }
      try store.save(all ? states : states.filter { saved[$0.device.id] != Mark($0) }, lastPacket: lastPacket, at: now)
    }
    if isKept {
      let marks = Dictionary(states.map { ($0.device.id, Mark($0)) }, uniquingKeysWith: { first, _ in first })
      state.withLock { state in
        state.saved = marks
        state.isRenewed = false
      }
      if isForgettingDue(), let lastPacket { post { $0.forgetBefore = lastPacket - Self.forgetAfter } }
    }
    return isKept
  }

  /// At once where something is wrong with the store, to see whether it is right again.
  private func isSavingDue() -> Bool {
    state.withLock { state in
      guard state.saveDue <= now || state.trouble != nil else { return false }
      state.saveDue = now + Self.saveInterval
      return true
    }
  }

  /// - Parameter last: until when the last one went; nil where there was none.
  private func planDigest(after last: Timestamp?) {
    guard let digestTime else { return }
    let due = digestTime.first(after: last ?? now, utc: teller.utc)
    state.withLock { $0.digest = (last ?? due - Digest.day, due) }
  }

  private func tellDigest() {
    let (from, due) = state.withLock { $0.digest }
    guard due <= now else { return }
    let to = due + Self.digestPatience > now ? due : now
    attempt { store throws(StoreError) in
      teller.tell(try Digest(of: store, from: from, to: to))
      planDigest(after: to)
      try store.set(.digested, to: to)
    }
  }

  /// Looks whether the store knows devices that the engine does not: they are back after a long time. Before anything new is kept of them.
  private func recall(_ states: [DeviceState], from store: PropertyStore) throws(StoreError) {
    let (saved, isRenewed) = state.withLock { ($0.saved, $0.isRenewed) }
    let strangers = states.map(\.device.id).filter { saved[$0] == nil }
    guard !strangers.isEmpty else { return }
    let memories = isRenewed ? [] : try store.memories(signatures.signatures, of: strangers)
    if !memories.isEmpty { post { $0.memories += memories } }
    state.withLock { state in
      for stranger in strangers { state.saved[stranger] = .some(nil) }
    }
  }

  private func isForgettingDue() -> Bool {
    state.withLock { state in
      guard state.forgetDue <= now else { return false }
      state.forgetDue = now + Self.forgetInterval
      return true
    }
  }

  /// Where it could not be opened, or was found damaged.
  private func reopen() {
    guard let path, store == nil else { return }
    attemptAnything { () throws(StoreError) in try open(path) }
  }

  private func recover() {
    let hadTrouble = state.withLock { state in
      defer { state.trouble = nil }
      return state.trouble != nil
    }
    if hadTrouble { teller.tell(HealthDocument(summary: "the database works again", time: now), at: now) }
  }

  /// Hears what other processes wrote.
  private func listen() -> Bool {
    attempt { store throws(StoreError) in
      let version = try store.version()
      // Declarations run out by themselves.
      guard state.withLock({ $0.version != version || $0.nextExpiry <= now }) else { return }
      let sayings = try sayings(in: store)
      post { $0.sayings = sayings }
      state.withLock { $0.version = version }
    }
  }

  private func sayings(in store: PropertyStore) throws(StoreError) -> Sayings {
    let valid = try store.declarations().filter { $0.isValid(at: now) }
    state.withLock { $0.nextExpiry = valid.compactMap(\.expiry).min() ?? .distantFuture }
    return Sayings(known: known.joined(with: DeclaredDevices(valid.map(\.pattern))), dismissals: try store.dismissals())
  }

  /// The first report: what there is, in one line, and what to do with it.
  private func report(atEnd: Bool) {
    guard let store, let due = state.withLock({ $0.reportDue }), atEnd || due <= now else { return }
    state.withLock { $0.reportDue = nil }
    let open = ((try? store.alerts()) ?? []).filter { $0.kind == Alert.Kind.unknownCamera.rawValue && $0.status(at: now) == .open }
    guard !open.isEmpty, (try? store.value(.adopted)) == .some(nil) else { return }
    printError(
      "\(plural(open.count, "camera, recorder or base station", "cameras, recorders and base stations") ?? "") here so far. "
        + "`lenscap known adopt` lists them with the reasons, and declares those that belong here.")
  }

  private func tidy() {
    let isDue = state.withLock { state in
      guard state.retentionDue <= now else { return false }
      state.retentionDue = now + Self.retentionInterval
      return true
    }
    if isDue { attempt { store throws(StoreError) in try store.enforce(retention, at: now) } }
  }

  private func keepPending() -> Bool {
    while let item = state.withLock({ $0.pending.first }) {
      let isKept = attempt { store throws(StoreError) in
        try store.record(item.alert, item.state)
        try store.markAnnounced([item.alert.id])
      }
      // One that the store does not take, for whatever reason, must not keep back all others.
      guard isKept || state.withLock({ $0.trouble?.concernsOneRow == true }) else { return false }
      state.withLock { _ = $0.pending.removeFirst() }
    }
    return true
  }

  /// Runs what works with the store, where there is one. The first failure of a kind is told.
  @discardableResult
  private func attempt(_ body: (PropertyStore) throws(StoreError) -> Void) -> Bool {
    store.map { store in attemptAnything { () throws(StoreError) in try body(store) } } ?? false
  }

  @discardableResult
  private func attemptAnything(_ body: () throws(StoreError) -> Void) -> Bool {
    do throws(StoreError) {
      try body()
      return true
    } catch {
      note(error)
      return false
    }
  }

  private func note(_ error: StoreError) {
    let isNew = state.withLock { state in
      defer { state.trouble = error }
      if case .damaged = error { state.store = nil }
      return state.trouble != error
    }
    if isNew { teller.tell(HealthDocument(summary: "\(error); detection goes on", time: now), at: now) }
  }
}
