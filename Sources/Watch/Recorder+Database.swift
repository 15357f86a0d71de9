import Detection
import Store

/// What is stored, and what happens while the database fails.
extension Recorder {
  /// Events that may wait for a failing database; beyond that, the oldest are not stored.
  private static let pendingLimit = 10_000
  /// Devices or events that are written in one transaction.
  private static let batch = 250

  /// Stores events after those already waiting, so that an update never comes before its alert.
  func store(_ records: [PendingRecord]) {
    guard options.path != nil else { return }
    if pending.isEmpty, commit(records) { return }
    pending = (pending + records).suffix(Self.pendingLimit)
    _ = storePending()
  }

  func storePending() -> Bool {
    while let first = pending.first {
      // An alert that the database refuses must not block the others.
      guard commit([first]) || trouble?.concernsOneRow == true else { return false }
      pending.removeFirst()
    }
    return true
  }

  private func commit(_ records: [PendingRecord]) -> Bool {
    // An event that came before the sensor was known belongs to it all the same. Without one, nothing can be stored yet.
    guard store != nil, sensor.id != nil || options.path == nil else { return false }
    let records = records.map { $0.record(by: sensor) }
    let isStored = attempt { store throws(StoreError) in
      try self.inBatches(records, store) { batch throws(StoreError) in try store.record(batch, at: self.options.clock()) }
    }
    if isStored, records.contains(where: { $0.entry != nil }) { nudgeServe() }
    return isStored
  }

  func save(_ update: EngineUpdate) {
    guard let packet = update.lastPacket else { return }
    let isSaved = attempt { store throws(StoreError) in
      try self.inBatches(update.changed, store) { batch throws(StoreError) in try store.save(batch, lastPacket: packet, at: self.now) }
      try store.save(update.rooms)
      if self.options.retention.released != nil { try store.noteVerdicts(update.changed, at: self.now) }
    }
    if isSaved { isRenewed = false }
  }

  /// Writes in several transactions: the file keeps its limit while a flood is written, and nobody waits long for the lock.
  private func inBatches<Item>(
    _ items: [Item], _ store: PropertyStore, _ write: ([Item]) throws(StoreError) -> Void
  ) throws(StoreError) {
    var rest = items[...]
    repeat {
      try write(Array(rest.prefix(Self.batch)))
      rest = rest.dropFirst(Self.batch)
      try store.enforceSize(options.retention)
    } while !rest.isEmpty
  }

  /// Loads the history of devices that returned after the engine forgot them, before new data overwrites it.
  func recall(_ devices: [DeviceSnapshot]) {
    let strangers = devices.map(\.id).filter { !recalled.contains($0) }
    guard !strangers.isEmpty, options.path != nil else { return }
    attempt { store throws(StoreError) in
      let known = self.isRenewed ? [] : try store.devices(knownBy: self.signaturesInForce.signatures, of: strangers)
      if !known.isEmpty { self.channel.send(.recall(known, lastPacket: nil)) }
      self.recalled.formUnion(strangers)
    }
  }

  // MARK: Failures

  /// Runs work on the database, if there is one. Reports the first failure of each kind.
  @discardableResult
  func attempt(_ body: (PropertyStore) throws(StoreError) -> Void) -> Bool {
    guard let store else { return options.path == nil }
    return attemptAnything { () throws(StoreError) in try body(store) }
  }

  @discardableResult
  func attemptAnything(_ body: () throws(StoreError) -> Void) -> Bool {
    do throws(StoreError) {
      try body()
      return true
    } catch {
      note(error)
      return false
    }
  }

  func note(_ error: StoreError) {
    if case .damaged = error { store = nil }
    guard trouble != error else { return }
    trouble = error
    report(HealthEvent(.storeFailed, at: now, text: "\(error); detection continues"))
  }
}
