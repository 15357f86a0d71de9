import ChainMessages
import ConfigurationFiles
import Detection
import Foundation
import Releases
import Sinks
import Store

/// What central would like this box to use. What `uplink.accept` does not name is refused; so is what this version cannot use, or whose
/// signature is not of the release key. All of it is said
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
  /// Who signs releases; nil where the configuration names no key that can be read.
  let releaseKey: ReleaseKey?
  let store: ServeStore
  private let upgrades: Upgrades?
  private var record: Record
  var hasChanged = false
  /// A release whose archive is to be fetched from central.
  var wanted: SignedSignatures?

  init(accept: [UplinkSettings.Kind], releaseKey: ReleaseKey? = nil, store: ServeStore, upgrades: Upgrades? = nil) {
    self.accept = accept
    self.releaseKey = releaseKey
    self.store = store
    self.upgrades = upgrades
    record = Record((try? store.value(Self.key)) ?? nil)
  }

  /// By kind, the id of what is in force.
  var applied: [String: String] { record.applied.filter { applied in accept.contains { $0.rawValue == applied.key } } }
  var refused: [String: String] { record.reasons }

  /// - Returns: lines for the log.
  func take(_ message: ConfigMessage<JSONValue>, at now: Timestamp) -> [String] {
    if record.applied[message.kind] == message.id || record.pending.contains(where: { $0.id == message.id }) { return [] }
    guard let kind = UplinkSettings.Kind(rawValue: message.kind) else {
      return refuse(message.id, message.kind, "this version knows no such kind")
    }
    guard accept.contains(kind) else { return refuse(message.id, message.kind, "uplink.accept does not name \(kind.rawValue)") }
    switch kind {
    case .declared: return declare(message, at: now)
    case .rooms: return takeRooms(message, at: now)
    case .signatures: return takeRelease(message, at: now)
    case .software:
      guard let upgrades else { return refuse(message.id, message.kind, "this box takes no software from central") }
      return settle(message.id, upgrades.take(message, at: now))
    }
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
    let list = OperatorCommand.CameraList(id: message.id, cameras: cameras)
    return pass(.declareAll, list.json, message.id, message.kind, "\(cameras.count) cameras", at: now)
  }

  /// Passes central's rules for rooms to `watch`.
  private func takeRooms(_ message: ConfigMessage<JSONValue>, at now: Timestamp) -> [String] {
    guard let bytes = try? JSONEncoder().encode(message.data), let rules = try? JSONDecoder().decode([[String: String]].self, from: bytes)
    else {
      return refuse(message.id, message.kind, "its data is no list of rooms")
    }
    let list = OperatorCommand.RoomList(id: message.id, rules: rules)
    return pass(.rooms, list.json, message.id, message.kind, "\(rules.count) rules", at: now)
  }

  /// Hands something to `watch`, which decides.
  func pass(
    _ action: OperatorCommand.Action, _ argument: String, _ id: String, _ kind: String, _ what: String, at now: Timestamp
  ) -> [String] {
    guard argument.utf8.count <= OperatorCommand.argumentLimit else {
      return refuse(id, kind, "it has more than \(OperatorCommand.argumentLimit >> 10) KiB")
    }
    let command = OperatorCommand(
      action, alert: nil, who: OperatorCommand.central, origin: OperatorCommand.central, argument: argument, at: now)
    do throws(StoreError) {
      let (number, list) = try store.addForCentral(command)
      record.pending = record.pending.filter { $0.kind != kind } + [.init(kind: kind, id: id, number: number, list: list)]
    } catch { return ["\(kind) \(id) of central waits: \(error)"] }
    keep()
    return ["\(kind) \(id) of central goes to `watch`: \(what)"]
  }

  /// Looks what `watch` did with what it was to decide.
  ///
  /// - Returns: lines for the log.
  func follow(_ log: PropertyStore) throws(StoreError) -> [String] {
    var lines: [String] = []
    for pending in record.pending where try log.lastApplied(of: pending.list) >= pending.number {
      record.pending.removeAll { $0 == pending }
      guard try Self.inForce(pending.kind, log) == pending.id else {
        let reason = try log.centralsRefusals().first { $0.id == pending.id }?.reason
        lines += refuse(
          pending.id, pending.kind, reason.map { "`watch` refused it: \($0)" } ?? "`watch` refused it; its health event says why")
        continue
      }
      lines += noteForce(pending.kind, pending.id)
    }
    if record.pending.isEmpty { try? store.removeArchives() }
    return try lines + followSignatures(log)
  }

  /// A watch that cannot start with a release goes back to the one before by itself.
  private func followSignatures(_ log: PropertyStore) throws(StoreError) -> [String] {
    let kind = UplinkSettings.Kind.signatures.rawValue
    guard accept.contains(.signatures), !record.pending.contains(where: { $0.kind == kind }) else { return [] }
    let present = try Self.inForce(kind, log)
    guard let former = record.applied[kind], former != present else { return [] }
    var lines: [String] = []
    if let refusal = try log.centralsRefusals().first(where: { $0.id == former }) {
      lines += refuse(former, kind, "`watch` does not use it any more: \(refusal.reason)")
    }
    guard let present else {
      record.applied[kind] = nil
      hasChanged = true
      keep()
      return lines
    }
    return lines + noteForce(kind, present)
  }

  private func noteForce(_ kind: String, _ id: String) -> [String] {
    record.applied[kind] = id
    record.refused.removeAll { $0.id == id }
    hasChanged = true
    keep()
    return ["\(kind) \(id) of central is in force"]
  }

  private static func inForce(_ kind: String, _ log: PropertyStore) throws(StoreError) -> String? {
    switch UplinkSettings.Kind(rawValue: kind) {
    case .declared: try log.centralsList()
    case .rooms: try log.centralsRooms()?.id
    case .signatures: try log.signatureRelease()?.id
    case .software, nil: nil
    }
  }

  /// Looks what root's `lenscap upgrade` did.
  ///
  /// - Returns: lines for the log.
  func followUpgrade(at now: Timestamp) -> [String] {
    guard let (id, answer) = upgrades?.follow(at: now) else { return [] }
    return settle(id, answer)
  }

  private func settle(_ id: String, _ answer: Upgrades.Answer) -> [String] {
    let kind = UplinkSettings.Kind.software.rawValue
    switch answer {
    case .none: return []
    case .waits(let text): return ["\(kind) \(id) of central: \(text)"]
    case .refused(let reason): return refuse(id, kind, reason)
    case .applied:
      record.applied[kind] = id
      record.refused.removeAll { $0.id == id }
      hasChanged = true
      keep()
      return ["\(kind) \(id) of central is in force"]
    }
  }

  func refuse(_ id: String, _ kind: String, _ reason: String) -> [String] {
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
