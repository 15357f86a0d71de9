import ChainMessages
import Foundation

/// Why the registry does not do what was asked.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
  case badName(String)
  case unknown(String)
  case exists(String)
  /// A code that is wrong, used or too old; one answer for all of them.
  case noSuchCode
  case revoked
  /// It cannot be done now.
  case unfit(String)
  /// With the gateways that have one.
  case several(String, [String])

  public var description: String {
    switch self {
    case .badName(let text): "“\(text)” is no name: write a to z, 0 to 9 and -, at most 40"
    case .unknown(let what): "there is no \(what)"
    case .exists(let what): "there is a \(what) already"
    case .noSuchCode: "the code is wrong, used or too old"
    case .revoked: "this gateway is revoked"
    case .unfit(let why): why
    case .several(let what, let gateways):
      "several gateways have \(what): name one with --gateway, such as \(gateways.joined(separator: " or "))"
    }
  }
}

/// Who belongs to whom: tenants, sites, gateways, codes, tokens. Each call is part of a transaction of the role `registry`.
enum Registry {
  static let codeLife = 86_400
  /// Gateways that a site's code may enrol, and days that it lives.
  static let codeCounts = 1...10_000
  static let codeDays = 1...365

  struct Gateway: Sendable, Equatable {
    let id: String
    let tenant: String
    let site: String
    let isRevoked: Bool
  }

  // MARK: Codes

  /// Makes a code, and the tenant and the site if they are new.
  ///
  /// - Parameter replaced: the gateway of that site whose place the new one takes.
  /// - Returns: the code, which stands nowhere else, and what was made.
  static func addCode(
    tenant: String, site: String, count: Int = 1, seconds: Int = codeLife, replacing replaced: String? = nil, by who: String,
    _ connection: PostgresConnection
  ) throws -> (code: String, made: [String]) {
    for name in [tenant, site] where !GatewayAddress.isName(name) { throw RegistryError.badName(name) }
    if let replaced {
      let old = try gateway(replaced, connection)
      guard let old, (old.tenant, old.site) == (tenant, site) else {
        throw RegistryError.unknown("gateway \(replaced) at site \(site) of tenant \(tenant)")
      }
    }
    var made: [String] = []
    if try connection.run("INSERT INTO tenant (id) VALUES ($1) ON CONFLICT DO NOTHING", [PostgresValue(tenant)]).affected > 0 {
      made.append("tenant \(tenant)")
    }
    let values = [PostgresValue(tenant), PostgresValue(site)]
    if try connection.run("INSERT INTO site (tenant, id) VALUES ($1, $2) ON CONFLICT DO NOTHING", values).affected > 0 {
      made.append("site \(site)")
    }
    let code = Secret.makeCode()
    try connection.run("DELETE FROM enrolment_code WHERE expires < now() - interval '30 days'")
    try connection.run(
      """
      INSERT INTO enrolment_code (hash, tenant, site, remaining, expires, replaces)
      VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), $6)
      """,
      [PostgresValue(Secret.hash(Secret.plainCode(code)))] + values
        + [PostgresValue(count), PostgresValue(seconds), PostgresValue(replaced)])
    let detail = replaced.map { "in place of \($0)" } ?? (count > 1 ? "for \(count) gateways" : nil)
    try audit("code-made", tenant: tenant, site: site, detail: detail, by: who, connection)
    return (code, made)
  }

