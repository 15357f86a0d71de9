/// The alerts that follow from the evidence, and their later events.
extension Inventory {
  /// Alerts raised in one run for cameras that took part in an exchange, and for others: more cameras than this are made up.
  static let raisedLimit = 10_000
  /// How long an alert waits for counter-evidence that rests on what a device does.
  static let patience = Duration.seconds(300)
  /// Devices with an alert that are remembered of one MAC address.
  static let sameMACLimit = 32
  /// Events of one device at one time are among this many that follow each other.
  static let togetherLimit = 64

  mutating func judge(_ number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) {
    guard table.isOnLAN(table[device: number].id), !isBeyondSuspicion(number), !isOneOfMany(number, stations) else { return }
    let device = device(number, stations, streams: [])
    leaveGroup(number, device, at: now, stations)
    // The alert may have come with a station that was another device's.
    if table[device: number].alert != nil { watchPresence(of: number, lastSeen: device.lastSeen) }
    if device.isDeclared { watchDeclared(device, number, at: now) }
    guard deservesAlert(device) else { return }
    if let alert = table[device: number].alert, dismissals[device.id.description]?.alert != alert.id {
      let isSurer = device.verdict == .camera && alert.verdict < .camera || device.isCorroborated && !alert.isCorroborated
      if isSurer || alert.device != device.id {
        makeSurer(alert, device, number, at: now)
      } else {
        reportChanges(of: device, number, alert, at: now)
      }
    } else if joinGroup(number, at: now, stations) {
    } else if device.weighing.restsOnDoing, !device.weighing.servesForLong, device.role != .relay {
      if table[device: number].deadline == nil {
        let deadline = now + Self.patience
        table[device: number].deadline = deadline
        deadlines.add(number, at: deadline)
      }
    } else if let old = alerted(withMACOf: number).first(where: { isGone($0, at: now, stations) }),
      let alert = table[device: old].alert
    {
      move(alert, from: old, to: device, number, at: now)
    } else {
      raise(device, number, at: now, stations)
    }
  }

  /// Without evidence for a camera, an alert and declarations that it may fit there is nothing to judge. Most devices are so.
  private func isBeyondSuspicion(_ number: Int) -> Bool {
    guard declared.isEmpty, table[device: number].alert == nil, table[device: number].group == nil, table[device: number].recalled == nil
    else { return false }
    return table[device: number].stations.allSatisfy { id in
      table[station: id]?.evidence.values.allSatisfy { $0.signature.says == .notCamera } ?? true
    }
  }

  /// Other devices with this MAC address, in other segments, for which an alert was raised.
  private func alerted(withMACOf number: Int) -> [Int] {
    let mac = table[device: number].id.mac
    return (alertedByMAC[mac] ?? []).filter { $0 != number && table[device: $0].id.mac == mac && table[device: $0].alert != nil }.sorted()
  }

  private mutating func noteAlerted(_ number: Int) {
    let mac = table[device: number].id.mac
    guard !mac.isNone, !mac.isLocallyAdministered, alertedByMAC[mac]?.contains(number) != true else { return }
    let known = (alertedByMAC[mac] ?? []).filter { table[device: $0].id.mac == mac && table[device: $0].alert != nil }
    alertedByMAC[mac] = known.suffix(Self.sameMACLimit - 1) + [number]
  }

  /// The same camera in another segment is no second one, if it is not in both.
  private func isGone(_ number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) -> Bool {
    var last = table[device: number].recalled?.device.lastSeen ?? .distantPast
    for id in table[device: number].stations { last = max(last, stations[id].lastSeen) }
    return last + Alert.movedAfter < now
  }

  private mutating func move(_ old: Alert, from former: Int, to device: Device, _ number: Int, at now: Timestamp) {
    var alert = old.continued(by: device.id, verdict: max(old.verdict, device.verdict), isCorroborated: device.isCorroborated)
    alert.silentSince = nil
    let place = { (room: String?, id: DeviceID) in
      room ?? (id.segment == .untagged ? "the untagged network" : id.segment.description)
    }
    let move = AlertEvent.Change(.room, from: place(old.room, old.device), to: place(device.room, device.id))
    let others = alert.update(with: device).filter { $0.what != .room && !$0.isNews }
    table[device: former].forgetAlert()
    table[device: number].alert = alert
    table[device: number].deadline = nil
    follow(number, .changed, device, at: now) { $0.changes = [move] + others }
    watchPresence(of: number, lastSeen: device.lastSeen)
  }

