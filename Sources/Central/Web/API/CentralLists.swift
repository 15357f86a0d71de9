/// The lists of the API. PostgreSQL makes the items, and lets a tenant's transaction see only its own rows.
enum CentralList: String, Sendable, CaseIterable {
  case properties, alerts, devices, rooms, coverage, releases, audit

  /// Minutes of silence after which a box counts as blind: it says every ten how it is.
  static let silence = 30
  /// Of alerts that nobody needs to look at any more.
  static let settled = ["dismissed", "declared", "cleared"]

  /// What `status` may be.
  var statuses: [String] {
    switch self {
    case .properties: ["blind", "open", "clear"]
    case .alerts: ["open", "acknowledged"] + Self.settled
    case .devices: ["declared", "undeclared"]
    case .rooms: ["watched", "blind"]
    case .coverage: ["watching", "blind"]
    case .releases: ["running", "stopped", "done", "superseded"]
    case .audit: []
    }
  }

  /// What items are sorted by, with the type of each; the keys of a place in the list.
  var keys: [(column: String, type: String)] {
    switch self {
    case .properties: [("worst", "integer"), ("site", "text")]
    case .alerts: [("received", "timestamptz"), ("gateway", "text"), ("id", "text")]
    case .devices: [("id", "text"), ("gateway", "text")]
    case .rooms: [("site", "text"), ("gateway", "text"), ("place", "bigint")]
    case .coverage: [("site", "text"), ("gateway", "text")]
    case .releases: [("received", "timestamptz"), ("id", "text")]
    case .audit: [("number", "bigint")]
    }
  }

  var isDescending: Bool { [.alerts, .releases, .audit].contains(self) }

  /// What else can be asked for; the columns of those that a list has not stay unused.
  var filters: Set<String> {
    switch self {
    case .properties: []
    case .alerts: ["gateway", "room", "severity", "received"]
    case .devices: ["gateway", "room", "received", "properties"]
    case .rooms: ["gateway", "room"]
    case .coverage: ["gateway"]
    case .releases: ["kind", "received"]
    case .audit: ["gateway", "received"]
    }
  }

  /// A table with the keys, `site`, `status`, the columns that are filtered, and `item`.
  var table: String {
    switch self {
    case .properties: Self.propertyTable
    case .alerts:
      """
      SELECT received, gateway, id, site, status, severity, as_object(data) #>> '{subject,room}' AS room, device,
        as_object(data) || jsonb_build_object('type', 'alert', 'id', id, 'tenant', tenant, 'site', site, 'gateway', gateway,
          'status', status, 'at_property', at_property, 'version', version, 'keeper', keeper, 'assigned_to', assignee, 'proposed', NULL,
          'first_received', rfc3339(first_received), 'received', rfc3339(received)) AS item
      FROM "case"
      """
    case .devices:
      """
      SELECT id, gateway, site, received, as_object(data) ->> 'room' AS room, n.properties,
        CASE WHEN data -> 'known' = 'true' THEN 'declared' ELSE 'undeclared' END AS status,
        as_object(data) || jsonb_build_object('type', 'device', 'id', id, 'tenant', tenant, 'site', site, 'gateway', gateway,
          'alert', alert, 'first_received', rfc3339(first_received), 'received', rfc3339(received), 'properties', n.properties) AS item
      FROM device d CROSS JOIN LATERAL (SELECT count(DISTINCT o.site) AS properties FROM device o WHERE o.id = d.id) AS n
      """
    case .rooms:
      """
      SELECT g.site, g.id AS gateway, e.place, e.room ->> 'room' AS room,
        CASE WHEN as_number(e.room -> 'hours_watched')::numeric > 0 THEN 'watched' ELSE 'blind' END AS status,
        e.room || jsonb_build_object('type', 'room', 'tenant', g.tenant, 'site', g.site, 'gateway', g.id) AS item
      FROM gateway g JOIN gateway_state s ON s.gateway = g.id
        CROSS JOIN LATERAL jsonb_array_elements(as_array(s.state -> 'rooms')) WITH ORDINALITY AS e(room, place)
      WHERE g.revoked IS NULL AND jsonb_typeof(e.room) = 'object'
      """
    case .coverage:
      """
      SELECT g.site, g.id AS gateway, CASE WHEN \(Self.isWatching) THEN 'watching' ELSE 'blind' END AS status,
        jsonb_build_object('type', 'watch-state', 'tenant', g.tenant, 'site', g.site, 'gateway', g.id,
          'watching', \(Self.isWatching), 'online', coalesce(s.is_online, false), 'alive', rfc3339(s.heard),
          'packets', as_number(s.state #> '{coverage,packets}'), 'dropped', as_number(s.state #> '{coverage,dropped_by_kernel}'),
          'devices', as_object(s.state -> 'devices'),
          'open_cases', (SELECT count(*) FROM "case" c WHERE c.gateway = g.id AND c.status IN ('open', 'acknowledged')),
          'rooms', jsonb_array_length(as_array(s.state -> 'rooms')),
          'rooms_watched', (SELECT count(*) FROM jsonb_array_elements(as_array(s.state -> 'rooms')) AS e(room)
            WHERE as_number(e.room -> 'hours_watched')::numeric > 0),
          'version', s.version, 'pending', s.pending, 'received', rfc3339(s.state_received), 'accept', as_array(s.state -> 'accept'),
          'applied', as_object(s.state -> 'applied'), 'refused', as_object(s.state -> 'refused'),
          'certificate_expires', s.state -> 'certificate_expires') AS item
      FROM gateway g LEFT JOIN gateway_state s ON s.gateway = g.id WHERE g.revoked IS NULL
      """
    case .releases:
      """
      SELECT r.made AS received, r.id, NULL::text AS site, r.status, r.kind, jsonb_build_object('type', 'release', 'id', r.id,
        'tenant', r.tenant, 'kind', r.kind, 'number', r.number, 'summary', r.summary, 'status', r.status, 'percent', r.percent,
        'soak_seconds', r.soak_seconds, 'reason', r.reason, 'who', r.who, 'made', rfc3339(r.made),
        'boxes', (SELECT jsonb_build_object('chosen', count(*), 'taken', count(m.taken), 'refused', count(m.refused))
          FROM release_gateway m WHERE m.release = r.id),
        'refused', (SELECT coalesce(jsonb_object_agg(f.gateway, f.refused), '{}') FROM (
          SELECT m.gateway, m.refused FROM release_gateway m WHERE m.release = r.id AND m.refused IS NOT NULL ORDER BY 1 LIMIT 20) AS f))
        AS item
      FROM release r
      """
    case .audit:
      """
      SELECT number, site, gateway, time AS received, NULL AS status, jsonb_build_object('type', 'audit', 'number', number,
        'tenant', tenant, 'time', rfc3339(time), 'who', who, 'role', role, 'address', address, 'action', action, 'site', site,
        'gateway', gateway, 'alert', alert, 'note', note, 'detail', detail) AS item FROM audit
      """
    }
  }

