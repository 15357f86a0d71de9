import Detection
import Foundation
import GRDB

/// What central may give a box for use, beside cameras that it declares in `GoingUp`.
public enum CentralPart: String, Sendable, CaseIterable {
  case declared, rooms, signatures
}

/// What `watch` made of a command of central that needs more than this database to be checked.
public enum PreparedPart: Sendable {
  case rooms
  /// - archive: nil to go back to the installed signatures.
  case release(StoredRelease)
  case refused(String)
}

/// A release of signatures as it is kept. Number 0 stands for the installed ones, where the box went back to them.
public struct StoredRelease: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "signature_release"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  public let id: String
  public let number: Int64
  /// What was signed, and the signature in base64.
  public let signed: String
  public let signature: String
  public let archive: Data?
  public var taken: Int64
  /// Starts of the watch with it that did not last.
  var starts = 0
  /// False for the one before it.
  var isPresent = true

  public init(id: String, number: Int64, signed: String = "", signature: String = "", archive: Data? = nil, at time: Timestamp) {
    (self.id, self.number, self.signed, self.signature, self.archive) = (id, number, signed, signature, archive)
    taken = time.nanoseconds
  }

  public var takenAt: Timestamp { Timestamp(nanoseconds: taken) }
}

/// Why something of central is not in force.
public struct CentralRefusal: Codable, Sendable, Equatable {
  public let id: String
  public let reason: String

  public init(id: String, reason: String) { (self.id, self.reason) = (id, reason) }
}

// What is in force.
extension PropertyStore {
  private static let roomsKey = "central_rooms"
  private static let refusedKey = "central_refused"
  private static let refusedLimit = 16
  /// Deeds of central that are kept.
  private static let deedLimit = 1000
  /// Starts of a release that did not last, after which it counts as one that the watch cannot start with.
  public static let startLimit = 3

  /// Central's rules for rooms; nil for none.
  public func centralsRooms() throws(StoreError) -> OperatorCommand.RoomList? {
    try read { db in
      try Self.property(Self.roomsKey, db).flatMap { try? JSONDecoder().decode(OperatorCommand.RoomList.self, from: Data($0.utf8)) }
    }
  }

  /// The release of signatures that is in force; nil before the first.
  public func signatureRelease() throws(StoreError) -> StoredRelease? { try read { try Self.release(isPresent: true, $0) } }

  /// What central sent and `watch` refused, the last ones.
  public func centralsRefusals() throws(StoreError) -> [CentralRefusal] { try read { try Self.refusals($0) } }

  private static func release(isPresent: Bool, _ db: Database) throws -> StoredRelease? {
    try StoredRelease.fetchOne(db, sql: "SELECT * FROM signature_release WHERE is_present = ?", arguments: [isPresent])
  }

  private static func refusals(_ db: Database) throws -> [CentralRefusal] {
    try property(refusedKey, db).flatMap { try? JSONDecoder().decode([CentralRefusal].self, from: Data($0.utf8)) } ?? []
  }

  static func note(_ refusal: CentralRefusal?, about id: String, _ db: Database) throws {
    let former = try refusals(db)
    let list = (former.filter { $0.id != id } + [refusal].compactMap { $0 }).suffix(refusedLimit)
    guard Array(list) != former else { return }
    try setProperty(refusedKey, to: String(decoding: try JSONEncoder().encode(Array(list)), as: UTF8.self), db)
  }

  // MARK: Taking

  static func take(_ rooms: OperatorCommand.RoomList, at now: Timestamp, _ db: Database) throws {
    try setProperty(roomsKey, to: rooms.json, db)
    try note(nil, about: rooms.id, db)
    try record("rooms-from-central", "\(rooms.id): \(rooms.rules.count) rules", at: now, db)
  }

  /// Puts a release in the place of the present one, which is kept: the box may go back to it, and to no other one.
  ///
  /// - Returns: nil, or why not.
  static func take(_ release: StoredRelease, _ db: Database) throws -> CommandRefusal? {
    let (present, former) = (try Self.release(isPresent: true, db), try Self.release(isPresent: false, db))
    if let present {
      if present.id == release.id { return nil }
      let isReturn = former.map { $0.id == release.id || release.number == 0 && $0.number == 0 } ?? (release.number == 0)
      guard release.number > present.number || isReturn else {
        return CommandRefusal("its number \(release.number) is not above \(present.number), which is in force")
      }
    }
    try db.execute(sql: "DELETE FROM signature_release WHERE NOT is_present OR id = ?", arguments: [release.id])
    try db.execute(sql: "UPDATE signature_release SET is_present = 0")
    try release.insert(db)
    try note(nil, about: release.id, db)
    try record(
      "signatures-from-central", release.number == 0 ? "the installed ones" : "\(release.id), number \(release.number)",
      at: release.takenAt, db)
    return nil
  }

  // MARK: Starting

  /// Counts that the watch starts with the release. Who crashes comes here again.
  public func noteStart(of release: StoredRelease) throws(StoreError) {
    try write { try $0.execute(sql: "UPDATE signature_release SET starts = starts + 1 WHERE id = ?", arguments: [release.id]) }
  }

  /// The watch goes on with what it started with.
  public func noteLife() throws(StoreError) {
    try write { try $0.execute(sql: "UPDATE signature_release SET starts = 0 WHERE starts > 0") }
  }

  /// Gives up the release in force, with which the watch cannot start, for the one before.
  ///
  /// - Returns: what is in force now.
  public func leave(_ release: StoredRelease, because reason: String, at now: Timestamp) throws(StoreError) -> StoredRelease? {
    try write { db in
      try db.execute(sql: "DELETE FROM signature_release WHERE id = ?", arguments: [release.id])
      try db.execute(sql: "UPDATE signature_release SET is_present = 1, starts = 0")
      try Self.note(CentralRefusal(id: release.id, reason: reason), about: release.id, db)
      try Self.record("signatures-left", "\(release.id): \(reason)", at: now, db)
      return try Self.release(isPresent: true, db)
    }
  }

  // MARK: History

  private static func record(_ what: String, _ detail: String, at now: Timestamp, _ db: Database) throws {
    try db.execute(sql: "INSERT INTO central_deed (time, what, detail) VALUES (?, ?, ?)", arguments: [now.nanoseconds, what, detail])
    try db.execute(sql: "DELETE FROM central_deed WHERE number <= (SELECT max(number) FROM central_deed) - ?", arguments: [deedLimit])
  }
}

extension StoredRelease {
  /// True if the watch began with it so often, and never lasted.
  public var fails: Bool { starts >= PropertyStore.startLimit }
}
