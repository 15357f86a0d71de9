import Detection
import Store

extension RoomCoverage {
  /// Nanoseconds.
  private static let hour: Int64 = 3_600_000_000_000
  /// Hours of the longest report: a month.
  private static let hourLimit = 24 * 32

  /// The 24 clock hours that end with the present one, for every room of the site.
  static func lastDay(of store: PropertyStore, at now: Timestamp) throws(StoreError) -> [RoomCoverage] {
    try of(store, from: now - .seconds(23 * 3600), to: now)
  }

  /// The clock hours that a period touches, for every room of the site. Hours without a run are blind.
  public static func of(_ store: PropertyStore, from: Timestamp, to: Timestamp) throws(StoreError) -> [RoomCoverage] {
    let rooms = try store.rooms()
    guard !rooms.isEmpty, from <= to else { return [] }
    let (first, last) = (from.nanoseconds / hour, to.nanoseconds / hour)
    // The latest first.
    let hours = (max(first, last - Int64(hourLimit))...last).reversed().map { Timestamp(nanoseconds: $0 * hour) }
    let stored = Dictionary(grouping: try store.roomHours(since: hours[hours.count - 1]), by: \.room)
    let lastFrames = try store.lastFrames()
    return rooms.map { room in
      let known = Dictionary((stored[room] ?? []).map { ($0.hour, $0) }, uniquingKeysWith: { first, _ in first })
      let reasons = hours.map { hour in known[hour].map(\.reason) ?? .notRunning }
      return RoomCoverage(
        room: room, hours: hours.count, hoursWatched: reasons.count { $0 == nil }, lastFrame: lastFrames[room],
        reason: reasons.lazy.compactMap { $0 }.first)
    }
  }
}
