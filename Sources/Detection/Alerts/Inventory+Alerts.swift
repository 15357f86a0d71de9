/// Which alerts follow from what is known of devices, and how they go on.
extension Inventory {
  /// Devices of one run for which an alert is raised; whoever makes up more cameras than this is not believed any more.
  static let raisedLimit = 10_000
  /// How long an alert waits for counter-evidence that rests on what a device does.
  static let patience = Duration.seconds(300)

  mutating func judge(_ number: Int, at now: Timestamp, _ hosts: borrowing StationTable) {
    guard table.isOnLAN(table[device: number].id) else { return }
    let device = device(number, hosts, streams: [])
    // The alert may have come with a station that was another device's.
    if table[device: number].raised != nil { watchPresence(of: number, lastSeen: device.lastSeen) }
    guard deservesAlert(device) else { return }
    if let raised = table[device: number].raised, dismissals[device.id.description]?.alert != raised.id {
      let isSurer = device.verdict == .camera && raised.verdict < .camera
      if isSurer || raised.device != device.id {
        raise(device, number, at: now, update: raised)
      } else {
        noteChanges(of: device, number, raised, at: now)
      }
    } else if device.weighing.restsOnDoing, device.role != .relay {
      if table[device: number].deadline == nil {
        let deadline = now + Self.patience
        table[device: number].deadline = deadline
        deadlines.add(number, at: deadline)
      }
    } else if let old = table.alerted(withMACOf: number).first(where: { isGone($0, at: now, hosts) }),
      let raised = table[device: old].raised
    {
      move(raised, from: old, to: device, number, at: now)
    } else {
      raise(device, number, at: now)
    }
  }

  /// The same camera in another segment is no second one, if it is not in both.
  private func isGone(_ number: Int, at now: Timestamp, _ hosts: borrowing StationTable) -> Bool {
    device(number, hosts, streams: []).lastSeen + RaisedAlert.goneAfter < now
  }

  private mutating func move(_ old: RaisedAlert, from former: Int, to device: Device, _ number: Int, at now: Timestamp) {
    var raised = RaisedAlert(
      id: old.id, time: old.time, verdict: max(old.verdict, device.verdict), device: device.id, model: old.model, streams: old.streams,
      room: old.room)
    _ = raised.note(device)
    table[device: former].forgetAlert()
    table[device: number].raised = raised
    table[device: number].deadline = nil
    let place = device.room ?? (device.id.segment == .untagged ? "the untagged network" : device.id.segment.description)
    follow(raised, .changed, device, at: now) { $0.changes = [.moved(to: place)] }
    watchPresence(of: number, lastSeen: device.lastSeen)
  }

  private func deservesAlert(_ device: Device) -> Bool {
    guard isOfConcern(device) else { return false }
    return device.role == .relay || device.verdict >= .probable && (device.role == .camera || device.role == .recorder)
  }

  /// Nobody declared it, and nobody said that it is none.
  func isOfConcern(_ device: Device) -> Bool {
    !device.isKnown && (dismissals.isEmpty || dismissals[device.id.description].map { $0.covers(device) } != true)
  }

  private mutating func raise(_ device: Device, _ number: Int, at time: Timestamp, update earlier: RaisedAlert? = nil) {
    if earlier == nil {
      guard raisedCount < Self.raisedLimit else {
        evictedAlerts += 1
        return
      }
      raisedCount += 1
    }
    let kind = Alert.Kind.unknownCamera
    var raised = RaisedAlert(
      id: earlier?.id ?? Alert.identifier(device.id, kind, time), time: earlier?.time ?? time, verdict: device.verdict,
      device: device.id, silentSince: earlier?.silentSince)
    _ = raised.note(device)
    table[device: number].raised = raised
    table[device: number].deadline = nil
    alerts.append(
      Alert(
        id: raised.id, kind: kind, severity: Self.severity(device), time: time, device: device, isUpdate: earlier != nil))
    watchPresence(of: number, lastSeen: device.lastSeen)
  }

