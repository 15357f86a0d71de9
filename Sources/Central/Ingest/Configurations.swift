import ChainMessages
import Foundation

/// A box is sent one message of each kind at a time.
struct ConfigurationKey: Hashable, Sendable {
  let topic: ChainTopic
  let kind: String
}

/// What boxes get with `down/config`: lists of their site, and the releases that are theirs.
enum Configurations {
  /// What these boxes take and have not had.
  static func `for`(
    _ states: [String: (member: Reception.Member, state: UpState)], _ connection: PostgresConnection
  ) throws -> [ConfigurationKey: Data] {
    var messages: [ConfigurationKey: Data] = [:]
    func add(_ result: PostgresResult) throws {
      for row in result.rows {
        let (gateway, kind, id) = (try row.text("gateway"), try row.text("kind"), try row.text("id"))
        guard let (member, state) = states[gateway], state.accept.contains(kind), !state.known.contains(id),
          let address = try? GatewayAddress(tenant: member.tenant, site: member.site, gateway: gateway)
        else { continue }
        messages[ConfigurationKey(topic: address.topic(.configuration), kind: kind)] = Data(try row.text("message").utf8)
      }
    }
    let listing = states.filter { !$0.value.state.accept.isDisjoint(with: ["declared", "rooms"]) }.keys
    if !listing.isEmpty { try add(connection.run(lists, [PostgresValue(array: listing.map { $0 })])) }
    let asked = states.flatMap { gateway, value in
      ReleaseKind.allCases.map(\.rawValue).filter(value.state.accept.contains).map { (gateway, $0, value.state.applied[$0]) }
    }
    if !asked.isEmpty {
      try add(
        connection.run(
          releases, [PostgresValue(array: asked.map(\.0)), PostgresValue(array: asked.map(\.1)), PostgresValue(array: asked.map(\.2))]))
    }
    return messages
  }

  private static let lists = """
    SELECT g.id AS gateway, l.kind, l.id, json_build_object('id', l.id, 'kind', l.kind, 'data', l.data)::text AS message
    FROM unnest($1::text[]) AS asked(id) JOIN gateway g ON g.id = asked.id
    JOIN (SELECT 'declared' AS kind, tenant, site, id, cameras AS data FROM declared_list
      UNION ALL SELECT 'rooms', tenant, site, id, rules FROM room_list) AS l ON l.tenant = g.tenant AND l.site = g.site
    """

  /// The newest release that the box was chosen for and that is above what it has. If what it has was stopped, and it is one of signatures:
  /// the one that it had before, or the installed signatures, which is the number 0.
  private static let releases = """
    SELECT a.gateway, a.kind, coalesce(n.id, b.id, 'installed-' || p.id) AS id,
      coalesce(n.message, b.message, json_build_object('id', 'installed-' || p.id, 'kind', a.kind, 'data',
        json_build_object('number', 0))::text) AS message
    FROM unnest($1::text[], $2::text[], $3::text[]) AS a(gateway, kind, applied) JOIN gateway g ON g.id = a.gateway
    LEFT JOIN release p ON p.id = a.applied AND p.tenant = g.tenant AND p.kind = a.kind
    LEFT JOIN LATERAL (
      SELECT r.id, r.message FROM release r JOIN release_gateway m ON m.release = r.id AND m.gateway = g.id
      WHERE r.tenant = g.tenant AND r.kind = a.kind AND r.status IN ('running', 'done') AND r.number > coalesce(p.number, 0)
      ORDER BY r.number DESC LIMIT 1) AS n ON true
    LEFT JOIN release_gateway m ON m.release = p.id AND m.gateway = g.id
    LEFT JOIN release b ON b.id = m.previous AND b.tenant = g.tenant
    WHERE n.id IS NOT NULL OR p.status = 'stopped' AND a.kind = 'signatures'
    """
}

/// What boxes that are there have not had of what changed lately. They would learn of it when they next say how they are, which takes up to
/// ten minutes.
struct ConfigurationChanges {
  /// Seconds between two looks.
  static let interval = 5.0
  /// Seconds for which a change counts as a late one: the transaction that made it may have taken that long.
  private static let lateness = 60
  /// Boxes of one look.
  private static let limit = 2000

  /// What was sent of the late changes.
  private var sent: [ConfigurationKey: Data] = [:]

  mutating func due(_ connection: PostgresConnection) throws -> [ConfigurationKey: Data] {
    let rows = try connection.run(Self.boxes, [PostgresValue(Self.lateness), PostgresValue(Self.limit)]).rows
    var states: [String: (member: Reception.Member, state: UpState)] = [:]
    for row in rows {
      guard case .state(let state)? = try? UpMessage(.state, Data(try row.text("state").utf8)) else { continue }
      let member = Reception.Member(tenant: try row.text("tenant"), site: try row.text("site"), isRevoked: false)
      states[try row.text("id")] = (member, state)
    }
    let wanted = try Configurations.for(states, connection)
    defer { sent = wanted }
    return wanted.filter { sent[$0.key] != $0.value }
  }

  private static let boxes = """
    SELECT g.id, g.tenant, g.site, s.state::text AS state FROM gateway_state s JOIN gateway g ON g.id = s.gateway
    WHERE g.revoked IS NULL AND s.is_online AND s.state IS NOT NULL AND g.id IN (
      SELECT o.id FROM declared_list l JOIN gateway o ON o.tenant = l.tenant AND o.site = l.site
        WHERE l.made > now() - make_interval(secs => $1)
      UNION SELECT o.id FROM room_list l JOIN gateway o ON o.tenant = l.tenant AND o.site = l.site
        WHERE l.made > now() - make_interval(secs => $1)
      UNION SELECT m.gateway FROM release_gateway m WHERE m.chosen > now() - make_interval(secs => $1)
      UNION SELECT m.gateway FROM release r JOIN release_gateway m ON m.release = r.id WHERE r.changed > now() - make_interval(secs => $1))
    ORDER BY g.id LIMIT $2
    """
}
