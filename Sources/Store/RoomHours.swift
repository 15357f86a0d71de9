import Detection
import GRDB

/// Clock hours (UTC) of rooms: watched, or blind for a reason.
extension PropertyStore {
  /// Every room that has hours, found by jumping from one to the next: a year of a large house has millions of rows.
  private static let everyRoom = """
    WITH RECURSIVE every(room) AS (
      SELECT min(room) FROM room_hour UNION ALL
      SELECT (SELECT min(room) FROM room_hour WHERE room_hour.room > every.room) FROM every WHERE every.room IS NOT NULL)
    """

  /// Stores the hours of rooms. If two runs share an hour, it counts as watched if either run watched it.
  public func save(_ hours: [RoomHour]) throws(StoreError) {
    guard !hours.isEmpty else { return }
    try write { db in
      for hour in hours {
        try db.execute(
          sql: """
            INSERT INTO room_hour VALUES (?, ?, ?, ?, ?) ON CONFLICT(room, hour) DO UPDATE SET
              reason = CASE WHEN excluded.is_watched OR room_hour.is_watched THEN NULL ELSE excluded.reason END,
              is_watched = max(room_hour.is_watched, excluded.is_watched),
              last_frame = max(coalesce(room_hour.last_frame, excluded.last_frame), coalesce(excluded.last_frame, room_hour.last_frame))
            """,
          arguments: [
            hour.room, hour.hour.nanoseconds, hour.isWatched, hour.reason?.rawValue, hour.lastFrame?.nanoseconds,
          ])
      }
    }
  }

  /// Hours that begin at or after a time, sorted by room and time.
  public func roomHours(since: Timestamp) throws(StoreError) -> [RoomHour] {
    try read { db in
      let sql =
        "\(Self.everyRoom) SELECT room_hour.* FROM every CROSS JOIN room_hour ON room_hour.room = every.room AND hour >= ? ORDER BY room, hour"
      return try Row.fetchAll(db, sql: sql, arguments: [since.nanoseconds]).map { row in
        RoomHour(
          room: row["room"], hour: Timestamp(nanoseconds: row["hour"]),
          reason: (row["reason"] as String?).flatMap { RoomHour.Reason(rawValue: $0) },
          lastFrame: (row["last_frame"] as Int64?).map { Timestamp(nanoseconds: $0) })
      }
    }
  }

  /// The time of the last frame of each room, for rooms that had any.
  public func lastFrames() throws(StoreError) -> [String: Timestamp] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          \(Self.everyRoom) SELECT room, last FROM (
            SELECT every.room, (SELECT last_frame FROM room_hour WHERE room_hour.room = every.room AND last_frame IS NOT NULL
              ORDER BY hour DESC LIMIT 1) AS last FROM every) WHERE last IS NOT NULL
          """)
      return Dictionary(rows.map { ($0["room"] as String, Timestamp(nanoseconds: $0["last"])) }, uniquingKeysWith: max)
    }
  }

  /// The rooms of the last run's site, in its order.
  public func rooms() throws(StoreError) -> [String] {
    try read { try String.fetchAll($0, sql: "SELECT name FROM room ORDER BY number") }
  }

  public func setRooms(_ rooms: [String]) throws(StoreError) {
    if try self.rooms() == rooms { return }
    try write { db in
      try db.execute(sql: "DELETE FROM room")
      for (number, room) in rooms.enumerated() { try db.execute(sql: "INSERT INTO room VALUES (?, ?)", arguments: [number, room]) }
    }
  }
}
