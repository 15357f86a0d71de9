import Detection
import GRDB

/// Bounds of what the page may have made. Whoever took `serve` over can ask for papers as fast as it likes.
public enum PaperLimits {
  /// Papers that wait to be made.
  public static let queue = 8
  /// Papers that are made within an hour.
  public static let hourly = 30
  /// How long making one may take.
  public static let time = Duration.seconds(600)
  /// Bytes of one.
  public static let fileBytes = 256 << 20
  /// Bytes of all; the oldest go first.
  public static let allBytes = 1 << 30
  /// How long a paper can be fetched.
  public static let kept = Duration.seconds(7 * 86_400)
  /// The same for one with pictures of people.
  public static let keptWithMedia = Duration.seconds(86_400)
  /// Rows about papers, also those that are gone.
  static let rows = 500
}

/// A paper that somebody asked for on the page, and what became of it. `watch` writes these rows, `serve` reads them.
public struct StoredPaper: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "paper"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  public enum Kind: String, Sendable, CaseIterable {
    /// The signed pack of an alert.
    case evidence
    /// The report about an alert.
    case report
    /// The signed certificate of a month.
    case certificate

    /// What it can be written as, the usual one first.
    public var formats: [String] { self == .evidence ? ["zip"] : ["html", "pdf"] }
  }

  public enum State: String, Sendable, CaseIterable {
    /// `watch` has not read the command yet; never stored.
    case waiting
    case queued, making, ready, failed
    /// It was ready, and is deleted since.
    case removed

    public var isUnderWay: Bool { self == .waiting || self == .queued || self == .making }
  }

  /// The list of commands, and the number of the one that asked for it: `0123456789abcdef-17`.
  public let id: String
  let kind: String
  public let alert: String?
  /// Of a certificate: `2026-11`.
  public let month: String?
  /// How the file's name ends.
  public let format: String
  /// The packets have pictures.
  public let hasMedia: Bool
  /// Why they have.
  public let reason: String?
  /// Without others than the camera.
  public let isForCentral: Bool
  public let who: String
  let asked: Int64
  var state: String
  var finished: Int64?
  public var bytes: Int64?
  public var sha256: String?
  /// What went wrong, or is missing in it.
  public var problem: String?

  public var paperKind: Kind { Kind(rawValue: kind) ?? .evidence }
  public var paperState: State { State(rawValue: state) ?? .failed }
  public var askedTime: Timestamp { Timestamp(nanoseconds: asked) }
  public var finishedTime: Timestamp? { finished.map { Timestamp(nanoseconds: $0) } }
  /// The name of its file.
  public var file: String { "\(id).\(format)" }
  /// When it is deleted; nil unless it is ready.
  public var expires: Timestamp? {
    paperState == .ready ? finishedTime.map { $0 + (hasMedia ? PaperLimits.keptWithMedia : PaperLimits.kept) } : nil
  }

  /// - Parameter list: the id of the list in which the command stands.
  /// - Returns: nil for a command that asks for no paper.
  public init?(_ command: OperatorCommand, of list: String, state: State) {
    guard let checked = try? CheckedCommand(command), case .paper(let order, let alert) = checked.decision else { return nil }
    self.init(order, alert: alert, checked, id: Self.id(list, command.number ?? 0), at: command.at, state: state)
  }

  init(_ order: OperatorCommand.Paper, alert: String?, _ command: CheckedCommand, id: String, at time: Timestamp, state: State) {
    (self.id, self.alert, month, hasMedia, isForCentral) = (id, alert, order.month, order.hasMedia, order.isForCentral)
    (kind, format) = (order.kind.rawValue, order.format)
    (reason, who, asked) = (command.note, command.who, time.nanoseconds)
    self.state = state.rawValue
  }

  public static func id(_ list: String, _ number: Int64) -> String { "\(list)-\(number)" }
}

/// How making a paper ended.
public enum PaperResult: Sendable, Equatable {
  /// - Parameter remark: what is missing in it.
  case ready(bytes: Int64, sha256: String, remark: String?)
  case failed(String)
}

extension PropertyStore {
  // MARK: Asking

