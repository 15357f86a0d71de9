import Detection
import GRDB

/// A place in a list that is read in pieces: what comes next is older.
public struct ListPlace: Sendable, Equatable {
  public let time: Timestamp
  public let id: String

  public init(time: Timestamp, id: String) {
    self.time = time
    self.id = id
  }
}

/// Which cases to list.
public struct CaseFilter: Sendable {
  public var status: StoredAlert.Status?
  public var room: String?
  public var since = Timestamp.distantPast

  public init() {}
}

/// Which devices to list.
public struct DeviceFilter: Sendable {
  public var room: String?
  public var since = Timestamp.distantPast
  /// False to leave out all but cameras, what may be one, and what is declared.
  public var isComplete = true
  public var isDeclared: Bool?
  /// Only of this class.
  public var deviceClass: String?
  /// A part of the name, maker, model, MAC or IP address.
  public var text = ""

  public init() {}
}

/// What the page shows first, in numbers.
public struct WatchFigures: Sendable {
  public struct Network: Sendable {
    public let segment: Segment
    public let devices: Int
    public let last: Timestamp
  }

  public var alive: Timestamp?
  public var started: Timestamp?
  public var stopped: Timestamp?
  public var lastPacket: Timestamp?
  public var packets: UInt64 = 0
  public var dropped: UInt64 = 0
  /// Cases that nobody settled, answered or not.
  public var unsettled = 0
  /// Devices that sent a packet within a day, by class.
  public var classes: [String: Int] = [:]
  /// Undeclared and declared cameras within a day.
  public var cameras = 0
  public var declared = 0
  /// Networks with a device that sent a packet within a day.
  public var networks: [Network] = []

  public init() {}
}

/// Lists for people: in pieces, whatever the number of alerts.
extension PropertyStore {
  private static let ownCase = "follows IS NULL AND kind <> 'health' AND folded IS NULL"
  /// The index is named, because SQLite takes that of `follows`, with which it would read all alerts.
  private static let unsettledAlerts =
    "alert INDEXED BY alert_unsettled WHERE \(ownCase) AND dismissed IS NULL AND declared IS NULL"
  /// A camera, what may be one, or declared.
  private static let ofConcern = "(is_declared OR role = 'relay' OR verdict IN ('possible', 'probable', 'camera'))"

  /// Cases that nobody dismissed or declared, the most serious first.
  public func unsettledCases(limit: Int) throws(StoreError) -> [StoredAlert] {
    try read { db in
      try StoredAlert.fetchAll(
        db,
        sql: """
          SELECT * FROM \(Self.unsettledAlerts)
          ORDER BY acknowledged IS NOT NULL, severity, verdict, time DESC LIMIT ?
          """, arguments: [limit])
    }
  }

  /// Cases, the latest first.
  public func cases(_ filter: CaseFilter, after place: ListPlace?, limit: Int, at now: Timestamp) throws(StoreError) -> [StoredAlert] {
    var conditions = [Self.ownCase]
    var arguments: StatementArguments = []
    if filter.since > .distantPast {
      conditions.append("updated >= ?")
      arguments += [filter.since.nanoseconds]
    }
    if let place {
      conditions.append("(time, id) < (?, ?)")
      arguments += [place.time.nanoseconds, place.id]
    }
    if let room = filter.room {
      conditions.append("device IN (SELECT id FROM device WHERE room = ?)")
      arguments += [room]
    }
    if let status = filter.status {
      let isSnoozed = "coalesce(snoozed_until, 0) > \(now.nanoseconds)"
      let isUnsettled = "dismissed IS NULL AND declared IS NULL"
      let condition =
        switch status {
        case .dismissed: "dismissed IS NOT NULL"
        case .declared: "dismissed IS NULL AND declared IS NOT NULL"
        case .snoozed: "\(isUnsettled) AND \(isSnoozed)"
        case .acknowledged: "\(isUnsettled) AND NOT (\(isSnoozed)) AND acknowledged IS NOT NULL"
        case .open: "\(isUnsettled) AND NOT (\(isSnoozed)) AND acknowledged IS NULL"
        }
      conditions.append(condition)
    }
    let (sql, all) = (
      "SELECT * FROM alert INDEXED BY alert_time WHERE \(conditions.joined(separator: " AND ")) ORDER BY time DESC, id DESC LIMIT ?",
      arguments + [limit]
    )
    return try read { try StoredAlert.fetchAll($0, sql: sql, arguments: all) }
  }

