import Detection
import GRDB

/// How `watch` applies the commands of `serve`.
extension PropertyStore {
  private static let appliedKey = "commands_applied"
  private static let listKey = "commands_of"

  /// The number of the last command of a list that was applied or refused; 0 for another list than before.
  ///
  /// - Parameter last: the number of the list's last command. If it is lower than what was applied, an older copy of the file came back: what
  ///   it holds was applied before, and what comes next is new.
  public func appliedCommands(of list: String, last: Int64) throws(StoreError) -> Int64 {
    let applied = try read { try Self.applied(of: list, $0) }
    guard applied > last else { return applied }
    try write { try Self.setApplied(last, of: list, $0) }
    return last
  }

  /// The same for who only reads.
  public func lastApplied(of list: String) throws(StoreError) -> Int64 { try read { try Self.applied(of: list, $0) } }

  /// Checks and applies a command: with the decision, the entry in the history and in the event log, and the command's number, all or
  /// nothing.
  ///
  /// - Parameters:
  ///   - list: the id of the list that it stands in.
  ///   - now: the wall clock's time. The time that the command claims counts for nothing.
  ///   - takes: what the configuration lets central give for use.
  ///   - givesEvidence: whether it lets central have evidence.
  ///   - prepared: what became of rooms or a release outside of the database.
  /// - Returns: nil, or why it was refused. Neither is tried again: a command whose number was reached before does nothing.
  public func apply(
    _ command: OperatorCommand, of list: String, at now: Timestamp, takes: Set<CentralPart> = [],
    givesEvidence: Bool = false, prepared: PreparedPart? = nil
  ) throws(StoreError) -> CommandRefusal? {
    let checked: CheckedCommand
    do throws(CommandRefusal) { checked = try CheckedCommand(command) } catch { return try refuse(command, of: list, error) }
    if let part = checked.decision.part, !takes.contains(part) {
      return try refuse(command, of: list, CommandRefusal("uplink.accept does not name \(part.rawValue)"))
    }
    if case .refused(let reason)? = prepared { return try refuse(command, of: list, CommandRefusal(reason)) }
    if case .paper(let order, _) = checked.decision, order.isForCentral, !givesEvidence {
      return try refuse(command, of: list, CommandRefusal("central gets no evidence here"))
    }
    do throws(StoreError) {
      return try write { db in
        guard try command.number ?? 0 > Self.applied(of: list, db) else { return nil }
        let id = StoredPaper.id(list, command.number ?? 0)
        let refusal = try Self.apply(checked, id, prepared, at: now, db)
        if let refusal { try Self.note(refusal, of: command, db) }
        try Self.setApplied(command.number ?? 0, of: list, db)
        return refusal
      }
    } catch {
      guard error.concernsOneRow else { throw error }
      return try refuse(command, of: list, CommandRefusal("the database refused it"))
    }
  }

  private func refuse(_ command: OperatorCommand, of list: String, _ refusal: CommandRefusal) throws(StoreError) -> CommandRefusal {
    try write { db in
      guard try command.number ?? 0 > Self.applied(of: list, db) else { return }
      try Self.note(refusal, of: command, db)
      try Self.setApplied(command.number ?? 0, of: list, db)
    }
    return refusal
  }

  /// Central learns of what it sent.
  private static func note(_ refusal: CommandRefusal, of command: OperatorCommand, _ db: Database) throws {
    guard let id = command.centralID else { return }
    try note(CentralRefusal(id: id, reason: refusal.reason), about: id, db)
  }

  private static func applied(of list: String, _ db: Database) throws -> Int64 {
    try property(listKey, db) == list ? try number(appliedKey, db) ?? 0 : 0
  }

  private static func setApplied(_ number: Int64, of list: String, _ db: Database) throws {
    try setNumber(appliedKey, to: number, db)
    try setProperty(listKey, to: list, db)
  }

  /// - Parameter id: of the paper, if it asks for one.
  private static func apply(
    _ command: CheckedCommand, _ id: String, _ prepared: PreparedPart?, at now: Timestamp, _ db: Database
  ) throws -> CommandRefusal? {
    switch command.decision {
    case .act(let action, let id):
      guard let alert = try openCase(id, db) else { return CommandRefusal("there is no such alert") }
      // Said again, by another person or a second tap, or after somebody decided more than that: nothing changes.
      if action == .acknowledge, ![.open, .snoozed].contains(alert.status(at: now)) { return nil }
      try apply(action, to: alert.id, who: command.who, note: command.note, at: now, db)
    case .declare(let camera, let id):
      let alert = try id.flatMap { try openCase($0, db) }
      if id != nil, alert == nil { return CommandRefusal("there is no such alert") }
      let declaration = Declaration(
        pattern: camera.pattern, name: camera.name, place: camera.place, owner: camera.owner, note: command.note,
        expires: camera.expires.map { Timestamp(nanoseconds: $0) }, declaredBy: command.who, at: now)
      try declare(declaration, answering: alert?.id, db)
      try set(.adopted, to: now, db)
    case .paper(let order, let about):
      let alert = try about.flatMap { try openCase($0, db) }
      if about != nil, alert?.isCase != true { return CommandRefusal("there is no such alert") }
      if order.isForCentral, try alert.map({ try isForCentral($0, db) }) != true {
        return CommandRefusal("its alert is not one that central has")
      }
      try Self.order(StoredPaper(order, alert: alert?.id, command, id: id, at: now, state: .queued), at: now, db)
    case .declareAll(let cameras, let id): try takeCentralsList(cameras, id: id, at: now, db)
    case .rooms(let rooms):
      guard case .rooms? = prepared else { return CommandRefusal("nobody checked its rooms") }
      try take(rooms, at: now, db)
    case .release:
      guard case .release(let release)? = prepared else { return CommandRefusal("nobody checked the release") }
      return try take(release, db)
    }
    return nil
  }

  /// The case with this id, or the case that an event with this id follows.
  private static func openCase(_ id: String, _ db: Database) throws -> StoredAlert? {
    guard let alert = try StoredAlert.fetchOne(db, key: id) else { return nil }
    return try alert.follows.flatMap { try StoredAlert.fetchOne(db, key: $0) } ?? alert
  }
}
