import Detection
import Documents
import Foundation
import Sinks
import Store

/// What of the event log goes up to central, and with what in it. Everything else stays at the property.
///
/// Only alerts about a camera or recorder at `probable` or more go up, and health events of the watch. Each document is built of what is
/// listed here, so that nothing goes up that a later version adds. What is no longer such an alert is withdrawn.
struct UplinkFilter: Sendable {
  /// Bytes of one text.
  static let textLimit = 512
  /// Entries of one list.
  static let listLimit = 64
  /// The types of the entries by which the watch says that it no longer takes a device for a camera, or does so again.
  static let (clearedType, confirmedType) = ("alert.cleared", "alert.confirmed")

  enum Decision: Equatable {
    case stays
    /// - Parameter case: the id of the alert that central has from then on; nil for a health event.
    case goes(JSONValue, case: String?)
  }

  /// Names of others, which no text may have.
  var names = OthersNames()

  /// - Parameter wasSent: whether an earlier event of the alert with this id went up.
  func decide(_ entry: LogEntry, wasSent: (String) throws -> Bool) rethrows -> Decision {
    if entry.type == Self.clearedType {
      guard let alert = entry.alert, try wasSent(alert) else { return .stays }
      return .goes(withdrawal("cleared", of: alert, (try? JSONValue(Data(entry.document.utf8))) ?? [:], entry), case: alert)
    }
    if entry.type == Self.confirmedType {
      guard let alert = entry.alert, var document = try? JSONValue(Data(entry.document.utf8)), Self.isCamera(document)
      else { return .stays }
      for (key, value) in [("event", "reopened"), ("uid", entry.uid), ("time", entry.at.rfc3339)] { document[key] = .string(value) }
      document["changes"] = []
      return .goes(self.alert(document), case: alert)
    }
    guard let event = Waiting(entry)?.event else { return .stays }
    switch event.kind {
    case .health: return .goes(health(event.document), case: nil)
    case .report, .test: return .stays
    case .dismissed, .declared:
      guard let alert = event.alert, try wasSent(alert) else { return .stays }
      let word = event.kind == .dismissed ? "dismissed" : "declared"
      return .goes(withdrawal(word, of: alert, event.document, entry), case: alert)
    case .raised, .surer, .changed, .silent, .back, .acknowledged, .reopened:
      guard let alert = event.alert else { return .stays }
      if Self.isCamera(event.document) {
        return Self.isAboutViewersOnly(event) ? .stays : .goes(self.alert(event.document), case: alert)
      }
      return try wasSent(alert) ? .goes(withdrawal("cleared", of: alert, event.document, entry), case: alert) : .stays
    }
  }

  /// A camera or recorder at `probable` or more, and nobody's own device.
  static func isCamera(_ document: JSONValue) -> Bool {
    guard let subject = document["subject"], let role = subject["role"]?.string, let verdict = subject["verdict"]?.string,
      let kind = subject["class"]?.string
    else { return false }
    return [Role.camera, .recorder].contains { $0.rawValue == role } && kind != DeviceClass.personal.rawValue
      && [verdict, document["verdict"]?.string].allSatisfy { [Verdict.camera.rawValue, Verdict.probable.rawValue].contains($0) }
  }

  /// That somebody on the network began to look at the picture is news for the property alone.
  private static func isAboutViewersOnly(_ event: Event) -> Bool {
    guard event.kind == .changed, let changes = event.document["changes"]?.array, !changes.isEmpty else { return false }
    return changes.allSatisfy { $0["what"]?.string == AlertEvent.Change.What.viewer.rawValue }
  }

  // MARK: Documents

  private func health(_ document: JSONValue) -> JSONValue {
    let minimised = Privacy.minimised(document)
    var result = minimised.copying("id", "kind", "severity", "time", "event", "uid", "summary")
    result.set(null: "device", "verdict", "follows", "subject")
    result["changes"] = []
    result["evidence"] = []
    result["sensor"] = document["sensor"]?.copying("id", "name") ?? .null
    result["health"] = minimised["health"]?.copying("code", "count", "interface", "text")
    return result
  }

  private func withdrawal(_ event: String, of alert: String, _ document: JSONValue, _ entry: LogEntry) -> JSONValue {
    var result: JSONValue = [
      "id": .string(alert), "kind": "unknown-camera", "time": .string(entry.at.rfc3339), "event": .string(event), "withdrawn": true,
      "uid": .string(entry.uid), "changes": [], "evidence": [],
    ]
    result.set(null: "device", "verdict", "follows", "subject")
    result["severity"] = document["severity"] ?? "medium"
    result["sensor"] = document["sensor"]?.copying("id", "name") ?? .null
    result["summary"] =
      switch event {
      case "dismissed": "withdrawn: no camera, somebody at the property decided"
      case "declared": "withdrawn: declared as the property's own"
      default: "withdrawn: no longer taken for a camera"
      }
    return result
  }

