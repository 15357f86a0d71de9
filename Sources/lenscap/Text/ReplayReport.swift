import Capture
import Detection
import Documents

/// The result of a replay.
struct ReplayReport: Sendable {
  let files: [CaptureSequence.Summary]
  let devices: [Device]
  /// The last state of each alert, in the order they were raised.
  let alerts: [AlertEvent]
  /// Floods.
  let health: [HealthEvent]
  let coverage: Coverage
  let makers: OUIRegistry

  init(engine: Engine, files: [CaptureSequence.Summary]) {
    self.files = files
    devices = engine.devices()
    let update = engine.drain()
    alerts = Self.latest(update.events)
    health = update.health
    coverage = engine.coverage
    makers = OUIRegistry(of: devices.map(\.id.mac))
  }

  private static func latest(_ events: [AlertEvent]) -> [AlertEvent] {
    var result: [AlertEvent] = []
    var places: [String: Int] = [:]
    for event in events {
      if let index = places[event.id] {
        result[index] = event
      } else {
        places[event.id] = result.count
        result.append(event)
      }
    }
    return result
  }

  /// All exit statuses that apply; empty if nothing was found and everything could be read.
  var statuses: Set<ExitStatus> {
    let isFound = alerts.contains { $0.follows == nil }
    return Set(files.compactMap(\.error).map { ExitStatus(for: $0) }).union(isFound ? [.cameraFound] : [])
  }
}
