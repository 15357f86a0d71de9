import WebDesk

/// Who is signed in. The browser has a secret, the database its hash.
extension Registry {
  /// A session ends when it was not used for so long.
  static let idleSeconds = 12 * 3600
  static let sessionLife = Duration.seconds(7 * 86_400)
  /// Sessions of one person, or of one token; the oldest end.
  private static let sessionsOfOne = 20

  /// Begins a session of a browser with a token.
  ///
  /// - Returns: the secret of the session; nil if there is no such token.
  static func beginSession(token secret: String, from address: String = "", _ connection: PostgresConnection) throws -> String? {
    guard let identity = try identity(ofToken: secret, connection) else { return nil }
    let hash = PostgresValue(Secret.hash(secret))
    let session = try beginSession(tenant: identity.tenant, token: hash, person: nil, connection)
    try audit("signed-in", tenant: identity.tenant, by: identity.name, role: identity.role, from: address, connection)
    return session
  }

  /// Begins one of a person whose password was right, always with a new secret.
  static func beginSession(
    of name: String, tenant: String, from address: String, _ connection: PostgresConnection
  ) throws -> String? {
    let row = try connection.run(
      "UPDATE person SET signed_in = now() WHERE tenant = $1 AND key = $2 AND password IS NOT NULL RETURNING role",
      [PostgresValue(tenant), PostgresValue(key(name))]
    ).first
    guard let row else { return nil }
    let session = try beginSession(tenant: tenant, token: nil, person: PostgresValue(key(name)), connection)
    try audit("signed-in", tenant: tenant, by: name, role: try row.text("role"), from: address, connection)
    return session
  }

  private static func beginSession(
    tenant: String, token: PostgresValue?, person: PostgresValue?, _ connection: PostgresConnection
  ) throws -> String {
    let secret = OneTimeSecret.make()
    let nobody: PostgresValue = nil
    let owner = [PostgresValue(tenant), token ?? nobody, person ?? nobody]
    try connection.run(
      "DELETE FROM session WHERE expires < now() OR used < now() - make_interval(secs => $1)", [PostgresValue(idleSeconds)])
    try connection.run(
      """
      INSERT INTO session (hash, tenant, token, person, expires) VALUES ($4, $1, $2, $3, now() + make_interval(secs => $5))
      """, owner + [PostgresValue(OneTimeSecret.hash(secret)), PostgresValue(sessionLife.components.seconds)])
    try connection.run(
      """
      DELETE FROM session WHERE hash IN (
        SELECT hash FROM session WHERE tenant = $1 AND token IS NOT DISTINCT FROM $2 AND person IS NOT DISTINCT FROM $3
        ORDER BY used DESC, expires DESC OFFSET $4::integer)
      """, owner + [PostgresValue(sessionsOfOne)])
    return secret
  }

  /// Who has this secret as a cookie; nil if nobody has any more.
  static func identity(ofSession secret: String, _ connection: PostgresConnection) throws -> CentralIdentity? {
    let hash = PostgresValue(OneTimeSecret.hash(secret))
    let row = try connection.run(
      """
      SELECT s.tenant, t.name AS token, t.scope, p.name AS person, p.role, s.used < now() - interval '1 minute' AS is_old
      FROM session s LEFT JOIN token t ON t.hash = s.token LEFT JOIN person p ON p.tenant = s.tenant AND p.key = s.person
      WHERE s.hash = $1 AND s.expires > now() AND s.used > now() - make_interval(secs => $2)
      """, [hash, PostgresValue(idleSeconds)]
    ).first
    guard let row else { return nil }
    if try row.flag("is_old") { try connection.run("UPDATE session SET used = now() WHERE hash = $1", [hash]) }
    let tenant = try row.text("tenant")
    if let name = try row.textIfAny("person"), let role = try row.textIfAny("role").flatMap({ DeskRole(rawValue: $0) }) {
      return CentralIdentity(tenant: tenant, name: name, kind: .person(role))
    }
    if let name = try row.textIfAny("token"), let scope = try row.textIfAny("scope").flatMap({ CentralScope(rawValue: $0) }) {
      return CentralIdentity(tenant: tenant, name: name, kind: .token(scope))
    }
    return nil
  }

  static func endSession(
    _ secret: String, of identity: CentralIdentity?, from address: String, _ connection: PostgresConnection
  ) throws {
    let ended = try connection.run("DELETE FROM session WHERE hash = $1", [PostgresValue(OneTimeSecret.hash(secret))])
    guard ended.affected > 0, let identity else { return }
    try audit("signed-out", tenant: identity.tenant, by: identity.name, role: identity.role, from: address, connection)
  }
}