  /// Of the state `s` of a box: it is there, and its watch runs.
  private static let isWatching = """
    coalesce(s.is_online AND s.heard > now() - interval '\(silence) minutes' AND coalesce(s.state -> 'watching', 'true') <> 'false', false)
    """

  /// Properties, the worst first: those whose boxes are away or do not watch, then those with open cameras, the most first.
  private static let propertyTable = """
    SELECT site, CASE WHEN online THEN 1000000 - least(open, 999999) ELSE 0 END AS worst,
      CASE WHEN NOT online THEN 'blind' WHEN open > 0 THEN 'open' ELSE 'clear' END AS status,
      jsonb_build_object('type', 'property', 'tenant', tenant, 'site', site, 'status',
        CASE WHEN NOT online THEN 'blind' WHEN open > 0 THEN 'open' ELSE 'clear' END,
        'open_alerts', open, 'heard', rfc3339(heard), 'blind_since', rfc3339(blind_since), 'version', version, 'gateways', gateways) AS item
    FROM (
      SELECT st.tenant, st.id AS site, coalesce(g.online, false) AS online, coalesce(a.open, 0)::integer AS open, g.heard, g.blind_since,
        g.version, coalesce(g.gateways, '[]') AS gateways
      FROM site st
      LEFT JOIN (
        SELECT site, bool_and(is_watching) AS online, min(heard) AS heard, min(heard) FILTER (WHERE NOT is_watching) AS blind_since,
          min(version) AS version,
          jsonb_agg(jsonb_build_object('gateway', id, 'online', is_online, 'watching', is_watching, 'heard', rfc3339(heard),
            'version', version, 'pending', pending) ORDER BY id) AS gateways
        FROM (
          SELECT gw.site, gw.id, \(isWatching) AS is_watching, coalesce(s.is_online, false) AS is_online, s.heard, s.version, s.pending
          FROM gateway gw LEFT JOIN gateway_state s ON s.gateway = gw.id WHERE gw.revoked IS NULL) AS box
        GROUP BY site) AS g ON g.site = st.id
      LEFT JOIN (
        SELECT al.site, count(*) AS open FROM "case" al JOIN gateway gw ON gw.id = al.gateway AND gw.revoked IS NULL
        WHERE al.status IN ('open', 'acknowledged') GROUP BY al.site) AS a
        ON a.site = st.id) AS whole
    """
}