  private func alert(_ document: JSONValue) -> JSONValue {
    let subject = document["subject"] ?? .null
    let ips = (subject["ips"]?.array ?? []).compactMap { $0.string.flatMap { IPAddress($0) } }
    let texts = Texts(
      addresses: AddressRedaction(sparing: ips, subject["mac"]?.string.flatMap { MACAddress($0) }), names: names)
    var result = document.copying("id", "kind", "severity", "time", "device", "verdict", "follows", "event", "uid")
    result["sensor"] = document["sensor"]?.copying("id", "name") ?? .null
    result["changes"] = list(document["changes"]) { $0["what"] == "viewer" ? JSONValue?.none : change($0, texts) }
    // It would name the viewer.
    let namesViewer = document["changes"]?.array?.contains { $0["what"] == "viewer" } == true
    result["summary"] = namesViewer ? Privacy.minimised(document)["summary"] : texts.clean(document["summary"])
    result["subject"] = self.subject(subject, texts)
    result["evidence"] = list(document["evidence"]) { evidence($0, texts) }
    if let watched = document["watched"] {
      result["watched"] = watched.copying("lag_seconds", "since", "length_seconds", "bytes").with("peer", "")
    }
    if let group = document["group"] { result["group"] = group.copying("count", "port", "vlan").with("examples", []) }
    return result
  }

  /// Of a stored case, without what people did.
  func stored(_ document: JSONValue) -> JSONValue {
    var result = alert(document)
    result["history"] = []
    result["snoozed_until"] = .null
    for key in ["status", "updated"] { if let text = document[key]?.string { result[key] = .string(text) } }
    return result
  }

  private func subject(_ subject: JSONValue, _ texts: Texts) -> JSONValue {
    var result = subject.copying(
      "id", "mac", "class", "role", "verdict", "confidence", "known", "first_seen", "last_seen", "packets_sent", "bytes_sent",
      "bytes_received", "room", "alert")
    result["place"] = subject["place"]?.copying("segment", "room") ?? .null
    result["ips"] = list(subject["ips"]) { $0.string.flatMap { IPAddress($0) }.map { .string($0.description) } }
    for key in ["hostname", "maker", "vendor", "model", "kind"] { result[key] = texts.clean(subject[key]) }
    result["class_reasons"] = list(subject["class_reasons"]) { reason in
      var result = reason.copying("field").with("packet", reason["packet"]?.copying("number") ?? .null)
      for key in ["value", "reason"] { result[key] = texts.clean(reason[key]) }
      return result
    }
    result["streams"] = list(subject["streams"]) { $0.copying("protocol", "first_seen", "last_seen", "bytes").with("peer", "") }
    result["traffic"] = subject["traffic"]?.copying("up_bps", "down_bps", "since", "pictures_per_second").with("to", "") ?? .null
    return result
  }

  private func evidence(_ evidence: JSONValue, _ texts: Texts) -> JSONValue {
    var result = evidence.copying(
      "signature", "says", "facet", "strength", "weight", "field", "corroborated", "count", "first_seen", "valid_until")
    for key in ["value", "reason"] { result[key] = texts.clean(evidence[key]) }
    result["packet"] = evidence["packet"]?.copying("number") ?? .null
    return result
  }

  private func change(_ change: JSONValue, _ texts: Texts) -> JSONValue {
    switch change["what"]?.string {
    case "room", "verdict", "watched", "count": return change.copying("what", "from", "to")
    case "model", "kind", "streams", "shared":
      return change.copying("what").with("from", texts.clean(change["from"])).with("to", texts.clean(change["to"]))
    default: return change.copying("what").with("from", .null).with("to", .null)
    }
  }

  private func list(_ value: JSONValue?, _ change: (JSONValue) -> JSONValue?) -> JSONValue {
    .array((value?.array ?? []).prefix(Self.listLimit).compactMap(change))
  }
}

/// Texts about one camera, without addresses and names of others.
private struct Texts {
  let addresses: AddressRedaction
  let names: OthersNames

  func clean(_ value: JSONValue?) -> JSONValue {
    guard let text = value?.string else { return .null }
    // Names first: an address is also one, of a device that is no camera.
    return .string(addresses.redacted(names.redacted(text)).cut(bytes: UplinkFilter.textLimit))
  }
}

extension String {
  /// At most so many bytes of UTF-8, and whole characters of Unicode.
  fileprivate func cut(bytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var (end, count) = (unicodeScalars.startIndex, 0)
    for scalar in unicodeScalars {
      count += UTF8.width(scalar)
      if count > limit { break }
      end = unicodeScalars.index(after: end)
    }
    return String(unicodeScalars[..<end])
  }
}

extension JSONValue {
  /// These keys and no others, as far as their values are no objects or lists. A missing one stays missing.
  fileprivate func copying(_ keys: String...) -> JSONValue {
    guard case .object(let object) = self else { return .null }
    var result: [String: JSONValue] = [:]
    for key in keys {
      switch object[key] {
      case .object, .array, nil: break
      case .string(let text): result[key] = .string(text.cut(bytes: UplinkFilter.textLimit))
      case .some(let value): result[key] = value
      }
    }
    return .object(result)
  }

  fileprivate func with(_ key: String, _ value: JSONValue) -> JSONValue {
    var result = self
    result[key] = value
    return result
  }

  fileprivate mutating func set(null keys: String...) {
    for key in keys { self[key] = .null }
  }
}
