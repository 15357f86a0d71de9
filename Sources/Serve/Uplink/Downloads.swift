import ChainMessages
import ConfigurationFiles
import Detection
import Foundation
import Sinks
import Store

/// What central would like this box to use. What `uplink.accept` does not name is refused; so is what this version cannot use. Both are said
/// in `up/state`, in the log and in `lenscap status`.
final class Downloads {
  /// Reasons that are kept, the latest ones.
  static let refusedLimit = 16
  static let key = "uplink_downloads"

  struct Record: Codable, Equatable {
    struct Refusal: Codable, Equatable {
      let id: String
      let reason: String
    }

    /// What `watch` has to decide.
    struct Pending: Codable, Equatable {
      let kind: String
      let id: String
      let number: Int64
      let list: String
    }

    var pending: [Pending] = []
    var applied: [String: String] = [:]
    var refused: [Refusal] = []

    /// An empty one for text that is none.
    init(_ text: String? = nil) {
      if let text, let stored = try? JSONDecoder().decode(Record.self, from: Data(text.utf8)) { self = stored }
    }

    /// By id, why not.
    var reasons: [String: String] { Dictionary(refused.map { ($0.id, $0.reason) }, uniquingKeysWith: { _, last in last }) }
  }

  let accept: [UplinkSettings.Kind]
  private let store: ServeStore
  private var record: Record
  var hasChanged = false

  init(accept: [UplinkSettings.Kind], store: ServeStore) {
    self.accept = accept
    self.store = store
    record = Record((try? store.value(Self.key)) ?? nil)
  }

  /// By kind, the id of what is in force.
  var applied: [String: String] { record.applied }
  var refused: [String: String] { record.reasons }

  /// - Returns: lines for the log.
  func take(_ message: ConfigMessage<JSONValue>, at now: Timestamp) -> [String] {
    if record.applied[message.kind] == message.id || record.pending.contains(where: { $0.id == message.id }) { return [] }
    let reason: String
    if message.kind == UplinkSettings.Kind.declared.rawValue, accept.contains(.declared) { return declare(message, at: now) }
    if let kind = UplinkSettings.Kind(rawValue: message.kind) {
      reason =
        accept.contains(kind) ? "this version does not take \(kind.rawValue) from central" : "uplink.accept does not name \(kind.rawValue)"
    } else {
      reason = "this version knows no such kind"
    }
    return refuse(message.id, message.kind, reason)
  }

  /// Passes central's list of cameras to `watch`, which checks and applies it.
  private func declare(_ message: ConfigMessage<JSONValue>, at now: Timestamp) -> [String] {
    guard let items = message.data.array else { return refuse(message.id, message.kind, "its data is no list of cameras") }
    var cameras: [OperatorCommand.Camera] = []
    for item in items {
      guard let pattern = item["pattern"]?.string else { return refuse(message.id, message.kind, "a camera has no pattern") }
      var camera = OperatorCommand.Camera(
        pattern: pattern, name: item["name"]?.string, place: item["place"]?.string, owner: item["owner"]?.string)
      if let text = item["expires"]?.string {
        guard let date = try? Date(text, strategy: .iso8601) else {
          return refuse(message.id, message.kind, "“expires” of a camera is no time")
        }
        camera.expires = Timestamp(date).nanoseconds
      }
      cameras.append(camera)
    }
    let command = OperatorCommand(
      .declareAll, alert: nil, who: OperatorCommand.central, origin: OperatorCommand.central,
      argument: OperatorCommand.CameraList(id: message.id, cameras: cameras).json, at: now)
    do throws(StoreError) {
      let (number, list) = try store.addForCentral(command)
      record.pending =
        record.pending.filter { $0.kind != message.kind } + [.init(kind: message.kind, id: message.id, number: number, list: list)]
    } catch { return ["declared \(message.id) of central waits: \(error)"] }
    keep()
    return ["declared \(message.id) of central goes to `watch`: \(cameras.count) cameras"]
  }

  /// Looks what `watch` did with what it was to decide.
  ///
  /// - Returns: lines for the log.
  func follow(_ log: PropertyStore) throws(StoreError) -> [String] {
    var lines: [String] = []
    for pending in record.pending where try log.lastApplied(of: pending.list) >= pending.number {
      record.pending.removeAll { $0 == pending }
      guard try log.centralsList() == pending.id else {
        lines += refuse(pending.id, pending.kind, "`watch` refused it; its health event says why")
        continue
      }
      record.applied[pending.kind] = pending.id
      record.refused.removeAll { $0.id == pending.id }
      hasChanged = true
      keep()
      lines.append("\(pending.kind) \(pending.id) of central is in force")
    }
    return lines
  }

  private func refuse(_ id: String, _ kind: String, _ reason: String) -> [String] {
    let refusal = Record.Refusal(id: id, reason: reason)
    hasChanged = true
    guard record.refused.last != refusal else { return [] }
    record.refused = Array((record.refused.filter { $0.id != id } + [refusal]).suffix(Self.refusedLimit))
    keep()
    return ["\(kind) \(id) of central is refused: \(reason)"]
  }

  private func keep() {
    guard let bytes = try? JSONEncoder().encode(record) else { return }
    try? store.set(Self.key, to: String(decoding: bytes, as: UTF8.self))
  }
}
