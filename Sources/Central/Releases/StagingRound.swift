import Foundation

/// Looks after all releases, again and again: chooses boxes, notes how they fare, and lets releases go on or stops them. In a transaction
/// of the role `registry`; of several processes, one at a time.
struct StagingRound {
  /// After the broker or central was away: boxes come back within five minutes, and say how they are every ten.
  static let calming = Duration.seconds(900)
  /// Releases that went to all are looked after less often: only new boxes need them.
  static let calmInterval = Duration.seconds(300)
  private static let who = "central"

  private var troubled: ContinuousClock.Instant
  private var lastFull: ContinuousClock.Instant?

  init(at now: ContinuousClock.Instant = .now) { troubled = now }

  /// - Returns: lines for the log.
  mutating func run(_ connection: PostgresConnection, at now: ContinuousClock.Instant = .now) throws -> [String] {
    guard try connection.run("SELECT pg_try_advisory_xact_lock($1) AS it", [PostgresValue(AdvisoryLock.staging)]).first?.flag("it") == true
    else { return [] }
    if try !Self.isHearing(connection) { troubled = now }
    let isFull = lastFull.map { now - $0 >= Self.calmInterval } ?? true
    let statuses = isFull ? ["running", "done"] : ["running"]
    let rows = try connection.run(
      "SELECT id, tenant, kind, percent, status FROM release WHERE status = ANY($1::text[]) ORDER BY number",
      [PostgresValue(array: statuses)]
    ).rows
    var lines: [String] = []
    for row in rows {
      let (id, kind, status) = (try row.text("id"), try row.text("kind"), try row.text("status"))
      try Self.choose(for: id, tenant: try row.text("tenant"), kind, percent: try row.integer("percent"), connection)
      try Self.note(id, kind, connection)
      guard status == "running" else { continue }
      var facts = try Self.facts(id, connection)
      facts.isCalm = now - troubled >= Self.calming
      switch Staging.Rule.verdict(facts) {
      case .wait: break
      case .goOn:
        let percent = try Registry.advanceRelease(id, by: Self.who, connection)
        try Self.choose(for: id, tenant: try row.text("tenant"), kind, percent: percent, connection)
        lines.append("release \(id) goes to \(percent) % of its boxes")
      case .stop(let reason):
        try Registry.stopRelease(id, because: reason, by: Self.who, connection)
        lines.append("release \(id) stopped: \(reason)")
      }
    }
    if isFull { lastFull = now }
    return lines
  }

  /// True if any box was heard in the last minutes, or none is there that could be.
  private static func isHearing(_ connection: PostgresConnection) throws -> Bool {
    let rows = try connection.run("SELECT coalesce(max(heard) > now() - interval '10 minutes', true) AS it FROM gateway_state")
    return try rows.first?.flag("it") ?? true
  }

  private static let sees = """
    (s.is_online AND s.heard > now() - interval '\(CentralList.silence) minutes' AND coalesce(s.state -> 'watching', 'true') <> 'false')
    """

  /// Chooses further boxes up to the share of the stage: by a hash of box and release, so that no box is always the first. Before the last
  /// stage only those that are there and watch.
  private static func choose(
    for release: String, tenant: String, _ kind: String, percent: Int64, _ connection: PostgresConnection
  ) throws {
    try connection.run(
      """
      WITH able AS (
        SELECT g.id, s.state #>> ARRAY['applied', $3] AS previous, \(sees) AS sees FROM gateway g JOIN gateway_state s ON s.gateway = g.id
        WHERE g.tenant = $2 AND g.revoked IS NULL AND s.state -> 'accept' ? $3),
      chosen AS (SELECT gateway FROM release_gateway m JOIN able ON able.id = m.gateway WHERE m.release = $1),
      missing AS (
        SELECT greatest(1, ceil((SELECT count(*) FROM able) * $4::integer / 100.0)) - (SELECT count(*) FROM chosen) AS number)
      INSERT INTO release_gateway (release, gateway, tenant, previous)
      SELECT $1, able.id, $2, nullif(able.previous, $1) FROM able
      WHERE able.id NOT IN (SELECT gateway FROM chosen) AND (able.sees OR $4::integer = 100)
      ORDER BY md5($1 || able.id) LIMIT greatest(0, (SELECT number FROM missing))
      ON CONFLICT DO NOTHING
      """, [PostgresValue(release), PostgresValue(tenant), PostgresValue(kind), PostgresValue(percent)])
  }

