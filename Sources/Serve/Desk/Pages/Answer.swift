import Detection
import Documents
import Store
import WebDesk

/// Whether all is well, as the page and the wall say it in one sentence.
struct Answer: Sendable {
  enum State: String, Sendable {
    case clear, cameras, blind
    case notWatching = "not-watching"
  }

  /// The watch gives a sign of life every ten seconds.
  static let patience = Duration.seconds(60)
  /// Blind rooms that the sentence names.
  private static let named = 2

  let now: Timestamp
  let figures: WatchFigures
  /// In the present and the last clock hour, in the order of the site.
  let rooms: [RoomCoverage]
  /// True if there is a database of the watch that can be read.
  let hasDatabase: Bool

  var blind: [RoomCoverage] { rooms.filter { $0.hoursWatched == 0 } }

  var isWatching: Bool {
    guard let alive = figures.alive else { return false }
    let isStopped = figures.stopped.map { $0 > max(figures.started ?? .distantPast, alive) } ?? false
    return !isStopped && now < alive + Self.patience
  }

  var state: State {
    if !isWatching { return .notWatching }
    if figures.unsettled > 0 { return .cameras }
    return blind.isEmpty ? .clear : .blind
  }

  /// The sentence, which leaves nothing out that is wrong.
  var sentence: String {
    let cameras = figures.unsettled == 0 ? Words.noCamera : Words.cameras(figures.unsettled)
    guard isWatching else {
      return [
        hasDatabase ? Words.notWatching(since: figures.alive.map { Self.ago($0, now) }) : Words.neverWatched,
        figures.unsettled > 0 ? cameras : nil,
      ].compactMap { $0 }.joined(separator: " ")
    }
    guard !rooms.isEmpty else { return "\(cameras) \(networks)" }
    let watched = Words.roomsWatched(rooms.count - blind.count, rooms.count)
    guard !blind.isEmpty else { return "\(cameras) \(watched)." }
    let examples = blind.prefix(Self.named).map { "\($0.room.forPeople()) \(Words.why($0, at: now))" }
    let more = blind.count > Self.named ? ", …" : ""
    return "\(cameras) \(watched); \(Words.blindRooms(blind.count)): \(listed(examples))\(more)."
  }

  /// On one flat network there are no rooms to speak of.
  private var networks: String {
    let recent = figures.networks.filter { $0.last > now - .seconds(3600) }
    return Words.networksWatched(recent.count, devices: figures.classes.values.reduce(0, +))
  }

  static func ago(_ time: Timestamp, _ now: Timestamp) -> String { duration(max(0, now.seconds(since: time))) }
}

/// Counts over all devices, alerts and rooms.
struct Overview {
  /// The watch changes its database every ten seconds at least.
  fileprivate static let life = Duration.seconds(10)

  fileprivate let log: ObjectIdentifier
  fileprivate let version: Int
  fileprivate let time: Timestamp
  fileprivate let figures: WatchFigures
  fileprivate let rooms: [RoomCoverage]
}

extension DeskDatabase {
  func answer() throws -> Answer {
    let now = clock()
    guard let log else { return Answer(now: now, figures: WatchFigures(), rooms: [], hasDatabase: false) }
    let overview = try overview(log, at: now)
    var figures = overview.figures
    figures.unsettled = max(0, figures.unsettled - (try store.settledSoon(after: try applied(log))))
    return Answer(now: now, figures: figures, rooms: overview.rooms, hasDatabase: true)
  }

  private func overview(_ log: PropertyStore, at now: Timestamp) throws -> Overview {
    let version = try log.version()
    if let overview, overview.log == ObjectIdentifier(log), overview.version == version, overview.time <= now,
      now < overview.time + Overview.life
    {
      return overview
    }
    let made = Overview(
      log: ObjectIdentifier(log), version: version, time: now, figures: try log.watchFigures(at: now),
      rooms: try RoomCoverage.of(log, from: now - .seconds(3600), to: now))
    overview = made
    return made
  }
}

extension Segment {
  /// As documents call it.
  var named: String { self == .untagged ? "untagged" : description }
}
