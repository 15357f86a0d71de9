import Detection
import GRDB
import Sinks
import Store

/// How far a sink has come, and how it fares.
struct SinkRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "sink"
  static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  let name: String
  /// Everything up to these numbers was handled: of the watch's event log, and of serve's own events.
  var logPlace: Int64
  var ownPlace: Int64
  var isDisabled = false
  var lastSuccess: Int64?
  var lastError: String?
  /// True after others were told that it fails.
  var isAlarmed = false
  /// Rises when a person asks to try again now.
  var retryRequested: Int64 = 0
}

/// What became of one event at one sink.
struct DeliveryRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "delivery"
  static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  enum State: String, Codable, Sendable {
    case pending, delivered, failed, gathered
  }

  let sink: String
  let uid: String
  let type: String
  let alert: String?
  /// The uid of the message that holds several events; nil for a message of its own.
  var parcel: String?
  var state: State
  var attempts: Int
  var firstAttempt: Int64
  /// Of the last attempt.
  var time: Int64
  /// Of the next attempt.
  var next: Int64?
  var error: String?
}

extension ServeStore {
  /// Deliveries are kept this long.
  static let deliveryRetention = Duration.seconds(30 * 86_400)

  func sinks() throws(StoreError) -> [SinkRow] { try read { try SinkRow.fetchAll($0) } }

  func sink(_ name: String) throws(StoreError) -> SinkRow? { try read { try SinkRow.fetchOne($0, key: name) } }

  /// Stores the outcome of an attempt with the sink's place, both or none. What other processes set in the meantime is kept.
  func record(_ deliveries: [DeliveryRow], of sink: SinkRow) throws(StoreError) {
    try write { db in
      for row in deliveries { try row.upsert(db) }
      try db.execute(
        sql: """
          INSERT INTO sink (name, log_place, own_place, is_disabled, last_success, last_error, is_alarmed) VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT(name) DO UPDATE SET log_place = excluded.log_place, own_place = excluded.own_place,
          is_disabled = excluded.is_disabled, last_success = excluded.last_success, last_error = excluded.last_error,
          is_alarmed = excluded.is_alarmed
          """,
        arguments: [
          sink.name, sink.logPlace, sink.ownPlace, sink.isDisabled, sink.lastSuccess, sink.lastError, sink.isAlarmed,
        ])
    }
  }

  /// The rows of events that were tried and not yet delivered.
  func pendingDeliveries(of sink: String) throws(StoreError) -> [DeliveryRow] {
    try read { try DeliveryRow.fetchAll($0, sql: "SELECT * FROM delivery WHERE sink = ? AND state = 'pending'", arguments: [sink]) }
  }

  /// The latest first.
  func deliveries(of sink: String, limit: Int) throws(StoreError) -> [DeliveryRow] {
    try read {
      try DeliveryRow.fetchAll(
        $0, sql: "SELECT * FROM delivery WHERE sink = ? ORDER BY time DESC, uid LIMIT ?", arguments: [sink, limit])
    }
  }

  /// True if the sink got a message about the alert.
  func hasDelivered(_ alert: String, to sink: String) throws(StoreError) -> Bool {
    try read {
      try Bool.fetchOne(
        $0, sql: "SELECT EXISTS (SELECT 1 FROM delivery WHERE alert = ? AND sink = ? AND state IN ('delivered', 'gathered'))",
        arguments: [alert, sink]) ?? false
    }
  }

  /// When the sink got its last messages, in order. What was gathered is one message.
  func messages(to sink: String, since time: Timestamp) throws(StoreError) -> [Timestamp] {
    try read {
      try Int64.fetchAll(
        $0,
        sql: """
          SELECT max(time) AS last FROM delivery WHERE sink = ? AND time > ? AND state IN ('delivered', 'gathered')
          GROUP BY coalesce(parcel, uid) ORDER BY last
          """, arguments: [sink, time.nanoseconds]
      ).map { Timestamp(nanoseconds: $0) }
    }
  }

  /// Asks the running `serve` to try again now, and ends a disabling.
  ///
  /// - Parameter enables: false to leave a disabled sink disabled.
  public func requestRetry(of name: String, enables: Bool) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO sink (name, log_place, own_place, retry_requested) VALUES (?, -1, -1, 1)
          ON CONFLICT(name) DO UPDATE SET retry_requested = retry_requested + 1
          """, arguments: [name])
      if enables { try db.execute(sql: "UPDATE sink SET is_disabled = 0 WHERE name = ?", arguments: [name]) }
    }
  }

  /// Deletes what is older than it need be known.
  func prune(at now: Timestamp) throws(StoreError) {
    let limit = (now - Self.deliveryRetention).nanoseconds
    try write { db in
      try db.execute(sql: "DELETE FROM delivery WHERE time < ?", arguments: [limit])
      try db.execute(sql: "DELETE FROM event WHERE time < ?", arguments: [limit])
      try db.execute(sql: "DELETE FROM escalation WHERE due < ?", arguments: [limit])
      try db.execute(sql: "DELETE FROM link WHERE expires < ?", arguments: [now.nanoseconds])
    }
  }
}

// MARK: The place in the log

extension ServeStore {
  static let logKey = "log_id"

  /// Notices that the watch's log is another, or an older copy of the same.
  ///
  /// - Parameters:
  ///   - id: of the log.
  ///   - last: the number of its last entry.
  /// - Returns: true for another log than before.
  func follow(log id: String, last: Int64) throws(StoreError) -> Bool {
    let former = try value(Self.logKey)
    let isOther = former != nil && former != id
    // Of another log, everything is news. What an older copy holds was handled before.
    let place = isOther ? 0 : last
    let isBeyond = try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM sink WHERE log_place > ?)", arguments: [place]) }
    guard former != id || isBeyond == true else { return false }
    try write { db in
      try db.execute(sql: "UPDATE sink SET log_place = ? WHERE log_place > ?", arguments: [place, place])
      try Self.set(Self.logKey, to: id, db)
    }
    return isOther
  }
}

// MARK: serve's own events

/// An event that `serve` itself made: the watch fell silent, a sink fails, a report, an escalation.
struct OwnEvent: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "event"
  static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  private(set) var number: Int64?
  let uid: String
  let type: String
  let alert: String?
  let time: Int64
  /// Names separated by spaces; nil for all sinks.
  let sinks: String?
  /// The sink that it is about, which does not get it.
  let leftOut: String?
  let document: String

  init(_ event: Event, to sinks: [String]? = nil, leavingOut name: String? = nil, at now: Timestamp) {
    uid = event.uid
    type = event.kind.rawValue
    alert = event.alert
    time = now.nanoseconds
    self.sinks = sinks?.joined(separator: " ")
    leftOut = name
    document = event.document.text
  }

  func isFor(_ sink: String) -> Bool {
    if leftOut == sink { return false }
    guard let sinks else { return true }
    return sinks.split(separator: " ").contains { $0 == sink }
  }
}

extension ServeStore {
  /// An event with the same uid is kept once.
  func add(_ event: OwnEvent) throws(StoreError) {
    try write { try event.insert($0, onConflict: .ignore) }
  }

  func ownEvents(after number: Int64, limit: Int) throws(StoreError) -> [OwnEvent] {
    try read { try OwnEvent.fetchAll($0, sql: "SELECT * FROM event WHERE number > ? ORDER BY number LIMIT ?", arguments: [number, limit]) }
  }

  /// The number of the last event; 0 if there is none.
  func lastOwnNumber() throws(StoreError) -> Int64 { try read { try Int64.fetchOne($0, sql: "SELECT max(number) FROM event") ?? 0 } }
}
