import Detection
import Store

/// The sensor that watches: the database's id, and a name.
public struct SensorDocument: Encodable, Sendable {
  @OrNull var id: String?
  let name: String

  public init(_ sensor: Sensor) {
    id = sensor.id
    name = sensor.name
  }
}

/// An alert: an event as it happens, or a stored case with operators' actions. Complete without other documents.
public struct AlertDocument: Encodable, Sendable {
  struct Change: Encodable, Sendable {
    let what: String
    @OrNull var from: String?
    @OrNull var to: String?
  }

  struct Health: Encodable, Sendable {
    let code: String
    @OrNull var interface: String?
    @OrNull var count: UInt64?
    let text: String
  }

  struct Action: Encodable, Sendable {
    let time: String
    let what: String
    @OrNull var who: String?
    @OrNull var note: String?
  }

  let id: String
  let kind: String
  let severity: String
  let time: String
  @OrNull var device: String?
  @OrNull var verdict: String?
  let summary: String
  @OrNull var follows: String?
  @OrNull var event: String?
  @OrNull var changes: [Change]?
  @OrNull var subject: DeviceDocument?
  @OrNull var sensor: SensorDocument?
  /// `SENSOR.ID.N`; nil without a database.
  @OrNull public private(set) var uid: String?
  let evidence: [EvidenceDocument]
  /// Only for health events.
  var health: Health?
  /// Only for stored cases, from here on.
  var status: String?
  var updated: String?
  var snoozedUntil: OrNull<String>?
  var history: [Action]?

  /// An event as it happens.
  ///
  /// - Parameter sensor: nil in a replay.
  public init(_ event: AlertEvent, sensor: Sensor?, makers: OUIRegistry, files: [String] = []) {
    id = event.id
    kind = event.documentKind
    severity = event.severity.rawValue
    time = event.time.rfc3339
    device = event.device.id.description
    verdict = event.device.verdict.rawValue
    summary = event.summary
    follows = event.follows
    // A replay reports each id once, in its last state.
    self.event = (sensor == nil && event.kind == .surer ? .raised : event.kind).rawValue
    changes = sensor == nil && event.kind == .surer ? [] : event.changes.map { Change(what: $0.what.rawValue, from: $0.from, to: $0.to) }
    subject = DeviceDocument(event.device, alert: event.alert, makers: makers, files: files, withEvidence: false)
    self.sensor = sensor.map(SensorDocument.init)
    uid = sensor?.id.map { "\($0).\(event.id).\(event.number)" }
    evidence = event.device.evidence.map { EvidenceDocument($0, files: files) }
  }

  /// A problem of the watch itself.
  public init(_ health: HealthEvent, sensor: Sensor?) {
    id = health.id
    kind = "health"
    severity = health.severity.rawValue
    time = health.time.rfc3339
    summary = health.summary
    event = "health"
    changes = []
    self.sensor = sensor.map(SensorDocument.init)
    uid = sensor?.id.map { "\($0).\(health.id).1" }
    evidence = []
    self.health = Health(code: health.code.rawValue, interface: health.interface, count: health.count, text: health.text)
  }

  /// A stored case.
  ///
  /// - Parameter subject: its device as stored now; nil if that was deleted.
  public init(
    _ alert: StoredAlert, history: [StoredEvent] = [], subject: DeviceSnapshot?, sensor: Sensor?, makers: OUIRegistry, at now: Timestamp
  ) {
    id = alert.id
    kind = alert.kind
    severity = alert.severity
    time = alert.raisedTime.rfc3339
    device = alert.device
    verdict = alert.verdict
    summary = alert.summary
    follows = alert.follows
    self.subject = subject.map { DeviceDocument($0.device, alert: $0.alert?.id, makers: makers, withEvidence: false) }
    self.sensor = sensor.map(SensorDocument.init)
    evidence = subject?.device.evidence.map { EvidenceDocument($0) } ?? []
    status = alert.status(at: now).rawValue
    updated = alert.updatedTime.rfc3339
    snoozedUntil = OrNull(wrappedValue: alert.snoozedUntilTime?.rfc3339)
    self.history = history.map { Action(time: $0.at.rfc3339, what: $0.what, who: $0.who, note: $0.note) }
  }
}
