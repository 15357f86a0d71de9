import ConfigurationFiles
import Detection
import Documents
import Foundation
import HTTPTypes
import Sinks
import Store
import WebDesk

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
    guard identity.rights.contains(action.right) else { throw WebError.forbidden }
    guard let state = try caseState(id) else { throw WebError.notFound }
    if let version, version != "*", version != state.version { throw Self.conflict(state) }
    try Self.check(action, input, state, at: clock())
    let camera = action == .declare ? try Self.camera(input, state) : nil
    let decision = Decision(
      action: action, note: input.reason ?? input.note, argument: camera?.json, input: input, identity: identity, address: address)
    let isWaiting = try twoPeople && action.needsReason ? agree(decision, state) : perform(decision, state)
    guard let new = try caseState(state.alert.id) else { throw WebError.notFound }
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

  private static func conflict(_ state: CaseState) -> WebError {
    let last = state.work.last.map { Words.faster($0.who.forPeople(), $0.action) }
    return WebError(.conflict, "conflict", last ?? Words.changed)
  }

  private static func check(_ action: CaseAction, _ input: CaseInput, _ state: CaseState, at now: Timestamp) throws {
    if action.needsReason, input.reason == nil { throw WebError(.badRequest, "reason_missing", Words.reasonMissing) }
    if action == .assign, input.to == nil { throw WebError(.badRequest, "to_missing", Words.toMissing) }
    if let expires = input.expires, expires <= now { throw WebError(.badRequest, "bad_time", Words.expired) }
    let isSettled = state.status == .dismissed || state.status == .declared
    if action == .reopen ? state.status == .open && state.proposal == nil : isSettled { throw conflict(state) }
  }

  private static func camera(_ input: CaseInput, _ state: CaseState) throws -> OperatorCommand.Camera {
    guard let device = state.device?.device, !device.id.mac.isNone else { throw WebError(.conflict, "no_mac", Words.noMAC) }
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
      throw WebError(.conflict, "second_manager", Words.secondManager(proposal.who.forPeople()))
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
