import ChainMessages

extension Registry {
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
    return CentralIdentity(tenant: try row.text("tenant"), name: try row.text("name"), kind: .token(scope))
  }
}
