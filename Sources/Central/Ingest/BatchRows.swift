/// What a batch changes in the database: of each row that it changes several times, the last form.
struct BatchRows {
  struct PlaceKey: Hashable {
    let gateway: String
    let epoch: String
  }

  private struct CaseKey: Hashable {
    let gateway: String
    let alert: String
  }

  private var events: [(gateway: String, member: Reception.Member, event: UpEvent, missingAfter: Int64?)] = []
  /// The last event of each alert.
  private var cases: [CaseKey: (member: Reception.Member, event: UpEvent)] = [:]
  /// Where those alerts stand, as far as the batch says.
  private var statuses: [CaseKey: String] = [:]
  private var withdrawn: Set<CaseKey> = []
  private var heard: [String: Reception.Member] = [:]
  var places: [PlaceKey: (tenant: String, seq: Int64)] = [:]
  var states: [String: (member: Reception.Member, state: UpState)] = [:]
  var health: [String: (member: Reception.Member, health: UpHealth)] = [:]

  /// - Parameter missingAfter: the event after which there is a hole that stays.
  mutating func add(_ event: UpEvent, of gateway: String, _ member: Reception.Member, missingAfter: Int64?) {
    events.append((gateway, member, event, missingAfter))
    guard let alert = event.alert else { return }
    let key = CaseKey(gateway: gateway, alert: alert)
    cases[key] = (member, event)
    if let status = event.status { statuses[key] = status } else if withdrawn.contains(key) { statuses[key] = "new" }
    if event.isWithdrawal { withdrawn.insert(key) } else { withdrawn.remove(key) }
  }

  mutating func hear(_ gateway: String, _ member: Reception.Member) { heard[gateway] = member }

  /// - Parameter refused: why the one event of the batch has no document.
  func write(_ connection: PostgresConnection, refused: String?) throws {
    if !events.isEmpty {
      try writeEvents(connection, refused)
      try writePlaces(connection)
      if refused == nil { try writeCases(connection) }
    }
    try writeHealth(connection)
    try writeStates(connection)
    try writeHeard(connection)
  }

  private func writeEvents(_ connection: PostgresConnection, _ refused: String?) throws {
    try connection.run(
      """
      INSERT INTO event (tenant, site, gateway, epoch, seq, uid, time, kind, alert, event, data, missing_after, refused)
      SELECT tenant, site, gateway, epoch, seq, uid, time, kind, alert, event, payload::jsonb -> 'data', missing_after, $13
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::bigint[])
        AS t(tenant, site, gateway, epoch, seq, uid, time, kind, alert, event, payload, missing_after)
      """,
      [
        PostgresValue(array: events.map(\.member.tenant)), PostgresValue(array: events.map(\.member.site)),
        PostgresValue(array: events.map(\.gateway)), PostgresValue(array: events.map(\.event.epoch)),
        PostgresValue(array: events.map(\.event.seq)), PostgresValue(array: events.map(\.event.uid)),
        PostgresValue(array: events.map { $0.event.facts.time?.asTime }), PostgresValue(array: events.map(\.event.facts.kind)),
        PostgresValue(array: events.map(\.event.alert)), PostgresValue(array: events.map(\.event.facts.event)),
        PostgresValue(array: events.map { refused == nil ? $0.event.payload : nil }), PostgresValue(array: events.map(\.missingAfter)),
        PostgresValue(refused),
      ])
  }

  private func writePlaces(_ connection: PostgresConnection) throws {
    let places = places.map { ($0.key, $0.value) }
    try connection.run(
      """
      INSERT INTO place (gateway, tenant, epoch, seq)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
      ON CONFLICT (gateway, epoch) DO UPDATE SET seq = EXCLUDED.seq, updated = now()
      """,
      [
        PostgresValue(array: places.map(\.0.gateway)), PostgresValue(array: places.map(\.1.tenant)),
        PostgresValue(array: places.map(\.0.epoch)), PostgresValue(array: places.map(\.1.seq)),
      ])
    // A gateway that makes up epochs forgets its own oldest.
    try connection.run(
      """
      DELETE FROM place p USING (
        SELECT gateway, epoch, row_number() OVER (PARTITION BY gateway ORDER BY updated DESC) AS rank
        FROM place WHERE gateway = ANY($1::text[])) AS old
      WHERE p.gateway = old.gateway AND p.epoch = old.epoch AND old.rank > $2
      """, [PostgresValue(array: Set(places.map(\.0.gateway)).map { $0 }), PostgresValue(Reception.epochLimit)])
  }

