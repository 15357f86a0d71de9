import ConfigurationFiles
import Detection
import Foundation

/// What leaves the property.
public enum Privacy {
  /// Services of other companies: what is sent there, others can read.
  static let companies = ["ntfy.sh", "telegram.org", "dingtalk.com", "feishu.cn", "larksuite.com"]

  /// What a sink gets: as it says itself, else as the property says, else little where another company reads it. Every preset counts as
  /// another company's service; who runs an ntfy server of their own says `privacy: full`.
  public static func level(of sink: SinkSettings, _ settings: PrivacySettings) -> PrivacySettings.Level {
    sink.privacy ?? settings.messages ?? (isThirdParty(sink) ? .minimal : .full)
  }

  static func isThirdParty(_ sink: SinkSettings) -> Bool {
    if sink.preset != nil { return true }
    guard let host = sink.url.flatMap({ URL(string: $0)?.host()?.lowercased() }) else { return false }
    return companies.contains { host == $0 || host.hasSuffix("." + $0) }
  }

  /// A document of an event without addresses, names of devices and what people wrote: the property's sensor, room, kind of device, verdict,
  /// severity, ids and times stay, and of evidence which signature it was, without the value. Of the rest nothing, also not what later
  /// versions add. Still of schema lenscap/1: the id of a device is replaced by `hidden:` and the id of its alert.
  public static func minimised(_ document: JSONValue) -> JSONValue {
    document["raised"] == nil && document["from"] == nil ? alert(document) : digest(document)
  }

  /// The same event with a minimised document.
  public static func minimised(_ event: Event) -> Event {
    Event(
      kind: event.kind, uid: event.uid, time: event.time, alert: event.alert, document: minimised(event.document),
      isFirstReport: event.isFirstReport)
  }

  // MARK: Alerts

  private static func alert(_ document: JSONValue) -> JSONValue {
    var result = document.keeping(
      "schema", "type", "id", "kind", "severity", "time", "verdict", "follows", "event", "sensor", "uid", "property", "test", "status",
      "updated", "snoozed_until", "who")
    let pseudonym = "hidden:" + hexDigits(document["follows"]?.string ?? document["id"]?.string)
    result.replace("device", of: document) { $0 == .null ? .null : .string(pseudonym) }
    result.replace("summary", of: document) { _ in .string(summary(of: document)) }
    result.replace("note", of: document) { _ in .null }
    result.replace("changes", of: document) { $0.mapped(change) }
    result.replace("subject", of: document) { $0 == .null ? .null : subject($0, pseudonym) }
    result.replace("evidence", of: document) { $0.mapped(evidence) }
    result.replace("watched", of: document) { $0.keeping("lag_seconds", "since", "length_seconds", "bytes").adding("peer", "") }
    result.replace("group", of: document) { $0.keeping("count", "port", "vlan").adding("examples", .array([])) }
    result.replace("health", of: document) { health($0) }
    result.replace("history", of: document) { $0.mapped { $0.keeping("time", "what", "who").adding("note", .null) } }
    return result
  }

  private static func subject(_ subject: JSONValue, _ pseudonym: String) -> JSONValue {
    var result = subject.keeping(
      "class", "role", "kind", "verdict", "confidence", "known", "first_seen", "last_seen", "packets_sent", "bytes_sent", "bytes_received",
      "room",
      "alert")
    result["id"] = .string(pseudonym)
    for key in ["mac", "hostname", "maker", "vendor", "model", "place"] { result[key] = .null }
    result["ips"] = []
    result["streams"] = (subject["streams"] ?? []).mapped {
      $0.keeping("protocol", "first_seen", "last_seen", "bytes").adding("peer", "")
    }
    // A reason may name a maker.
    result.replace("class_reasons", of: subject) { $0.mapped(classReason) }
    result.replace("traffic", of: subject) {
      $0 == .null ? .null : $0.keeping("up_bps", "down_bps", "since", "pictures_per_second").adding("to", "")
    }
    return result
  }

  private static func classReason(_ reason: JSONValue) -> JSONValue {
    var result = reason.keeping("field").adding("value", .null).adding("reason", "")
    result.replace("packet", of: reason) { $0.keeping("number") }
    return result
  }

  private static func evidence(_ evidence: JSONValue) -> JSONValue {
    var result = evidence.keeping(
      "signature", "says", "facet", "strength", "weight", "field", "corroborated", "count", "first_seen", "valid_until")
    result["value"] = ""
    // It holds the value.
    result["reason"] = ""
    result.replace("packet", of: evidence) { $0.keeping("number") }
    return result
  }

