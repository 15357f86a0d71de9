import ConfigurationFiles
import Detection
import Documents
import Foundation
import HTTPTypes
import Sinks
import Store

/// What a person does about a case.
enum CaseAction: String, Sendable, CaseIterable {
  case acknowledge, assign, dismiss, declare, reopen

  var right: Rights {
    switch self {
    case .acknowledge, .assign: .act
    case .dismiss, .declare, .reopen: .decide
    }
  }

  /// Whoever hides a camera may work here: these need a reason.
  var needsReason: Bool { self == .dismiss || self == .declare }

  fileprivate var done: AuditRow.Action {
    switch self {
    case .acknowledge: .acknowledged
    case .assign: .assigned
    case .dismiss: .dismissed
    case .declare: .declared
    case .reopen: .reopened
    }
  }

  fileprivate var command: OperatorCommand.Action {
    switch self {
    case .acknowledge, .assign: .acknowledge
    case .dismiss: .dismiss
    case .declare: .declare
    case .reopen: .reopen
    }
  }
}

/// What goes with it, from a form or from JSON.
struct CaseInput: Sendable {
  private static let nameLimit = 255
  private static let noteLimit = 3000

  var note: String?
  var reason: String?
  var to: String?
  var place: String?
  var owner: String?
  var expires: Timestamp?

  init(_ fields: [String: String], zone: TimeZone) throws {
    func text(_ key: String, _ limit: Int) throws -> String? {
      guard let value = fields[key]?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty else { return nil }
      guard value.utf8.count <= limit else { throw DeskError(.badRequest, "too_long", Words.tooLong(key, limit)) }
      return value
    }
    note = try text("note", Self.noteLimit)
    reason = try text("reason", Self.noteLimit)
    to = try text("to", Self.nameLimit)
    place = try text("place", Self.nameLimit)
    owner = try text("owner", Self.nameLimit)
    if let text = try text("expires", Self.nameLimit) {
      guard let time = TimeText.time(text, zone: zone) else { throw DeskError(.badRequest, "bad_time", Words.badTime) }
      expires = time
    }
  }
}

enum TimeText {
  /// `2026-12-31`, the end of that day, or a time as in RFC 3339; nil for anything else.
  static func time(_ text: String, zone: TimeZone) -> Timestamp? {
    if text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil {
      let parts = text.split(separator: "-").compactMap { Int($0) }
      var calendar = Calendar(identifier: .gregorian)
      calendar.timeZone = zone
      let day = DateComponents(year: parts[0], month: parts[1], day: parts[2], hour: 23, minute: 59, second: 59)
      guard day.isValidDate(in: calendar), let date = calendar.date(from: day) else { return nil }
      return Timestamp(date)
    }
    let form = ISO8601DateFormatter()
    for options: ISO8601DateFormatter.Options in [[.withInternetDateTime], [.withInternetDateTime, .withFractionalSeconds]] {
      form.formatOptions = options
      if let date = form.date(from: text) { return Timestamp(date) }
    }
    return nil
  }

  /// A time, or how long ago: `24h`.
  static func since(_ text: String, zone: TimeZone, at now: Timestamp) -> Timestamp? {
    if let span = DurationText.duration(text) { return now - span }
    if text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil { return time(text, zone: zone).map { $0 - .seconds(86_399) } }
    return time(text, zone: zone)
  }
}

extension DeskDatabase {
  /// Does something about a case, for the watch to apply.
  ///
  /// - Parameters:
  ///   - version: what the person saw; nil to do it whatever happened since.
  ///   - twoPeople: a second manager must agree to what closes a case for good.
  /// - Returns: the case, and true if it waits for a second manager.
  func act(
    _ action: CaseAction, on id: String, _ input: CaseInput, by identity: Identity, from address: String, version: String?, twoPeople: Bool
  ) throws -> (state: CaseState, isWaiting: Bool) {
    guard identity.rights.contains(action.right) else { throw DeskError.forbidden }
    guard let state = try caseState(id) else { throw DeskError.notFound }
    if let version, version != "*", version != state.version { throw Self.conflict(state) }
    try Self.check(action, input, state, at: clock())
    let camera = action == .declare ? try Self.camera(input, state) : nil
    let decision = Decision(
      action: action, note: input.reason ?? input.note, argument: camera?.json, input: input, identity: identity, address: address)
    let isWaiting = try twoPeople && action.needsReason ? agree(decision, state) : perform(decision, state)
    guard let new = try caseState(state.alert.id) else { throw DeskError.notFound }
    return (new, isWaiting)
  }

