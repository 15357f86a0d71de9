import ConfigurationFiles
import Detection
import Documents
import Foundation
import Sinks
import Store

/// What `lenscap sinks list` says of a sink. Read from the two databases, whether `serve` runs or not.
public struct SinkStatus: Encodable, Sendable {
  public let name: String
  public let kind: String
  /// `ok`, `retrying` or `disabled`.
  public let state: String
  public let pending: Int
  @OrNull public var lastSuccess: String?
  @OrNull public var lastError: String?

  private enum CodingKeys: String, CodingKey {
    case name, kind, state, pending
    case lastSuccess = "last_success"
    case lastError = "last_error"
  }
}

/// What `lenscap sinks show` says of an event.
public struct DeliveryStatus: Encodable, Sendable {
  /// `alert.raised`, `health` …
  public let event: String
  public let uid: String
  public let attempts: Int
  /// `pending`, `delivered`, `failed` or `gathered`.
  public let state: String
  @OrNull public var next: String?
  @OrNull public var error: String?
}

/// The deliveries of all sinks, for commands.
public struct SinkReport {
  private let settings: Settings
  private let own: ServeStore?
  private let log: PropertyStore?

  /// - Parameters:
  ///   - own: nil before the first run of `serve`.
  ///   - log: nil before the first run of `watch`.
  public init(_ settings: Settings, own: ServeStore?, log: PropertyStore?) {
    self.settings = settings
    self.own = own
    self.log = log
  }

  public func sinks() throws(StoreError) -> [SinkStatus] {
    try settings.sinks.map { settings throws(StoreError) in
      let queue = try self.queue(settings)
      let row = queue?.row
      return SinkStatus(
        name: settings.name, kind: settings.kind.rawValue, state: (queue?.state ?? .ok).rawValue, pending: queue?.pending(log) ?? 0,
        lastSuccess: row?.lastSuccess.map { Timestamp(nanoseconds: $0).rfc3339 }, lastError: row?.lastError)
    }
  }

  /// What waits first, then the latest deliveries.
  ///
  /// - Parameter limit: deliveries at most.
  public func deliveries(of settings: SinkSettings, limit: Int) throws(StoreError) -> [DeliveryStatus] {
    guard let own else { return [] }
    let rows = try own.deliveries(of: settings.name, limit: limit)
    let pending = Dictionary(
      rows.filter { $0.state == .pending }.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
    let waiting = try queue(settings)?.waiting.map { item in
      let row = pending[item.event.uid]
      return DeliveryStatus(
        event: item.event.kind.rawValue, uid: item.event.uid, attempts: row?.attempts ?? 0, state: DeliveryRow.State.pending.rawValue,
        next: row?.next.map { Timestamp(nanoseconds: $0).rfc3339 }, error: row?.error)
    }
    let done = rows.filter { $0.state != .pending }.map {
      DeliveryStatus(event: $0.type, uid: $0.uid, attempts: $0.attempts, state: $0.state.rawValue, next: nil, error: $0.error)
    }
    return (waiting ?? []) + done
  }

  /// Nil for a sink that `serve` does not know yet.
  private func queue(_ settings: SinkSettings) throws(StoreError) -> SinkQueue? {
    guard let own, let row = try own.sink(settings.name), row.logPlace >= 0 else { return nil }
    let queue = SinkQueue(
      settings, row: row, pending: try own.pendingDeliveries(of: settings.name), zone: self.settings.property.zone)
    try queue.read(log, own)
    return queue
  }
}

/// Sends a marked test event to one sink, past its queue.
public enum SinkTest {
  /// - Throws: what makes the sink impossible, or a `DeliveryError`.
  public static func send(to settings: SinkSettings, of all: Settings, sensor: Sensor?, make: SinkMaker, at now: Timestamp) async throws {
    let courier = try Courier(settings, all, sensorName: sensor?.name ?? "", begun: now, make)
    let document = event(sensor: sensor, property: all.property.name, at: now)
    let event = Event(
      kind: .test, uid: "test.\(sensor?.id ?? "none").\(now.nanoseconds)", time: now, alert: nil, document: document)
    let sink = courier.sink
    let background = Task { await sink.run(Inbox { _, _ in false }) }
    defer { background.cancel() }
    var state = BoxState()
    state.sensorID = sensor?.id
    state.sensorName = sensor?.name ?? ""
    await sink.update(state)
    try await sink.deliver(courier.parcel([event], uid: event.uid, link: nil, at: now))
  }

  /// A health event of schema lenscap/1 that says that it is a test.
  private static func event(sensor: Sensor?, property: String?, at now: Timestamp) -> JSONValue {
    let text = "this is a test; nothing was found"
    let health = HealthEvent(HealthEvent.Code(rawValue: "test"), at: now, text: text)
    let document = (try? JSON().bytes(AlertDocument(health, sensor: sensor))).flatMap { try? JSONValue($0) }
    var json = document ?? [:]
    json["test"] = true
    return json
  }
}
