import Detection
import GRDB

/// An operator's decision about an alert.
public enum AlertAction: Sendable, Equatable {
  case acknowledge
  case snooze(until: Timestamp)
  case dismiss
  case reopen
  /// Nothing about it is deleted until it is released.
  case hold
  case release
}

extension PropertyStore {
  /// Commits alerts before they are reported, each with its device and its entry of the event log, all or none. An update replaces what
  /// was stored.
  ///
  /// - Parameter now: the wall clock's time.
  public func record(_ records: [AlertRecord], at now: Timestamp) throws(StoreError) {
    try write { db in
      for record in records {
        if let device = record.device { try Self.save(device, at: now, db) }
        try Self.record(record.alert, db)
        if let device = record.device, let own = device.alert {
          try db.execute(sql: "UPDATE alert SET folded = ?1 WHERE id = ?2 AND folded IS NOT ?1", arguments: [device.group, own.id])
        }
        if let entry = record.entry { try entry.recorded(at: now).insert(db) }
      }
    }
  }

  private static func record(_ alert: StoredAlert, _ db: Database) throws {
    let isNew = try !StoredAlert.exists(db, key: alert.id)
    if isNew {
      try alert.insert(db)
    } else {
      try db.execute(
        sql: """
          UPDATE alert SET updated = ?, severity = ?, device = ?, verdict = ?, facets = ?, summary = ?, document = ?, is_announced = 0
          WHERE id = ?
          """,
        arguments: [alert.updated, alert.severity, alert.device, alert.verdict, alert.facets, alert.summary, alert.document, alert.id])
    }
    // The device may have moved to another network segment, and have another id since.
    if let follows = alert.follows {
      try db.execute(sql: "UPDATE alert SET device = ? WHERE id = ?", arguments: [alert.device, follows])
    }
    try StoredEvent(isNew ? .raised : .surer, alert.id, at: alert.updatedTime).insert(db)
  }

  /// Marks alerts as reported.
  public func markAnnounced(_ ids: [String]) throws(StoreError) {
    try write { db in
      for id in ids { try db.execute(sql: "UPDATE alert SET is_announced = 1 WHERE id = ?", arguments: [id]) }
    }
  }

  /// Alerts that may not have been reported, because the program ended after storing them.
  public func unannounced() throws(StoreError) -> [StoredAlert] {
    try read { try StoredAlert.fetchAll($0, sql: Query.unannounced) }
  }

  /// Alerts raised or updated at or after a time, oldest first.
  public func alerts(since: Timestamp = .distantPast) throws(StoreError) -> [StoredAlert] {
    try read { db in
      try StoredAlert.fetchAll(
        db, sql: "SELECT * FROM alert WHERE updated >= ? ORDER BY time, id", arguments: [since.nanoseconds])
    }
  }

  /// Nil if there is none with this id.
  public func alert(_ id: String) throws(StoreError) -> StoredAlert? {
    try read { try StoredAlert.fetchOne($0, key: id) }
  }