  func deservesAlert(_ device: Device) -> Bool { device.isCamera && isOfConcern(device) }

  /// Nobody declared it, and no operator dismissed its alert.
  func isOfConcern(_ device: Device) -> Bool {
    !device.isDeclared && (dismissals.isEmpty || dismissals[device.id.description].map { $0.covers(device) } != true)
  }

  private mutating func raise(_ device: Device, _ number: Int, at time: Timestamp, _ stations: borrowing TrackedStations) {
    if !joinGroup(number, at: time, stations), !waits(number, at: time, stations) { announce(device, number, at: time, stations) }
  }

  mutating func announce(_ device: Device, _ number: Int, at time: Timestamp, _ stations: borrowing TrackedStations) {
    let isCorroborated = isCorroborated(number, stations)
    guard (isCorroborated ? corroboratedCount : raisedCount) < Self.raisedLimit else {
      evictedAlerts += 1
      return
    }
    if isCorroborated { corroboratedCount += 1 } else { raisedCount += 1 }
    report(.raised, Alert(raisedBy: device, at: time), device, number, at: time, changes: [])
  }

  private mutating func makeSurer(_ former: Alert, _ device: Device, _ number: Int, at time: Timestamp) {
    var alert = former.continued(by: device.id, verdict: device.verdict, isCorroborated: device.isCorroborated)
    alert.revision += 1
    var changes: [AlertEvent.Change] = []
    if device.verdict != former.verdict {
      changes.append(AlertEvent.Change(.verdict, from: former.verdict.rawValue, to: device.verdict.rawValue))
    }
    if device.id != former.device {
      changes.append(AlertEvent.Change(.device, from: former.device.description, to: device.id.description))
    }
    report(.surer, alert, device, number, at: time, changes: changes + alert.update(with: device))
  }

  private mutating func report(
    _ kind: AlertEvent.Kind, _ alert: Alert, _ device: Device, _ number: Int, at time: Timestamp, changes: [AlertEvent.Change]
  ) {
    table[device: number].alert = alert
    table[device: number].deadline = nil
    events.append(
      AlertEvent(
        id: alert.id, alert: alert.id, number: alert.revision, kind: kind, severity: Self.severity(device), time: time, device: device,
        changes: changes))
    watchPresence(of: number, lastSeen: device.lastSeen)
  }

  private mutating func reportChanges(of device: Device, _ number: Int, _ former: Alert, at now: Timestamp) {
    var alert = former
    let changes = alert.update(with: device)
    guard changes.contains(where: \.isNews) else { return }
    table[device: number].alert = alert
    if now > alert.time + Alert.settling { follow(number, .changed, device, at: now) { $0.changes = changes } }
  }

  /// Reports an event of the alert that a device has.
  mutating func follow(
    _ number: Int, _ kind: AlertEvent.Kind, _ device: Device, at time: Timestamp, _ complete: (inout AlertEvent) -> Void = { _ in }
  ) {
    guard let alert = table[device: number].alert, table[device: number].group == nil else { return }
    let id = AlertEvent.identifier(device.id, kind, time)
    // Two viewers may begin to watch at the same time.
    let earlier = events.suffix(Self.togetherLimit).last { $0.id == id }?.number ?? 0
    var event = AlertEvent(
      id: id, alert: alert.id, number: earlier + 1, kind: kind, severity: .medium, time: time, device: device)
    complete(&event)
    events.append(event)
  }

  /// A base station has no lens; an action camera is carried and shown, seldom hidden; anybody may have said what nothing corroborates.
  static func severity(_ device: Device) -> AlertEvent.Severity {
    device.role == .relay || device.kind == "action camera" || !device.isCorroborated ? .medium : .high
  }

