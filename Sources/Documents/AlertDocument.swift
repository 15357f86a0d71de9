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
    enum Value: Encodable, Sendable {
      case text(String)
      case flag(Bool)

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .flag(let flag): try container.encode(flag)
        }
      }
    }

    let what: String
    @OrNull var from: Value?
    @OrNull var to: Value?

    init(_ change: AlertEvent.Change) {
      what = change.what.rawValue
      from = change.from.map { change.value($0) }
      to = change.to.map { change.value($0) }
    }
  }

  struct Health: Encodable, Sendable {
    let code: String
    @OrNull var interface: String?
    @OrNull var count: UInt64?
    let text: String
    /// Only for floods, from here on.
    var what: String?
    var source: String?
    var segment: OrNull<String>?
    var hidden: String?

    init(_ health: HealthEvent) {
      code = health.code.rawValue
      text = health.text
      what = health.flood?.what.rawValue
      source = health.flood?.source
      segment = health.flood.map { OrNull(wrappedValue: $0.segment == .untagged ? nil : $0.segment.description) }
      hidden = health.flood?.hidden
      interface = health.interface
      count = health.count
    }
  }

  /// Cameras that somebody invents, with the one place that they come from.
  struct Group: Encodable, Sendable {
    let group: CameraGroup

    private enum CodingKeys: String, CodingKey {
      case count, examples, port, vlan, ap
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(group.count, forKey: .count)
      try container.encode(group.examples, forKey: .examples)
      switch group.place {
      case .port(let name): try container.encode(name.isEmpty ? "unnamed" : name, forKey: .port)
      case .vlan(let number): try container.encode(number, forKey: .vlan)
      case .segment(let name): try container.encode(name, forKey: .vlan)
      case .accessPoint(let address), .tunnel(let address): try container.encode(address, forKey: .ap)
      }
    }
  }

  /// The upload that somebody outside asked for.
  struct Watching: Encodable, Sendable {
    let peer: String
    let lagSeconds: Double
    let since: String
    let lengthSeconds: Double
    let bytes: UInt64

    private enum CodingKeys: String, CodingKey {
      case peer, since, bytes
      case lagSeconds = "lag_seconds"
      case lengthSeconds = "length_seconds"
    }

    init(_ watched: Watched) {
      peer = watched.peer.description
      lagSeconds = (watched.lag.seconds * 100).rounded() / 100
      since = watched.since.rfc3339
      lengthSeconds = (watched.length.seconds * 10).rounded() / 10
      bytes = watched.bytes
    }
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
  /// Only where somebody outside began to watch, or does not watch any more.
  var watched: Watching?
  /// Only where one alert stands for many cameras.
  var group: Group?
  /// Only for health events.
  var health: Health?
  /// Only for stored cases, from here on.
  var status: String?
  var updated: String?
  var snoozedUntil: OrNull<String>?
  /// Nothing about it is deleted.
  var held: Bool?
  var history: [Action]?
  /// Only for cases that people work on through `serve`, from here on.
  var version: String?
  var assignedTo: OrNull<String>?
  var proposed: OrNull<String>?

  private enum CodingKeys: String, CodingKey {
    case id, kind, severity, time, device, verdict, summary, follows, event, changes, subject, sensor, uid, evidence, watched, group,
      health, status, updated, held, history, version, proposed
    case assignedTo = "assigned_to"
    case snoozedUntil = "snoozed_until"
  }

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
    changes = sensor == nil && event.kind == .surer ? [] : event.changes.map(Change.init)
    subject = DeviceDocument(event.device, alert: event.alert, makers: makers, files: files, withEvidence: false)
    self.sensor = sensor.map(SensorDocument.init)
    uid = sensor?.id.map { "\($0).\(event.id).\(event.number)" }
    // A watch stores it.
    let evidence = sensor == nil ? event.device.evidence : event.device.evidence.map(event.device.withoutPrivateValue)
    self.evidence = evidence.map { EvidenceDocument($0, files: files) }
    watched = event.watched.map(Watching.init)
    group = event.group.map(Group.init)
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
    self.health = Health(health)
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
    held = alert.isHeld
    self.history = history.map { Action(time: $0.at.rfc3339, what: $0.what, who: $0.who, note: $0.note) }
  }

  /// Adds what people do about the case through `serve`.
  ///
  /// - Parameters:
  ///   - status: what holds once the watch has applied it.
  ///   - version: changes with everything that somebody decides or finds out.
  ///   - assignedTo: who was sent.
  ///   - proposed: what waits for a second manager: `dismiss` or `declare`.
  public mutating func add(status: StoredAlert.Status, version: String, assignedTo: String?, proposed: String?) {
    self.status = status.rawValue
    self.version = version
    self.assignedTo = OrNull(wrappedValue: assignedTo)
    self.proposed = OrNull(wrappedValue: proposed)
  }
}

extension AlertEvent.Change {
  /// Whether a camera is watched is true or false; `streams` has been text since the first version of the schema.
  fileprivate func value(_ text: String) -> AlertDocument.Change.Value {
    what == .watched ? .flag(text == "true") : .text(text)
  }
}
