import Detection
import GRDB

/// What people do about an alert.
public enum AlertAction: Sendable, Equatable {
  case acknowledge
  case snooze(until: Timestamp)
  case dismiss
  case reopen
}

extension PropertyStore {
  /// Keeps an alert before it is announced, with the device that it is about; an update takes the place of what was kept.
  public func record(_ alert: StoredAlert, _ state: DeviceState? = nil) throws(StoreError) {
    try write { db in
      if let state { try Self.save(state, db) }
      let isNew = try !StoredAlert.exists(db, key: alert.id)
      if isNew {
        try alert.insert(db)
      } else {
        try db.execute(
          sql: """
            UPDATE alert SET updated = ?, device = ?, verdict = ?, facets = ?, summary = ?, document = ?, is_announced = 0
            WHERE id = ?
            """, arguments: [alert.updated, alert.device, alert.verdict, alert.facets, alert.summary, alert.document, alert.id])
      }
      // It may have moved, and be another device since.
      if let follows = alert.follows {
        try db.execute(sql: "UPDATE alert SET device = ? WHERE id = ?", arguments: [alert.device, follows])
      }
      try StoredEvent(isNew ? .raised : .surer, alert.id, at: alert.updatedTime).insert(db)
    }
  }

  /// These have been told.
  public func markAnnounced(_ ids: [String]) throws(StoreError) {
    try write { db in
      for id in ids { try db.execute(sql: "UPDATE alert SET is_announced = 1 WHERE id = ?", arguments: [id]) }
    }
  }

  /// Kept, and perhaps not told: the program ended between.
  public func unannounced() throws(StoreError) -> [StoredAlert] {
    try read { try StoredAlert.fetchAll($0, sql: "SELECT * FROM alert WHERE is_announced = 0 ORDER BY updated, id") }
  }

  /// Alerts that were raised or updated at or after a time, the oldest first.
  public func alerts(since: Timestamp = .distantPast) throws(StoreError) -> [StoredAlert] {
    try read { db in
      try StoredAlert.fetchAll(
        db, sql: "SELECT * FROM alert WHERE updated >= ? ORDER BY time, id", arguments: [since.nanoseconds])
    }
  }

  /// Alerts whose id begins so.
  public func alerts(withPrefix prefix: String) throws(StoreError) -> [StoredAlert] {
    try read { try StoredAlert.fetchAll($0, sql: "SELECT * FROM alert WHERE substr(id, 1, ?) = ?", arguments: [prefix.count, prefix]) }
  }

  /// What happened to an alert, and the alerts that followed it; in the order of time.
  public func history(of id: String) throws(StoreError) -> (events: [StoredEvent], following: [StoredAlert]) {
    try read { db in
      (
        try StoredEvent.fetchAll(db, sql: "SELECT * FROM event WHERE alert = ? ORDER BY time, number", arguments: [id]),
        try StoredAlert.fetchAll(db, sql: "SELECT * FROM alert WHERE follows = ? ORDER BY time, id", arguments: [id])
      )
    }
  }

  /// A person does something about an alert, and it is written down who, when and why.
  public func apply(_ action: AlertAction, to id: String, who: String?, note: String?, at time: Timestamp) throws(StoreError) {
    try write { db in
      let (change, what): (String, StoredEvent.What) =
        switch action {
        case .acknowledge: ("acknowledged = \(time.nanoseconds)", .acknowledged)
        case .snooze(let until): ("snoozed_until = \(until.nanoseconds)", .snoozed)
        case .dismiss: ("dismissed = \(time.nanoseconds)", .dismissed)
        case .reopen: ("acknowledged = NULL, snoozed_until = NULL, dismissed = NULL, declared = NULL", .reopened)
        }
      try db.execute(sql: "UPDATE alert SET \(change) WHERE id = ?", arguments: [id])
      try StoredEvent(what, id, at: time, who: who, note: note).insert(db)
    }
  }

  /// The latest dismissal of each device, by its id.
  public func dismissals() throws(StoreError) -> [String: Dismissal] {
    try read { db in
      let alerts = try StoredAlert.fetchAll(
        db, sql: "SELECT * FROM alert WHERE dismissed IS NOT NULL AND follows IS NULL AND device IS NOT NULL ORDER BY time")
      return Dictionary(alerts.map { ($0.device ?? "", $0.dismissal) }, uniquingKeysWith: { _, later in later })
    }
  }
}