  private struct Decision {
    let action: CaseAction
    let note: String?
    let argument: String?
    let input: CaseInput
    let identity: Identity
    let address: String
  }

  private static func conflict(_ state: CaseState) -> DeskError {
    let last = state.work.last.map { Words.faster($0.who.forPeople(), $0.action) }
    return DeskError(.conflict, "conflict", last ?? Words.changed)
  }

  private static func check(_ action: CaseAction, _ input: CaseInput, _ state: CaseState, at now: Timestamp) throws {
    if action.needsReason, input.reason == nil { throw DeskError(.badRequest, "reason_missing", Words.reasonMissing) }
    if action == .assign, input.to == nil { throw DeskError(.badRequest, "to_missing", Words.toMissing) }
    if let expires = input.expires, expires <= now { throw DeskError(.badRequest, "bad_time", Words.expired) }
    let isSettled = state.status == .dismissed || state.status == .declared
    if action == .reopen ? state.status == .open && state.proposal == nil : isSettled { throw conflict(state) }
  }

  private static func camera(_ input: CaseInput, _ state: CaseState) throws -> OperatorCommand.Camera {
    guard let device = state.device?.device, !device.id.mac.isNone else { throw DeskError(.conflict, "no_mac", Words.noMAC) }
    return OperatorCommand.Camera(
      pattern: device.id.mac.description, name: device.hostname?.forPeople(), place: input.place, owner: input.owner, expires: input.expires
    )
  }

  /// Decides, or proposes where nobody did.
  private func agree(_ decision: Decision, _ state: CaseState) throws -> Bool {
    let (identity, now) = (decision.identity, clock())
    guard let proposal = state.proposal else {
      let row = AuditRow(
        .proposed, who: identity.name, role: identity.role, address: decision.address, alert: state.alert.id, note: decision.note,
        detail: decision.action.rawValue, at: now)
      let proposal = Proposal(
        alert: state.alert.id, action: decision.action.rawValue, who: identity.name, note: decision.note ?? "", argument: decision.argument,
        time: now.nanoseconds)
      guard try store.work(row, after: state.work.count, proposal: proposal) else { throw Self.conflict(state) }
      return true
    }
    // A token is no second person.
    guard identity.isPerson, proposal.who != identity.name else {
      throw DeskError(.conflict, "second_manager", Words.secondManager(proposal.who.forPeople()))
    }
    guard proposal.action == decision.action.rawValue else { throw Self.conflict(state) }
    let agreed = Decision(
      action: decision.action, note: "\(proposal.note) — agreed: \(decision.note ?? "")", argument: proposal.argument,
      input: decision.input, identity: identity, address: decision.address)
    return try perform(agreed, state, with: proposal.who)
  }

  /// - Parameter proposer: whom this person agrees with.
  private func perform(_ decision: Decision, _ state: CaseState, with proposer: String? = nil) throws -> Bool {
    let (identity, now, id) = (decision.identity, clock(), state.alert.id)
    let who = [proposer, identity.name].compactMap { $0 }.joined(separator: " and ")
    var note = decision.note
    if decision.action == .assign, let to = decision.input.to { note = Words.sent(to, decision.note) }
    let isNews =
      switch decision.action {
      // Who is sent takes the case; once taken, only the name changes.
      case .acknowledge, .assign: state.status == .open || state.status == .snoozed
      case .dismiss, .declare: true
      case .reopen: state.status != .open
      }
    let command =
      isNews
      ? OperatorCommand(
        decision.action.command, alert: id, who: who, origin: OperatorCommand.page, note: note, argument: decision.argument, at: now) : nil
    let isWithdrawn = decision.action == .reopen && !isNews
    let row = AuditRow(
      isWithdrawn ? .withdrawn : decision.action.done, who: who, role: identity.role, address: decision.address, alert: id,
      note: decision.note, detail: decision.action == .assign ? decision.input.to : decision.argument, at: now)
    let assignment = decision.input.to.flatMap {
      decision.action == .assign ? Assignment(alert: id, assignee: $0, note: decision.note, who: who, time: now.nanoseconds) : nil
    }
    let endsProposal = decision.action.right == .decide
    guard try store.work(row, after: state.work.count, command: command, assignment: assignment, endsProposal: endsProposal) else {
      throw Self.conflict(state)
    }
    return false
  }
}
