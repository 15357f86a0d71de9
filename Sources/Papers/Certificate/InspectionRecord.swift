import Detection
import Documents
import Store

/// What a certificate says of a month: which rooms were watched, and what was found, decided and erased.
public struct InspectionRecord: Sendable {
  /// The part of a room's hours that must have been watched, for it to count as watched in that month.
  static let enough = 0.9
  /// Cases that are listed.
  private static let caseLimit = 500
  private static let hour = Duration.seconds(3600)

  struct Room: Sendable, Equatable {
    let name: String
    let hours: Int
    let watched: Int
    /// How many hours it was blind for a reason; hours that nobody recorded have none.
    let blind: [RoomHour.Reason: Int]

    var isWatched: Bool { hours > 0 && Double(watched) >= enough * Double(hours) }
    var unrecorded: Int { hours - watched - blind.values.reduce(0, +) }
  }

  struct Case: Sendable {
    let id: String
    let raised: Timestamp
    let room: String?
    /// For people, without addresses.
    let what: String
    let status: StoredAlert.Status
    /// What people did about it in the month.
    let entries: [IncidentReport.Entry]
  }

  let month: CertificateMonth
  let from: Timestamp
  /// The end of the month, or now if that is sooner.
  let to: Timestamp
  let isOver: Bool
  let rooms: [Room]
  let cases: [Case]
  /// Cases beyond those that are listed.
  let furtherCases: Int
  let declarations: [Declaration]
  let erasures: [Erasure]
  let sensor: Sensor?
  let written: Timestamp
  public var property: String?
  /// The content of conversations was not read.
  public var headersOnly = false
  public var version = ""
  public var utc: Bool

  /// Reads a month. It must have begun.
  public init(of month: CertificateMonth, in store: PropertyStore, utc: Bool, at now: Timestamp) throws(StoreError) {
    (self.month, self.utc, written) = (month, utc, now)
    let span = month.span(utc: utc)
    (from, to, isOver) = (span.from, min(span.to, now), span.to <= now)
    let (from, to) = (from, to)
    rooms = try Self.rooms(store, from, to)
    let decisions = try Dictionary(grouping: store.decisions(from: from, to: to), by: \.alert)
    let concerned = try store.alerts().filter {
      $0.isOwnCase && ($0.raisedTime >= from && $0.raisedTime < to || decisions[$0.id] != nil)
    }
    cases = try concerned.prefix(Self.caseLimit).map { alert throws(StoreError) in
      let subject = try alert.device.flatMap { id throws(StoreError) in try store.device(id) }
      return Case(alert, subject?.device, decisions[alert.id] ?? [], at: now)
    }
    furtherCases = max(0, concerned.count - Self.caseLimit)
    declarations = try store.declarations().filter { $0.declaredAt >= from && $0.declaredAt < to }
    erasures = try store.erasures().filter { $0.at >= from && $0.at < to }
    sensor = try store.sensor()
  }

  /// Whole hours of each room of the site, and of others that were recorded.
  private static func rooms(_ store: PropertyStore, _ from: Timestamp, _ to: Timestamp) throws(StoreError) -> [Room] {
    let hour = Int64(3_600_000_000_000)
    let first = (from.nanoseconds + hour - 1) / hour
    let count = Int(max(0, to.nanoseconds / hour - first))
    let recorded = try store.roomHours(since: Timestamp(nanoseconds: first * hour)).filter { $0.hour + Self.hour <= to }
    let byRoom = Dictionary(grouping: recorded, by: \.room)
    let site = try store.rooms()
    let names = site + byRoom.keys.filter { !site.contains($0) }.sorted()
    return names.map { name in
      let hours = byRoom[name] ?? []
      let blind = Dictionary(grouping: hours.compactMap(\.reason), by: { $0 }).mapValues(\.count)
      return Room(name: name, hours: count, watched: hours.count(where: \.isWatched), blind: blind)
    }
  }

  // MARK: Sums

  var blindRooms: [Room] { rooms.filter { !$0.isWatched } }
  var hours: Int { rooms.reduce(0) { $0 + $1.hours } }
  var hoursWatched: Int { rooms.reduce(0) { $0 + $1.watched } }
  /// So much was not watched that the month says little.
  var isTooLittle: Bool { hours == 0 || Double(hoursWatched) < Self.enough * Double(hours) }

  func count(_ status: StoredAlert.Status) -> Int { cases.count { $0.status == status } }
  var raised: Int { cases.count { $0.raised >= from } }

  /// The title of the certificate.
  public var title: String {
    let span = isOver ? "" : ", which is not over"
    guard isTooLittle else { return "Inspection certificate for \(month.name)\(span)" }
    let hours = hours == 0 ? "no room has hours" : "\(grouped(UInt64(hoursWatched))) of \(grouped(UInt64(hours)))"
    return "\(month.name)\(span): too few watched hours for a certificate (\(hours))"
  }
}

extension InspectionRecord.Case {
  init(_ alert: StoredAlert, _ device: Device?, _ decisions: [StoredEvent], at now: Timestamp) {
    (id, raised, room) = (alert.id, alert.raisedTime, device?.room)
    status = alert.status(at: now)
    entries = decisions.map { IncidentReport.Entry(time: $0.at, what: AlertCase.words($0.what), who: $0.who, note: $0.note) }
    guard let device else {
      what = "a device that was deleted since"
      return
    }
    let make = device.deviceClass == .personal ? [] : [device.vendor, device.model].compactMap { $0 }
    what = ([device.label] + (make.isEmpty ? [] : [make.joined(separator: " ")])).joined(separator: ", ")
  }
}