  private static func change(_ change: JSONValue) -> JSONValue {
    let isHarmless = ["room", "verdict", "kind", "streams", "watched", "count"].contains(change["what"]?.string)
    return isHarmless ? change.keeping("what", "from", "to") : change.keeping("what").adding("from", .null).adding("to", .null)
  }

  private static func health(_ health: JSONValue) -> JSONValue {
    let code = HealthPhrase(code: health["code"]?.string)
    return health.keeping("code", "count").adding("interface", .null).adding("text", .string(Texts.of(nil).problem(code, [:])))
  }

  /// In English, as the summaries of all documents.
  private static func summary(of document: JSONValue) -> String {
    let texts = Texts.of(nil)
    if let code = document["health"]?["code"]?.string { return texts.problem(HealthPhrase(code: code), [:]) }
    if document["kind"]?.string == "health" { return texts.problem(.other, [:]) }
    if [nil, "test"].contains(document["kind"]?.string) { return texts(.test) }
    let kind: Event.Kind =
      switch document["kind"]?.string {
      case "changed": .changed
      case "silent": .silent
      case "back": .back
      default: .raised
      }
    let event = Event(kind: kind, uid: "", time: .zero, alert: nil, document: document)
    let facts = EventFacts(event, texts, .minimal)
    let values = ["found": texts(facts.label.found), "noun": texts(facts.label.noun), "room": facts.room]
    return switch kind {
    case .changed:
      texts(
        .changed, values.merging(["changes": texts(facts.watched.map { $0 ? .changeWatched : .changeUnwatched } ?? .changeOther)]) { $1 })
    case .silent: texts(.silent, values)
    case .back: texts(.back, values)
    default: texts(.raised, values)
    }
  }

  private static func hexDigits(_ id: String?) -> String {
    let digits = (id ?? "").filter { "0123456789abcdef".contains($0) }.prefix(16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  // MARK: Reports

  private static func digest(_ document: JSONValue) -> JSONValue {
    var result = document.keeping("schema", "type", "from", "to", "devices", "new_devices", "test", "property", "sensor", "every", "uid")
    for key in ["raised", "followed", "waiting", "health"] { result.replace(key, of: document) { $0.mapped(alert) } }
    result.replace("rooms", of: document) { $0.mapped { $0.keeping("room", "hours", "hours_watched", "last_frame", "reason") } }
    result.replace("actions", of: document) {
      $0.mapped { $0.keeping("time", "what", "who", "alert").adding("note", .null).adding("summary", .null) }
    }
    result.replace("embedded_other", of: document) { groups in
      let count = (groups.array ?? []).reduce(Int64(0)) { $0 &+ ($1["count"]?.integer ?? 0) }
      return count > 0 ? [["label": "", "count": .integer(count)]] : []
    }
    var number = 0
    // They have no alert whose id could stand for them.
    func pseudonym() -> JSONValue {
      number += 1
      return .string("hidden:" + hexDigits(String(number, radix: 16)))
    }
    result.replace("uploads_unexplained", of: document) {
      $0.mapped { $0.keeping("since", "up_bps").adding("device", pseudonym()).adding("to", "") }
    }
    result.replace("silent_cameras", of: document) {
      $0.mapped { camera in
        camera.keeping("room", "last_seen").adding("id", pseudonym()).adding("hostname", .null).adding("model", .null)
      }
    }
    return result
  }
}

extension JSONValue {
  fileprivate func keeping(_ keys: String...) -> JSONValue {
    guard case .object(let object) = self else { return .object([:]) }
    let keys = Set(keys)
    return .object(object.filter { keys.contains($0.key) })
  }

  fileprivate func adding(_ key: String, _ value: JSONValue) -> JSONValue {
    var result = self
    result[key] = value
    return result
  }

  /// Sets a key that the former document has, to what comes of its value.
  fileprivate mutating func replace(_ key: String, of former: JSONValue, _ change: (JSONValue) -> JSONValue) {
    if let value = former[key] { self[key] = change(value) }
  }

  fileprivate func mapped(_ change: (JSONValue) -> JSONValue) -> JSONValue {
    guard case .array(let items) = self else { return self == .null ? .null : [] }
    return .array(items.map(change))
  }
}