  /// Puts a paper into the queue. Where too many wait or were made, whoever asked is answered so.
  static func order(_ paper: StoredPaper, at now: Timestamp, _ db: Database) throws {
    var paper = paper
    func count(_ condition: String, _ arguments: StatementArguments = []) throws -> Int {
      try Int.fetchOne(db, sql: "SELECT count(*) FROM paper WHERE \(condition)", arguments: arguments) ?? 0
    }
    let waiting = try count("state IN ('queued', 'making')")
    // Those that fail take as long; those that were refused at once do not.
    let made = try count("asked > ? AND (state <> 'failed' OR finished > asked)", [(now - .seconds(3600)).nanoseconds])
    if waiting >= PaperLimits.queue {
      paper.fail("\(waiting) papers are waiting already; ask again later", at: now)
    } else if made >= PaperLimits.hourly {
      paper.fail("\(made) papers were asked for within an hour; ask again later", at: now)
    }
    try paper.insert(db, onConflict: .ignore)
    try db.execute(
      sql: """
        DELETE FROM paper WHERE state IN ('failed', 'removed') AND id NOT IN (SELECT id FROM paper ORDER BY asked DESC, rowid DESC LIMIT ?)
        """, arguments: [PaperLimits.rows])
  }

  // MARK: Making

  /// The next one to make, marked so; nil if none waits.
  public func beginPaper() throws(StoreError) -> StoredPaper? {
    try write { db in
      let sql = "SELECT * FROM paper WHERE state = 'queued' ORDER BY asked, rowid LIMIT 1"
      guard var paper = try StoredPaper.fetchOne(db, sql: sql) else { return nil }
      paper.state = StoredPaper.State.making.rawValue
      try paper.update(db)
      return paper
    }
  }

  /// Stores how it ended, in the history of its alert, too.
  public func finish(_ id: String, _ result: PaperResult, at now: Timestamp) throws(StoreError) {
    try write { db in
      // Erased meanwhile.
      guard var paper = try StoredPaper.fetchOne(db, key: id) else { return }
      switch result {
      case .failed(let problem): paper.fail(problem, at: now)
      case .ready(let bytes, let sha256, let remark):
        (paper.state, paper.finished) = (StoredPaper.State.ready.rawValue, now.nanoseconds)
        (paper.bytes, paper.sha256, paper.problem) = (bytes, sha256, remark)
        if let alert = paper.alert {
          let what = "\(paper.kind).\(paper.format)" + (paper.hasMedia ? " with media" : paper.isForCentral ? " without others" : "")
          try Self.record(StoredEvent(.paperMade, alert, at: now, who: paper.who, note: "\(what), SHA-256 \(sha256)"), db)
        }
      }
      try paper.update(db)
    }
  }

  /// Papers of which nobody will store how they ended.
  public func failInterruptedPapers(at now: Timestamp) throws(StoreError) {
    try write { db in
      for var paper in try StoredPaper.fetchAll(db, sql: "SELECT * FROM paper WHERE state = 'making'") {
        paper.fail("it was interrupted while it was being made; ask again", at: now)
        try paper.update(db)
      }
    }
  }

  // MARK: Keeping

  /// Lets go of those that are too old or too many.
  ///
  /// - Returns: the files that stay; all others of their folder can be deleted.
  public func enforcePapers(at now: Timestamp) throws(StoreError) -> Set<String> {
    let (ready, doomed) = try read { db in
      let ready = try StoredPaper.fetchAll(db, sql: "SELECT * FROM paper WHERE state = 'ready' ORDER BY finished DESC")
      var bytes: Int64 = 0
      let doomed = ready.filter { paper in
        bytes += paper.bytes ?? 0
        return paper.expires.map { $0 <= now } != false || bytes > PaperLimits.allBytes
      }
      return (ready, doomed.map(\.id))
    }
    if !doomed.isEmpty {
      try write { db in
        for id in doomed { try db.execute(sql: "UPDATE paper SET state = 'removed' WHERE id = ?", arguments: [id]) }
      }
    }
    return Set(ready.filter { !doomed.contains($0.id) }.map(\.file))
  }

  // MARK: Reading

  public func paper(_ id: String) throws(StoreError) -> StoredPaper? { try read { try StoredPaper.fetchOne($0, key: id) } }

  /// Those about an alert, or else the certificates, the latest first.
  public func papers(about alert: String?, limit: Int) throws(StoreError) -> [StoredPaper] {
    try read {
      try StoredPaper.fetchAll(
        $0, sql: "SELECT * FROM paper WHERE alert IS ? ORDER BY asked DESC, rowid DESC LIMIT ?", arguments: [alert, limit])
    }
  }
}

extension StoredPaper {
  fileprivate mutating func fail(_ problem: String, at now: Timestamp) {
    (state, self.problem, finished) = (State.failed.rawValue, problem, now.nanoseconds)
  }
}
