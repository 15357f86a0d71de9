import ConfigurationFiles
import Detection
import Documents
import Foundation
import GRDB
import Sinks
import Store
import WebDesk

/// One page of a list: documents of schema lenscap/1, and where the next begins.
struct APIPage: Sendable {
  let items: [Data]
  let next: String?

  var text: String {
    let next = next.map { JSONValue.string($0).text } ?? "null"
    return "{\"items\":[\(items.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ","))],\"next\":\(next)}\n"
  }
}

enum APIList: String, Sendable, CaseIterable {
  case alerts, devices, rooms, coverage, deliveries, audit

  /// What `status` may be.
  var statuses: [String] {
    switch self {
    case .alerts: StoredAlert.Status.allCases.map(\.rawValue)
    case .devices: ["declared", "undeclared"]
    case .rooms: ["watched", "blind"]
    case .deliveries: ["pending", "delivered", "failed", "gathered"]
    case .coverage, .audit: []
    }
  }

  var right: Rights {
    switch self {
    case .alerts, .devices, .rooms, .coverage: .look
    case .deliveries: .deliveries
    case .audit: .audit
    }
  }
}

/// A delivery of one event to one sink, as JSON.
private struct DeliveryDocument: Encodable {
  let sink: String
  let event: String
  let uid: String
  @OrNull var alert: String?
  let state: String
  let attempts: Int
  let time: String
  @OrNull var next: String?
  @OrNull var error: String?

  init(_ row: DeliveryRow) {
    sink = row.sink
    event = row.type
    uid = row.uid
    alert = row.alert
    state = row.state.rawValue
    attempts = row.attempts
    time = Timestamp(nanoseconds: row.time).rfc3339
    next = row.next.map { Timestamp(nanoseconds: $0).rfc3339 }
    error = row.error
  }
}

/// What the watch sees now, as JSON.
struct PageCoverageDocument: Encodable, Sendable {
  struct Network: Encodable, Sendable {
    let segment: String
    let devices: Int
    let lastFrame: String

    private enum CodingKeys: String, CodingKey {
      case segment, devices
      case lastFrame = "last_frame"
    }
  }

  let watching: Bool
  @OrNull var alive: String?
  @OrNull var lastPacket: String?
  let packets: UInt64
  let dropped: UInt64
  let cameras: Int
  let declared: Int
  let openCases: Int
  let devices: [String: Int]
  let networks: [Network]
  let rooms: Int
  let roomsWatched: Int

  private enum CodingKeys: String, CodingKey {
    case watching, alive, packets, dropped, cameras, declared, devices, networks, rooms
    case lastPacket = "last_packet"
    case openCases = "open_cases"
    case roomsWatched = "rooms_watched"
  }

  init(_ answer: Answer) {
    watching = answer.isWatching
    alive = answer.figures.alive?.rfc3339
    lastPacket = answer.figures.lastPacket?.rfc3339
    packets = answer.figures.packets
    dropped = answer.figures.dropped
    cameras = answer.figures.cameras
    declared = answer.figures.declared
    openCases = answer.figures.unsettled
    devices = answer.figures.classes
    networks = answer.figures.networks.map { Network(segment: $0.segment.named, devices: $0.devices, lastFrame: $0.last.rfc3339) }
    rooms = answer.rooms.count
    roomsWatched = answer.rooms.count - answer.blind.count
  }
}

extension DeskDatabase {
  /// One page of a list, as this person may see it.
  func list(_ list: APIList, _ query: APIQuery, for identity: Identity) throws -> APIPage {
    guard identity.rights.contains(list.right) else { throw WebError.forbidden }
    switch list {
    case .alerts: return try alerts(query)
    case .devices: return try devices(query, isComplete: identity.rights.contains(.guests))
    case .rooms: return try rooms(query)
    case .coverage: return APIPage(items: [try bytes("watch-state", PageCoverageDocument(try answer()))], next: nil)
    case .deliveries: return try deliveries(query)
    case .audit:
      let rows = try audit(before: query.place, since: query.since, limit: query.limit + 1)
      return try page(rows, query, at: { $0.place }, as: { try bytes("audit", AuditDocument($0)) })
    }
  }