  private func writeCases(_ connection: PostgresConnection) throws {
    let cases = cases.map { ($0.key, $0.value) }
    guard !cases.isEmpty else { return }
    let values = [
      PostgresValue(array: cases.map(\.0.gateway)), PostgresValue(array: cases.map(\.0.alert)),
      PostgresValue(array: cases.map(\.1.member.tenant)), PostgresValue(array: cases.map(\.1.member.site)),
      PostgresValue(array: cases.map(\.1.event.facts.device)), PostgresValue(array: cases.map { statuses[$0.0] }),
      PostgresValue(array: cases.map(\.1.event.facts.severity)), PostgresValue(array: cases.map(\.1.event.facts.verdict)),
      PostgresValue(array: cases.map(\.1.event.payload)),
    ]
    let table = """
      unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
      AS t(gateway, id, tenant, site, device, status, severity, verdict, payload)
      """
    try connection.run(
      """
      INSERT INTO alert (gateway, id, tenant, site, device, status, severity, verdict, data)
      SELECT t.gateway, t.id, t.tenant, t.site, t.device,
        -- An event that says nothing of it leaves an acknowledged case as it is, and opens one that was settled.
        coalesce(t.status, CASE WHEN old.status = 'acknowledged' THEN old.status END, 'new'), t.severity, t.verdict,
        payload::jsonb -> 'data'
      FROM \(table) LEFT JOIN alert old ON old.gateway = t.gateway AND old.id = t.id
      ON CONFLICT (gateway, id) DO UPDATE SET device = EXCLUDED.device, severity = EXCLUDED.severity, verdict = EXCLUDED.verdict,
        received = now(), data = EXCLUDED.data, status = EXCLUDED.status
      """, values)
    let shown = cases.filter { !withdrawn.contains($0.0) && $0.1.event.facts.device?.isID == true }
    if !shown.isEmpty {
      // Two alerts of a batch may be about one device.
      var last: [PlaceKey: (CaseKey, Reception.Member, UpEvent)] = [:]
      for (key, value) in shown {
        let device = PlaceKey(gateway: key.gateway, epoch: value.event.facts.device ?? "")
        if let present = last[device], present.2.seq > value.event.seq { continue }
        last[device] = (key, value.member, value.event)
      }
      let devices = last.map { ($0.key.epoch, $0.value) }
      try connection.run(
        """
        INSERT INTO device (gateway, id, tenant, site, alert, data)
        SELECT gateway, id, tenant, site, alert, payload::jsonb #> '{data,subject}'
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
          AS t(gateway, id, tenant, site, alert, payload)
        ON CONFLICT (gateway, id) DO UPDATE SET alert = EXCLUDED.alert, data = EXCLUDED.data, received = now()
        """,
        [
          PostgresValue(array: devices.map(\.1.0.gateway)), PostgresValue(array: devices.map(\.0)),
          PostgresValue(array: devices.map(\.1.1.tenant)), PostgresValue(array: devices.map(\.1.1.site)),
          PostgresValue(array: devices.map(\.1.0.alert)), PostgresValue(array: devices.map(\.1.2.payload)),
        ])
    }
    try withdraw(connection)
  }

