import ConfigurationFiles
import Detection
import Foundation

/// What an event's document says, fit for templates: sanitised, quoted where it is a name from outside, and reduced to what privacy allows.
struct EventFacts {
  /// Reasons that a message gives.
  static let reasonLimit = 3
  static let roomLimit = 40
  static let whoLimit = 60
  /// Addresses and ids.
  static let tokenLimit = 64

  /// The role of a device and how sure that is.
  enum Label: CaseIterable {
    case camera, probableCamera, recorder, probableRecorder, relay, other
  }

  let event: Event
  /// The case that it belongs to.
  let id: String?
  let isTest: Bool
  let label: Label
  var room: String?
  /// `doorbell`, where that says more than the label.
  var special: String?
  var hostName: String?
  /// Maker and model.
  var model: String?
  /// Whom the registry of hardware addresses names, where no more is known.
  var maker: String?
  var addresses: [String] = []
  var mac: String?
  let firstSeen: Timestamp?
  let lastSeen: Timestamp?
  let changes: [String]
  /// Somebody outside began to watch, or does not watch any more; nil for other events.
  let watched: Bool?
  /// Cameras that the alert stands for, where they are invented.
  let count: String?
  /// Seconds from the message from outside to the upload, and how long that was, as text.
  let lag: String?
  let length: String?
  /// Where the upload goes.
  var watcher: String?
  private let privacy: PrivacySettings.Level
  let who: String?
  let note: String?
  /// Of health events.
  let health: HealthPhrase
  var interface: String?
  var healthDetails: String?

  init(_ event: Event, _ texts: Texts, _ privacy: PrivacySettings.Level) {
    let document = event.document
    let subject = document["subject"]
    let isFull = privacy == .full
    self.event = event
    self.privacy = privacy
    id = event.alert.map(Self.token)
    isTest = event.kind == .test || document["test"] == .bool(true)
    label = Self.label(role: subject?["role"]?.string, verdict: event.verdict)
    room = event.room.map { $0.unlinked(limit: Self.roomLimit) }.flatMap { $0.isEmpty ? nil : $0 }
    firstSeen = subject?["first_seen"]?.string.flatMap(Timestamp.init(rfc3339:))
    lastSeen = subject?["last_seen"]?.string.flatMap(Timestamp.init(rfc3339:))
    let person = Self.person(event)
    who = person.who.flatMap { $0.quoted(limit: Self.whoLimit) }
    note = isFull ? person.note.flatMap { $0.quoted(limit: HostileText.noteLimit) } : nil
    let changes = document["changes"]?.array ?? []
    watched = changes.lazy.filter { $0["what"]?.string == "watched" }.map { $0["to"] == .bool(true) }.first
    lag = Self.seconds(document["watched"]?["lag_seconds"])
    length = Self.seconds(document["watched"]?["length_seconds"])
    count = event.kind == .raised ? document["group"]?["count"]?.integer.map { String($0) } : nil
    self.changes = changes.compactMap { Self.change($0, texts, isFull: isFull) }
    let health = document["health"]
    self.health = HealthPhrase(code: health?["code"]?.string)
    guard isFull else { return }
    special = subject?["kind"]?.string.flatMap { ["camera", "recorder"].contains($0) ? nil : $0.quoted() }
    hostName = subject?["hostname"]?.string.flatMap { $0.quoted() }
    let (vendor, modelName) = (subject?["vendor"]?.string, subject?["model"]?.string)
    if modelName == nil, vendor == subject?["maker"]?.string {
      maker = vendor.flatMap { $0.quoted() }
    } else {
      model = [vendor, modelName].compactMap { $0 }.joined(separator: " ").quoted()
    }
    addresses = (subject?["ips"]?.array ?? []).prefix(2).compactMap { $0.string.map(Self.token) }
    mac = subject?["mac"]?.string.map(Self.token)
    watcher = document["watched"]?["peer"]?.string.flatMap { $0.isEmpty ? nil : Self.token($0) }
    interface = health?["interface"]?.string.map(Self.token)
    healthDetails = health?["text"]?.string.flatMap { $0.quoted(limit: HostileText.noteLimit) }
  }

  /// `1.3`, `18`
  private static func seconds(_ value: JSONValue?) -> String? {
    switch value {
    case .integer(let seconds): String(seconds)
    case .number(let seconds) where abs(seconds) < 1e9:
      seconds == seconds.rounded() ? String(Int(seconds)) : String((seconds * 10).rounded() / 10)
    default: nil
    }
  }