  private func bytes(_ type: String, _ document: some Encodable) throws -> Data { try JSON().bytes(Line(type, document)) }

  /// - Parameter rows: one more than is shown, if there are more.
  private func page<Row>(
    _ rows: [Row], _ query: APIQuery, at place: (Row) -> ListPlace, as body: (Row) throws -> Data
  ) throws -> APIPage {
    let shown = rows.prefix(query.limit)
    let next = rows.count > query.limit ? shown.last.map { APIQuery.cursor(place($0)) } : nil
    return APIPage(items: try shown.map(body), next: next)
  }

  private func alerts(_ query: APIQuery) throws -> APIPage {
    guard let log else { return APIPage(items: [], next: nil) }
    var filter = CaseFilter()
    filter.status = query.status.flatMap { StoredAlert.Status(rawValue: $0) }
    filter.room = query.room
    filter.since = query.since
    let found = try log.cases(filter, after: query.place, limit: query.limit + 1, at: clock())
    return try page(
      try states(of: found), query, at: { ListPlace(time: $0.alert.raisedTime, id: $0.alert.id) },
      as: { try bytes("alert", try document($0)) })
  }

  private func devices(_ query: APIQuery, isComplete: Bool) throws -> APIPage {
    guard let log else { return APIPage(items: [], next: nil) }
    var filter = DeviceFilter()
    filter.room = query.room
    filter.since = query.since
    filter.isComplete = isComplete
    filter.isDeclared = query.status.map { $0 == "declared" }
    let found = try log.devices(filter, after: query.place, limit: query.limit + 1)
    let makers = makers(of: found)
    return try page(
      found, query, at: { ListPlace(time: $0.device.lastSeen, id: $0.id.description) },
      as: { try bytes("device", DeviceDocument($0, makers: makers)) })
  }

  private func rooms(_ query: APIQuery) throws -> APIPage {
    guard let log else { return APIPage(items: [], next: nil) }
    let now = clock()
    let from = max(query.since, now - .seconds(23 * 3600))
    let all = try RoomCoverage.of(log, from: from, to: now).filter { room in
      (query.room == nil || room.room == query.room) && (query.status == nil || (query.status == "blind") == (room.hoursWatched == 0))
    }
    // The place of a room is its number in the site's order.
    let first = query.place.flatMap { Int($0.id) } ?? 0
    let rows = all.enumerated().dropFirst(max(0, first)).prefix(query.limit + 1).map { ($0.offset, $0.element) }
    return try page(
      rows, query, at: { ListPlace(time: .zero, id: "\($0.0 + 1)") }, as: { try bytes("room", RoomDocument($0.1)) })
  }

  private func deliveries(_ query: APIQuery) throws -> APIPage {
    let rows = try store.deliveries(
      status: query.status, since: query.since, after: query.place, limit: query.limit + 1)
    return try page(
      rows, query, at: { ListPlace(time: Timestamp(nanoseconds: $0.time), id: "\($0.sink) \($0.uid)") },
      as: { try bytes("delivery", DeliveryDocument($0)) })
  }
}

extension ServeStore {
  /// Deliveries of all sinks, the latest first.
  func deliveries(status: String?, since: Timestamp, after place: ListPlace?, limit: Int) throws(StoreError) -> [DeliveryRow] {
    try read {
      try DeliveryRow.fetchAll(
        $0,
        sql: """
          SELECT * FROM delivery WHERE time >= ? AND (time < ? OR time = ? AND sink || ' ' || uid > ?) AND (? IS NULL OR state = ?)
          ORDER BY time DESC, sink || ' ' || uid LIMIT ?
          """,
        arguments: [
          since.nanoseconds, place?.time.nanoseconds ?? .max, place?.time.nanoseconds ?? .max, place?.id ?? "", status, status, limit,
        ])
    }
  }
}