  /// Takes away what was kept of a device that was no camera.
  private func withdraw(_ connection: PostgresConnection) throws {
    guard !withdrawn.isEmpty else { return }
    let values = [PostgresValue(array: withdrawn.map(\.gateway)), PostgresValue(array: withdrawn.map(\.alert))]
    // With the alerts that follow them: that the device went silent, or came back.
    let named = """
      (SELECT t.gateway, t.alert, t.alert AS origin FROM unnest($1::text[], $2::text[]) AS t(gateway, alert)
       UNION SELECT f.gateway, f.id, t.alert FROM unnest($1::text[], $2::text[]) AS t(gateway, alert)
       JOIN alert f ON f.gateway = t.gateway AND f.data ->> 'follows' = t.alert) AS w
      """
    try connection.run(
      "UPDATE event e SET data = NULL FROM \(named) WHERE e.gateway = w.gateway AND e.alert = w.alert AND e.data IS NOT NULL", values)
    try connection.run(
      "DELETE FROM evidence_request r USING \(named) WHERE r.gateway = w.gateway AND w.alert IN (r.alert, r.about)", values)
    try connection.run("DELETE FROM device d USING \(named) WHERE d.gateway = w.gateway AND d.alert = w.alert", values)
    // Should the box open it again, people decide again.
    try connection.run("DELETE FROM casework c USING \(named) WHERE c.gateway = w.gateway AND c.alert = w.alert", values)
    try connection.run(
      """
      UPDATE alert a SET data = NULL, device = NULL, status = o.status FROM \(named) JOIN alert o ON o.gateway = w.gateway AND o.id = w.origin
      WHERE a.gateway = w.gateway AND a.id = w.alert
      """, values)
  }

  private func writeHealth(_ connection: PostgresConnection) throws {
    let rows = health.map { ($0.key, $0.value) }
    guard !rows.isEmpty else { return }
    try connection.run(
      """
      INSERT INTO gateway_state AS s (gateway, tenant, site, is_online, box_time, version, pending)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[], $6::text[], $7::bigint[])
      ON CONFLICT (gateway) DO UPDATE SET is_online = EXCLUDED.is_online, box_time = coalesce(EXCLUDED.box_time, s.box_time),
        version = coalesce(EXCLUDED.version, s.version), pending = coalesce(EXCLUDED.pending, s.pending)
      """,
      [
        PostgresValue(array: rows.map(\.0)), PostgresValue(array: rows.map(\.1.member.tenant)),
        PostgresValue(array: rows.map(\.1.member.site)), PostgresValue(array: rows.map { $0.1.health.isOnline ? "t" : "f" }),
        PostgresValue(array: rows.map { $0.1.health.time?.asTime }), PostgresValue(array: rows.map(\.1.health.version)),
        PostgresValue(array: rows.map(\.1.health.pending)),
      ])
  }

  private func writeStates(_ connection: PostgresConnection) throws {
    let rows = states.map { ($0.key, $0.value) }
    guard !rows.isEmpty else { return }
    try connection.run(
      """
      INSERT INTO gateway_state AS s (gateway, tenant, site, is_online, version, state, state_received)
      SELECT gateway, tenant, site, true, version, payload::jsonb, now()
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS t(gateway, tenant, site, version, payload)
      ON CONFLICT (gateway) DO UPDATE SET version = coalesce(EXCLUDED.version, s.version), state = EXCLUDED.state, state_received = now()
      """,
      [
        PostgresValue(array: rows.map(\.0)), PostgresValue(array: rows.map(\.1.member.tenant)),
        PostgresValue(array: rows.map(\.1.member.site)), PostgresValue(array: rows.map(\.1.state.version)),
        PostgresValue(array: rows.map(\.1.state.payload)),
      ])
  }

  private func writeHeard(_ connection: PostgresConnection) throws {
    guard !heard.isEmpty else { return }
    // Once a second is enough; 1,000 events are not to write as many rows.
    try connection.run(
      """
      INSERT INTO gateway_state AS s (gateway, tenant, site, heard)
      SELECT gateway, tenant, site, now() FROM unnest($1::text[], $2::text[], $3::text[]) AS t(gateway, tenant, site)
      ON CONFLICT (gateway) DO UPDATE SET heard = now() WHERE s.heard IS NULL OR s.heard < now() - interval '1 second'
      """,
      [
        PostgresValue(array: heard.map(\.key)), PostgresValue(array: heard.map(\.value.tenant)),
        PostgresValue(array: heard.map(\.value.site)),
      ])
  }
}
