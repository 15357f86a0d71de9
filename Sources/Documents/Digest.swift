import Detection
import Store

/// The events on the property in a period of time, and the alerts still open.
public struct Digest: Sendable {
  public static let day = Duration.seconds(86_400)

  public let from: Timestamp
  public let to: Timestamp
  /// Alerts raised in the period, whatever their status now.
  public let raised: [StoredAlert]
  /// Events of alerts in the period: changed, silent, back.
  public let followed: [StoredAlert]
  /// Problems of the watch itself.
  public let health: [StoredAlert]
  /// Alerts raised before the period that are still open.
  public let waiting: [StoredAlert]
  /// Declared cameras that sent nothing in the period.
  public let silent: [DeviceSnapshot]
  /// Devices that sent for hours as cameras do, whatever they are, and raised no alert.
  public let uploads: [DeviceSnapshot]
  /// Embedded devices that are no cameras, by maker.
  public let embedded: [MakerCount]
  /// Devices seen in the period.
  public let devices: Int
  /// Devices first seen in the period.
  public let newDevices: Int
  /// Present names of the alerts' devices, by device id.
  public let names: [String: [String]]
  let subjects: [String: DeviceSnapshot]
  let sensor: Sensor?

  /// - Parameter to: now. Events at exactly this time belong to the next digest.
  public init(of store: PropertyStore, from: Timestamp, to: Timestamp) throws(StoreError) {
    let (alerts, concern) = (try store.alerts(), try store.devicesOfConcern())
    let news = alerts.filter { $0.raisedTime >= from && $0.raisedTime < to }
    self.from = from
    self.to = to
    health = news.filter { $0.kind == "health" }
    followed = news.filter { $0.follows != nil }
    raised = news.filter(\.isOwnCase)
    waiting = alerts.filter { $0.isOwnCase && $0.raisedTime < from && $0.status(at: to) == .open }
    silent = concern.filter { $0.device.isDeclared && $0.device.isCamera && $0.device.lastSeen < from }
    uploads = try store.unexplainedUploads(since: from)
    embedded = MakerCount.of(try store.devices(of: .embedded, since: from).map(\.device))
    subjects = Dictionary(concern.map { ($0.id.description, $0) }, uniquingKeysWith: { first, _ in first })
    names = subjects.mapValues { Self.names($0.device) }
    (devices, newDevices) = try store.deviceCounts(since: from)
    sensor = try store.sensor()
  }

  /// Names of a device for people: name, vendor, model, address and room, if known.
  public static func names(_ device: Device) -> [String] {
    [device.hostname, device.vendor, device.model, device.addresses.first?.description ?? device.id.description, device.room]
      .compactMap { $0 }
  }
}
