import ConfigurationFiles
import Detection
import Foundation
import Sinks
import Store

@testable import Serve

/// A time, in seconds after the first second of 2026.
func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: 1_767_225_600_000_000_000 + Int64(seconds * 1e9)) }

extension Waiting {
  static func sample(
    _ number: Int64, _ kind: Event.Kind = .raised, alert: String? = nil, room: String? = nil, verdict: String = "camera",
    severity: String = "high", recorded: Timestamp = at(0), isFirstReport: Bool = false, origin: Origin = .log
  ) -> Waiting {
    var document: JSONValue = ["severity": .string(severity), "verdict": .string(verdict), "summary": .string("event \(number)")]
    if let room { document["subject"] = ["room": .string(room)] }
    let event = Event(
      kind: kind, uid: "s.\(number).1", time: recorded, alert: kind == .health ? nil : alert ?? "alert\(number)", document: document,
      isFirstReport: isFirstReport)
    return Waiting(event: event, origin: origin, number: number, recorded: recorded, isAddressed: false)
  }
}

extension SinkSettings {
  static func sample(_ name: String = "desk", _ kind: Kind = .webhook, change: (inout SinkSettings) -> Void = { _ in }) -> SinkSettings {
    var settings = SinkSettings(name: name, kind: kind)
    change(&settings)
    return settings
  }
}

/// Databases in a folder of their own, which goes with it.
final class Databases: Sendable {
  let folder = NSTemporaryDirectory() + "lenscap-serve-\(UUID().uuidString)"
  let log: PropertyStore
  let own: ServeStore

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    log = try PropertyStore(path: folder + "/lenscap.sqlite")
    own = try ServeStore(path: folder + "/serve.sqlite", create: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}
