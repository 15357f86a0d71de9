import Detection
import GRDB

/// What somebody did about alerts and data by commands and messages, not on the page: took or closed a case, put it on hold, handed packets
/// out, or had a device erased; and what central gave for use.
public struct DeedOnTheBox: Codable, Sendable, FetchableRecord {
  /// Tells deeds of the same moment apart, in their order.
  public let key: String
  let time: Int64
  public let who: String
  /// `held`, `handed-out`, `erased` …
  public let action: String
  public let alert: String?
  public let note: String?
  public let detail: String?

  public var at: Timestamp { Timestamp(nanoseconds: time) }
}

extension PropertyStore {
  /// The latest first. What was done on the page stands in the page's own log.
  ///
  /// - Parameter place: only what was done before.
  public func deedsOnTheBox(before place: ListPlace?, since: Timestamp, limit: Int) throws(StoreError) -> [DeedOnTheBox] {
    let (time, key) = (place?.time.nanoseconds ?? .max, place?.id ?? "~")
    return try read {
      try DeedOnTheBox.fetchAll(
        $0,
        sql: """
          SELECT * FROM (
            SELECT printf('b%020d', number) AS key, time, who, what AS action, alert, note, NULL AS detail FROM event
            WHERE who IS NOT NULL AND who NOT LIKE ?1 AND time >= ?2 AND time <= ?3
            UNION ALL
            SELECT printf('e%020d', number), time, who, 'erased', NULL, NULL,
              printf('%d devices, %d alerts, %d entries of the event log; %s', devices, alerts, entries, address_hash)
            FROM erasure WHERE time >= ?2 AND time <= ?3
            UNION ALL
            SELECT printf('c%020d', number), time, '\(OperatorCommand.central)', what, NULL, NULL, detail
            FROM central_deed WHERE time >= ?2 AND time <= ?3)
          WHERE time < ?3 OR key < ?4 ORDER BY time DESC, key DESC LIMIT ?5
          """, arguments: ["% via \(OperatorCommand.page)", since.nanoseconds, time, key, limit])
    }
  }
}
