import Detection
import Foundation
import GRDB

/// What `serve` sent to one sink, as its database says.
public struct SentMessages: Sendable, Equatable {
  /// Sinks that are listed.
  private static let limit = 1000

  public let sink: String
  public let delivered: Int
  public let waiting: Int
  public let failed: Int
  /// First attempt of the oldest, and last one of the newest.
  public let oldest: Timestamp
  public let newest: Timestamp

  /// Reads the database of `serve`. It belongs to a process that faces the Internet: its columns may hold anything.
  ///
  /// - Parameter alerts: only messages about these; nil for all.
  /// - Returns: one for each sink, by name; none if there is no such file.
  public static func read(_ path: String, about alerts: [String]? = nil) throws(StoreError) -> [SentMessages] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    try DatabaseFile.refuseLinks(path)
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(1)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON") }
    do {
      return try DatabaseQueue(path: path, configuration: configuration).read { db in
        let isServe = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = 'delivery')"
        guard try Bool.fetchOne(db, sql: isServe) == true else { throw StoreError.foreign(path: path) }
        let chosen = alerts.map { "[" + $0.filter { $0.allSatisfy(\.isHexDigit) }.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
        let sql = """
          SELECT CAST(sink AS TEXT) AS name, sum(state IN ('delivered', 'gathered')) AS delivered, sum(state = 'pending') AS waiting,
            sum(state = 'failed') AS failed, CAST(min(first_attempt) AS INTEGER) AS oldest, CAST(max(time) AS INTEGER) AS newest
          FROM delivery WHERE ?1 IS NULL OR alert IN (SELECT value FROM json_each(?1)) GROUP BY name ORDER BY name LIMIT \(limit)
          """
        return try Row.fetchAll(db, sql: sql, arguments: [chosen]).map { row in
          SentMessages(
            sink: row["name"] ?? "", delivered: row["delivered"] ?? 0, waiting: row["waiting"] ?? 0, failed: row["failed"] ?? 0,
            oldest: Timestamp(nanoseconds: row["oldest"] ?? 0), newest: Timestamp(nanoseconds: row["newest"] ?? 0))
        }
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      throw .cannotOpen(path: path, reason: error.message ?? "it may not be read")
    } catch {
      throw StoreError(error)
    }
  }
}
