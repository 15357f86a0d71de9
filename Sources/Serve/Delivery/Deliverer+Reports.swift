import ConfigurationFiles
import Detection
import Documents
import Foundation
import Sinks
import Store

/// Scheduled reports, sent also when nothing was found.
extension Deliverer {
  /// Time between two looks.
  private static let reportInterval = Duration.seconds(5)

  func report(at now: Timestamp) {
    guard !reports.reports.isEmpty, now >= nextReport, let log = watch.store else { return }
    nextReport = now + Self.reportInterval
    attempt { () throws(StoreError) in
      // The first period begins when the report is first known.
      for key in self.reports.keys() where try self.lastReport(key) == nil {
        try self.store.set(key, to: String(now.nanoseconds))
      }
      var last: [String: Timestamp] = [:]
      for key in self.reports.keys() { last[key] = try self.lastReport(key) }
      for due in self.reports.due(at: now, last: { last[$0] }) {
        let document = try ReportDocument(of: log, from: due.from, to: due.to)
        guard let bytes = try? JSON().bytes(document), let json = try? JSONValue(bytes) else { continue }
        let uid = "\(due.key).\(self.watch.sensor?.id ?? "none").\(due.to.nanoseconds / 1_000_000_000)"
        let event = Event(kind: .report, uid: uid, time: due.to, alert: nil, document: json)
        try self.store.add(OwnEvent(event, to: self.receivers(of: due.report), at: now))
        try self.store.set(due.key, to: String(due.to.nanoseconds))
      }
    }
  }

  private func lastReport(_ key: String) throws(StoreError) -> Timestamp? {
    try store.value(key).flatMap { Int64($0) }.map { Timestamp(nanoseconds: $0) }
  }

  private func receivers(of report: ReportSettings) -> [String] {
    report.to.isEmpty ? settings.sinks.filter(\.reachesPerson).map(\.name) : report.to
  }
}

/// A report: the digest of a period, with the rooms that were watched in it and what people did.
struct ReportDocument: Encodable {
  struct Action: Encodable {
    let time: String
    let what: String
    @OrNull var who: String?
    @OrNull var note: String?
    @OrNull var alert: String?
    let summary: String
  }

  private let digest: DigestDocument
  private let rooms: [RoomDocument]
  private let actions: [Action]

  init(of store: PropertyStore, from: Timestamp, to: Timestamp) throws(StoreError) {
    digest = DigestDocument(try Digest(of: store, from: from, to: to))
    rooms = try RoomCoverage.of(store, from: from, to: to).map(RoomDocument.init)
    let summaries = Dictionary(try store.alerts().map { ($0.id, $0.summary) }, uniquingKeysWith: { first, _ in first })
    actions = try store.actions(from: from, to: to).map { entry in
      Action(
        time: entry.at.rfc3339, what: String(entry.type.dropFirst("alert.".count)), who: entry.who, note: entry.note, alert: entry.alert,
        summary: entry.alert.flatMap { summaries[$0] } ?? "")
    }
  }

  private enum Key: String, CodingKey { case rooms, actions }

  func encode(to encoder: any Encoder) throws {
    try digest.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(rooms, forKey: .rooms)
    try container.encode(actions, forKey: .actions)
  }
}
