import Detection
import GRDB

/// An alert, and what people did about it.
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
  /// The sides of the device that speak for it, separated by spaces.
  var facets: String
  public var summary: String
  /// The alert as the JSON output gives it.
  public var document: String
  public var isAnnounced: Bool
  var acknowledged: Int64?
  var snoozedUntil: Int64?
  var dismissed: Int64?
  var declared: Int64?

  /// When it was raised.
  public var raisedTime: Timestamp { Timestamp(nanoseconds: time) }
  /// When it was last updated.
  public var updatedTime: Timestamp { Timestamp(nanoseconds: updated) }
  public var snoozedUntilTime: Timestamp? { snoozedUntil.map { Timestamp(nanoseconds: $0) } }

  public func status(at now: Timestamp) -> Status {
    if dismissed != nil { return .dismissed }
    if declared != nil { return .declared }
    if let snoozedUntil, snoozedUntil > now.nanoseconds { return .snoozed }
    return acknowledged == nil ? .open : .acknowledged
  }

  /// - Parameter document: the alert as the JSON output gives it.
  public init(_ alert: Alert, document: String) {
    let facets = Set(alert.device.evidence.filter { $0.signature.says.isWeighed }.map(\.signature.facet.rawValue))
    self.init(
      id: alert.id, kind: alert.kind.rawValue, severity: alert.severity.rawValue, time: alert.time,
      device: alert.device.id.description, follows: alert.follows, verdict: alert.device.verdict.rawValue,
      facets: facets.sorted().joined(separator: " "), summary: alert.summary, document: document)
  }

  public init(
    id: String, kind: String, severity: String, time: Timestamp, device: String?, follows: String?, verdict: String?,
    facets: String, summary: String, document: String
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

/// One thing that happened to an alert.
public struct StoredEvent: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "event"

  public enum What: String, Sendable {
    case raised, surer, acknowledged, snoozed, dismissed, reopened, declared
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
