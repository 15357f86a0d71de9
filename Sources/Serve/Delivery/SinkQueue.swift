import ConfigurationFiles
import Crypto
import Detection
import Foundation
import Sinks
import Store

/// What one sink has still to get, in order: its place in the event log, its attempts, and what is gathered. A state machine without a clock,
/// a thread or a network of its own: `next` says what to send, `finished` what became of it.
///
/// The event log and the place are the outbox. A place moves on once an event is delivered, so that after a crash an event may come twice,
/// with the same uid, but is never lost.
final class SinkQueue {
  /// Events read from the database at once.
  static let batch = 512
  /// Events in one gathered message.
  static let gatherLimit = 2_000
  /// Events that are held in memory for a sink that gathers nothing.
  static let readAhead = 64
  /// A message is gathered until no further event came for this long.
  static let quiet = Duration.seconds(30)
  /// A sink without a place begins this long ago, so that what happened while the box was set up is delivered.
  static let firstReach = Duration.seconds(600)
  /// The first report of a new box is sent after this long at most.
  static let firstReportLimit = Duration.seconds(600)

  let settings: SinkSettings
  private let filter: EventFilter
  private let schedule: RetrySchedule
  private var ceiling: Ceiling?
  private let reachesPerson: Bool
  private let waitingLimit: Int
  private let begun: Timestamp

  private(set) var row: SinkRow
  private(set) var waiting: [Waiting] = []
  /// Numbers read so far.
  private var readLog: Int64
  private var readOwn: Int64
  /// The rows of events that were tried and not delivered, by uid.
  private var tried: [String: DeliveryRow]
  private var isRowStored = false
  /// The place to move to once nothing is being sent.
  private var otherPlace: Int64?
  /// Escalations of events that were read and are not stored yet.
  private var unplanned: [EscalationRow] = []
  /// The message that is being sent.
  private var parcel: (uid: String, count: Int)?
  private(set) var isSending = false
  /// Deliveries that could not be stored yet.
  private var unstored: [DeliveryRow] = []