  // MARK: What falls due

  /// Resolves pending alerts whose deadline has passed (all of them at the end of the input), and reports devices that went silent or
  /// returned. Each event is stamped with its deadline, so that a live run and the replay of its recording agree whenever they end.
  mutating func decide(upTo now: Timestamp, isEnd: Bool, _ stations: borrowing TrackedStations) {
    while invented.dues.next <= now, invented.dues.next != .distantFuture {
      let time = invented.dues.next
      decideDeadlines(upTo: time, isEnd: false, stations)
      decideInvented(upTo: time, isEnd: false, stations)
    }
    decideDeadlines(upTo: now, isEnd: isEnd, stations)
    if isEnd { decideInvented(upTo: now, isEnd: true, stations) }
  }

  private mutating func decideDeadlines(upTo now: Timestamp, isEnd: Bool, _ stations: borrowing TrackedStations) {
    let due = deadlines.drain(upTo: now, isEnd: isEnd).sorted {
      $0.time == $1.time ? table[device: $0.device].id.description < table[device: $1.device].id.description : $0.time < $1.time
    }
    for (time, number) in due {
      // Otherwise it was decided meanwhile, or its place is another's.
      if table[device: number].deadline == time, !table[device: number].stations.isEmpty || table[device: number].recalled != nil {
        table[device: number].deadline = nil
        let device = device(number, stations, streams: [])
        if deservesAlert(device) { raise(device, number, at: time, stations) }
      } else if table[device: number].watchEnd == time {
        table[device: number].watchEnd = nil
        if !isEnd { endWatch(of: number, at: time, stations) }
      } else if table[device: number].check == time, time <= now {
        checkPresence(of: number, due: time, now: now, stations)
      }
    }
  }

  /// Begins to check whether a device is still here.
  mutating func watchPresence(of number: Int, lastSeen: Timestamp) {
    noteAlerted(number)
    guard table[device: number].check == nil else { return }
    schedule(number, at: lastSeen + Alert.silentAfter)
  }

  private mutating func schedule(_ number: Int, at time: Timestamp) {
    table[device: number].check = time
    deadlines.add(number, at: time)
  }

  /// - Parameters:
  ///   - due: when this was to be done; all packets before are known, and none after.
  ///   - now: what the clock moves to: no packet came between. What falls due until then again is the same.
  private mutating func checkPresence(of number: Int, due: Timestamp, now: Timestamp, _ stations: borrowing TrackedStations) {
    table[device: number].check = nil
    guard let alert = table[device: number].alert, table[device: number].group == nil else { return }
    let device = device(number, stations, streams: [])
    if let silent = alert.silentSince {
      if device.lastSeen > silent {
        table[device: number].alert?.silentSince = nil
        if isOfConcern(device) { follow(number, .back, device, at: due) }
        watchPresence(of: number, lastSeen: device.lastSeen)
      } else {
        schedule(number, at: Self.step(Alert.returnCheck, from: due, past: now))
      }
      return
    }
    let gone = max(device.lastSeen, activity.since) + Alert.silentAfter
    if gone > now {
      schedule(number, at: gone)
    } else if activity.isStalled(at: max(gone, due)) {
      schedule(number, at: Self.step(CaptureActivity.longestGap, from: due, past: now))
    } else {
      table[device: number].alert?.silentSince = device.lastSeen
      if isOfConcern(device) { follow(number, .silent, device, at: gone) { $0.lastSeen = device.lastSeen } }
      schedule(number, at: Self.step(Alert.returnCheck, from: gone, past: now))
    }
  }

  /// The first of the times `start` + n × `span` that is after `now`.
  private static func step(_ span: Nanoseconds, from start: Timestamp, past now: Timestamp) -> Timestamp {
    let (distance, overflow) = now.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
    guard !overflow, distance >= 0 else { return start + span }
    let (offset, tooFar) = (distance / span.count + 1).multipliedReportingOverflow(by: span.count)
    return tooFar ? .distantFuture : start + Nanoseconds(count: offset)
  }
}
