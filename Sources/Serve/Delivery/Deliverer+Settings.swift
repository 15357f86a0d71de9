import ConfigurationFiles
import Detection
import Sinks
import Store

/// Sinks come and go with the settings.
extension Deliverer {
  func begin(_ courier: Courier) {
    let (sink, name) = (courier.sink, courier.settings.name)
    let inbox = Inbox { [weak self] alert, who in
      await self?.acknowledge(alert, who: who, origin: name) ?? false
    }
    courier.background = Task { await sink.run(inbox) }
  }

  /// Takes other settings. Sinks that did not change keep their connection; the others are made anew, in the place where they were.
  ///
  /// - Throws: what makes the new settings impossible; then nothing changes.
  func reconfigure(_ new: Settings) throws {
    var changed: [Courier] = []
    for sink in new.sinks
    where couriers[sink.name]?.settings != sink || settings.property != new.property || settings.privacy != new.privacy {
      changed.append(try Courier(sink, new, sensorName: watch.sensor?.name ?? "", begun: clock(), makeSink))
    }
    let names = Set(new.sinks.map(\.name))
    for name in couriers.keys where !names.contains(name) { stop(couriers.removeValue(forKey: name)) }
    for courier in changed {
      stop(couriers.updateValue(courier, forKey: courier.settings.name))
      beginInTurn(courier)
    }
    let old = settings.serve
    if old.listen != new.serve.listen || old.ackListen != new.serve.ackListen || old.database != new.serve.database {
      remark("serve: serve.listen, serve.ack_listen and serve.database change when it is started again")
    }
    if settings.uplink != new.uplink { remark("serve: uplink changes when it is started again") }
    settings = new
    reports = ReportSchedule(new.serve.reports, zone: new.property.zone)
  }

  private func stop(_ courier: Courier?) {
    guard let courier else { return }
    courier.isEnding = true
    let (name, former) = (courier.settings.name, endings[courier.settings.name])
    couriers[name]?.takeResults(of: courier)
    endings[name] = Task {
      await former?.value
      await self.end(courier)
    }
  }

  /// Begins when former couriers of the sink have ended: the same event must not be sent by both, nor a connection be fought over.
  private func beginInTurn(_ courier: Courier) {
    guard let ending = endings[courier.settings.name] else { return begin(courier) }
    courier.isHeldUp = true
    Task {
      await ending.value
      // It may have been replaced in the meantime.
      guard !courier.isEnding else { return }
      courier.isHeldUp = false
      self.begin(courier)
      self.nextState = .distantPast
    }
  }

  /// Lets a delivery under way end, and stores the place.
  private func end(_ courier: Courier) async {
    let sending = courier.sending
    let limit = Task {
      try? await Task.sleep(for: Self.patience)
      sending?.cancel()
    }
    await sending?.value
    limit.cancel()
    courier.background?.cancel()
    courier.queue?.settle()
    attempt { () throws(StoreError) in try courier.queue?.store(in: self.store) }
    courier.queue = nil
    await courier.background?.value
  }

  /// Opens files and connections again.
  func reopen() {
    for courier in couriers.values {
      let sink = courier.sink
      Task { await sink.reopen() }
    }
  }
}
