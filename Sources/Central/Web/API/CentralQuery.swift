import ChainMessages
import Detection
import Foundation
import WebDesk

/// What a program asks of a list: as of a box, and of which site.
struct CentralQuery: Sendable {
  static let severities = ["medium", "high"]
  static let mostProperties = 1000

  let limit: Int
  /// The keys of the last item before, as many as the list has.
  let after: [String]?
  let site: String?
  let gateway: String?
  let room: String?
  let severity: String?
  /// Of releases.
  let kind: String?
  let status: String?
  let since: Timestamp?
  /// A part of the name of a site.
  let text: String?
  /// Only devices that were at so many properties.
  let properties: Int?
  let isCSV: Bool

  /// - Throws: `WebError`: 404 for another tenant than one's own.
  init(_ fields: [String: String], for identity: CentralIdentity, list: CentralList, at now: Timestamp) throws(WebError) {
    func field(_ name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let tenant = field("tenant"), tenant != identity.tenant { throw .notFound }
    // PostgreSQL's text has no NUL.
    guard fields.values.allSatisfy({ !$0.utf8.contains(0) }) else { throw .badQuery("the query", "text") }
    let query = try ListQuery(fields, statuses: list.statuses, zone: .gmt, at: now)
    (limit, room, status, since, isCSV) = (query.limit, query.room, query.status, query.since, query.isCSV)
    if let cursor = query.cursor {
      guard let keys = try? JSONDecoder().decode([String].self, from: cursor), keys.count == list.keys.count,
        keys.allSatisfy({ !$0.utf8.contains(0) })
      else { throw ListQuery.badCursor }
      after = keys
    } else {
      after = nil
    }
    site = field("site")
    if let site, !GatewayAddress.isName(site) { throw .badQuery("site", "the name of a site") }
    gateway = field("gateway")
    if let gateway, !gateway.isID { throw .badQuery("gateway", "the name of a gateway") }
    severity = field("severity")
    if let severity, !Self.severities.contains(severity) {
      throw .badQuery("severity", Self.severities.joined(separator: ", "))
    }
    kind = field("kind")
    if let kind, ReleaseKind(rawValue: kind) == nil {
      throw .badQuery("kind", ReleaseKind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    text = field("q").map { String($0.lowercased().prefix(GatewayAddress.nameLimit)) }
    if let text = field("properties") {
      guard let number = Int(text), (1...Self.mostProperties).contains(number) else {
        throw .badQuery("properties", "1 to \(Self.mostProperties)")
      }
      properties = number
    } else {
      properties = nil
    }
  }

  static func cursor(_ keys: [String]) -> String { ListQuery.cursor((try? JSONEncoder().encode(keys)) ?? Data()) }
}
