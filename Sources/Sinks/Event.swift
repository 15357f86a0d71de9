import Detection

/// One thing that happened, the same for every sink.
public struct Event: Sendable, Equatable {
  /// The `type` in every document; docs/connect-http.md lists them.
  public enum Kind: String, Sendable, CaseIterable {
    case raised = "alert.raised"
    case surer = "alert.surer"
    case changed = "alert.changed"
    case silent = "alert.silent"
    case back = "alert.back"
    case acknowledged = "alert.acknowledged"
    case dismissed = "alert.dismissed"
    case declared = "alert.declared"
    case reopened = "alert.reopened"
    case health
    case report
    case test

    /// True for what a person did about an alert.
    public var isByPerson: Bool {
      switch self {
      case .acknowledged, .dismissed, .declared, .reopened: true
      default: false
      }
    }
  }

  public let kind: Kind
  /// The same whenever the event is delivered again. ASCII letters, digits, dots and hyphens.
  public let uid: String
  /// When it happened: packet time of what was seen in packets.
  public let time: Timestamp
  /// Id of the alert (the case) that it belongs to; nil for health, reports and tests.
  public let alert: String?
  /// An alert of schema lenscap/1; of a report the digest. With `"test": true` in a test.
  public let document: JSONValue
  /// True if it belongs to the first report of a new box, which persons get as one message.
  public let isFirstReport: Bool

  public init(kind: Kind, uid: String, time: Timestamp, alert: String?, document: JSONValue, isFirstReport: Bool = false) {
    self.kind = kind
    self.uid = uid
    self.time = time
    self.alert = alert
    self.document = document
    self.isFirstReport = isFirstReport
  }

  /// The same event as one of its own.
  public var withoutFirstReport: Event {
    isFirstReport ? Event(kind: kind, uid: uid, time: time, alert: alert, document: document) : self
  }

  public var severity: String? { document["severity"]?.string }
  public var verdict: String? { document["verdict"]?.string }
  public var room: String? { document["subject"]?["room"]?.string }
  public var summary: String? { document["summary"]?.string }
}
