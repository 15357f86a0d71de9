import Detection
import GRDB
import Store
import WebDesk

/// A token as `lenscap tokens list` shows it: never the secret.
public struct APIToken: Sendable {
  public let name: String
  public let scope: TokenScope
  public let created: Timestamp
  public let used: Timestamp?
}

/// Secrets for programs, and for screens on walls.
extension ServeStore {
  /// The link of a screen works once, within this time.
  static let exchangeLife = Duration.seconds(30 * 60)
  static let tokenPrefix = "lenscap_"

  public func tokens() throws(StoreError) -> [APIToken] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT name, scope, created, used FROM token ORDER BY name").compactMap { row in
        TokenScope(rawValue: row["scope"]).map {
          APIToken(
            name: row["name"], scope: $0, created: Timestamp(nanoseconds: row["created"]),
            used: (row["used"] as Int64?).map { Timestamp(nanoseconds: $0) })
        }
      }
    }
  }

  /// - Returns: the secret, which stands nowhere else.
  public func addToken(_ text: String, scope: TokenScope, by who: String, at now: Timestamp) throws -> String {
    let name = try AccountName.check(text)
    let secret = (scope == .wall ? "" : Self.tokenPrefix) + OneTimeSecret.make()
    let until = scope == .wall ? (now + Self.exchangeLife).nanoseconds : nil
    try change { db in
      let exists = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM token WHERE name = ?)", arguments: [name])
      if exists == true { return .exists(name) }
      try db.execute(
        sql: "INSERT INTO token VALUES (?, ?, ?, ?, ?, NULL)",
        arguments: [name, scope.rawValue, OneTimeSecret.hash(secret), now.nanoseconds, until])
      try AuditRow(.tokenAdded, who: who, detail: "\(name), \(scope.rawValue)", at: now).insert(db)
      return nil
    }
    return secret
  }

  public func removeToken(_ text: String, by who: String, at now: Timestamp) throws {
    try change { db in
      try db.execute(sql: "DELETE FROM token WHERE name = ?", arguments: [text])
      guard db.changesCount > 0 else { return .missing("token \(text)") }
      try AuditRow(.tokenRemoved, who: who, detail: text, at: now).insert(db)
      return nil
    }
  }

  /// Whose token this is; nil for none, and for the link of a screen, which is no token for programs.
  func identity(ofToken secret: String, at now: Timestamp) throws(StoreError) -> Identity? {
    let hash = OneTimeSecret.hash(secret)
    let found: (name: String, scope: TokenScope, used: Int64?)? = try read { db in
      guard let row = try Row.fetchOne(db, sql: "SELECT name, scope, used FROM token WHERE hash = ?", arguments: [hash]),
        let scope = TokenScope(rawValue: row["scope"])
      else { return nil }
      return (row["name"], scope, row["used"])
    }
    guard let found, found.scope != .wall else { return nil }
    if now >= found.used.map({ Timestamp(nanoseconds: $0) + .seconds(60) }) ?? .distantPast {
      try write { try $0.execute(sql: "UPDATE token SET used = ? WHERE hash = ?", arguments: [now.nanoseconds, hash]) }
    }
    return Identity(name: found.name, kind: .token(found.scope))
  }

  /// Uses the link of a screen up, and begins its session.
  ///
  /// - Returns: the secret of the session; nil if the link is unknown, used or too old.
  func exchange(_ secret: String, address: String, at now: Timestamp) throws(StoreError) -> String? {
    let session = OneTimeSecret.make()
    return try write { db in
      guard
        let name = try String.fetchOne(
          db, sql: "SELECT name FROM token WHERE hash = ? AND scope = 'wall' AND exchange_until > ?",
          arguments: [OneTimeSecret.hash(secret), now.nanoseconds])
      else { return nil }
      try db.execute(sql: "UPDATE token SET exchange_until = NULL, used = ? WHERE name = ?", arguments: [now.nanoseconds, name])
      try db.execute(
        sql: "INSERT INTO session VALUES (?, NULL, ?, ?, ?, ?)",
        arguments: [
          OneTimeSecret.hash(session), name, now.nanoseconds, now.nanoseconds, (now + Self.wallLife).nanoseconds,
        ])
      try AuditRow(.wallBegun, who: name, role: "token wall", address: address, at: now).insert(db)
      return session
    }
  }
}
