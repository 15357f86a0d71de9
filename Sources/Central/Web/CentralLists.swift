import HTTPTypes

/// The lists of the API. PostgreSQL makes the items, and lets a tenant's transaction see only its own rows.
enum CentralList: String, Sendable, CaseIterable {
  case properties, alerts, devices, coverage, audit

  /// Statuses of alerts that are settled.
  static let settled = ["cleared", "dismissed", "declared"]
  /// Minutes of silence after which a box counts as blind: it says every ten how it is.
  static let silence = 30

  var statuses: [String] {
    switch self {
    case .properties: ["blind", "open", "clear"]
    case .alerts: ["new", "acknowledged"] + Self.settled
    case .devices, .coverage, .audit: []
    }
  }

  /// What items are sorted by, with the type of each; the keys of a place in the list.
  var keys: [(column: String, type: String)] {
    switch self {
    case .properties: [("worst", "integer"), ("site", "text")]
    case .alerts: [("received", "timestamptz"), ("gateway", "text"), ("id", "text")]
    case .devices: [("id", "text"), ("gateway", "text")]
    case .coverage: [("site", "text"), ("gateway", "text")]
    case .audit: [("number", "bigint")]
    }
  }

  var isDescending: Bool { self == .alerts || self == .audit }

  /// A table with the keys, `site`, `status` and `item`.
  var table: String {
    switch self {
    case .properties: Self.propertyTable
    case .alerts:
      """
      SELECT received, gateway, id, site, status, coalesce(data, '{}') || jsonb_build_object('type', 'alert', 'id', id, 'tenant', tenant,
        'site', site, 'gateway', gateway, 'status', status,
        'first_received', rfc3339(first_received), 'received', rfc3339(received)) AS item
      FROM alert
      """
    case .devices:
      """
      SELECT id, gateway, site, NULL AS status, coalesce(data, '{}') || jsonb_build_object('type', 'device', 'id', id, 'tenant', tenant,
        'site', site, 'gateway', gateway, 'alert', alert, 'first_received', rfc3339(first_received), 'received', rfc3339(received),
        'properties', (SELECT count(DISTINCT o.site) FROM device o WHERE o.id = d.id)) AS item
      FROM device d
      """
    case .coverage:
      """
      SELECT g.site, g.id AS gateway, NULL AS status, jsonb_build_object('type', 'coverage', 'tenant', g.tenant, 'site', g.site,
        'gateway', g.id, 'online', coalesce(s.is_online, false), 'heard', rfc3339(s.heard), 'received', rfc3339(s.state_received),
        'version', s.version, 'coverage', s.state -> 'coverage', 'rooms', s.state -> 'rooms', 'devices', s.state -> 'devices',
        'accept', s.state -> 'accept', 'applied', s.state -> 'applied', 'refused', s.state -> 'refused',
        'certificate_expires', s.state -> 'certificate_expires') AS item
      FROM gateway g LEFT JOIN gateway_state s ON s.gateway = g.id WHERE g.revoked IS NULL
      """
    case .audit:
      """
      SELECT number, site, NULL AS status, jsonb_build_object('type', 'audit', 'number', number, 'tenant', tenant, 'time', rfc3339(time),
        'who', who, 'action', action, 'site', site, 'gateway', gateway, 'detail', detail) AS item FROM audit
      """
    }
  }