  /// The device for one line: its model or name, and its address. Nil where privacy hides them.
  var device: String? {
    let parts = [model ?? hostName ?? maker, addresses.first ?? mac].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static func label(role: String?, verdict: String?) -> Label {
    let isCertain = verdict == "camera"
    return switch role {
    case "recorder": isCertain ? .recorder : .probableRecorder
    case "relay": .relay
    case "camera", nil: isCertain ? .camera : .probableCamera
    default: .other
    }
  }

  /// Who decided and what they wrote: keys of the document, else the last such entry of its history.
  private static func person(_ event: Event) -> (who: String?, note: String?) {
    let document = event.document
    if document["who"] != nil || document["note"] != nil { return (document["who"]?.string, document["note"]?.string) }
    let what = event.kind.rawValue.split(separator: ".").last.map(String.init)
    let entry = (document["history"]?.array ?? []).last { $0["what"]?.string == what }
    return (entry?["who"]?.string, entry?["note"]?.string)
  }

  private static func change(_ change: JSONValue, _ texts: Texts, isFull: Bool) -> String? {
    func name(_ key: String) -> String? { isFull ? change[key]?.string.flatMap { $0.quoted() } : nil }
    func room(_ key: String) -> String? { change[key]?.string.map { $0.unlinked(limit: roomLimit) } }
    return switch change["what"]?.string {
    case "model": texts(.changeModel, ["to": name("to")])
    case "streams": texts(.changeStreams)
    case "viewer": texts(.changeViewer, ["to": isFull ? change["to"]?.string.map(token) : nil])
    case "room": texts(.changeRoom, ["from": room("from"), "to": room("to")])
    case "watched": texts(change["to"] == .bool(true) ? .changeWatched : .changeUnwatched)
    case "group": texts(change["to"]?.string == nil ? .changeUngrouped : .changeGrouped)
    case "count": texts(.changeCount, ["to": change["to"]?.string.map(token)])
    case "address": texts(.changeAddress, ["to": isFull ? change["to"]?.string.map(token) : nil])
    default: nil
    }
  }

  /// The strongest reasons, the strongest first.
  func reasons(_ texts: Texts) -> [String] {
    let evidence = event.document["evidence"]?.array ?? []
    let items = evidence.filter { $0.weight > 0 }.enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
    var reasons: [String] = []
    for item in items.map(\.element) where reasons.count < Self.reasonLimit {
      let known = privacy == .full ? Self.reason(item["reason"]?.string ?? "", about: item["value"]?.string ?? "") : ""
      let text = known.isEmpty ? Self.facet(item["facet"]?.string, texts) : known
      if !reasons.contains(text) { reasons.append(text) }
    }
    return reasons
  }

  /// The signature's words, with the device's own value in quotation marks that it cannot close.
  static func reason(_ reason: String, about value: String) -> String {
    guard !value.isEmpty, let quoted = value.quoted() else { return reason.unlinked() }
    let straight = "\"\(value)\""
    let parts = reason.components(separatedBy: reason.contains(straight) ? straight : value)
    guard var text = parts.first.map({ $0.unlinked() }) else { return "" }
    for (part, next) in zip(parts, parts.dropFirst()) {
      if part.last?.isWhitespace == true { text += " " }
      text += quoted
      if next.first?.isWhitespace == true { text += " " }
      text += next.unlinked()
    }
    return text
  }

  private static func facet(_ facet: String?, _ texts: Texts) -> String {
    texts(facet.flatMap { Phrase(rawValue: "reason.\($0)") } ?? .reasonOther)
  }

  /// An address or id as it is; anything else in quotation marks.
  static func token(_ text: String) -> String {
    let isPlain =
      !text.isEmpty && text.utf8.count <= tokenLimit
      && text.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || ".:-_@%".unicodeScalars.contains(scalar))
      }
    return isPlain ? text : text.quoted() ?? "“”"
  }
}

extension JSONValue {
  fileprivate var weight: Double {
    switch self["weight"] {
    case .number(let weight): weight
    case .integer(let weight): Double(weight)
    default: 0
    }
  }
}

extension EventFacts.Label {
  /// As a headline: `Undeclared camera`.
  var found: Phrase {
    switch self {
    case .camera: .foundCamera
    case .probableCamera: .foundProbableCamera
    case .recorder: .foundRecorder
    case .probableRecorder: .foundProbableRecorder
    case .relay: .foundRelay
    case .other: .foundOther
    }
  }

  /// At the beginning of a sentence: `Camera`.
  var noun: Phrase {
    switch self {
    case .camera: .nounCamera
    case .probableCamera: .nounProbableCamera
    case .recorder: .nounRecorder
    case .probableRecorder: .nounProbableRecorder
    case .relay: .nounRelay
    case .other: .nounOther
    }
  }

  /// Within a sentence: `a camera`.
  var a: Phrase {
    switch self {
    case .camera: .aCamera
    case .probableCamera: .aProbableCamera
    case .recorder: .aRecorder
    case .probableRecorder: .aProbableRecorder
    case .relay: .aRelay
    case .other: .aOther
    }
  }

  var count: Phrase {
    switch self {
    case .camera, .probableCamera: .countCameras
    case .recorder, .probableRecorder: .countRecorders
    case .relay: .countRelays
    case .other: .countDevices
    }
  }

  var isProbable: Bool { self == .probableCamera || self == .probableRecorder }

  /// The same without doubt.
  var certain: Self {
    switch self {
    case .probableCamera: .camera
    case .probableRecorder: .recorder
    default: self
    }
  }
}