  /// - Parameters:
  ///   - row: as stored; with negative places for a sink that begins.
  ///   - pending: rows of events that were tried before.
  ///   - former: the times of the last messages, in order.
  ///   - begun: when this program began to serve the sink.
  init(
    _ settings: SinkSettings, row: SinkRow, pending: [DeliveryRow], former: [Timestamp] = [], zone: TimeZone,
    begun: Timestamp = .distantPast
  ) {
    self.settings = settings
    filter = EventFilter(settings.when, zone: zone)
    schedule = RetrySchedule(settings)
    reachesPerson = settings.reachesPerson
    ceiling = settings.limit.map { Ceiling($0, former: former) }
    // What is escalated must be read to be known.
    waitingLimit = ceiling == nil && !reachesPerson && settings.escalate == nil ? Self.readAhead : Self.gatherLimit
    self.begun = begun
    self.row = row
    (readLog, readOwn) = (row.logPlace, row.ownPlace)
    tried = Dictionary(pending.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private var head: DeliveryRow? { waiting.first.flatMap { tried[$0.event.uid] } }

  // MARK: Reading

  /// Reads what is new. Skipped events move the place on.
  func read(_ log: PropertyStore?, _ own: ServeStore) throws(StoreError) {
    guard otherPlace == nil else { return }
    try beginIfNew(log, own)
    while waiting.count < waitingLimit {
      let limit = min(Self.batch, waitingLimit - waiting.count)
      let entries = readLog < 0 ? [] : try log?.log(after: readLog, limit: limit) ?? []
      let events = try own.ownEvents(after: readOwn, limit: limit)
      guard !entries.isEmpty || !events.isEmpty else { break }
      let mine = events.filter { $0.isFor(row.name) }.compactMap(Waiting.init)
      var accepted: [Waiting] = []
      for item in Self.merged(entries.compactMap(Waiting.init), mine) {
        switch filter.decide(item) {
        case .send: accepted.append(item)
        case .skip: break
        case .sendIfAlertWasSent: if try isAware(of: item.event.alert, accepted, own) { accepted.append(item) }
        }
      }
      // Only now, for what could not be read must be read again.
      waiting += accepted
      unplanned += accepted.compactMap { EscalationRow($0, from: settings) }
      readLog = entries.last?.number ?? readLog
      readOwn = events.last?.number ?? readOwn
    }
  }

  /// Finds the place of a sink that has none, and keeps it: what comes from now on is not lost if this program ends.
  private func beginIfNew(_ log: PropertyStore?, _ own: ServeStore) throws(StoreError) {
    if readOwn < 0 {
      readOwn = try own.lastOwnNumber()
      row.ownPlace = readOwn
      isRowStored = false
    }
    if readLog < 0, let log {
      readLog = try log.logPlace(before: begun - Self.firstReach)
      row.logPlace = readLog
      isRowStored = false
    }
  }

  /// Both in one order: each in its own, even if the clock was set back.
  private static func merged(_ log: [Waiting], _ own: [Waiting]) -> [Waiting] {
    var (rest, result) = (own[...], [Waiting]())
    for item in log {
      while let next = rest.first, next.recorded < item.recorded { result.append(rest.removeFirst()) }
      result.append(item)
    }
    return result + rest
  }

  private func isAware(of alert: String?, _ accepted: [Waiting], _ own: ServeStore) throws(StoreError) -> Bool {
    guard let alert else { return true }
    if (waiting + accepted).contains(where: { $0.event.alert == alert && !$0.event.kind.isByPerson }) { return true }
    if unstored.contains(where: { $0.alert == alert && ($0.state == .delivered || $0.state == .gathered) }) { return true }
    return try own.hasDelivered(alert, to: row.name)
  }

  /// Events that the sink has still to get. Of those that were not read yet, its conditions are not known.
  func pending(_ log: PropertyStore?) -> Int {
    guard waiting.count >= waitingLimit else { return waiting.count }
    return waiting.count + ((try? log?.logCount(after: readLog)) ?? 0)
  }

  // MARK: Sending

  /// The events to send now, as one message; empty if nothing is due.
  func next(at now: Timestamp) -> (events: [Event], uid: String)? {
    guard !isSending, !row.isDisabled, let first = waiting.first else { return nil }
    // A time far ahead is from before the clock was set back.
    if let next = head?.next, next > now.nanoseconds, next < (now + schedule.longest).nanoseconds { return nil }
    // A message that was tried keeps its members, so that its id stays the same.
    let former: Int? = head.map { head in
      guard let uid = head.parcel else { return 1 }
      return waiting.prefix { tried[$0.event.uid]?.parcel == uid }.count
    }
    guard let count = former ?? count(first, at: now) else { return nil }
    isSending = true
    let events = waiting.prefix(count).map(\.event)
    // It belongs to the members: with other conditions after a restart there may be fewer.
    let uid = Self.uid(of: events)
    parcel = (uid, events.count)
    return (events, uid)
  }

  /// The number of events in the next message; nil to wait.
  private func count(_ first: Waiting, at now: Timestamp) -> Int? {
    if reachesPerson, first.event.isFirstReport {
      let report = waiting.prefix { $0.event.isFirstReport }
      return isRipe(report, at: now) ? report.count : nil
    }
    guard let ceiling, !ceiling.allowsMessage(at: now) else { return 1 }
    let gathered = waiting.prefix { !$0.event.isFirstReport }
    return ceiling.allowsGathered(at: now) && isRipe(gathered, at: now) ? gathered.count : nil
  }

  private func isRipe(_ items: ArraySlice<Waiting>, at now: Timestamp) -> Bool {
    guard let first = items.first, let last = items.last else { return false }
    return items.count >= Self.gatherLimit || now < first.recorded || now >= last.recorded + Self.quiet
      || now >= first.recorded + Self.firstReportLimit
  }

  private static func uid(of events: [Event]) -> String {
    guard events.count > 1 else { return events.first?.uid ?? "" }
    var hash = SHA256()
    for event in events { hash.update(data: Data((event.uid + "\n").utf8)) }
    return "gathered." + hash.finalize().prefix(8).hexDigits
  }

  // MARK: Outcomes

  enum Outcome: Equatable {
    case delivered
    case retries
    case failed
    case disabled
  }

  /// Records what became of the message that `next` gave.
  func finished(_ result: Result<Void, DeliveryError>, at now: Timestamp, jitter: Double) -> Outcome {
    isSending = false
    guard let (uid, count) = parcel else { return .retries }
    defer { takeOtherPlace() }
    let events = waiting.prefix(count)
    let attempts = (head?.attempts ?? 0) + 1
    let begun = head.map { Timestamp(nanoseconds: $0.firstAttempt) } ?? now
    func rows(_ state: DeliveryRow.State, next: Timestamp? = nil, error: String? = nil) -> [DeliveryRow] {
      events.map {
        DeliveryRow(
          sink: row.name, uid: $0.event.uid, type: $0.event.kind.rawValue, alert: $0.event.alert, parcel: count > 1 ? uid : nil,
          state: state, attempts: attempts, firstAttempt: begun.nanoseconds, time: now.nanoseconds, next: next?.nanoseconds, error: error)
      }
    }
    switch result {
    case .success:
      ceiling?.count(at: now)
      row.lastSuccess = now.nanoseconds
      row.lastError = nil
      unstored += rows(count > 1 ? .gathered : .delivered)
      drop(count)
      return .delivered
    case .failure(.temporary(let reason, let retryAfter)):
      row.lastError = reason
      let next = schedule.next(after: attempts, firstAttempt: begun, at: now, retryAfter: retryAfter, jitter: jitter)
      guard let next else {
        unstored += rows(.failed, error: reason)
        drop(count)
        return .failed
      }
      keep(rows(.pending, next: next, error: reason))
      return .retries
    case .failure(.refused(let reason)):
      row.lastError = reason
      unstored += rows(.failed, error: reason)
      drop(count)
      return .failed
    case .failure(.disabled(let reason)):
      row.lastError = reason
      row.isDisabled = true
      keep(rows(.pending, error: reason))
      return .disabled
    }
  }

  /// The message was neither delivered nor refused: this program ends. It is no attempt.
  func wasCutOff() {
    isSending = false
    parcel = nil
    takeOtherPlace()
  }

  private func keep(_ rows: [DeliveryRow]) {
    unstored += rows
    for row in rows { tried[row.uid] = row }
    parcel = nil
  }

  private func drop(_ count: Int) {
    for item in waiting.prefix(count) { tried[item.event.uid] = nil }
    waiting.removeFirst(min(count, waiting.count))
    parcel = nil
    settle()
  }

  /// Moves the place on to what was read, or to the first event that waits.
  func settle() {
    row.logPlace = place(.log, read: readLog)
    row.ownPlace = place(.own, read: readOwn)
  }

  private func place(_ origin: Waiting.Origin, read: Int64) -> Int64 {
    guard read >= 0 else { return read }
    return waiting.lazy.filter { $0.origin == origin }.map { $0.number - 1 }.min() ?? read
  }

  /// Writes outcomes that are not stored yet. They wait in memory while the disk is full.
  func store(in store: ServeStore) throws(StoreError) {
    while let next = unplanned.first {
      try store.plan(next)
      unplanned.removeFirst()
    }
    guard !unstored.isEmpty || !isRowStored else { return }
    try store.record(unstored, of: row)
    unstored = []
    isRowStored = true
  }

  // MARK: People's requests

  func setAlarmed(_ isAlarmed: Bool) {
    guard row.isAlarmed != isAlarmed else { return }
    row.isAlarmed = isAlarmed
    isRowStored = false
  }

  /// Follows what `lenscap sinks retry` or `enable` wrote.
  func follow(_ stored: SinkRow) {
    // The time in which it was disabled is no time of attempts.
    if row.isDisabled, !stored.isDisabled { tried = [:] }
    row.isDisabled = stored.isDisabled
    guard stored.retryRequested != row.retryRequested else { return }
    row.retryRequested = stored.retryRequested
    if let head { tried[head.uid]?.next = nil }
  }

  /// Goes on in another log, or in an older copy of the same, once nothing is being sent.
  ///
  /// - Parameter last: the number of its last entry.
  func follow(isOther: Bool, last: Int64) {
    guard isOther || readLog > last else { return }
    otherPlace = isOther ? 0 : min(row.logPlace, last)
    takeOtherPlace()
  }

  private func takeOtherPlace() {
    guard let number = otherPlace, !isSending else { return }
    otherPlace = nil
    waiting.removeAll { $0.origin == .log }
    readLog = number
    settle()
    isRowStored = false
  }

  // MARK: State

  enum State: String { case ok, retrying, disabled }

  var state: State { row.isDisabled ? .disabled : (head?.attempts ?? 0) > 0 || row.isAlarmed ? .retrying : .ok }

  /// How long the first event has waited since its first attempt.
  func failingSince() -> Timestamp? { head.map { Timestamp(nanoseconds: $0.firstAttempt) } }
}

extension SinkSettings {
  /// True if its messages interrupt a person.
  public var reachesPerson: Bool { kind == .mail || kind == .http && preset != nil }

  /// The ceiling on messages; nil for none.
  var limit: Limit? {
    switch ceiling {
    case .automatic: reachesPerson ? Limit() : nil
    case .none: nil
    case .limit(let limit): limit
    }
  }
}
