import Detection
import Foundation
import GRDB

/// What a person decided through `lenscap serve`: a row of its database, which only grows. `watch` reads it, checks it, applies it to its own
/// database and writes it into the history. `serve` itself changes nothing there.
public struct OperatorCommand: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "command"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  public enum Action: String, Codable, Sendable, CaseIterable {
    case acknowledge, dismiss, reopen, declare
    /// Papers, which a child of `watch` makes.
    case evidence, report, certificate
    /// Central's list of the property's cameras takes the place of its former one.
    case declareAll = "declare-all"
    /// Central's rules for rooms take the place of its former ones.
    case rooms
    /// A release of signatures takes the place of the former one.
    case release
  }

  /// The tables, in the database of `serve`: the commands, and the id of their list, made once, by which `watch` knows which of them it has
  /// applied.
  public static let schema = """
    CREATE TABLE IF NOT EXISTS command (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      time INTEGER NOT NULL, action TEXT NOT NULL, alert TEXT, who TEXT NOT NULL, origin TEXT NOT NULL, note TEXT, argument TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS command_list (id TEXT NOT NULL) STRICT;
    INSERT INTO command_list SELECT lower(hex(randomblob(8))) WHERE NOT EXISTS (SELECT 1 FROM command_list);
    """

  /// What `declare` declares: its `argument`, as JSON.
  public struct Camera: Codable, Sendable, Equatable {
    /// A MAC address or a name; `*` stands for any characters.
    public var pattern: String
    public var name: String?
    public var place: String?
    public var owner: String?
    /// Nanoseconds since 1970.
    public var expires: Int64?

    public init(pattern: String, name: String? = nil, place: String? = nil, owner: String? = nil, expires: Timestamp? = nil) {
      self.pattern = pattern
      self.name = name
      self.place = place
      self.owner = owner
      self.expires = expires?.nanoseconds
    }

    public var json: String { (try? String(decoding: JSONEncoder().encode(self), as: UTF8.self)) ?? "{}" }
  }

  /// What is to be made, and how: the `argument` of a command for a paper, as JSON. It names no file: `watch` decides where papers lie.
  public struct Paper: Sendable, Equatable {
    public var kind: StoredPaper.Kind
    public var format: String
    /// Of a certificate: `2026-11`.
    public var month: String?
    /// With pictures; the command's note says why.
    public var hasMedia = false
    /// Without others than the camera. So are all that central asks for, and no others.
    public internal(set) var isForCentral = false

    public init(_ kind: StoredPaper.Kind, format: String? = nil, month: String? = nil, hasMedia: Bool = false) {
      (self.kind, self.format, self.month, self.hasMedia) = (kind, format ?? kind.formats[0], month, hasMedia)
    }

    struct Argument: Codable {
      var format: String?
      var month: String?
      var media: Bool?
    }

    public var json: String {
      let argument = Argument(format: format, month: month, media: hasMedia ? true : nil)
      return (try? String(decoding: JSONEncoder().encode(argument), as: UTF8.self)) ?? "{}"
    }
  }

  /// What `declareAll` declares: its `argument`, as JSON.
  public struct CameraList: Codable, Sendable, Equatable {
    /// Of central's message.
    public var id: String
    public var cameras: [Camera]

    public init(id: String, cameras: [Camera]) { (self.id, self.cameras) = (id, cameras) }

    public var json: String { (try? String(decoding: JSONEncoder().encode(self), as: UTF8.self)) ?? "{}" }
  }

  /// What `rooms` gives: its `argument`, as JSON.
  public struct RoomList: Codable, Sendable, Equatable {
    public var id: String
    /// Keys and values as in the configuration.
    public var rules: [[String: String]]

    public init(id: String, rules: [[String: String]]) { (self.id, self.rules) = (id, rules) }

    public var json: String { (try? String(decoding: JSONEncoder().encode(self), as: UTF8.self)) ?? "{}" }
  }

  /// What `release` gives: its `argument`, as JSON. The archive lies in the table `release_part`.
  public struct Release: Codable, Sendable, Equatable {
    public var id: String
    /// What was signed, and the signature; nil to go back to the installed signatures.
    public var signed: String?
    public var signature: String?

    public init(id: String, signed: String? = nil, signature: String? = nil) {
      (self.id, self.signed, self.signature) = (id, signed, signature)
    }

    public var json: String { (try? String(decoding: JSONEncoder().encode(self), as: UTF8.self)) ?? "{}" }
  }

  /// Archives of releases, in the database of `serve`: rows that `watch` reads one by one.
  public static let partSchema = """
    CREATE TABLE release_part (id TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, part)) STRICT, WITHOUT ROWID;
    """
  /// Bytes of a row.
  public static let partSize = 32 << 10
  /// Bytes of an argument. `watch` reads no longer row, and nothing behind one.
  public static let argumentLimit = 60 << 10

  /// The id of central's message; nil for commands of people.
  var centralID: String? {
    struct Named: Decodable { let id: String }
    guard origin == Self.central, let argument, argument.utf8.count <= CheckedCommand.listLimit,
      let named = try? JSONDecoder().decode(Named.self, from: Data(argument.utf8)), named.id.utf8.count <= CheckedCommand.nameLimit
    else { return nil }
    return named.id
  }

  /// The origin that may do all that people may; all others but `central` may only acknowledge.
  public static let page = "page"
  /// The only origin of `declareAll`, `rooms` and `release`. It may also ask for evidence without others.
  public static let central = "central"

  public private(set) var number: Int64?
  let time: Int64
  /// One of `Action`; others are refused.
  public let action: String
  public let alert: String?
  /// Who decided, as far as is known.
  public let who: String
  /// By which way: the name of a sink, `link`, or later `page`. Only acknowledging is allowed to all but the page.
  public let origin: String
  public let note: String?
  /// Of `declare`, a `Camera`; of papers, a `Paper`; of what central gives, a list or a `Release`.
  public let argument: String?

  public var at: Timestamp { Timestamp(nanoseconds: time) }

  public init(
    _ action: Action, alert: String?, who: String, origin: String, note: String? = nil, argument: String? = nil, at time: Timestamp
  ) {
    self.action = action.rawValue
    self.alert = alert
    self.who = who
    self.origin = origin
    self.note = note
    self.argument = argument
    self.time = time.nanoseconds
  }
}
