import Detection
import GRDB

/// A camera that the property declared as its own.
public struct Declaration: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "declaration"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  var number: Int64?
  /// A MAC address or a name; `*` stands for any characters.
  public let pattern: String
  public var name: String?
  public var place: String?
  public var owner: String?
  public var note: String?
  var expires: Int64?
  public var declaredBy: String?
  var declared: Int64

  public var expiry: Timestamp? { expires.map { Timestamp(nanoseconds: $0) } }
  public var declaredAt: Timestamp { Timestamp(nanoseconds: declared) }

  public init(
    pattern: String, name: String? = nil, place: String? = nil, owner: String? = nil, note: String? = nil, expires: Timestamp? = nil,
    declaredBy: String? = nil, at time: Timestamp
  ) {
    self.pattern = pattern
    self.name = name
    self.place = place
    self.owner = owner
    self.note = note
    self.expires = expires?.nanoseconds
    self.declaredBy = declaredBy
    declared = time.nanoseconds
  }

  public func isValid(at now: Timestamp) -> Bool { expires.map { $0 > now.nanoseconds } ?? true }
}

extension PropertyStore {
  public func declarations() throws(StoreError) -> [Declaration] {
    try read { try Declaration.fetchAll($0, sql: "SELECT * FROM declaration ORDER BY pattern") }
  }

  /// Declares cameras, and logs that as events. A pattern that exists gets the new details.
  ///
  /// - Parameter alerts: for each declaration, in the same order, the id of the alert that it closes, if there is one.
  public func declare(_ declarations: [Declaration], answering alerts: [String?] = []) throws(StoreError) {
    try write { db in
      for (index, declaration) in declarations.enumerated() {
        try Self.declare(declaration, answering: index < alerts.count ? alerts[index] : nil, db)
      }
    }
  }

  static func declare(_ declaration: Declaration, answering alert: String?, _ db: Database) throws {
    try db.execute(sql: "DELETE FROM declaration WHERE pattern = ?", arguments: [declaration.pattern])
    try declaration.insert(db)
    if let alert {
      try db.execute(sql: "UPDATE alert SET declared = ? WHERE id = ?", arguments: [declaration.declared, alert])
      // Without the alert, which may have been deleted, it is a declaration like others.
      if db.changesCount > 0 {
        try record(StoredEvent(.declared, alert, at: declaration.declaredAt, who: declaration.declaredBy, note: declaration.note), db)
        return
      }
    }
    try log(declaration, db)
  }

  /// - Returns: the number removed.
  public func removeDeclarations(_ patterns: [String]) throws(StoreError) -> Int {
    try write { db in
      var count = 0
      for pattern in patterns {
        try db.execute(sql: "DELETE FROM declaration WHERE pattern = ?", arguments: [pattern])
        count += db.changesCount
      }
      return count
    }
  }
}
