/// One thing that happened to an alert.
public struct AlertEvent: Sendable {
  public enum Kind: String, Sendable {
    /// A camera, a recorder or a base station that nobody declared was found.
    case raised
    /// The alert is certain now, or no longer what anybody may have forged, or its camera turned out to be another device; the id stays.
    case surer
    /// The device has another model or room, streams video, or has a new viewer.
    case changed
    /// The device sent nothing for `Alert.silentAfter`, while others did.
    case silent
    /// The silent device sent a packet again.
    case back
  }

  public enum Severity: String, Sendable {
    case high, medium
  }

  /// A property of the device with its former and its present value; nil where there was none.
  public struct Change: Sendable, Equatable {
    public enum What: String, Sendable {
      case model, kind, streams, viewer, room, verdict, address, device
      /// Somebody outside watches it: its upload followed a message from outside.
      case watched
      /// Two devices share the address of a declared one: the makers, or what else shows it.
      case shared
      /// It belongs to a group of invented cameras from now on, by the id of the group's alert, or no longer.
      case group
      /// So many cameras are invented now.
      case count
    }

    public let what: What
    public let from: String?
    public let to: String?

    public init(_ what: What, from: String? = nil, to: String?) {
      self.what = what
      self.from = from
      self.to = to
    }

    /// Worth an event by itself; other changes are reported along with these.
    var isNews: Bool {
      switch what {
      case .model, .streams, .viewer, .room, .watched, .shared: true
      case .kind, .verdict, .address, .device, .group, .count: false
      }
    }
  }

  /// 16 hexadecimal digits, the same in every run over the same packets. `raised` and `surer` have that of the alert; the others have one
  /// of their own.
  public let id: String
  /// The id of the alert.
  public let alert: String
  /// Its number among the events with this id, from 1.
  public let number: Int
  public let kind: Kind
  public var severity: Severity
  /// Packet time at which it was decided.
  public let time: Timestamp
  /// The device at that time.
  public let device: Device
  public var changes: [Change] = []
  /// Time of the device's last packet, for `silent`.
  public var lastSeen: Timestamp?
  /// The upload, for a change of `watched`: as it is when it is reported, or as it was at its end.
  public var watched: Watched?
  /// The cameras that the alert stands for, where somebody invents them.
  public var group: CameraGroup?
  /// It was reported together with the group that its camera belongs to: people need not read both.
  public var isFolded = false

  /// The event is the first of a camera that belongs to a group now.
  public var foldedInto: String? { changes.first { $0.what == .group }?.to }

  /// The id of the alert that this event belongs to, where it has an id of its own.
  public var follows: String? { alert == id ? nil : alert }

  static func identifier(_ device: DeviceID, _ kind: Kind, _ time: Timestamp) -> String {
    // Ids are a hash over the name of the kind in the JSON output, which has one name for both states of a case.
    let name = kind == .raised || kind == .surer ? "unknown-camera" : kind.rawValue
    return identifier("\(device)|\(name)|\(time.nanoseconds)")
  }

  static func identifier(_ text: String) -> String { FNV1a.hash(text).hexDigits }
}
