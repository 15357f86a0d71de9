import Detection
import Foundation
import GRDB
import Store
import WebDesk

/// A person who may sign in, or was invited to.
public struct DeskUser: Sendable {
  public let name: String
  public let role: DeskRole
  /// False until the invitation was used.
  public let hasPassword: Bool
  public let created: Timestamp
  public let signedIn: Timestamp?
}

// MARK: People

extension ServeStore {
  /// How long an invitation works.
  static let invitationLife = Duration.seconds(30 * 60)

  public func users() throws(StoreError) -> [DeskUser] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT name, role, password IS NOT NULL AS has, created, signed_in FROM user ORDER BY name").compactMap {
        row in
        DeskRole(rawValue: row["role"]).map {
          DeskUser(
            name: row["name"], role: $0, hasPassword: row["has"], created: Timestamp(nanoseconds: row["created"]),
            signedIn: (row["signed_in"] as Int64?).map { Timestamp(nanoseconds: $0) })
        }
      }
    }
  }

  /// Invites a person who has no account yet, or whose invitation was not used.
  ///
  /// - Returns: the secret of the link, which works once.
  public func invite(_ text: String, role: DeskRole, by who: String, at now: Timestamp) throws -> String {
    let name = try AccountName.check(text)
    let secret = OneTimeSecret.make()
    try change { db in
      let former = try Row.fetchOne(db, sql: "SELECT password IS NOT NULL AS has FROM user WHERE name = ?", arguments: [name])
      if former?["has"] == true { return .exists(name) }
      try db.execute(
        sql: "INSERT INTO user (name, role, created) VALUES (?, ?, ?) ON CONFLICT(name) DO UPDATE SET role = excluded.role",
        arguments: [name, role.rawValue, now.nanoseconds])
      try Self.addInvitation(secret, for: name, at: now, db)
      try AuditRow(.invited, who: who, detail: "\(name), \(role.rawValue)", at: now).insert(db)
      return nil
    }
    return secret
  }

  /// Takes a person's password and sessions away, and invites anew.
  public func reset(_ text: String, by who: String, at now: Timestamp) throws -> String {
    let secret = OneTimeSecret.make()
    try change { db in
      guard let name = try String.fetchOne(db, sql: "SELECT name FROM user WHERE name = ?", arguments: [text]) else {
        return .missing(text)
      }
      try db.execute(sql: "UPDATE user SET salt = NULL, password = NULL WHERE name = ?", arguments: [name])
      try db.execute(sql: "DELETE FROM session WHERE user = ?", arguments: [name])
      try Self.addInvitation(secret, for: name, at: now, db)
      try AuditRow(.reset, who: who, detail: name, at: now).insert(db)
      return nil
    }
    return secret
  }

  public func removeUser(_ text: String, by who: String, at now: Timestamp) throws {
    try change { db in
      guard let name = try String.fetchOne(db, sql: "SELECT name FROM user WHERE name = ?", arguments: [text]) else {
        return .missing(text)
      }
      try db.execute(sql: "DELETE FROM user WHERE name = ?", arguments: [name])
      try AuditRow(.removed, who: who, detail: name, at: now).insert(db)
      return nil
    }
  }

  /// Changes accounts or tokens.
  ///
  /// - Parameter body: returns why it changed nothing.
  func change(_ body: @Sendable (Database) throws -> AccountProblem?) throws {
    if let problem = try write(body) { throw problem }
  }

  private static func addInvitation(_ secret: String, for name: String, at now: Timestamp, _ db: Database) throws {
    try db.execute(sql: "DELETE FROM invitation WHERE user = ? OR expires <= ?", arguments: [name, now.nanoseconds])
    try db.execute(
      sql: "INSERT INTO invitation VALUES (?, ?, ?)",
      arguments: [OneTimeSecret.hash(secret), name, (now + invitationLife).nanoseconds])
  }

  /// True once somebody can sign in who may do everything.
  func hasManager() throws(StoreError) -> Bool {
    try read {
      try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM user WHERE role = 'manager' AND password IS NOT NULL)") ?? false
    }
  }

  /// Whom an invitation is for; nil if it is unknown, used or too old.
  func invited(by secret: String, at now: Timestamp) throws(StoreError) -> (name: String, role: DeskRole)? {
    try read { db in
      try Row.fetchOne(
        db, sql: "SELECT name, role FROM invitation JOIN user ON user.name = invitation.user WHERE hash = ? AND expires > ?",
        arguments: [OneTimeSecret.hash(secret), now.nanoseconds]
      ).flatMap { row in DeskRole(rawValue: row["role"]).map { (row["name"], $0) } }
    }
  }

  /// Uses an invitation up: the person has a password now.
  ///
  /// - Returns: the person; nil if somebody else used it in the meantime.
  func accept(_ secret: String, _ password: Passwords.Hash, address: String, at now: Timestamp) throws(StoreError) -> String? {
    try write { db in
      guard
        let row = try Row.fetchOne(
          db, sql: "SELECT user, role FROM invitation JOIN user ON user.name = invitation.user WHERE hash = ? AND expires > ?",
          arguments: [OneTimeSecret.hash(secret), now.nanoseconds])
      else { return nil }
      let (name, role): (String, String) = (row["user"], row["role"])
      try db.execute(sql: "DELETE FROM invitation WHERE user = ?", arguments: [name])
      try db.execute(sql: "UPDATE user SET salt = ?, password = ? WHERE name = ?", arguments: [password.salt, password.key, name])
      try AuditRow(.accepted, who: name, role: role, address: address, at: now).insert(db)
      return name
    }
  }

  /// The name as it is written, and the password's hash; nil if nobody of that name can sign in.
  func password(of name: String) throws(StoreError) -> (name: String, hash: Passwords.Hash)? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT name, salt, password FROM user WHERE name = ? AND password IS NOT NULL", arguments: [name])
        .map { ($0["name"], Passwords.Hash(salt: $0["salt"], key: $0["password"])) }
    }
  }
}