  /// Devices with their evidence, the latest first.
  public func devices(_ filter: DeviceFilter, after place: ListPlace?, limit: Int) throws(StoreError) -> [DeviceSnapshot] {
    var conditions = ["last_seen >= ?"]
    var arguments: StatementArguments = [filter.since.nanoseconds]
    if let place {
      conditions.append("(last_seen < ? OR last_seen = ? AND id > ?)")
      arguments += [place.time.nanoseconds, place.time.nanoseconds, place.id]
    }
    if !filter.isComplete { conditions.append(Self.ofConcern) }
    if let isDeclared = filter.isDeclared { conditions.append(isDeclared ? "is_declared" : "NOT is_declared") }
    if let room = filter.room {
      conditions.append("room = ?")
      arguments += [room]
    }
    if let deviceClass = filter.deviceClass {
      conditions.append("class = ?")
      arguments += [deviceClass]
    }
    if !filter.text.isEmpty {
      let escaped = filter.text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
      let columns = ["hostname", "vendor", "model", "mac", "addresses", "room"].map { "coalesce(\($0), '')" }
      conditions.append("(\(columns.joined(separator: " || ' ' || "))) LIKE ? ESCAPE '\\'")
      arguments += ["%\(escaped)%"]
    }
    let (sql, all) = (
      "SELECT * FROM device WHERE \(conditions.joined(separator: " AND ")) ORDER BY last_seen DESC, id LIMIT ?", arguments + [limit]
    )
    return try read { db in try DeviceRow.fetchAll(db, sql: sql, arguments: all).compactMap { try $0.snapshot(db) } }
  }

  /// A device as stored; nil if none has this id.
  public func device(_ id: String, withEvidence: Bool) throws(StoreError) -> DeviceSnapshot? {
    if withEvidence { return try device(id) }
    return try read { try DeviceRow.fetchOne($0, key: id)?.snapshot([]) }
  }

  /// Devices in each room that were seen at or after a time, without their evidence.
  public func devices(inRoomsSince since: Timestamp, isComplete: Bool, limit: Int) throws(StoreError) -> [DeviceSnapshot] {
    try read { db in
      try DeviceRow.fetchAll(
        db,
        sql: """
          SELECT * FROM device WHERE room IS NOT NULL AND last_seen >= ? \(isComplete ? "" : "AND \(Self.ofConcern)")
          ORDER BY last_seen DESC LIMIT ?
          """, arguments: [since.nanoseconds, limit]
      ).compactMap { $0.snapshot([]) }
    }
  }

