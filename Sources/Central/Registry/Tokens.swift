import ChainMessages

/// What a token is for.
public enum CentralScope: String, Sendable, CaseIterable {
  /// Reads the lists and the page.
  case read
}

/// Who asks: a token of one tenant.
struct CentralIdentity: Sendable, Equatable {
  let tenant: String
  let name: String
  let scope: CentralScope
}

extension Registry {
  static let sessionSeconds = 12 * 3600

  /// - Returns: the secret, which stands nowhere else.
  static func addToken(
    _ name: String, tenant: String, scope: CentralScope, by who: String, _ connection: PostgresConnection
  ) throws -> String {
    guard GatewayAddress.isName(name) else { throw RegistryError.badName(name) }
    guard try connection.run("SELECT 1 FROM tenant WHERE id = $1", [PostgresValue(tenant)]).count > 0 else {
      throw RegistryError.unknown("tenant \(tenant)")
    }
    let secret = Secret.tokenPrefix + Secret.make()
    let added = try connection.run(
      "INSERT INTO token (hash, tenant, name, scope) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
      [PostgresValue(Secret.hash(secret)), PostgresValue(tenant), PostgresValue(name), PostgresValue(scope.rawValue)])
    guard added.affected > 0 else { throw RegistryError.exists("token \(name) of \(tenant)") }
    try audit("token-added", tenant: tenant, detail: "\(name), \(scope.rawValue)", by: who, connection)
    return secret
  }

  static func removeToken(_ name: String, tenant: String, by who: String, _ connection: PostgresConnection) throws {
    let removed = try connection.run(
      "DELETE FROM token WHERE tenant = $1 AND name = $2", [PostgresValue(tenant), PostgresValue(name)])
    guard removed.affected > 0 else { throw RegistryError.unknown("token \(name) of \(tenant)") }
    try audit("token-removed", tenant: tenant, detail: name, by: who, connection)
  }

  /// - Returns: tenant, name, scope, when it was made and last used.
  static func tokens(_ connection: PostgresConnection) throws -> [[String]] {
    try connection.run(
      "SELECT tenant, name, scope, rfc3339(created) AS created, coalesce(rfc3339(used), 'never') AS used FROM token ORDER BY 1, 2"
    ).rows.map { [try $0.text("tenant"), try $0.text("name"), try $0.text("scope"), try $0.text("created"), try $0.text("used")] }
  }

  /// Nil for a secret that is no token's.
  static func identity(ofToken secret: String, _ connection: PostgresConnection) throws -> CentralIdentity? {
    let hash = Secret.hash(secret)
    let found = try identity(
      try connection.run("SELECT tenant, name, scope FROM token WHERE hash = $1", [PostgresValue(hash)]).first)
    if found != nil {
      try connection.run(
        "UPDATE token SET used = now() WHERE hash = $1 AND (used IS NULL OR used < now() - interval '1 minute')", [PostgresValue(hash)])
    }
    return found
  }

  private static func identity(_ row: PostgresRow?) throws -> CentralIdentity? {
    guard let row, let scope = CentralScope(rawValue: try row.text("scope")) else { return nil }
    return CentralIdentity(tenant: try row.text("tenant"), name: try row.text("name"), scope: scope)
  }

  // MARK: Browsers

  /// Begins a session of a browser with a token, and ends those that are too old.
  ///
  /// - Returns: the secret of the session; nil if there is no such token.
  static func beginSession(token secret: String, _ connection: PostgresConnection) throws -> String? {
    guard let identity = try identity(ofToken: secret, connection) else { return nil }
    try connection.run("DELETE FROM session WHERE expires < now()")
    let session = Secret.make()
    try connection.run(
      "INSERT INTO session (hash, token, expires) VALUES ($1, $2, now() + make_interval(secs => $3))",
      [PostgresValue(Secret.hash(session)), PostgresValue(Secret.hash(secret)), PostgresValue(sessionSeconds)])
    try audit("signed-in", tenant: identity.tenant, by: identity.name, connection)
    return session
  }

  static func identity(ofSession secret: String, _ connection: PostgresConnection) throws -> CentralIdentity? {
    try identity(
      try connection.run(
        "SELECT t.tenant, t.name, t.scope FROM session s JOIN token t ON t.hash = s.token WHERE s.hash = $1 AND s.expires > now()",
        [PostgresValue(Secret.hash(secret))]
      ).first)
  }

  static func endSession(_ secret: String, _ connection: PostgresConnection) throws {
    try connection.run("DELETE FROM session WHERE hash = $1", [PostgresValue(Secret.hash(secret))])
  }
}
