import Detection
import Store

/// The state of a property's watch, with counts of devices, cameras and alerts.
public struct PropertyStatus: Sendable {
  /// A run gives signs of life six times as often.
  private static let patience = Duration.seconds(60)
  private static let day = Duration.seconds(86_400)

  public let database: String
  public let bytes: Int
  public let sensor: Sensor?
  public let isWatching: Bool
  public let started: Timestamp?
  public let lastWrite: Timestamp?
  public let lastPacket: Timestamp?
  public let devices: Int
  public let devicesToday: Int
  public let cameras: Int
  public let declared: Int
  public let openAlerts: Int
  public let alertsToday: Int
  /// Coverage of rooms in the last 24 hours.
  public let rooms: [RoomCoverage]

  public init(of store: PropertyStore, at now: Timestamp) throws(StoreError) {
    let stored = try store.devices(withEvidence: false)
    let devices = stored.map(\.device)
    let alerts = try store.alerts().filter(\.isOwnCase)
    let today = now - Self.day
    database = store.path
    bytes = try store.size()
    sensor = try store.sensor()
    started = try store.value(.started)
    let alive = try store.signOfLife()?.time
    lastWrite = [try store.value(.lastKept), alive].compactMap { $0 }.max()
    lastPacket = try store.value(.lastPacket)
    let stopped = try store.value(.stopped)
    let isStopped = stopped.map { [started] in $0 > max(started ?? .distantPast, alive ?? .distantPast) } ?? false
    isWatching = !isStopped && lastWrite.map { $0 > now - Self.patience } == true
    self.devices = devices.count
    devicesToday = devices.count { $0.lastSeen > today }
    cameras = stored.count { $0.device.isCamera && $0.group == nil }
    declared = devices.count { $0.isCamera && $0.isDeclared }
    openAlerts = alerts.count { $0.status(at: now) == .open }
    alertsToday = alerts.count { $0.raisedTime > today }
    rooms = try RoomCoverage.lastDay(of: store, at: now)
  }
}

/// How the uplink to central fares, for `lenscap status`.
public struct UplinkStatus: Encodable, Sendable {
  /// `online`, `connecting` or `offline`.
  public let state: String
  /// Events that central has not acknowledged.
  public let pending: Int64
  /// The place in the event log up to which central has everything.
  public let ackedSeq: Int64
  @OrNull public var lastAck: String?
  /// Why there is no connection.
  @OrNull public var problem: String?
  /// By kind, the id of what central gave and is in force.
  public let applied: [String: String]
  /// The release of signatures that is in force; its number is 0 for the installed ones.
  @OrNull public var signatures: ReleaseStatus?
  /// By id, why a configuration of central is not in force.
  public let refused: [String: String]

  private enum CodingKeys: String, CodingKey {
    case state, pending, problem, applied, signatures, refused
    case ackedSeq = "acked_seq"
    case lastAck = "last_ack"
  }

  public init(
    state: String, pending: Int64, ackedSeq: Int64, lastAck: Timestamp?, problem: String?, applied: [String: String] = [:],
    signatures: StoredRelease? = nil, refused: [String: String]
  ) {
    self.applied = applied
    self.signatures = signatures.map(ReleaseStatus.init)
    (self.state, self.pending, self.ackedSeq, self.refused) = (state, pending, ackedSeq, refused)
    self.lastAck = lastAck?.rfc3339
    self.problem = problem
  }
}

/// A release of central that is in force.
public struct ReleaseStatus: Encodable, Sendable {
  public let id: String
  public let number: Int64
  public let since: String

  init(_ release: StoredRelease) { (id, number, since) = (release.id, release.number, release.takenAt.rfc3339) }
}

/// `lenscap status` as JSON.
public struct StatusDocument: Encodable, Sendable {
  let database: String
  let bytes: Int
  @OrNull var sensor: SensorDocument?
  let watching: Bool
  @OrNull var started: String?
  @OrNull var lastKept: String?
  @OrNull var lastPacket: String?
  let devices: Int
  let devicesToday: Int
  let cameras: Int
  let declared: Int
  let openAlerts: Int
  let alertsToday: Int
  /// Absent if no rooms are configured.
  let rooms: [RoomDocument]?
  /// Absent if the configuration has no uplink.
  let uplink: UplinkStatus?

  private enum CodingKeys: String, CodingKey {
    case database, bytes, sensor, watching, started, devices, cameras, declared, rooms, uplink
    case lastKept = "last_kept"
    case lastPacket = "last_packet"
    case devicesToday = "devices_today"
    case openAlerts = "open_alerts"
    case alertsToday = "alerts_today"
  }

  public init(_ status: PropertyStatus, uplink: UplinkStatus? = nil) {
    self.uplink = uplink
    database = status.database
    bytes = status.bytes
    sensor = status.sensor.map(SensorDocument.init)
    watching = status.isWatching
    started = status.started?.rfc3339
    lastKept = status.lastWrite?.rfc3339
    lastPacket = status.lastPacket?.rfc3339
    devices = status.devices
    devicesToday = status.devicesToday
    cameras = status.cameras
    declared = status.declared
    openAlerts = status.openAlerts
    alertsToday = status.alertsToday
    rooms = status.rooms.isEmpty ? nil : status.rooms.map(RoomDocument.init)
  }
}
