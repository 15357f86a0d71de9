import Detection
import GRDB

/// A camera of the property's own.
public struct Declaration: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "declaration"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  var number: Int64?
  /// A MAC address or a name, `*` for any run of characters.
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