  /// There is at least one alert.
  public func hasAlerts() throws(StoreError) -> Bool {
    try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM alert)") ?? false }
  }

  /// Alerts whose id has this prefix.
  public func alerts(withPrefix prefix: String) throws(StoreError) -> [StoredAlert] {
    try read { try StoredAlert.fetchAll($0, sql: Query.alertsWithPrefix, arguments: [prefix, prefix + "\u{10FFFF}"]) }
  }

  /// The history of an alert, and the alerts that followed it, sorted by time.
  ///
  /// - Parameter limit: of both, only so many of the latest; nil for all.
  public func history(of id: String, latest limit: Int? = nil) throws(StoreError) -> (events: [StoredEvent], following: [StoredAlert]) {
    let limit = limit ?? -1
    return try read { db in
      let events = try StoredEvent.fetchAll(
        db, sql: "SELECT * FROM event WHERE alert = ? ORDER BY time DESC, number DESC LIMIT ?", arguments: [id, limit])
      let following = try StoredAlert.fetchAll(
        db, sql: "SELECT * FROM alert WHERE follows = ? ORDER BY time DESC, id DESC LIMIT ?", arguments: [id, limit])
      return (events.reversed(), following.reversed())
    }
  }

  /// What people did about alerts in a period, by time.
  public func decisions(from: Timestamp, to: Timestamp) throws(StoreError) -> [StoredEvent] {
    try read { db in
      try StoredEvent.fetchAll(
        db, sql: "SELECT * FROM event WHERE who IS NOT NULL AND time >= ? AND time < ? ORDER BY time, number",
        arguments: [from.nanoseconds, to.nanoseconds])
    }
  }

  /// Records an operator's decision, with the operator's name, the time and a note. All but snoozing, holding and releasing is logged as an
  /// event.
  ///
  /// - Parameter time: the wall clock's time.
  public func apply(_ action: AlertAction, to id: String, who: String?, note: String?, at time: Timestamp) throws(StoreError) {
    try write { try Self.apply(action, to: id, who: who, note: note, at: time, $0) }
  }

  static func apply(
    _ action: AlertAction, to id: String, who: String?, note: String?, at time: Timestamp, _ db: Database
  ) throws {
    // A hold is on the case, by whichever of its events it is named.
    let id = action == .hold || action == .release ? try StoredAlert.fetchOne(db, key: id)?.follows ?? id : id
    let (change, what): (String, StoredEvent.What) =
      switch action {
      case .acknowledge: ("acknowledged = \(time.nanoseconds)", .acknowledged)
      case .snooze(let until): ("snoozed_until = \(until.nanoseconds)", .snoozed)
      case .dismiss: ("dismissed = \(time.nanoseconds)", .dismissed)
      case .reopen: ("acknowledged = NULL, snoozed_until = NULL, dismissed = NULL, declared = NULL", .reopened)
      case .hold: ("held = coalesce(held, \(time.nanoseconds))", .held)
      case .release: ("held = NULL", .released)
      }
    try db.execute(sql: "UPDATE alert SET \(change) WHERE id = ?", arguments: [id])
    if action == .dismiss { try addFacets(to: id, db) }
    try record(StoredEvent(what, id, at: time, who: who, note: note), db)
  }

  /// Records that somebody took packets with media of an alert, and why.
  public func recordMedia(of id: String, who: String?, reason: String, at time: Timestamp) throws(StoreError) {
    try write { try Self.record(StoredEvent(.handedOut, id, at: time, who: who, note: reason), $0) }
  }

  /// Adds the facets of evidence that arrived after the alert: whoever dismisses it has seen that too.
  private static func addFacets(to id: String, _ db: Database) throws {
    let sql = "SELECT DISTINCT facet FROM evidence JOIN alert USING (device) WHERE alert.id = ? AND says IN ('camera', 'recorder')"
    let shown = try String.fetchSet(db, sql: sql, arguments: [id])
    let former = try String.fetchOne(db, sql: "SELECT facets FROM alert WHERE id = ?", arguments: [id]) ?? ""
    let facets = shown.union(former.split(separator: " ").map(String.init)).sorted().joined(separator: " ")
    try db.execute(sql: "UPDATE alert SET facets = ? WHERE id = ?", arguments: [facets, id])
  }

  /// The latest dismissal of each device, by its id.
  public func dismissals() throws(StoreError) -> [String: Dismissal] {
    try read { db in
      let alerts = try StoredAlert.fetchAll(db, sql: Query.dismissals)
      return Dictionary(alerts.map { ($0.device ?? "", $0.dismissal) }, uniquingKeysWith: { _, later in later })
    }
  }
}

