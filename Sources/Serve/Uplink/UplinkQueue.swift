import ChainMessages
import Detection
import Sinks
import Store

/// What central has still to get, in order. A state machine without a clock, a thread or a network of its own, as `SinkQueue` is: `read` takes
/// what is new from the event log, `next` says what to send, `acknowledge` what became of it.
///
/// The event log and the place that central acknowledged are the outbox. The place moves by an acknowledgement only, forwards or back, so that
/// what got lost on the way, in the broker or in central itself is sent again. At most a window of events is on the way at once.
final class UplinkQueue {
  /// Events on the way at once.
  static let window = 64
  /// Bytes on the way at once, but for the last event.
  static let windowBytes = 1 << 20
  /// Entries read from the database at once.
  static let batch = 256
  /// Entries that are read in one turn, so that a long log does not hold up what else there is to do.
  static let readLimit = 4096
  /// What is on the way is sent again after this long without an acknowledgement; each time twice as long.
  static let patience = Duration.seconds(60)
  static let longestPatience = Duration.seconds(960)
  /// An acknowledgement that says nothing new means a hole. It is filled at most this often.
  static let refillInterval = Duration.seconds(5)
  /// Central says what it has when a box connects. So long the box waits for that.
  static let greeting = Duration.seconds(10)
  /// Events are kept this long after they were acknowledged.
  static let keeping = Duration.seconds(7 * 86_400)
  static let markInterval = Duration.seconds(3600)

  private struct Item {
    let number: Int64
    let document: JSONValue
    let bytes: Int
  }

  private(set) var row: UplinkRow
  var filter = UplinkFilter()
  private var items: [Item] = []
  /// How many of them were handed to the present connection.
  private var sent = 0
  private var readPlace: Int64
  private var isConnected = false
  /// When events go out on this connection, if central says nothing before.
  private var greetedAt = Timestamp.distantPast
  /// The last time at which something moved, or was sent again.
  private var lastMove = Timestamp.distantPast
  private var patience = patience
  private var lastRefill = Timestamp.distantPast
  /// Alerts of which the first event went up and is not stored yet.
  private var cases: [String: Int64] = [:]
  private var isOther = false
  private var isStored: Bool
  private var nextMark = Timestamp.distantPast
  /// Since when central has had something to acknowledge.
  private(set) var waitingSince: Timestamp?

  /// - Parameter row: as stored; nil for the first connection.
  init(_ row: UplinkRow?, log: String) {
    let isNew = row == nil
    let row = row ?? UplinkRow(log: log)
    self.row = row
    isStored = !isNew
    readPlace = row.acked
  }

  // MARK: The log

  /// Notices that the watch began a new log, or that an older copy came back, whose numbers will be used twice. Both begin a new epoch, in
  /// which everything is sent.
  ///
  /// - Returns: true for a new epoch.
  func follow(log id: String, last: Int64) -> Bool {
    if id != row.log {
      begin(log: id, generation: 1)
      return true
    }
    guard max(readPlace, row.acked) > last else { return false }
    begin(log: id, generation: row.generation + 1)
    return true
  }

  private func begin(log: String, generation: Int64) {
    row.log = log
    row.generation = generation
    (row.acked, row.released, row.lastAck) = (0, 0, nil)
    (isOther, isStored, cases, readPlace) = (true, false, [:], 0)
    drop()
  }

  private func drop() {
    items = []
    sent = 0
    waitingSince = nil
  }

  /// Reads what is new, as far as the window has room.
  func read(_ log: PropertyStore, _ own: ServeStore, at now: Timestamp) throws(StoreError) {
    var budget = Self.readLimit
    while items.count < Self.window, items.reduce(0, { $0 + $1.bytes }) < Self.windowBytes, budget > 0 {
      let entries = try log.log(after: readPlace, limit: Self.batch)
      if entries.isEmpty { break }
      budget -= entries.count
      for entry in entries {
        guard let number = entry.number else { continue }
        try take(entry, number, own)
        readPlace = number
        if items.count >= Self.window { break }
      }
    }
    if !items.isEmpty, waitingSince == nil { waitingSince = now }
  }

  private func take(_ entry: LogEntry, _ number: Int64, _ own: ServeStore) throws(StoreError) {
    let decision: UplinkFilter.Decision
    do {
      decision = try filter.decide(entry) { alert in
        // An event that is sent again must not become another than it was.
        if let first = self.cases[alert], first < number { return true }
        return try !self.isOther && (own.firstSent(alert)).map { $0 < number } == true
      }
    } catch { throw StoreError(error) }
    guard case .goes(let document, let alert) = decision else { return }
    if let alert { cases[alert] = min(cases[alert] ?? number, number) }
    items.append(Item(number: number, document: document, bytes: document.bytes.count))
  }

