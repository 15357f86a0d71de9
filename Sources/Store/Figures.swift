import Detection
import GRDB

/// Counts for those who ask often, without reading the devices and alerts themselves.
public struct PropertyFigures: Sendable, Equatable {
  public let lastPacket: Timestamp?
  /// Cameras, recorders and base stations, as `Device.isCamera` says, without invented ones.
  public let cameras: Int
  /// Those of them that are declared.
  public let declared: Int
  /// Cases that nobody answered.
  public let openAlerts: Int
  /// Their ids, oldest first, at most `idLimit`.
  public let openAlertIDs: [String]
  public let rooms: Int
  /// Rooms that were watched in this clock hour or the one before: a room that is quiet at the turn of the hour is not blind.
  public let roomsWatched: Int

  static let idLimit = 100
}

extension PropertyStore {
  /// Nanoseconds.
  private static let hour: Int64 = 3_600_000_000_000

  public func figures(at now: Timestamp) throws(StoreError) -> PropertyFigures {
    let cameras = """
      FROM device WHERE alert_group IS NULL
      AND (role = '\(Role.relay.rawValue)' OR verdict IN ('\(Verdict.probable.rawValue)', '\(Verdict.camera.rawValue)'))
      """
    let open = """
      FROM alert WHERE follows IS NULL AND kind <> 'health' AND dismissed IS NULL AND declared IS NULL AND acknowledged IS NULL
      AND folded IS NULL AND (snoozed_until IS NULL OR snoozed_until <= ?)
      """
    let since = (now.nanoseconds / Self.hour - 1) * Self.hour
    return try read { db in
      let counts = try Row.fetchOne(db, sql: "SELECT count(*) AS cameras, coalesce(sum(is_declared), 0) AS declared \(cameras)")
      return PropertyFigures(
        lastPacket: try Self.number(StateKey.lastPacket.rawValue, db).map { Timestamp(nanoseconds: $0) },
        cameras: counts?["cameras"] ?? 0, declared: counts?["declared"] ?? 0,
        openAlerts: try Int.fetchOne(db, sql: "SELECT count(*) \(open)", arguments: [now.nanoseconds]) ?? 0,
        openAlertIDs: try String.fetchAll(
          db, sql: "SELECT id \(open) ORDER BY time LIMIT \(PropertyFigures.idLimit)", arguments: [now.nanoseconds]),
        rooms: try Int.fetchOne(db, sql: "SELECT count(*) FROM room") ?? 0,
        roomsWatched: try Int.fetchOne(
          db,
          sql: """
            SELECT count(*) FROM room WHERE EXISTS
            (SELECT 1 FROM room_hour WHERE room_hour.room = room.name AND hour >= ? AND is_watched)
            """, arguments: [since]) ?? 0)
    }
  }
}