  /// Properties, the worst first: those whose boxes are away or do not watch, then those with open cameras, the most first.
  private static let propertyTable = """
    SELECT site, CASE WHEN online THEN 1000000 - least(open, 999999) ELSE 0 END AS worst,
      CASE WHEN NOT online THEN 'blind' WHEN open > 0 THEN 'open' ELSE 'clear' END AS status,
      jsonb_build_object('type', 'property', 'tenant', tenant, 'site', site, 'status',
        CASE WHEN NOT online THEN 'blind' WHEN open > 0 THEN 'open' ELSE 'clear' END,
        'open_alerts', open, 'heard', rfc3339(heard), 'version', version, 'gateways', gateways) AS item
    FROM (
      SELECT st.tenant, st.id AS site, coalesce(g.online, false) AS online, coalesce(a.open, 0)::integer AS open, g.heard, g.version,
        coalesce(g.gateways, '[]') AS gateways
      FROM site st
      LEFT JOIN (
        SELECT gw.site, bool_and(coalesce(s.is_online AND s.heard > now() - interval '\(silence) minutes'
            AND coalesce(s.state -> 'watching', 'true') <> 'false', false)) AS online,
          min(s.heard) AS heard, min(s.version) AS version,
          jsonb_agg(jsonb_build_object('gateway', gw.id, 'online', coalesce(s.is_online, false), 'heard', rfc3339(s.heard),
            'version', s.version, 'pending', s.pending) ORDER BY gw.id) AS gateways
        FROM gateway gw LEFT JOIN gateway_state s ON s.gateway = gw.id WHERE gw.revoked IS NULL GROUP BY gw.site) AS g ON g.site = st.id
      LEFT JOIN (
        SELECT al.site, count(*) AS open FROM alert al JOIN gateway gw ON gw.id = al.gateway AND gw.revoked IS NULL
        WHERE al.status NOT IN ('cleared', 'dismissed', 'declared') GROUP BY al.site) AS a
        ON a.site = st.id) AS whole
    """
}

/// One page of a list: items as JSON, and where the next begins.
struct CentralPage: Sendable {
  let items: [String]
  let next: String?

  var text: String { "{\"items\":[\(items.joined(separator: ","))],\"next\":\(next.map { "\"\($0)\"" } ?? "null")}\n" }
}

extension CentralList {
  /// One page, in a transaction of the tenant.
  func page(_ query: CentralQuery, _ connection: PostgresConnection) throws -> CentralPage {
    var values = [PostgresValue(query.site), PostgresValue(query.status), PostgresValue(query.limit + 1)]
    var conditions = ["($1::text IS NULL OR site = $1)", "($2::text IS NULL OR status = $2)"]
    if let after = query.after {
      let places = keys.indices.map { "$\($0 + 4)::\(keys[$0].type)" }
      conditions.append("(\(keys.map(\.column).joined(separator: ", "))) \(isDescending ? "<" : ">") (\(places.joined(separator: ", ")))")
      values += after.map { PostgresValue($0) }
    }
    let order = keys.map { $0.column + (isDescending ? " DESC" : "") }.joined(separator: ", ")
    let rows: [PostgresRow]
    do {
      rows = try connection.run(
        """
        SELECT \(keys.map { "\($0.column)::text AS key_\($0.column)" }.joined(separator: ", ")), item::text AS item FROM (\(table)) AS list
        WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT $3::integer
        """, values
      ).rows
    } catch {
      if error.isAboutValues, query.after != nil { throw WebError.badQuery("cursor", "the value of next") }
      throw error
    }
    let shown = rows.prefix(query.limit)
    let last = try shown.last.map { row in try keys.map { try row.text("key_\($0.column)") } }
    return CentralPage(
      items: try shown.map { try $0.text("item") }, next: rows.count > shown.count ? last.map(CentralQuery.cursor) : nil)
  }

  /// One alert with its events, the newest first; nil if the tenant has none of this id.
  ///
  /// - Throws: `WebError` if several gateways have one, and none is named.
  static func alert(_ id: String, gateway: String?, _ connection: PostgresConnection) throws -> String? {
    let rows = try connection.run(
      """
      SELECT (item || jsonb_build_object('history', coalesce((
        SELECT jsonb_agg(entry) FROM (
          SELECT jsonb_build_object('received', rfc3339(received), 'time', rfc3339(time), 'event', event, 'uid', uid) AS entry
          FROM event e WHERE e.gateway = list.gateway AND e.alert = list.id ORDER BY received DESC, seq DESC LIMIT 100) AS h), '[]')))::text
        AS item
      FROM (\(CentralList.alerts.table)) AS list WHERE id = $1 AND ($2::text IS NULL OR gateway = $2) LIMIT 2
      """, [PostgresValue(id), PostgresValue(gateway)])
    guard rows.count < 2 else {
      throw WebError(.conflict, "several", "Several gateways have an alert of this id: name one, ?gateway=GATEWAY.")
    }
    return try rows.first?.text("item")
  }
}