  /// What central has still to get. Of entries that were not read yet it is not known whether they are for central.
  func pending(_ log: PropertyStore?) -> Int64 {
    Int64(items.count) + Int64((try? log?.logCount(after: readPlace)) ?? 0)
  }

  // MARK: The connection

  func connected(at now: Timestamp) {
    isConnected = true
    sent = 0
    (lastMove, patience, greetedAt) = (now, Self.patience, now + Self.greeting)
  }

  func disconnected() {
    isConnected = false
    sent = 0
  }

  /// The events to send now, in order.
  ///
  /// - Parameter jitter: 0 to 1; boxes that wait together must not come back together.
  func next(at now: Timestamp, jitter: Double) -> [EventMessage<JSONValue>] {
    // The clock was set back.
    if now < lastMove { (lastMove, greetedAt) = (now, now) }
    guard isConnected, now >= greetedAt else { return [] }
    if sent > 0, now >= lastMove + patience * (1 + jitter / 4) {
      sent = 0
      lastMove = now
      patience = min(patience * 2, Self.longestPatience)
    }
    guard sent < items.count else { return [] }
    if sent == 0 { lastMove = now }
    let messages = items.indices.dropFirst(sent).map { index in
      EventMessage(
        epoch: row.epoch, seq: items[index].number, prev: index == 0 ? row.acked : items[index - 1].number, data: items[index].document)
    }
    sent = items.count
    return messages
  }

  // MARK: Acknowledgements

  enum Outcome: Equatable {
    case moved
    /// Central wants what it had, or something got lost on the way.
    case sendsAgain
    case ignored
    /// Central has more than there is: an older copy of the database came back. A new epoch begins.
    case newEpoch
  }

  /// - Parameter last: the number of the last entry of the log.
  func acknowledge(_ ack: AckMessage, last: Int64, at now: Timestamp) -> Outcome {
    guard ack.epoch == row.epoch else { return .ignored }
    guard ack.seq <= last else {
      begin(log: row.log, generation: row.generation + 1)
      return .newEpoch
    }
    row.lastAck = now.nanoseconds
    isStored = false
    greetedAt = .distantPast
    defer { if items.isEmpty { waitingSince = nil } }
    if ack.seq < row.acked {
      row.acked = ack.seq
      row.released = min(row.released, ack.seq)
      readPlace = ack.seq
      nextMark = .distantPast
      drop()
      return .sendsAgain
    }
    if ack.seq == row.acked {
      guard sent > 0, now >= lastRefill + Self.refillInterval || now < lastRefill else { return .ignored }
      (lastRefill, sent) = (now, 0)
      return .sendsAgain
    }
    let done = items.prefix { $0.number <= ack.seq }.count
    items.removeFirst(done)
    sent = max(0, sent - done)
    row.acked = ack.seq
    readPlace = max(readPlace, ack.seq)
    (lastMove, patience, waitingSince) = (now, Self.patience, now)
    return .moved
  }

  /// Everything up to here was acknowledged, or is not for central.
  var settled: Int64 { items.first.map { $0.number - 1 } ?? readPlace }

  // MARK: Storing

  func set(_ state: UplinkRow.State, problem: String?) {
    guard row.state != state || row.problem != problem else { return }
    (row.state, row.problem, isStored) = (state, problem, false)
  }

  func setAlarmed(_ isAlarmed: Bool) {
    guard row.isAlarmed != isAlarmed else { return }
    (row.isAlarmed, isStored) = (isAlarmed, false)
  }

  /// Writes what changed, and every minute that it is alive.
  func store(in own: ServeStore, _ log: PropertyStore?, at now: Timestamp, isEnd: Bool = false) throws(StoreError) {
    let isDue = now.nanoseconds &- row.updated > 60_000_000_000 || now.nanoseconds < row.updated
    guard !isStored || isDue || isEnd else { return }
    row.pending = pending(log)
    row.updated = now.nanoseconds
    var mark: UplinkMark?
    if now >= nextMark || nextMark > now + Self.markInterval {
      nextMark = now + Self.markInterval
      mark = UplinkMark(place: settled, time: now.nanoseconds)
      if !isOther { row.released = max(row.released, min(settled, try own.place(at: now - Self.keeping))) }
    }
    // Only of what central has: what is read again is found again.
    let known = cases.filter { $0.value <= row.acked || isEnd }
    try own.store(row, sent: known, mark: mark, isOther: isOther)
    for alert in known.keys { cases[alert] = nil }
    (isStored, isOther) = (true, false)
  }
}
