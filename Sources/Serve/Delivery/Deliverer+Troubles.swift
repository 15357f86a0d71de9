import ConfigurationFiles
import Detection
import Documents
import Sinks
import Store

/// What goes wrong, and what nobody answers, goes to others.
extension Deliverer {
  /// Set while others know that the watch is silent.
  static let silentKey = "watch_silent"

  // MARK: Sinks

  func alarmIfFailing(_ courier: Courier, _ queue: SinkQueue, at now: Timestamp) {
    guard queue.state == .retrying, !queue.row.isAlarmed, let since = queue.failingSince(), now >= since + courier.settings.alarmAfter
    else {
      return
    }
    queue.setAlarmed(true)
    let (name, reason) = (courier.settings.name, queue.row.lastError ?? "unknown reason")
    tell(.sinkFailing, "sink \(name) could not be reached for \(duration(now.seconds(since: since))): \(reason)", leavingOut: name, at: now)
  }

  func noteOutcome(_ outcome: SinkQueue.Outcome, of courier: Courier, _ queue: SinkQueue, at now: Timestamp) {
    let (name, reason) = (courier.settings.name, queue.row.lastError ?? "")
    switch outcome {
    case .retries: break
    case .delivered where queue.row.isAlarmed:
      queue.setAlarmed(false)
      tell(.sinkBack, "sink \(name) works again", leavingOut: name, at: now)
    case .delivered: break
    case .failed where !queue.row.isAlarmed:
      // What it refused is lost there: others must know.
      queue.setAlarmed(true)
      tell(.sinkFailing, "sink \(name) did not get an event: \(reason)", leavingOut: name, at: now)
    case .failed: break
    case .disabled:
      tell(
        .sinkDisabled, "sink \(name) is disabled: \(reason); enable it with: lenscap sinks enable \(name)", leavingOut: name, at: now)
    }
  }

  // MARK: Escalation

  func escalate(at now: Timestamp) throws(StoreError) {
    guard let log = watch.store else { return }
    for row in try store.dueEscalations(at: now) {
      let status = try log.alert(row.alert)?.status(at: now)
      try store.finish(row, with: status == .open ? row.event(to: target(of: row), at: now) : nil)
    }
  }

  /// The sink that it goes to by the present settings; nil, for all others, where that is gone.
  private func target(of row: EscalationRow) -> String? {
    let names = [settings.sinks.first { $0.name == row.sink }?.escalate?.to, row.target].compactMap { $0 }
    return names.first { couriers[$0] != nil }
  }

  // MARK: The watch

  func monitorWatch(at now: Timestamp) {
    guard let change = monitor.check(alive: watch.alive, at: now) else { return }
    switch change {
    case .silent(let since):
      let text =
        since.map { "`lenscap watch` gave no sign of life for \(duration(now.seconds(since: $0)))" } ?? "`lenscap watch` does not run"
      tell(.watchSilent, "\(text): cameras go unseen; look at: systemctl status lenscap-watch", at: now)
      attempt { () throws(StoreError) in try self.store.set(Self.silentKey, to: "1") }
    case .back:
      tell(.watchBack, "`lenscap watch` runs again", at: now)
      attempt { () throws(StoreError) in try self.store.remove(Self.silentKey) }
    }
  }
}