  /// Uses a code up, and adds the gateway that it is for. The same code for the same key gives the same gateway: a box whose answer was
  /// lost asks again.
  ///
  /// - Parameter key: the hash of the public key.
  static func enrol(code: String, key: String, _ connection: PostgresConnection) throws -> Gateway {
    let hash = Secret.hash(Secret.plainCode(code))
    let known = try connection.run(
      """
      SELECT g.id, g.tenant, g.site, g.revoked IS NOT NULL AS revoked FROM gateway g JOIN enrolment_code c ON c.hash = g.code
      WHERE g.code = $1 AND g.key = $2 AND c.expires > now()
      """, [PostgresValue(hash), PostgresValue(key)])
    if let row = known.first {
      let gateway = try gateway(row)
      guard !gateway.isRevoked else { throw RegistryError.noSuchCode }
      return gateway
    }
    let used = try connection.run(
      """
      UPDATE enrolment_code SET remaining = remaining - 1 WHERE hash = $1 AND remaining > 0 AND expires > now()
      RETURNING tenant, site, replaces
      """, [PostgresValue(hash)])
    guard let row = used.first else { throw RegistryError.noSuchCode }
    let gateway = Gateway(id: Secret.gatewayName(), tenant: try row.text("tenant"), site: try row.text("site"), isRevoked: false)
    try connection.run(
      "INSERT INTO gateway (id, tenant, site, code, key) VALUES ($1, $2, $3, $4, $5)",
      [
        PostgresValue(gateway.id), PostgresValue(gateway.tenant), PostgresValue(gateway.site), PostgresValue(hash), PostgresValue(key),
      ])
    try audit("enrolled", gateway, by: gateway.id, connection)
    if let replaced = try row.textIfAny("replaces") { try takeOver(from: replaced, by: gateway, connection) }
    return gateway
  }

  // MARK: Gateways

  static func gateway(_ id: String, _ connection: PostgresConnection) throws -> Gateway? {
    try connection.run(
      "SELECT id, tenant, site, revoked IS NOT NULL AS revoked FROM gateway WHERE id = $1", [PostgresValue(id)]
    ).first.map(gateway)
  }

  private static func gateway(_ row: PostgresRow) throws -> Gateway {
    Gateway(
      id: try row.text("id"), tenant: try row.text("tenant"), site: try row.text("site"), isRevoked: try row.flag("revoked"))
  }

  static func addCertificate(serial: String, of gateway: Gateway, expires: Date, _ connection: PostgresConnection) throws {
    try connection.run(
      "INSERT INTO certificate (serial, tenant, gateway, expires) VALUES ($1, $2, $3, to_timestamp($4))",
      [
        PostgresValue(serial), PostgresValue(gateway.tenant), PostgresValue(gateway.id),
        PostgresValue(Int64(expires.timeIntervalSince1970)),
      ])
  }

  /// From then on central refuses what the gateway sends, and its certificates stand in the list for the broker.
  static func revoke(_ id: String, by who: String, _ connection: PostgresConnection) throws {
    guard let gateway = try gateway(id, connection) else { throw RegistryError.unknown("gateway \(id)") }
    guard !gateway.isRevoked else { return }
    try connection.run("UPDATE gateway SET revoked = now() WHERE id = $1", [PostgresValue(id)])
    try audit("revoked", gateway, by: who, connection)
  }

  /// Certificates that must not be used any more, though they have not ended.
  static func revokedCertificates(_ connection: PostgresConnection) throws -> [(serial: String, since: Date)] {
    try connection.run(
      """
      SELECT c.serial, extract(epoch FROM g.revoked)::bigint AS since FROM certificate c JOIN gateway g ON g.id = c.gateway
      WHERE g.revoked IS NOT NULL AND c.expires > now() - interval '1 day' ORDER BY c.serial
      """
    ).rows.map { (try $0.text("serial"), Date(timeIntervalSince1970: Double(try $0.integer("since")))) }
  }

  // MARK: The audit log

  static func audit(_ action: String, _ gateway: Gateway, by who: String, _ connection: PostgresConnection) throws {
    try audit(action, tenant: gateway.tenant, site: gateway.site, gateway: gateway.id, by: who, connection)
  }

  static func audit(
    _ action: String, tenant: String, site: String? = nil, gateway: String? = nil, alert: String? = nil, note: String? = nil,
    detail: String? = nil, by who: String, role: String? = nil, from address: String? = nil, _ connection: PostgresConnection
  ) throws {
    try connection.run(
      """
      INSERT INTO audit (tenant, who, action, site, gateway, detail, role, address, alert, note)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      """,
      [
        PostgresValue(tenant), PostgresValue(who), PostgresValue(action), PostgresValue(site), PostgresValue(gateway),
        PostgresValue(detail), PostgresValue(role), PostgresValue(address), PostgresValue(alert), PostgresValue(note),
      ])
  }
}