  private mutating func noteChanges(of device: Device, _ number: Int, _ raised: RaisedAlert, at now: Timestamp) {
    var raised = raised
    let changes = raised.note(device)
    guard !changes.isEmpty else { return }
    table[device: number].raised = raised
    if now > raised.time + RaisedAlert.settling { follow(raised, .changed, device, at: now) { $0.changes = changes } }
  }

  mutating func follow(
    _ raised: RaisedAlert, _ kind: Alert.Kind, _ device: Device, at time: Timestamp, _ complete: (inout Alert) -> Void = { _ in }
  ) {
    var alert = Alert(
      id: Alert.identifier(device.id, kind, time), kind: kind, severity: .medium, time: time, device: device, follows: raised.id)
    complete(&alert)
    alerts.append(alert)
  }

  private static func severity(_ device: Device) -> Alert.Severity { device.role == .relay ? .medium : .high }

  // MARK: What falls due

  /// Decides what waited for counter-evidence until now, at the end of the input everything; and tells who is gone, and who is back. Each
  /// alert is stamped with its deadline, so that a live run and the replay of its recording agree whenever they end.
  mutating func decide(upTo now: Timestamp, isEnd: Bool, _ hosts: borrowing StationTable) {
    let due = deadlines.take(upTo: now, isEnd: isEnd).sorted {
      ($0.time, table[device: $0.device].id.description) < ($1.time, table[device: $1.device].id.description)
    }
    for (time, number) in due {
      // Otherwise it was decided meanwhile, or its place is another's.
      if table[device: number].deadline == time, !table[device: number].hosts.isEmpty || table[device: number].recalled != nil {
        table[device: number].deadline = nil
        let device = device(number, hosts, streams: [])
        if deservesAlert(device) { raise(device, number, at: time) }
      } else if table[device: number].check == time, time <= now {
        checkPresence(of: number, due: time, now: now, hosts)
      }
    }
  }

  /// Begins to look whether a device is still here.
  mutating func watchPresence(of number: Int, lastSeen: Timestamp) {
    guard table[device: number].check == nil else { return }
    schedule(number, at: lastSeen + RaisedAlert.silentAfter)
  }

  private mutating func schedule(_ number: Int, at time: Timestamp) {
    table[device: number].check = time
    deadlines.add(number, at: time)
  }

  /// - Parameters:
  ///   - due: when this was to be done; all packets before are known, and none after.
  ///   - now: what the clock moves to: no packet came between. What falls due until then again is the same.
  private mutating func checkPresence(of number: Int, due: Timestamp, now: Timestamp, _ hosts: borrowing StationTable) {
    table[device: number].check = nil
    guard var raised = table[device: number].raised else { return }
    let device = device(number, hosts, streams: [])
    if let silent = raised.silentSince {
      if device.lastSeen > silent {
        raised.silentSince = nil
        table[device: number].raised = raised
        if isOfConcern(device) { follow(raised, .back, device, at: due) }
        watchPresence(of: number, lastSeen: device.lastSeen)
      } else {
        schedule(number, at: Self.step(RaisedAlert.backCheck, from: due, past: now))
      }
      return
    }
    let gone = max(device.lastSeen, activity.since) + RaisedAlert.silentAfter
    if gone > now {
      schedule(number, at: gone)
    } else if activity.isStalled(at: max(gone, due)) {
      schedule(number, at: Self.step(CaptureActivity.longestGap, from: due, past: now))
    } else {
      raised.silentSince = device.lastSeen
      table[device: number].raised = raised
      if isOfConcern(device) { follow(raised, .silent, device, at: gone) { $0.lastSeen = device.lastSeen } }
      schedule(number, at: Self.step(RaisedAlert.backCheck, from: gone, past: now))
    }
  }

  /// The first of the times `start` + n × `span` that is after `now`.
  private static func step(_ span: Duration, from start: Timestamp, past now: Timestamp) -> Timestamp {
    let width = (Timestamp.zero + span).nanoseconds
    let (distance, overflow) = now.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
    guard !overflow, distance >= 0 else { return start + span }
    let (offset, tooFar) = (distance / width + 1).multipliedReportingOverflow(by: width)
    return tooFar ? .distantFuture : start + .nanoseconds(offset)
  }

  mutating func takeAlerts() -> [Alert] {
    defer { alerts.removeAll() }
    return alerts
  }
}
