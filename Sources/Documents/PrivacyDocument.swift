import Detection
import Store

/// What is stored about whom, for how long and why; what left the house, and in which files it is.
public struct PrivacyReport: Sendable {
  public struct File: Sendable {
    public let what: String
    public let path: String
    /// Nil if it does not exist, or may not be looked at.
    public let bytes: UInt64?

    public init(what: String, path: String, bytes: UInt64?) { (self.what, self.path, self.bytes) = (what, path, bytes) }
  }

  public let time: Timestamp
  public let holdings: [Holding]
  public let retention: Retention
  /// Nil if the database of `serve` cannot be read.
  public let messages: [SentMessages]?
  public let files: [File]
  public let erasures: [Erasure]
  /// Ids of alerts.
  public let held: [String]

  public init(of store: PropertyStore, retention: Retention, messages: [SentMessages]?, files: [File], at now: Timestamp) throws(StoreError)
  {
    (time, self.retention, self.messages, self.files) = (now, retention, messages, files)
    holdings = try store.holdings()
    erasures = try store.erasures()
    held = try store.heldAlerts()
  }

  /// How long something of a kind is kept, and from when on that counts.
  public func kept(_ kind: Holding.Kind) -> (span: Duration?, from: String) {
    let packet = "after the last packet"
    return switch kind {
    case .cameras: (retention.alerts, "after the last change of the alert; without an alert as unknown devices")
    case .personal: (min(retention.guests, retention.devices), packet)
    case .declared, .embedded, .media, .infrastructure, .unknown: (retention.devices, packet)
    case .alerts, .decisions: (retention.alerts, "after the last change of the alert")
    case .log: (min(Retention.events, retention.alerts), "after it was written")
    case .rooms: (retention.rooms ?? retention.alerts, "after the hour")
    case .declarations: (nil, "until somebody removes it")
    }
  }
}

extension Holding.Kind {
  /// For people.
  public var name: String {
    switch self {
    case .cameras: "cameras, and devices with an alert"
    case .declared: "the property's own cameras"
    case .embedded: "small computers in things"
    case .personal: "people's phones and computers"
    case .media: "televisions and other players"
    case .infrastructure: "routers, switches, access points"
    case .unknown: "devices of unknown class"
    case .alerts: "alerts, with what followed them"
    case .decisions: "what staff decided, with their names"
    case .log: "entries of the event log"
    case .declarations: "declarations of own cameras"
    case .rooms: "hours of rooms: watched or blind"
    }
  }

  /// Why it is stored.
  public var purpose: String {
    switch self {
    case .cameras: "to find hidden cameras and prove them"
    case .declared: "to know them again, and to notice a second device with their address"
    case .embedded: "any of them may turn out to hold a camera"
    case .personal: "to know that they are no cameras"
    case .media: "to know why they get video"
    case .infrastructure: "to take nothing that they pass on for theirs"
    case .unknown: "any of them may turn out to be a camera"
    case .alerts: "to show what was found and when"
    case .decisions: "to show who decided what and why"
    case .log: "`serve` delivers messages from it"
    case .declarations: "these cameras raise no alert"
    case .rooms: "to say which rooms were watched"
    }
  }
}

/// `lenscap privacy report` as JSON.
public struct PrivacyDocument: Encodable, Sendable {
  struct Stored: Encodable, Sendable {
    let kind: String
    let count: Int
    @OrNull var oldest: String?
    @OrNull var newest: String?
    /// Only for devices.
    let fields: [String: Int]?
    @OrNull var keptSeconds: Int64?
    let keptFrom: String
    let why: String

    private enum CodingKeys: String, CodingKey {
      case kind, count, oldest, newest, fields, why
      case keptSeconds = "kept_seconds"
      case keptFrom = "kept_from"
    }

    init(_ holding: Holding, _ kept: (span: Duration?, from: String)) {
      kind = holding.kind.rawValue
      count = holding.count
      oldest = holding.oldest?.rfc3339
      newest = holding.newest?.rfc3339
      fields = holding.kind.isOfDevices ? holding.fields : nil
      keptSeconds = kept.span?.components.seconds
      keptFrom = kept.from
      why = holding.kind.purpose
    }
  }

  struct Sent: Encodable, Sendable {
    let sink: String
    let delivered: Int
    let waiting: Int
    let failed: Int
    let oldest: String
    let newest: String

    init(_ sent: SentMessages) {
      (sink, delivered, waiting, failed) = (sent.sink, sent.delivered, sent.waiting, sent.failed)
      (oldest, newest) = (sent.oldest.rfc3339, sent.newest.rfc3339)
    }
  }

  struct File: Encodable, Sendable {
    let what: String
    let path: String
    @OrNull var bytes: UInt64?

    init(_ file: PrivacyReport.File) {
      (what, path) = (file.what, file.path)
      bytes = file.bytes
    }
  }

  struct Erased: Encodable, Sendable {
    let time: String
    let who: String
    let addressHash: String
    let devices: Int
    let alerts: Int
    let entries: Int

    private enum CodingKeys: String, CodingKey {
      case time, who, devices, alerts, entries
      case addressHash = "address_hash"
    }

    init(_ erasure: Erasure) {
      (time, who, addressHash) = (erasure.at.rfc3339, erasure.who, erasure.addressHash)
      (devices, alerts, entries) = (erasure.devices, erasure.alerts, erasure.entries)
    }
  }

  let schema = "lenscap/1"
  let time: String
  let stored: [Stored]
  @OrNull var messages: [Sent]?
  let files: [File]
  let erasures: [Erased]
  let held: [String]

  private enum CodingKeys: CodingKey {
    case schema, time, stored, messages, files, erasures, held
  }

  public init(_ report: PrivacyReport) {
    time = report.time.rfc3339
    stored = report.holdings.map { Stored($0, report.kept($0.kind)) }
    messages = report.messages?.map(Sent.init)
    files = report.files.map(File.init)
    erasures = report.erasures.map(Erased.init)
    held = report.held
  }
}
