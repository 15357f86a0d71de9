import ConfigurationFiles
import Detection
import Documents
import Foundation
import HTTPTypes
import Hummingbird
import Sinks
import Store

/// /healthz and /metrics, for the local monitoring. They name no device.
enum StatusRoutes {
  static func add(to router: Router<BasicRequestContext>, _ deliverer: Deliverer, version: String) {
    router.get("healthz") { _, _ in
      let health = await deliverer.health()
      return response(health.isOK ? .ok : .serviceUnavailable, "application/json", health.document.text + "\n")
    }
    router.get("metrics") { _, _ in
      response(.ok, "text/plain; version=0.0.4; charset=utf-8", await deliverer.metrics(version: version).text)
    }
  }

  private static func response(_ status: HTTPResponse.Status, _ type: String, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }
}

extension Deliverer {
  /// The state for /healthz. It is well if the watch gives signs of life and the databases work.
  func health() -> (isOK: Bool, document: JSONValue) {
    let now = clock()
    let alive = watch.alive
    let isAlive = alive.map { now < $0 + WatchMonitor.patience } ?? false
    let isDatabaseOK = isStoreHealthy && watch.problem == nil
    let isOK = isAlive && isDatabaseOK
    let sinks = sinkStates().map { ($0.name, JSONValue.string($0.state.rawValue)) }
    let document: JSONValue = [
      "status": isOK ? "ok" : "failing",
      "watch": [
        "alive": .bool(isAlive),
        "last_packet": (try? watch.store?.value(.lastPacket)).flatMap { $0 }.map { .string($0.rfc3339) } ?? .null,
      ],
      "database": isDatabaseOK ? "ok" : "failing",
      "sinks": .object(Dictionary(sinks, uniquingKeysWith: { first, _ in first })),
    ]
    return (isOK, document)
  }

  func metrics(version: String) -> Metrics {
    watch.refresh(at: clock())
    var metrics = Metrics()
    metrics.version = version
    if let sign = try? watch.store?.signOfLife() {
      metrics.packets = sign.packets
      metrics.dropped = sign.dropped
    }
    metrics.declaredCameras = watch.figures?.declared ?? 0
    metrics.undeclaredCameras = max(0, (watch.figures?.cameras ?? 0) - metrics.declaredCameras)
    metrics.openAlerts = watch.figures?.openAlerts ?? 0
    metrics.lastPacket = watch.figures?.lastPacket.map { Double($0.nanoseconds) / 1e9 }
    metrics.sinks = sinkStates().map { .init(name: $0.name, pending: $0.pending, results: $0.results) }
    if settings.uplink != nil {
      let row = (try? store.uplink()) ?? nil
      metrics.uplink = .init(
        isOnline: row?.state(at: clock()) == .online, pending: row?.pending ?? 0, lastAck: row?.lastAck.map { Double($0) / 1e9 })
    }
    return metrics
  }
}

extension HTTPField.Name {
  static let xContentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
}
