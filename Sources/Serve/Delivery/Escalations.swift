import ConfigurationFiles
import Detection
import Documents
import Foundation
import GRDB
import Sinks
import Store

/// An alert that goes to another sink if nobody acknowledges it in time.
struct EscalationRow: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "escalation"
  static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  let alert: String
  let sink: String
  let target: String
  let due: Int64
  let uid: String
  /// Seconds.
  let after: Int64
  let document: String
  var isDone = false
}

extension ServeStore {
  /// Plans to escalate an alert, once for each sink.
  func plan(_ escalation: EscalationRow) throws(StoreError) {
    try write { try escalation.insert($0, onConflict: .ignore) }
  }

  func dueEscalations(at now: Timestamp) throws(StoreError) -> [EscalationRow] {
    try read {
      try EscalationRow.fetchAll(
        $0, sql: "SELECT * FROM escalation WHERE NOT is_done AND due <= ? ORDER BY due LIMIT 256", arguments: [now.nanoseconds])
    }
  }

  /// Marks an escalation as done, and stores the event that it made, if any.
  func finish(_ escalation: EscalationRow, with event: OwnEvent?) throws(StoreError) {
    try write { db in
      try event?.insert(db, onConflict: .ignore)
      try db.execute(
        sql: "UPDATE escalation SET is_done = 1 WHERE alert = ? AND sink = ?", arguments: [escalation.alert, escalation.sink])
    }
  }
}

extension EscalationRow {
  /// Nil for events that are not escalated: only the first report of a case is.
  init?(_ waiting: Waiting, from sink: SinkSettings) {
    guard let escalate = sink.escalate, waiting.event.kind == .raised, let alert = waiting.event.alert, !waiting.isAddressed else {
      return nil
    }
    self.init(
      alert: alert, sink: sink.name, target: escalate.to, due: (waiting.recorded + escalate.after).nanoseconds, uid: waiting.event.uid,
      after: escalate.after.components.seconds, document: waiting.event.document.text)
  }

  /// The event for another sink.
  ///
  /// - Parameter target: nil for all but the one that had it.
  func event(to target: String?, at now: Timestamp) -> OwnEvent {
    let new = "\(uid).e-\(sink)"
    var document = (try? JSONValue(Data(document.utf8))) ?? [:]
    document["uid"] = .string(new)
    document["escalated"] = ["from": .string(sink), "after": .integer(after)]
    let event = Event(kind: .raised, uid: new, time: now, alert: alert, document: document)
    return OwnEvent(event, to: target.map { [$0] }, leavingOut: target == nil ? sink : nil, at: now)
  }
}
