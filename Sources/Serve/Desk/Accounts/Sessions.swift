import Detection
import GRDB
import Store
import WebDesk

/// Who is signed in. The browser has a secret, the database its hash.
extension ServeStore {
  /// A session ends when it was not used for so long.
  static let sessionIdle = Duration.seconds(12 * 3600)
  static let sessionLife = Duration.seconds(7 * 86_400)
  /// A screen on a wall stays until its token is removed, or for a year.
  static let wallLife = Duration.seconds(366 * 86_400)
  /// How often it is written down that a session is used.
  private static let usedInterval = Duration.seconds(60)
  /// Sessions of one person; the oldest end.
  private static let sessionsOfUser = 20

  /// Begins a session, always with a new secret.
  func beginSession(of user: String, replacing former: String?, address: String, at now: Timestamp) throws(StoreError) -> String {
    let secret = OneTimeSecret.make()
    try write { db in
      if let former { try db.execute(sql: "DELETE FROM session WHERE hash = ?", arguments: [former]) }
      try db.execute(
        sql: "INSERT INTO session VALUES (?, ?, NULL, ?, ?, ?)",
        arguments: [
          OneTimeSecret.hash(secret), user, now.nanoseconds, now.nanoseconds, (now + Self.sessionLife).nanoseconds,
        ])
      try db.execute(
        sql: """
          DELETE FROM session WHERE expires <= ?2 OR user = ?1 AND hash NOT IN
            (SELECT hash FROM session WHERE user = ?1 ORDER BY used DESC LIMIT ?3)
          """, arguments: [user, now.nanoseconds, Self.sessionsOfUser])
      try db.execute(sql: "UPDATE user SET signed_in = ? WHERE name = ?", arguments: [now.nanoseconds, user])
      let role = try String.fetchOne(db, sql: "SELECT role FROM user WHERE name = ?", arguments: [user])
      try AuditRow(.signedIn, who: user, role: role, address: address, at: now).insert(db)
    }
    return secret
  }

  /// Who has this secret as a cookie; nil if nobody has any more.
  func identity(ofSession secret: String, at now: Timestamp) throws(StoreError) -> Identity? {
    let hash = OneTimeSecret.hash(secret)
    let found: (identity: Identity, used: Timestamp)? = try read { db in
      guard
        let row = try Row.fetchOne(
          db,
          sql: """
            SELECT user.name AS person, role, token.name AS token, scope, session.used AS used FROM session
            LEFT JOIN user ON user.name = session.user LEFT JOIN token ON token.name = session.token
            WHERE session.hash = ? AND session.expires > ?
            """, arguments: [hash, now.nanoseconds])
      else { return nil }
      let used = Timestamp(nanoseconds: row["used"])
      if let name = row["person"] as String?, let role = DeskRole(rawValue: row["role"]) {
        guard now < used + Self.sessionIdle else { return nil }
        return (Identity(name: name, kind: .person(role), session: hash), used)
      }
      if let name = row["token"] as String?, let scope = TokenScope(rawValue: row["scope"]) {
        return (Identity(name: name, kind: .token(scope), session: hash), used)
      }
      return nil
    }
    guard let found else { return nil }
    if now >= found.used + Self.usedInterval {
      try write { try $0.execute(sql: "UPDATE session SET used = ? WHERE hash = ?", arguments: [now.nanoseconds, hash]) }
    }
    return found.identity
  }

  func endSession(_ identity: Identity, address: String, at now: Timestamp) throws(StoreError) {
    guard let hash = identity.session else { return }
    try write { db in
      try db.execute(sql: "DELETE FROM session WHERE hash = ?", arguments: [hash])
      try AuditRow(.signedOut, who: identity.name, role: identity.role, address: address, at: now).insert(db)
    }
  }
}