  /// Takes over what boxes said last.
  private static func note(_ release: String, _ kind: String, _ connection: PostgresConnection) throws {
    try connection.run(
      """
      UPDATE release_gateway m SET taken = said.taken, refused = said.refused FROM (
        SELECT m.gateway, CASE WHEN s.state #>> ARRAY['applied', $2] = $1 THEN coalesce(m.taken, s.state_received) END AS taken,
          left(s.state #>> ARRAY['refused', $1], 400) AS refused
        FROM release_gateway m JOIN gateway_state s ON s.gateway = m.gateway WHERE m.release = $1) AS said
      WHERE m.release = $1 AND m.gateway = said.gateway AND (m.taken, m.refused) IS DISTINCT FROM (said.taken, said.refused)
      """, [PostgresValue(release), PostgresValue(kind)])
  }

  static func facts(_ release: String, _ connection: PostgresConnection) throws -> Staging.Facts {
    let rows = try connection.run(
      """
      WITH r AS (SELECT * FROM release WHERE id = $1),
      m AS (
        SELECT m.*, greatest(m.taken, r.judged_from) AS start, m.taken <= now() - make_interval(secs => r.soak_seconds) AS soaked,
          coalesce(\(sees), false) AS sees, greatest(g.created, m.taken - make_interval(days => $2::integer)) AS before
        FROM release_gateway m JOIN r ON r.id = m.release JOIN gateway g ON g.id = m.gateway AND g.revoked IS NULL
        LEFT JOIN gateway_state s ON s.gateway = m.gateway),
      o AS (
        SELECT g.id, coalesce(\(sees), false) AS sees FROM gateway g JOIN r ON r.tenant = g.tenant JOIN gateway_state s ON s.gateway = g.id
        WHERE g.revoked IS NULL AND s.state -> 'accept' ? r.kind AND g.id NOT IN (SELECT gateway FROM m WHERE taken IS NOT NULL)),
      first AS (SELECT min(start) AS it FROM m WHERE taken IS NOT NULL)
      SELECT count(*) AS chosen, count(*) FILTER (WHERE refused IS NOT NULL AND NOT excused) AS refused,
        min(refused) FILTER (WHERE NOT excused) AS refusal, count(taken) AS taken, count(*) FILTER (WHERE soaked) AS soaked,
        count(*) FILTER (WHERE taken IS NOT NULL AND NOT sees AND NOT excused) AS blind,
        coalesce(sum(extract(epoch FROM now() - start)) FILTER (WHERE taken IS NOT NULL), 0)::bigint AS since_seconds,
        coalesce(sum(extract(epoch FROM taken - before)) FILTER (WHERE taken > before), 0)::bigint AS before_seconds,
        (SELECT count(*) FROM alert a JOIN m ON m.gateway = a.gateway AND m.taken IS NOT NULL AND a.first_received > m.start)
          AS since_alerts,
        (SELECT count(*) FROM alert a JOIN m ON m.gateway = a.gateway AND a.first_received > m.before AND a.first_received <= m.taken)
          AS before_alerts,
        (SELECT count(*) FROM o) AS others, (SELECT count(*) FROM o WHERE NOT sees) AS others_blind,
        (SELECT count(*) FROM alert a JOIN o ON o.id = a.gateway AND a.first_received > (SELECT it FROM first)) AS others_alerts,
        coalesce(((SELECT count(*) FROM o) * extract(epoch FROM now() - (SELECT it FROM first)))::bigint, 0) AS others_seconds
      FROM m
      """, [PostgresValue(release), PostgresValue(Staging.Rule.daysBefore)])
    var facts = Staging.Facts()
    guard let row = rows.first else { return facts }
    func count(_ column: String) throws -> Int { Int(clamping: try row.integer(column)) }
    facts.chosen = try count("chosen")
    (facts.refused, facts.refusal) = (try count("refused"), try row.textIfAny("refusal"))
    (facts.taken, facts.soaked, facts.blind) = (try count("taken"), try count("soaked"), try count("blind"))
    (facts.otherBoxes, facts.otherBlind) = (try count("others"), try count("others_blind"))
    facts.since = .init(alerts: try count("since_alerts"), hours: Double(try count("since_seconds")) / 3600)
    facts.before = .init(alerts: try count("before_alerts"), hours: Double(try count("before_seconds")) / 3600)
    facts.others = .init(alerts: try count("others_alerts"), hours: Double(try count("others_seconds")) / 3600)
    return facts
  }
}
