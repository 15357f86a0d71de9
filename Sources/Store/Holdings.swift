import Detection
import GRDB

/// How much of one kind the database holds, for a report on privacy.
public struct Holding: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Devices by class; but cameras, recorders and whatever has an alert are `cameras`, and the property's own `declared`.
    case cameras, declared, embedded, personal, media, infrastructure, unknown
    case alerts
    /// What people did about alerts.
    case decisions
    /// Entries of the event log.
    case log
    case declarations
    /// Hours of rooms.
    case rooms

    public var isOfDevices: Bool { Self.devices.contains(self) }
    private static let devices: Set<Kind> = [.cameras, .declared, .embedded, .personal, .media, .infrastructure, .unknown]
  }

  public let kind: Kind
  public let count: Int
  /// Nil if there is none.
  public let oldest: Timestamp?
  public let newest: Timestamp?
  /// How many of the devices have this stored, by the name of the field.
  public let fields: [String: Int]
}

extension PropertyStore {
  /// Fields of devices, and when they hold something.
  private static let deviceFields = [
    ("mac", "mac IS NOT NULL"), ("ips", "addresses <> ''"), ("hostname", "hostname IS NOT NULL"), ("vendor", "vendor IS NOT NULL"),
    ("model", "model IS NOT NULL"), ("room", "room IS NOT NULL"), ("viewers", "viewers <> ''"), ("traffic", "traffic IS NOT NULL"),
    ("class_reasons", "class_reasons <> '[]'"),
    ("traffic_over_time", "EXISTS (SELECT 1 FROM traffic AS slots WHERE slots.device = device.id)"),
    ("stays", "EXISTS (SELECT 1 FROM stay WHERE stay.device = device.id)"),
    ("evidence", "EXISTS (SELECT 1 FROM evidence WHERE evidence.device = device.id)"),
    ("values", "EXISTS (SELECT 1 FROM evidence WHERE evidence.device = device.id AND value <> '')"),
  ]

  /// Everything that is stored, by kind; kinds of devices of which there are none are left out.
  public func holdings() throws(StoreError) -> [Holding] {
    try read { db in
      let fields = Self.deviceFields.map { "coalesce(sum(\($0.1)), 0) AS f_\($0.0)" }.joined(separator: ", ")
      let kind = """
        CASE WHEN is_declared THEN 'declared' WHEN alert IS NOT NULL OR verdict IN ('camera', 'probable') OR role = 'relay' THEN 'cameras'
        ELSE class END
        """
      let sql =
        "SELECT \(kind) AS kind, count(*) AS count, min(first_seen) AS oldest, max(last_seen) AS newest, \(fields) FROM device GROUP BY kind"
      let devices = try Row.fetchAll(db, sql: sql).compactMap { row -> Holding? in
        guard let kind = Holding.Kind(rawValue: row["kind"]) else { return nil }
        let counts = Self.deviceFields.map { ($0.0, row["f_\($0.0)"] as Int) }.filter { $0.1 > 0 }
        return Self.holding(kind, row, fields: Dictionary(counts, uniquingKeysWith: +))
      }
      func others(_ kind: Holding.Kind, _ table: String, _ oldest: String, _ newest: String) throws -> Holding? {
        let row = try Row.fetchOne(db, sql: "SELECT count(*) AS count, min(\(oldest)) AS oldest, max(\(newest)) AS newest FROM \(table)")
        return row.map { Self.holding(kind, $0, fields: [:]) }
      }
      let order = Holding.Kind.allCases
      return try devices.sorted { order.firstIndex(of: $0.kind)! < order.firstIndex(of: $1.kind)! }
        + [
          others(.alerts, "alert", "time", "updated"), others(.decisions, "event WHERE who IS NOT NULL", "time", "time"),
          others(.log, "log", "recorded", "recorded"), others(.declarations, "declaration", "declared", "declared"),
          others(.rooms, "room_hour", "hour", "hour"),
        ].compactMap { $0 }
    }
  }

  private static func holding(_ kind: Holding.Kind, _ row: Row, fields: [String: Int]) -> Holding {
    func time(_ column: String) -> Timestamp? { (row[column] as Int64?).map { Timestamp(nanoseconds: $0) } }
    return Holding(kind: kind, count: row["count"], oldest: time("oldest"), newest: time("newest"), fields: fields)
  }

  /// MAC addresses of the devices of alerts on hold.
  public func heldAddresses() throws(StoreError) -> Set<MACAddress> {
    try read { db in
      let sql = "SELECT mac FROM device WHERE mac IS NOT NULL AND id IN (\(Query.heldDevices))"
      return Set(try String.fetchAll(db, sql: sql).compactMap { MACAddress($0) })
    }
  }

  /// Ids of the alerts on hold.
  public func heldAlerts() throws(StoreError) -> [String] { try read { try String.fetchAll($0, sql: Query.held + " ORDER BY id") } }
}
