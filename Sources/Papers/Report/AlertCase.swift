import Detection
import Documents
import Store

/// All that the database knows about an alert.
public struct AlertCase: Sendable {
  public let alert: StoredAlert
  /// Its device as stored now; nil if that was deleted.
  public let subject: DeviceSnapshot?
  public let sensor: Sensor?
  public let signOfLife: SignOfLife?
  private let events: [StoredEvent]
  private let following: [StoredAlert]
  private let traffic: TrafficPicture?
  private let now: Timestamp

  public init(_ alert: StoredAlert, in store: PropertyStore, at now: Timestamp) throws(StoreError) {
    self.alert = alert
    self.now = now
    (events, following) = try store.history(of: alert.id)
    subject = try alert.device.flatMap { id throws(StoreError) in try store.device(id) }
    traffic = try alert.device.flatMap { id throws(StoreError) in TrafficPicture(try store.traffic(of: id)) }
    sensor = try store.sensor()
    signOfLife = try store.signOfLife()
  }

  /// The same as `lenscap alerts show --format json` prints.
  public var document: AlertDocument {
    AlertDocument(
      alert, history: events, subject: subject, sensor: sensor, makers: OUIRegistry(of: [subject?.device.id.mac].compactMap { $0 }), at: now
    )
  }

  public var status: String { alert.status(at: now).rawValue }

  /// What happened and what people did, by time.
  public var entries: [IncidentReport.Entry] {
    (events.map { IncidentReport.Entry(time: $0.at, what: Self.words($0.what), who: $0.who, note: $0.note) }
      + following.map { IncidentReport.Entry(time: $0.raisedTime, what: "\($0.kind): \($0.summary.forPeople(limit: 300))") })
      .sorted { $0.time < $1.time }
  }

  /// Whether something set the clock of the box when the alert was raised, as its kernel said (adjtimex(2)).
  private static func clock(_ isSynchronised: Bool?) -> String {
    switch isSynchronised {
    case true?: "yes, when the alert was raised, as the box's kernel said"
    case false?: "no, when the alert was raised, as the box's kernel said: times may be wrong"
    case nil: "not recorded"
    }
  }

  static func words(_ what: String) -> String {
    switch StoredEvent.What(rawValue: what) {
    case .raised: "raised"
    case .surer: "became certain"
    case .acknowledged: "acknowledged: somebody deals with it"
    case .snoozed: "no news wanted for a while"
    case .dismissed: "dismissed as false"
    case .reopened: "opened again"
    case .declared: "declared as the property's own"
    case .held: "put on hold: nothing about it is deleted"
    case .released: "released from hold"
    case .handedOut: "packets with media handed out"
    case .paperMade: "a paper was made for the page"
    case .cleared: "no longer taken for a camera"
    case .confirmed: "taken for a camera again"
    case nil: what
    }
  }

  /// The report; its reasons are those of the database.
  public func report(_ origin: IncidentReport.Origin) -> IncidentReport {
    var origin = origin
    origin.sensor = sensor
    guard let subject else {
      origin.remarks += ["The device of this alert was deleted from the database since."] + entries.map(\.line)
      let answer = alert.summary.forPeople(limit: 300).prefix(1).uppercased() + alert.summary.forPeople(limit: 300).dropFirst() + "."
      return IncidentReport(subjects: [], inputs: [], origin: origin, recording: (answer, 0))
    }
    var item = IncidentReport.Subject(device: subject.device, alert: alert.id)
    item.status = status
    item.history = entries
    item.counted = traffic
    item.hasPackets = false
    origin.clockState = Self.clock(alert.clockSynchronised)
    return IncidentReport(subjects: [item], inputs: [], origin: origin)
  }
}

extension IncidentReport.Entry {
  fileprivate var line: String {
    "\(time.rfc3339): \(what)" + (who.map { ", by \($0.forPeople())" } ?? "") + (note.map { ": \($0.forPeople(limit: 300))" } ?? "")
  }
}
