import Detection
import Documents
import Foundation
import ServiceLifecycle
import Sinks
import Store
import Synchronization
import WebDesk

/// An event, with its place if it can be repeated to whoever comes back.
struct PageEvent: Sendable {
  let event: ServerEvent
  let place: EventPlace?

  var text: String { event.text }

  init(kind: ServerEvent.Kind, id: EventPlace?, data: Data) {
    event = ServerEvent(kind, id: id?.description, data: data)
    place = id
  }
}

/// How far a reader has come in the log of the watch and in what people did here.
struct EventPlace: Sendable, Equatable, CustomStringConvertible {
  var log: String
  var number: Int64
  var work: Int64

  var description: String { "\(log)-\(number)-\(work)" }

  init(log: String, number: Int64, work: Int64) {
    self.log = log
    self.number = number
    self.work = work
  }

  init?(_ text: String) {
    let parts = text.split(separator: "-").map(String.init)
    guard parts.count == 3, let number = Int64(parts[1]), let work = Int64(parts[2]), number >= 0, work >= 0 else { return nil }
    self.init(log: parts[0], number: number, work: work)
  }
}

/// Tells everybody who has the page open what changed. It looks for news four times a second while somebody listens.
actor EventHub: Service {
  private static let interval = Duration.milliseconds(250)
  private static let beat = Duration.seconds(15)
  private static let deviceInterval = Duration.seconds(2)
  static let mostListeners = 256
  /// Events that wait for one slow reader. With more, the connection ends, and the browser comes back for what it missed.
  private static let buffer = 512

  enum Message: Sendable {
    case event(PageEvent)
    case beat
  }

  private let database: DeskDatabase
  private var listeners: [Int: AsyncStream<Message>.Continuation] = [:]
  private var number = 0
  private var place: EventPlace?
  private var versions: (log: Int, own: Int)?
  private var lastDevices = Timestamp.distantPast
  private var nextDevices = ContinuousClock.now
  private var nextBeat = ContinuousClock.now
  private var lastCoverage = ""

  init(database: DeskDatabase) { self.database = database }

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: Self.interval)
        await self.look()
      }
    }
    for listener in listeners.values { listener.finish() }
    listeners = [:]
  }

  /// - Parameter last: what the reader had last; nil to begin with what happens now.
  /// - Returns: nil if there are too many readers.
  func listen(after last: EventPlace?) async -> (missed: [PageEvent], news: AsyncStream<Message>)? {
    guard listeners.count < Self.mostListeners else { return nil }
    if listeners.isEmpty {
      // Nobody listened: what happened since is no news.
      place = try? await database.perform { try $0.eventPlace() }
      versions = nil
      lastDevices = database.clock()
    }
    number += 1
    let (stream, continuation) = AsyncStream.makeStream(of: Message.self, bufferingPolicy: .bufferingOldest(Self.buffer))
    let mine = number
    continuation.onTermination = { _ in Task { await self.leave(mine) } }
    listeners[mine] = continuation
    let present = place
    var missed: [PageEvent] = []
    if let last, let present {
      let found = try? await database.perform { try $0.events(after: last) }
      missed = (found?.events ?? []).filter { event in event.place.map { $0.number <= present.number && $0.work <= present.work } ?? false }
    }
    if let coverage = try? await database.perform({ try $0.coverageEvent() }) { missed.append(coverage) }
    return (missed, stream)
  }

  private func leave(_ number: Int) { listeners[number] = nil }

  private func look() async {
    guard !listeners.isEmpty else { return }
    let now = ContinuousClock.now
    if now >= nextBeat {
      nextBeat = now + Self.beat
      send(.beat)
      versions = nil
    }
    let known = versions
    guard let found = try? await database.perform({ try $0.versions() }), known == nil || found != known! else { return }
    versions = found
    if let place, let news = try? await database.perform({ try $0.events(after: place) }) {
      self.place = news.place
      for event in news.events { send(.event(event)) }
    } else {
      place = try? await database.perform { try $0.eventPlace() }
    }
    if now >= nextDevices {
      nextDevices = now + Self.deviceInterval
      let since = lastDevices
      if let found = try? await database.perform({ try $0.deviceEvents(since: since) }) {
        lastDevices = max(lastDevices, found.last)
        for event in found.events { send(.event(event)) }
      }
    } else {
      // What was not looked at now is looked at in the next round.
      versions = nil
    }
    if let coverage = try? await database.perform({ try $0.coverageEvent() }) {
      let key = (try? JSONValue(coverage.event.data)).map(Self.lasting) ?? ""
      if key != lastCoverage {
        lastCoverage = key
        send(.event(coverage))
      }
    }
  }

  /// The coverage without what changes with every packet.
  private static func lasting(_ document: JSONValue) -> String {
    ["watching", "rooms", "rooms_watched", "open_cases", "cameras"].map { document[$0]?.text ?? "" }.joined(separator: " ")
  }

  private func send(_ message: Message) {
    for (number, listener) in listeners {
      if case .dropped = listener.yield(message) {
        listener.finish()
        listeners[number] = nil
      }
    }
  }
}

extension DeskDatabase {
  private static let batch = 500
  private static let deviceLimit = 50

  /// Numbers that change when somebody writes.
  fileprivate func versions() throws -> (log: Int, own: Int) {
    (try log?.version() ?? -1, try store.version() &+ Int(truncatingIfNeeded: try store.lastAuditNumber()))
  }

  fileprivate func eventPlace() throws -> EventPlace {
    EventPlace(log: try log?.logID() ?? "", number: try log?.lastLogNumber() ?? 0, work: try store.lastAuditNumber())
  }

  /// What happened after a place, in the order of the watch's log, then what people did here.
  fileprivate func events(after last: EventPlace) throws -> (events: [PageEvent], place: EventPlace) {
    var place = last
    var events: [PageEvent] = []
    if let log {
      let id = try log.logID()
      // Another log is numbered anew.
      if id != place.log { (place.log, place.number) = (id, 0) }
      for entry in try log.log(after: place.number, limit: Self.batch) {
        place.number = entry.number ?? place.number
        guard let waiting = Waiting(entry) else { continue }
        var document = waiting.event.document
        document["type"] = "alert"
        events.append(PageEvent(kind: waiting.event.kind.isByPerson ? .case : .alert, id: place, data: document.bytes))
      }
    }
    for row in try store.casework(after: place.work, limit: Self.batch) {
      place.work = row.number ?? place.work
      guard let alert = row.alert, let state = try caseState(alert) else { continue }
      events.append(PageEvent(kind: .case, id: place, data: try JSON().bytes(Line("alert", try document(state, withHistory: true)))))
    }
    return (events, place)
  }

  /// Cameras, and what may be one, of which packets came after a time.
  fileprivate func deviceEvents(since: Timestamp) throws -> (events: [PageEvent], last: Timestamp) {
    guard let log else { return ([], since) }
    var filter = DeviceFilter()
    filter.since = since + .nanoseconds(1)
    filter.isComplete = false
    let devices = try log.devices(filter, after: nil, limit: Self.deviceLimit)
    let makers = makers(of: devices)
    return (
      try devices.map { PageEvent(kind: .device, id: nil, data: try JSON().bytes(Line("device", DeviceDocument($0, makers: makers)))) },
      devices.map(\.device.lastSeen).max() ?? since
    )
  }

  fileprivate func coverageEvent() throws -> PageEvent {
    PageEvent(kind: .coverage, id: nil, data: try JSON().bytes(Line("watch-state", PageCoverageDocument(try answer()))))
  }
}
