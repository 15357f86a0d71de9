import Detection
import Foundation
import Store
import WebDesk

/// What a program asks of a list whose places are a time and an id.
struct APIQuery: Sendable {
  let limit: Int
  let place: ListPlace?
  let since: Timestamp
  let room: String?
  let status: String?
  let isCSV: Bool

  /// - Parameter statuses: what `status` may be for this list.
  init(_ fields: [String: String], statuses: [String], zone: TimeZone, at now: Timestamp) throws(WebError) {
    let query = try ListQuery(fields, statuses: statuses, zone: zone, at: now)
    if let cursor = query.cursor {
      guard let place = Self.place(cursor) else { throw ListQuery.badCursor }
      self.place = place
    } else {
      place = nil
    }
    (limit, room, status, isCSV) = (query.limit, query.room, query.status, query.isCSV)
    since = query.since ?? .distantPast
  }

  static func cursor(_ place: ListPlace) -> String { ListQuery.cursor(Data("\(place.time.nanoseconds) \(place.id)".utf8)) }

  private static func place(_ cursor: Data) -> ListPlace? {
    guard let plain = String(data: cursor, encoding: .utf8) else { return nil }
    let parts = plain.split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2, let time = Int64(parts[0]) else { return nil }
    return ListPlace(time: Timestamp(nanoseconds: time), id: parts[1])
  }
}
