import Detection
import Foundation
import HTTPTypes
import WebDesk

/// One page of a list: items as JSON, and where the next begins.
struct CentralPage: Sendable {
  let items: [String]
  let next: String?

  var text: String { "{\"items\":[\(items.joined(separator: ","))],\"next\":\(next.map { "\"\($0)\"" } ?? "null")}\n" }
}

extension CentralList {
  /// Entries of a case's history, and places where its device was.
  private static let entryLimit = 100

  /// One page, in a transaction of the tenant.
  func page(_ query: CentralQuery, _ connection: PostgresConnection) throws -> CentralPage {
    var values: [PostgresValue] = []
    var conditions: [String] = []
    func require(_ condition: (String) -> String, _ value: PostgresValue?) {
      guard let value else { return }
      values.append(value)
      conditions.append(condition("$\(values.count)"))
    }
    require({ "site = \($0)" }, query.site.map { PostgresValue($0) })
    require({ "status = \($0)" }, query.status.map { PostgresValue($0) })
    require({ "strpos(site, \($0)) > 0" }, query.text.map { PostgresValue($0) })
    for (name, value) in [("gateway", query.gateway), ("room", query.room), ("severity", query.severity), ("kind", query.kind)]
    where filters.contains(name) {
      require({ "\(name) = \($0)" }, value.map { PostgresValue($0) })
    }
    if filters.contains("received") {
      require({ "received >= to_timestamp(\($0)::double precision)" }, query.since.map { PostgresValue("\(Double($0.nanoseconds) / 1e9)") })
    }
    if filters.contains("properties") { require({ "properties >= \($0)::bigint" }, query.properties.map { PostgresValue($0) }) }
    if let after = query.after {
      let places = zip(keys, after).map { key, value in
        values.append(PostgresValue(value))
        return "$\(values.count)::\(key.type)"
      }
      conditions.append("(\(keys.map(\.column).joined(separator: ", "))) \(isDescending ? "<" : ">") (\(places.joined(separator: ", ")))")
    }
    values.append(PostgresValue(query.limit + 1))
    let order = keys.map { $0.column + (isDescending ? " DESC" : "") }.joined(separator: ", ")
    let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    let rows: [PostgresRow]
    do {
      rows = try connection.run(
        """
        SELECT \(keys.map { "\($0.column)::text AS key_\($0.column)" }.joined(separator: ", ")), item::text AS item FROM (\(table)) AS list
        \(filter) ORDER BY \(order) LIMIT $\(values.count)::integer
        """, values
      ).rows
    } catch {
      if error.isAboutValues, query.after != nil { throw ListQuery.badCursor }
      throw error
    }
    let shown = rows.prefix(query.limit)
    let last = try shown.last.map { row in try keys.map { try row.text("key_\($0.column)") } }
    return CentralPage(
      items: try shown.map { try $0.text("item") }, next: rows.count > shown.count ? last.map(CentralQuery.cursor) : nil)
  }

  static let several = WebError(.conflict, "several", "Several gateways have an alert of this id: name one, ?gateway=GATEWAY.")

  /// One alert with what happened, oldest first, and where else its device was; nil if the tenant has none of this id.
  ///
  /// - Throws: `WebError` if several gateways have one, and none is named.
  static func alert(_ id: String, gateway: String?, _ connection: PostgresConnection) throws -> (item: String, version: String)? {
    let rows = try connection.run(
      """
      SELECT item ->> 'version' AS version, (item || jsonb_build_object('history', coalesce((
        SELECT jsonb_agg(entry ORDER BY at, place) FROM (
          SELECT at, place, entry FROM (
            SELECT received AS at, seq AS place, jsonb_build_object('time', rfc3339(coalesce(time, received)), 'received',
              rfc3339(received), 'what', event, 'who', NULL, 'note', NULL, 'detail', NULL, 'uid', uid) AS entry
            FROM event e WHERE e.gateway = list.gateway AND e.alert = list.id
            UNION ALL
            SELECT time, number, jsonb_build_object('time', rfc3339(time), 'received', rfc3339(time), 'what', action, 'who', who,
              'note', note, 'detail', detail, 'uid', NULL)
            FROM audit w WHERE w.alert = list.id
              AND w.gateway = ANY (SELECT list.gateway UNION ALL SELECT unnest(g.former) FROM gateway g WHERE g.id = list.gateway)) AS both_logs
          ORDER BY at DESC, place DESC LIMIT \(entryLimit)) AS h), '[]'),
        'elsewhere', coalesce((
          SELECT jsonb_agg(jsonb_build_object('site', o.site, 'gateway', o.gateway, 'alert', o.alert,
            'first_received', rfc3339(o.first_received), 'received', rfc3339(o.received)) ORDER BY o.first_received)
          FROM (SELECT * FROM device o WHERE o.id = list.device AND o.site <> list.site ORDER BY first_received LIMIT \(entryLimit)) AS o),
          '[]')))::text AS item
      FROM (\(CentralList.alerts.table)) AS list WHERE id = $1 AND ($2::text IS NULL OR gateway = $2) LIMIT 2
      """, [PostgresValue(id), PostgresValue(gateway)])
    guard rows.count < 2 else { throw several }
    return try rows.first.map { (try $0.text("item"), try $0.text("version")) }
  }
}
