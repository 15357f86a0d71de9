import Detection
import GRDB

/// A signature that the watch has loaded, and how many devices met it.
public struct LoadedSignature: Sendable, Equatable {
  public let id: String
  public let says: String
  public let strength: String?
  /// Plain words with `{value}` in the place of what was seen.
  public let because: String
  public let devices: Int
}

/// Which signatures to list.
public struct SignatureFilter: Sendable {
  /// A part of the id or of the words.
  public var text = ""
  /// Only what devices here have met.
  public var isMet = false

  public init() {}
}

extension PropertyStore {
  /// Writes down which signatures are in force, for those who cannot read their files.
  public func setSignatures(_ signatures: [Signature]) throws(StoreError) {
    let rows = signatures.map { signature in
      [signature.id, signature.says.rawValue, signature.facet.rawValue, signature.strength?.description, signature.because]
    }.sorted { ($0[0] ?? "") < ($1[0] ?? "") }
    let former = try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM signature").map { row in
        [row["id"], row["says"], row["facet"], row["strength"], row["because"]] as [String?]
      }
    }
    if former.sorted(by: { ($0[0] ?? "") < ($1[0] ?? "") }) == rows { return }
    try write { db in
      try db.execute(sql: "DELETE FROM signature")
      let insert = try db.makeStatement(sql: "INSERT OR REPLACE INTO signature VALUES (?, ?, ?, ?, ?)")
      for row in rows { try insert.execute(arguments: StatementArguments(row)) }
    }
  }

  /// How many signatures are in force, and how many of them devices here have met.
  public func signatureCounts() throws(StoreError) -> (loaded: Int, met: Int) {
    try read { db in
      func count(_ condition: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM signature \(condition)") ?? 0 }
      return (try count(""), try count("WHERE id IN (SELECT signature FROM evidence)"))
    }
  }

  /// Signatures in force, those that most devices met first.
  ///
  /// - Parameter place: after which the list goes on: its time counts devices.
  public func signatures(_ filter: SignatureFilter, after place: ListPlace?, limit: Int) throws(StoreError) -> [LoadedSignature] {
    let escaped = filter.text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    let (devices, id) = (place?.time.nanoseconds ?? .max, place?.id ?? "")
    return try read { db in
      try Row.fetchAll(
        db,
        sql: """
          WITH met(signature, devices) AS MATERIALIZED (SELECT signature, count(*) FROM evidence GROUP BY signature),
            loaded AS (SELECT signature.*, coalesce(devices, 0) AS devices FROM signature LEFT JOIN met ON met.signature = id)
          SELECT * FROM loaded
          WHERE (devices < ?1 OR devices = ?1 AND id > ?2) AND (id || ' ' || because || ' ' || says) LIKE ?3 ESCAPE '\\'
            AND devices >= ?4 ORDER BY devices DESC, id LIMIT ?5
          """, arguments: [devices, id, "%\(escaped)%", filter.isMet ? 1 : 0, limit]
      ).map {
        LoadedSignature(
          id: $0["id"], says: $0["says"], strength: $0["strength"], because: $0["because"], devices: $0["devices"])
      }
    }
  }
}