  /// Devices in each room that were seen at or after a time.
  public func deviceCounts(inRoomsSince since: Timestamp) throws(StoreError) -> [String: Int] {
    try read { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT room, count(*) AS devices FROM device WHERE room IS NOT NULL AND last_seen >= ? GROUP BY room",
        arguments: [since.nanoseconds])
      return Dictionary(rows.map { ($0["room"] as String, $0["devices"] as Int) }, uniquingKeysWith: max)
    }
  }

  /// Problems of the watch itself, the latest first.
  public func problems(since: Timestamp, limit: Int) throws(StoreError) -> [StoredAlert] {
    try read {
      try StoredAlert.fetchAll(
        $0, sql: "SELECT * FROM alert INDEXED BY alert_health WHERE kind = 'health' AND updated >= ? ORDER BY updated DESC LIMIT ?",
        arguments: [since.nanoseconds, limit])
    }
  }

  /// Of the history of an alert, what `serve` did not write itself.
  ///
  /// - Parameter origin: how the entries end that `serve` wrote: ` via page`.
  public func historyCount(of id: String, without origin: String) throws(StoreError) -> Int {
    try read {
      try Int.fetchOne(
        $0, sql: "SELECT count(*) FROM event WHERE alert = ? AND coalesce(who, '') NOT LIKE ?", arguments: [id, "%\(origin)"]) ?? 0
    }
  }

  /// The list of commands that was applied last, and the number of its last one that was applied or refused.
  public func lastAppliedCommand() throws(StoreError) -> (list: String?, number: Int64) {
    try read { (try Self.property("commands_of", $0), try Self.number("commands_applied", $0) ?? 0) }
  }

  public func watchFigures(at now: Timestamp) throws(StoreError) -> WatchFigures {
    let day = (now - .seconds(86_400)).nanoseconds
    return try read { db in
      var figures = WatchFigures()
      func time(_ key: StateKey) throws -> Timestamp? { try Self.number(key.rawValue, db).map { Timestamp(nanoseconds: $0) } }
      figures.alive = try time(.alive)
      figures.started = try time(.started)
      figures.stopped = try time(.stopped)
      figures.lastPacket = try time(.lastPacket)
      figures.packets = UInt64(clamping: try Self.number("packets", db) ?? 0)
      figures.dropped = UInt64(clamping: try Self.number("dropped", db) ?? 0)
      figures.unsettled = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(Self.unsettledAlerts)") ?? 0
      for row in try Row.fetchAll(db, sql: "SELECT class, count(*) AS n FROM device WHERE last_seen >= ? GROUP BY class", arguments: [day])
      {
        figures.classes[row["class"]] = row["n"]
      }
      let isCamera = "alert_group IS NULL AND (role = 'relay' OR verdict IN ('probable', 'camera')) AND last_seen >= ?"
      if let row = try Row.fetchOne(
        db, sql: "SELECT count(*) AS n, coalesce(sum(is_declared), 0) AS own FROM device WHERE \(isCamera)", arguments: [day])
      {
        (figures.cameras, figures.declared) = ((row["n"] as Int) - (row["own"] as Int), row["own"])
      }
      figures.networks = try Row.fetchAll(
        db,
        sql:
          "SELECT segment, count(*) AS n, max(last_seen) AS last FROM device WHERE last_seen >= ? GROUP BY segment ORDER BY n DESC LIMIT 100",
        arguments: [day]
      ).map { row in
        WatchFigures.Network(
          segment: Segment(bits: UInt64(bitPattern: row["segment"])), devices: row["n"], last: Timestamp(nanoseconds: row["last"]))
      }
      return figures
    }
  }
}

/// A device's stay in a room, for people.
public struct VisitOfDevice: Sendable {
  public let device: String
  public let name: String?
  public let what: String
  public let first: Timestamp
  public let last: Timestamp
}

extension PropertyStore {
  /// Who was in a room when, the latest first.
  ///
  /// - Parameter isComplete: false to leave out all but cameras, what may be one, and what is declared.
  public func visits(inRoom room: String, isComplete: Bool, limit: Int) throws(StoreError) -> [VisitOfDevice] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT device.id AS id, hostname, class, role, kind, stay.first_seen AS first, stay.last_seen AS last
          FROM stay JOIN device ON device.id = stay.device
          WHERE stay.room = ? \(isComplete ? "" : "AND \(Self.ofConcern)") ORDER BY stay.last_seen DESC LIMIT ?
          """, arguments: [room, limit]
      ).map { row in
        let role: String = row["role"]
        return VisitOfDevice(
          device: row["id"], name: row["hostname"], what: role == Role.other.rawValue ? row["kind"] ?? row["class"] : role,
          first: Timestamp(nanoseconds: row["first"]), last: Timestamp(nanoseconds: row["last"]))
      }
    }
  }
}
