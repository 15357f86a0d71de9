import ChainMessages
import Foundation
import WebDesk

/// A person as `lenscap-central users` shows it.
public struct CentralPerson: Sendable, Equatable {
  public let tenant: String
  public let name: String
  public let role: String
  /// False until the invitation was used.
  public let hasPassword: Bool
  /// RFC 3339; nil if the person never did.
  public let signedIn: String?
}

/// People of tenants: who may sign in, and as what.
extension Registry {
  static let invitationSeconds = 30 * 60

  /// Two names that differ in capitals are one.
  static func key(_ name: String) -> String { name.precomposedStringWithCompatibilityMapping.lowercased() }

  static func people(tenant: String?, _ connection: PostgresConnection) throws -> [CentralPerson] {
    try connection.run(
      """
      SELECT tenant, name, role, password IS NOT NULL AS has, rfc3339(signed_in) AS signed_in FROM person
      WHERE $1::text IS NULL OR tenant = $1 ORDER BY tenant, key
      """, [PostgresValue(tenant)]
    ).rows.map {
      CentralPerson(
        tenant: try $0.text("tenant"), name: try $0.text("name"), role: try $0.text("role"), hasPassword: try $0.flag("has"),
        signedIn: try $0.textIfAny("signed_in"))
    }
  }

  /// Invites a person who has no account yet, or whose invitation was not used.
  ///
  /// - Returns: the secret of the link, which works once.
  static func invite(
    _ text: String, tenant: String, role: DeskRole, by who: String, _ connection: PostgresConnection
  ) throws -> String {
    let name = try AccountName.check(text)
    guard try connection.run("SELECT 1 FROM tenant WHERE id = $1", [PostgresValue(tenant)]).count > 0 else {
      throw RegistryError.unknown("tenant \(tenant)")
    }
    let place = [PostgresValue(tenant), PostgresValue(key(name))]
    let former = try connection.run("SELECT password IS NOT NULL AS has FROM person WHERE tenant = $1 AND key = $2", place).first
    if let former, try former.flag("has") { throw AccountProblem.exists("\(name) of \(tenant)") }
    try connection.run(
      """
      INSERT INTO person (tenant, key, name, role) VALUES ($1, $2, $3, $4)
      ON CONFLICT (tenant, key) DO UPDATE SET role = EXCLUDED.role
      """, place + [PostgresValue(name), PostgresValue(role.rawValue)])
    try audit("invited", tenant: tenant, detail: "\(name), \(role.rawValue)", by: who, connection)
    return try addInvitation(place, connection)
  }

  /// Takes a person's password and sessions away, and invites anew.
  static func reset(_ name: String, tenant: String, by who: String, _ connection: PostgresConnection) throws -> String {
    let place = [PostgresValue(tenant), PostgresValue(key(name))]
    let changed = try connection.run("UPDATE person SET salt = NULL, password = NULL WHERE tenant = $1 AND key = $2", place)
    guard changed.affected > 0 else { throw AccountProblem.missing("\(name) of \(tenant)") }
    try connection.run("DELETE FROM session WHERE tenant = $1 AND person = $2", place)
    try audit("reset", tenant: tenant, detail: name, by: who, connection)
    return try addInvitation(place, connection)
  }

  static func removePerson(_ name: String, tenant: String, by who: String, _ connection: PostgresConnection) throws {
    let place = [PostgresValue(tenant), PostgresValue(key(name))]
    let removed = try connection.run("DELETE FROM person WHERE tenant = $1 AND key = $2", place)
    guard removed.affected > 0 else { throw AccountProblem.missing("\(name) of \(tenant)") }
    try audit("removed", tenant: tenant, detail: name, by: who, connection)
  }

  private static func addInvitation(_ place: [PostgresValue], _ connection: PostgresConnection) throws -> String {
    let secret = OneTimeSecret.make()
    try connection.run("DELETE FROM invitation WHERE tenant = $1 AND person = $2 OR expires < now()", place)
    try connection.run(
      "INSERT INTO invitation (hash, tenant, person, expires) VALUES ($3, $1, $2, now() + make_interval(secs => $4))",
      place + [PostgresValue(OneTimeSecret.hash(secret)), PostgresValue(invitationSeconds)])
    return secret
  }

  // MARK: What people do with the link

  struct Invited: Sendable {
    let tenant: String
    let name: String
    let role: DeskRole
  }

  /// Whom an invitation is for; nil if it is unknown, used or too old.
  static func invited(by secret: String, _ connection: PostgresConnection) throws -> Invited? {
    let row = try connection.run(
      """
      SELECT p.tenant, p.name, p.role FROM invitation i JOIN person p ON p.tenant = i.tenant AND p.key = i.person
      WHERE i.hash = $1 AND i.expires > now()
      """, [PostgresValue(OneTimeSecret.hash(secret))]
    ).first
    guard let row, let role = DeskRole(rawValue: try row.text("role")) else { return nil }
    return Invited(tenant: try row.text("tenant"), name: try row.text("name"), role: role)
  }

  /// Uses an invitation up: the person has a password now.
  ///
  /// - Returns: the person; nil if somebody else used it in the meantime.
  static func accept(
    _ secret: String, _ password: Passwords.Hash, from address: String, _ connection: PostgresConnection
  ) throws -> Invited? {
    guard let invited = try invited(by: secret, connection) else { return nil }
    let used = try connection.run(
      "DELETE FROM invitation WHERE hash = $1 AND expires > now()", [PostgresValue(OneTimeSecret.hash(secret))])
    guard used.affected > 0 else { return nil }
    try connection.run(
      "UPDATE person SET salt = $3, password = $4 WHERE tenant = $1 AND key = $2",
      [
        PostgresValue(invited.tenant), PostgresValue(key(invited.name)), PostgresValue(password.salt.base64EncodedString()),
        PostgresValue(password.key.base64EncodedString()),
      ])
    try audit("accepted", tenant: invited.tenant, by: invited.name, role: invited.role.rawValue, from: address, connection)
    return invited
  }

  /// The name as it is written, and the password's hash; nil if nobody of that name can sign in.
  static func password(
    of name: String, tenant: String, _ connection: PostgresConnection
  ) throws -> (name: String, hash: Passwords.Hash)? {
    // What is no text of PostgreSQL is no name.
    guard GatewayAddress.isName(tenant), !name.utf8.contains(0) else { return nil }
    let row = try connection.run(
      "SELECT name, salt, password FROM person WHERE tenant = $1 AND key = $2 AND password IS NOT NULL",
      [PostgresValue(tenant), PostgresValue(key(name))]
    ).first
    guard let row, let salt = Data(base64Encoded: try row.text("salt")), let key = Data(base64Encoded: try row.text("password")) else {
      return nil
    }
    return (try row.text("name"), Passwords.Hash(salt: salt, key: key))
  }
}