/// An alert, or an event that followed one, with operators' actions.
public struct StoredAlert: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "alert"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  public enum Status: String, Sendable, CaseIterable {
    case open, acknowledged, snoozed, dismissed, declared
  }

  public let id: String
  public let kind: String
  public let severity: String
  let time: Int64
  var updated: Int64
  public let device: String?
  public let follows: String?
  public var verdict: String?
  /// The facets with evidence, separated by spaces.
  var facets: String
  public var summary: String
  /// The alert's JSON document.
  public var document: String
  public var isAnnounced: Bool
  var acknowledged: Int64?
  var snoozedUntil: Int64?
  var dismissed: Int64?
  var declared: Int64?
  /// The alert of the invented cameras that its device is one of.
  public var folded: String?
  var held: Int64?
  /// Whether something set the clock of the box when it was raised; nil if that is not known.
  public var clockSynchronised: Bool?

  /// Nothing about it is deleted.
  public var isHeld: Bool { held != nil }
  /// False for an event that followed another alert, and for one about the watch itself.
  public var isCase: Bool { follows == nil && kind != "health" }
  /// A case, and not part of the one about all invented cameras.
  public var isOwnCase: Bool { isCase && folded == nil }
  /// The time at which it was raised.
  public var raisedTime: Timestamp { Timestamp(nanoseconds: time) }
  /// The time of its last update.
  public var updatedTime: Timestamp { Timestamp(nanoseconds: updated) }
  public var snoozedUntilTime: Timestamp? { snoozedUntil.map { Timestamp(nanoseconds: $0) } }

  public func status(at now: Timestamp) -> Status {
    if dismissed != nil { return .dismissed }
    if declared != nil { return .declared }
    if let snoozedUntil, snoozedUntil > now.nanoseconds { return .snoozed }
    return acknowledged == nil ? .open : .acknowledged
  }

  /// - Parameters:
  ///   - kind: the kind in the JSON output.
  ///   - summary: one line for people.
  ///   - document: the event's JSON document.
  public init(_ event: AlertEvent, kind: String, summary: String, document: String) {
    let facets = Set(event.device.evidence.filter { $0.signature.says.isWeighed }.map(\.signature.facet.rawValue))
    self.init(
      id: event.id, kind: kind, severity: event.severity.rawValue, time: event.time, device: event.device.id.description,
      follows: event.follows, verdict: event.device.verdict.rawValue, facets: facets.sorted().joined(separator: " "), summary: summary,
      document: document)
  }

  public init(
    id: String, kind: String, severity: String, time: Timestamp, device: String? = nil, follows: String? = nil, verdict: String? = nil,
    facets: String = "", summary: String, document: String
  ) {
    self.id = id
    self.kind = kind
    self.severity = severity
    self.time = time.nanoseconds
    updated = time.nanoseconds
    self.device = device
    self.follows = follows
    self.verdict = verdict
    self.facets = facets
    self.summary = summary
    self.document = document
    isAnnounced = false
  }

  var dismissal: Dismissal {
    Dismissal(alert: id, facets: Set(facets.split(separator: " ").compactMap { Facet(rawValue: String($0)) }))
  }
}

/// An entry of an alert's history.
public struct StoredEvent: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "event"

  public enum What: String, Sendable {
    case raised, surer, acknowledged, snoozed, dismissed, reopened, declared, held, released
    /// Its device is no longer taken for a camera, or is again. Noted where central must learn of it.
    case cleared, confirmed
    /// Packets with media left the box.
    case handedOut = "handed-out"
    /// A paper was made for the page.
    case paperMade = "paper-made"
  }

  var number: Int64?
  public let alert: String
  let time: Int64
  public let what: String
  public let who: String?
  public let note: String?

  public var at: Timestamp { Timestamp(nanoseconds: time) }

  init(_ what: What, _ alert: String, at time: Timestamp, who: String? = nil, note: String? = nil) {
    self.alert = alert
    self.time = time.nanoseconds
    self.what = what.rawValue
    self.who = who
    self.note = note
  }
}
