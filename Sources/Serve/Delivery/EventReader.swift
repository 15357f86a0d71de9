import ConfigurationFiles
import Detection
import Documents
import Foundation
import Sinks
import Store

/// An event that a sink has to get, and where it stands.
struct Waiting: Sendable, Equatable {
  enum Origin: Sendable { case log, own }

  let event: Event
  let origin: Origin
  let number: Int64
  /// When it was committed, by the wall clock.
  let recorded: Timestamp
  /// True if it was addressed to the sink by name: its conditions do not count then.
  let isAddressed: Bool
}

extension Waiting {
  /// Nil for an entry that no version of this program knows.
  init?(_ entry: LogEntry) {
    guard let kind = Event.Kind(rawValue: entry.type), let number = entry.number else { return nil }
    var document = (try? JSONValue(Data(entry.document.utf8))) ?? [:]
    document["type"] = nil
    if kind == .declared, entry.alert == nil { document = Self.declaration(document, entry) }
    if kind.isByPerson {
      let what = String(kind.rawValue.dropFirst("alert.".count))
      document["event"] = .string(what)
      document["changes"] = []
      document["uid"] = .string(entry.uid)
      document["time"] = .string(entry.at.rfc3339)
      document["who"] = entry.who.map { .string($0) } ?? .null
      document["note"] = entry.note.map { .string($0) } ?? .null
    }
    self.init(
      event: Event(
        kind: kind, uid: entry.uid, time: entry.at, alert: entry.alert, document: document, isFirstReport: entry.isFirstReport),
      origin: .log, number: number, recorded: entry.recordedAt, isAddressed: false)
  }

  /// A declaration that answers no alert, as an alert of schema lenscap/1.
  private static func declaration(_ declaration: JSONValue, _ entry: LogEntry) -> JSONValue {
    let parts = entry.uid.split(separator: ".").map(String.init)
    return [
      "id": .string(parts.count > 1 ? parts[1] : entry.uid), "kind": "declaration", "severity": "medium", "device": .null, "verdict": .null,
      "summary": .string("declared: \(declaration["pattern"]?.string ?? "?")"), "follows": .null, "subject": .null,
      "sensor": .null, "evidence": [], "declaration": declaration,
    ]
  }

  init?(_ own: OwnEvent) {
    guard let kind = Event.Kind(rawValue: own.type), let number = own.number else { return nil }
    let time = Timestamp(nanoseconds: own.time)
    self.init(
      event: Event(
        kind: kind, uid: own.uid, time: time, alert: own.alert, document: (try? JSONValue(Data(own.document.utf8))) ?? [:]),
      origin: .own, number: number, recorded: time, isAddressed: own.sinks != nil)
  }
}

/// The `when` of a sink.
struct EventFilter: Sendable {
  private let when: SinkSettings.When
  private let zone: TimeZone
  private let rooms: [NamePattern]

  init(_ when: SinkSettings.When, zone: TimeZone) {
    self.when = when
    self.zone = zone
    rooms = when.rooms.map(NamePattern.init)
  }

  enum Decision: Equatable {
    case send
    case skip
    /// What a person did: for sinks that had the alert.
    case sendIfAlertWasSent
  }

  func decide(_ waiting: Waiting) -> Decision {
    let event = waiting.event
    if waiting.isAddressed { return .send }
    guard accepts(event.kind), isInHours(waiting.recorded) else { return .skip }
    if event.kind.isByPerson, event.alert != nil { return .sendIfAlertWasSent }
    guard event.alert != nil else { return .send }
    if !when.severity.isEmpty, !when.severity.contains(event.severity ?? "") { return .skip }
    if !when.verdict.isEmpty, !when.verdict.contains(event.verdict ?? "") { return .skip }
    if !rooms.isEmpty, !rooms.contains(where: { $0.matches(event.room ?? "") }) { return .skip }
    return .send
  }

  private func accepts(_ kind: Event.Kind) -> Bool {
    when.events.isEmpty || when.events.contains(kind.rawValue) || when.events.contains("alert") && kind.rawValue.hasPrefix("alert.")
  }

  private func isInHours(_ time: Timestamp) -> Bool {
    guard let hours = when.hours else { return true }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let date = calendar.dateComponents([.hour, .minute], from: time.date)
    let minute = (date.hour ?? 0) * 60 + (date.minute ?? 0)
    return hours.from <= hours.to ? (hours.from..<hours.to).contains(minute) : minute >= hours.from || minute < hours.to
  }
}

/// A name in which `*` stands for any characters, compared without regard to case.
struct NamePattern: Sendable {
  private let parts: [String]

  init(_ text: String) { parts = text.lowercased().split(separator: "*", omittingEmptySubsequences: false).map(String.init) }

  func matches(_ name: String) -> Bool {
    var rest = name.lowercased()[...]
    guard let first = parts.first, let last = parts.last else { return false }
    guard parts.count > 1 else { return rest == first }
    guard rest.hasPrefix(first) else { return false }
    rest = rest.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.range(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}

extension Timestamp {
  var date: Date { Date(timeIntervalSince1970: Double(nanoseconds) / 1e9) }
}
