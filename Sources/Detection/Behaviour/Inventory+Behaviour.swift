/// What devices do over time becomes observations, and news of their alerts.
extension Inventory {
  /// A device that is watched again within this time is not reported again.
  static let watchPause = Nanoseconds.seconds(3600)
  /// After a restart an upload that goes on is there again this soon.
  static let resumption = Nanoseconds.seconds(60)

  // MARK: Sleep

  /// A station sent its first packet, or the first one after a pause.
  mutating func awoke(_ id: StationID, at time: Timestamp, lastSeen: Timestamp?, _ stations: borrowing TrackedStations) {
    guard let number = table.device(of: id), table.isOnLAN(table[device: number].id) else { return }
    var latest = lastSeen
    for other in table[device: number].stations.suffix(Self.stationsJudgedAtOnce) where other != id {
      latest = max(latest ?? .distantPast, stations[other].lastSeen)
    }
    wakes.wake(table[device: number].id, at: time, lastSeen: latest)
  }

  mutating func record(_ clip: Clip, of station: StationID, _ stations: borrowing TrackedStations) -> [Observation] {
    let number = table.admit(station, stations[station].station)
    return wakes.add(clip, of: table[device: number].id)?.observations(of: clip.device, at: clip.time, clip.packet) ?? []
  }

  // MARK: Uploads

  mutating func record(_ report: UploadReport, of station: StationID, _ stations: borrowing TrackedStations) -> [Observation] {
    guard table.identity.isOnLAN(report.device.address) else { return [] }
    let number = table.admit(station, stations[station].station)
    var history = table[device: number].uploads ?? UploadHistory()
    history.add(report)
    table[device: number].uploads = history
    follow(report, of: number, stations)
    return report.observations(sessions: report.isLocal ? 0 : history.sessions, hours: history.hours)
  }

  func uploadsForHours(_ record: DeviceRecord) -> Bool {
    if record.uploads?.isForHours(at: clock) == true { return true }
    // What an earlier run knew is true for another day.
    guard let recalled = record.recalled?.device, recalled.uploadsForHours else { return false }
    return !clock.isAfter(recalled.lastSeen, by: .seconds(86_400))
  }

  // MARK: Who watches

  /// An upload that was asked for from outside, of a device with an alert, is news; so is its end.
  private mutating func follow(_ report: UploadReport, of number: Int, _ stations: borrowing TrackedStations) {
    guard let alert = table[device: number].alert, !report.isLocal else { return }
    if let known = alert.watched {
      guard known.peer == report.peer else { return }
      table[device: number].watchEnd = nil
      // The lag is the first upload's: this one may be the same after a restart.
      let now = Watched(
        peer: known.peer, lag: known.lag, since: known.since,
        length: .seconds(report.seconds) + .nanoseconds(report.start.nanoseconds &- known.since.nanoseconds),
        bytes: max(known.bytes, report.sent))
      table[device: number].alert?.watched = now
      if report.isEnd, !report.isCut { endWatch(of: number, at: report.time, stations) }
    } else if let watched = report.watched, !report.isEnd,
      alert.watchReported.map({ report.time.isAfter($0, by: Self.watchPause) }) ?? true
    {
      let device = device(number, stations, streams: [])
      guard isOfConcern(device) else { return }
      table[device: number].alert?.watched = watched
      table[device: number].alert?.watchReported = report.time
      follow(number, .changed, device, at: report.time) {
        $0.severity = .high
        $0.changes = [AlertEvent.Change(.watched, from: "false", to: "true")]
        $0.watched = watched
      }
    }
  }

  /// Nobody outside watches a device any more.
  mutating func endWatch(of number: Int, at time: Timestamp, _ stations: borrowing TrackedStations) {
    guard let watched = table[device: number].alert?.watched else { return }
    table[device: number].alert?.watched = nil
    let device = device(number, stations, streams: [])
    guard isOfConcern(device) else { return }
    follow(number, .changed, device, at: time) {
      $0.changes = [AlertEvent.Change(.watched, from: "true", to: "false")]
      $0.watched = watched
    }
  }

  /// An earlier run reported that a device is watched. If it is not any more, its end is reported.
  mutating func awaitWatcher(of number: Int, lastSeen: Timestamp) {
    guard table[device: number].alert?.watched != nil, table[device: number].watchEnd == nil else { return }
    let end = max(clock, lastSeen) + Self.resumption
    table[device: number].watchEnd = end
    deadlines.add(number, at: end)
  }
}
