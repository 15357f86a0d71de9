/// The rooms that were watched, hour by hour.
///
/// A room is watched in a clock hour (UTC) when unicast frames from it to other stations were captured, or when its access point or
/// switch port is known to be alive and merely quiet, and hardly any packets were lost. Totals and the last hours are all that it stores.
struct RoomLedger: Sendable {
  /// Percentage of packets that may be lost in an hour.
  static let lossLimit: UInt64 = 1
  /// Finished hours that wait to be drained.
  static let finishedLimit = 2

  private struct Room {
    let name: String
    /// Interfaces of its rules.
    let interfaces: Set<String>
    var hours = 0
    var hoursWatched = 0
    var lastBlind: RoomHour.Reason?
    var lastFrame: Timestamp?
    /// Its access point or switch port is known to be alive until then.
    var aliveUntil = Timestamp.distantPast
    /// A frame came in the current hour, or the room was known to be alive.
    var isWatched = false
  }

  private var rooms: [Room]
  private var places: [String: Int]
  /// The number of the current hour since 1970; nil before the first packet.
  private var hour: Int64?
  /// Hours that ended since the last drain, oldest first.
  private var finished: [[RoomHour]] = []

  private var link = LinkHealth(received: 0, lost: 0)
  /// Its state when the hour began, with all interfaces that were away since.
  private var linkAtStart = LinkHealth(received: 0, lost: 0)

  init(_ site: Site) {
    rooms = site.rooms.map { Room(name: $0, interfaces: site.interfaces(of: $0)) }
    places = Dictionary(rooms.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The site has rooms.
  var isActive: Bool { !rooms.isEmpty }

  /// Goes on with other rooms; those that stay have their totals.
  mutating func reconfigure(_ site: Site) {
    let former = self
    self = RoomLedger(site)
    (hour, link, linkAtStart) = (former.hour, former.link, former.linkAtStart)
    for index in rooms.indices {
      guard let old = former.places[rooms[index].name].map({ former.rooms[$0] }) else { continue }
      (rooms[index].hours, rooms[index].hoursWatched, rooms[index].lastBlind) = (old.hours, old.hoursWatched, old.lastBlind)
      (rooms[index].lastFrame, rooms[index].isWatched) = (old.lastFrame, old.isWatched)
    }
    finished = former.finished.map { $0.filter { places[$0.room] != nil } }
  }

  /// Goes on after the clock was set back: with its totals, in another hour.
  func restarted() -> RoomLedger {
    var ledger = self
    ledger.hour = nil
    for index in rooms.indices {
      ledger.rooms[index].lastFrame = nil
      ledger.rooms[index].aliveUntil = .distantPast
      ledger.rooms[index].isWatched = false
    }
    return ledger
  }

  // MARK: What is recorded

  /// A unicast frame from a room came.
  mutating func record(_ room: String, frame time: Timestamp) {
    guard let place = places[room] else { return }
    rooms[place].lastFrame = max(rooms[place].lastFrame ?? time, time)
    if let hour, Self.hour(of: time) == hour { rooms[place].isWatched = true }
  }

  /// Forgets until when access points and switch ports are alive: that is recorded anew.
  mutating func beginRecording() {
    for index in rooms.indices { rooms[index].aliveUntil = .distantPast }
  }

  /// The access point or switch port of a room is alive until then.
  mutating func record(_ room: String, aliveUntil time: Timestamp) {
    guard let place = places[room] else { return }
    rooms[place].aliveUntil = max(rooms[place].aliveUntil, time)
    if let hour, Self.hour(of: time) >= hour { rooms[place].isWatched = true }
  }

  mutating func record(_ link: LinkHealth) {
    // Counters that began anew.
    if link.received < self.link.received || link.lost < self.link.lost { (linkAtStart.received, linkAtStart.lost) = (0, 0) }
    self.link = link
    linkAtStart.interfacesGone.formUnion(link.interfacesGone)
  }

  /// An earlier run saw this room's last frame.
  mutating func recall(_ room: String, lastFrame time: Timestamp) {
    guard let place = places[room] else { return }
    rooms[place].lastFrame = max(rooms[place].lastFrame ?? time, time)
  }

  // MARK: Hours

  /// Moves the clock. Everything up to the former hour's end was recorded.
  mutating func advance(to time: Timestamp) {
    let new = Self.hour(of: time)
    guard let old = hour, new > old else {
      hour = hour ?? new
      return
    }
    finish(old)
    // Without a packet in between, a room is watched only as long as its access point or switch port is known to be alive.
    let between = Int(new - old - 1)
    if between > 0 {
      for index in rooms.indices {
        let alive = max(0, min(between, Int(Self.hour(of: rooms[index].aliveUntil) - old)))
        rooms[index].hours += between - min(between, Self.finishedLimit)
        rooms[index].hoursWatched += min(alive, between - min(between, Self.finishedLimit))
        if alive < between - min(between, Self.finishedLimit) { rooms[index].lastBlind = reason(rooms[index], in: new - 1) }
      }
      for skipped in max(old + 1, new - Int64(Self.finishedLimit))..<new { finish(skipped) }
    }
    hour = new
  }

  /// Closes an hour and begins the next one.
  private mutating func finish(_ number: Int64) {
    finished.append(rows(of: number))
    if finished.count > Self.finishedLimit { finished.removeFirst() }
    for index in rooms.indices {
      let reason = reason(rooms[index], in: number)
      rooms[index].hours += 1
      if reason == nil { rooms[index].hoursWatched += 1 } else { rooms[index].lastBlind = reason }
      rooms[index].isWatched = false
    }
    linkAtStart = link
  }

  private func reason(_ room: Room, in number: Int64) -> RoomHour.Reason? {
    let (received, lost) = (link.received - linkAtStart.received, link.lost - linkAtStart.lost)
    // The sum may exceed what 64 bits hold only where the numbers are made up.
    if Double(lost) * 100 > Double(Self.lossLimit) * (Double(received) + Double(lost)) { return .packetsLost }
    if room.isWatched || Self.hour(of: room.aliveUntil) >= number { return nil }
    let gone = linkAtStart.interfacesGone
    if room.interfaces.isEmpty ? !gone.isEmpty : !gone.isDisjoint(with: room.interfaces) { return .interfaceGone }
    return room.lastFrame == nil ? .neverSeen : .quiet
  }

  private func rows(of number: Int64) -> [RoomHour] {
    rooms.map { RoomHour(room: $0.name, hour: Self.start(of: number), reason: reason($0, in: number), lastFrame: $0.lastFrame) }
  }

  // MARK: Results

  /// Hours that ended since the last drain, the latest ones, and the current hour so far.
  mutating func drain() -> [RoomHour] {
    defer { finished.removeAll() }
    return finished.flatMap { $0 } + (hour.map { rows(of: $0) } ?? [])
  }

  /// The whole run so far, in the order of the site's rooms.
  var coverage: [RoomCoverage] {
    guard let hour else { return [] }
    return rooms.map { room in
      let reason = reason(room, in: hour)
      return RoomCoverage(
        room: room.name, hours: room.hours + 1, hoursWatched: room.hoursWatched + (reason == nil ? 1 : 0), lastFrame: room.lastFrame,
        reason: reason ?? room.lastBlind)
    }
  }

  private static let length = Nanoseconds.seconds(3600)

  private static func hour(of time: Timestamp) -> Int64 {
    let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: length.count)
    return remainder < 0 ? quotient - 1 : quotient
  }

  private static func start(of number: Int64) -> Timestamp { Timestamp(seconds: number * 3600, nanoseconds: 0) }
}
