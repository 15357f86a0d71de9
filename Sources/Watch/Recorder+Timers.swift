import Detection
import Documents
import Store

/// What falls due.
extension Recorder {
  /// Time between two checks of the database for operators' decisions.
  static let operatorInterval = Duration.seconds(2)
  private static let retentionInterval = Duration.seconds(3600)
  static let forgetInterval = Duration.seconds(3600)
  private static let clockInterval = Duration.seconds(600)
  /// If a digest is overdue by more than this, its period ends when it is sent.
  private static let digestPatience = Duration.seconds(60)

  func attend() {
    for timer in timers.take(at: now) {
      switch timer {
      case .operators:
        timers.set(.operators, at: now + Self.operatorInterval)
        checkOnDatabase()
      case .digest: sendDigest()
      case .retention:
        timers.set(.retention, at: now + Self.retentionInterval)
        attempt { store throws(StoreError) in try store.enforce(self.options.retention, at: self.now) }
      case .forgetting:
        timers.set(.forgetting, at: now + Self.forgetInterval)
        forget()
      case .clock: checkClock(isStart: false)
      case .life: attempt { store throws(StoreError) in try store.noteLife() }
      }
    }
    summarise(isEnd: false)
  }

  /// Opens the database again if that failed, stores waiting alerts, and passes on operators' decisions.
  func checkOnDatabase() {
    guard let path = options.path else { return }
    if store == nil {
      attemptAnything { () throws(StoreError) in
        let store = try PropertyStore(path: path, recover: true)
        self.store = store
        self.isResumed = false
      }
    }
    if !isResumed { attempt { store throws(StoreError) in try self.resume(store) } }
    let isStored = storePending()
    let isRead = attempt { store throws(StoreError) in
      let version = try store.version()
      // Declarations expire without a write.
      if self.version != version || !self.erasing.isEmpty { try self.passOnErasures(of: store) }
      for remark in self.ring?.takeRemarks() ?? [] { self.reporter.remark("packets of suspected devices: \(remark)") }
      if self.version != version || self.nextExpiry <= self.now {
        try self.passOnDecisions(of: store)
        // Commands log what people do.
        self.nudgeServe()
      }
      self.version = version
      if self.hasUnreported, self.reporter.output.isEmpty {
        try self.reportLate(store)
      }
    }
    guard trouble != nil, isStored, isRead else { return }
    // The database works if it can be written.
    let isWritten = attempt { store throws(StoreError) in try store.set(.lastKept, to: self.now) }
    guard isWritten else { return }
    trouble = nil
    channel.requestDevices()
    report(HealthEvent(.storeBack, at: now, text: "the database works again"))
  }

  /// Writes that this run is alive, with what it received and lost so far.
  func writeSignOfLife() {
    guard hasBegun || store != nil, !hasEnded else { return }
    let sign = SignOfLife(time: options.clock(), packets: channel.packets, dropped: channel.dropped)
    attempt { store throws(StoreError) in try store.write(sign, lastPacket: self.newestPacket) }
  }

  func passOnDecisions(of store: PropertyStore) throws(StoreError) {
    let valid = try store.declarations().filter { $0.isValid(at: now) }
    nextExpiry = valid.compactMap(\.expiry).min() ?? .distantFuture
    decisions = (DeclaredDevices(valid.map(\.pattern)), try store.dismissals())
    sendDecisions()
  }

  func sendDecisions() {
    channel.send(.declare(options.declared.joined(with: decisions.declared), dismissals: decisions.dismissals))
  }

  func forget() {
    guard let lastPacket else { return }
    let limit = lastPacket - Self.forgetAfter
    channel.send(.forget(before: limit))
    // Devices are looked up again when they return; the others once more than needed.
    recalled = []
  }

  /// Alerts carry the time of this machine's clock. Reports once when it is no longer set by anything; at the start for people only.
  func checkClock(isStart: Bool) {
    guard let isSynchronised = options.isClockSynchronised else { return }
    timers.set(.clock, at: now + Self.clockInterval)
    let (before, after) = (isClockSynchronised, isSynchronised())
    isClockSynchronised = after
    guard !after, before else { return }
    let text = "this machine's clock is not synchronised: times of alerts may be wrong; set up NTP"
    report(HealthEvent(.clockUnsynchronised, at: now, text: text, isRemark: isStart))
  }

  /// - Parameter last: end of the last digest's period; nil where there was none.
  func planDigest(after last: Timestamp?) {
    guard let next = options.nextDigest else { return }
    let due = next(last ?? now)
    digestFrom = last ?? due - Digest.day
    timers.set(.digest, at: due)
  }

  func sendDigest() {
    guard let due = options.nextDigest?(digestFrom) else { return }
    let to = due + Self.digestPatience > now ? due : now
    let isSent = attempt { store throws(StoreError) in
      self.reporter.send(.digest(try Digest(of: store, from: self.digestFrom, to: to)))
      try store.set(.digested, to: to)
    }
    if isSent { planDigest(after: to) } else { timers.set(.digest, at: now + Self.operatorInterval) }
  }

  /// Summarises the cameras found during the first ten minutes, in one line.
  func summarise(isEnd: Bool) {
    guard policy.endsFirstReport(at: now, isEnd: isEnd), let store else { return }
    let open = ((try? store.alerts()) ?? []).filter { $0.isOwnCase && $0.status(at: now) == .open }
    guard !open.isEmpty, (try? store.value(.adopted)) == .some(nil) else { return }
    reporter.remark(
      "\(plural(open.count, "camera, recorder or base station", "cameras, recorders and base stations") ?? "") so far. "
        + "`lenscap known adopt` lists them with the reasons, and declares those that belong here.")
  }
}
