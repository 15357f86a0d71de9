import Detection
import Documents
import Store

/// A case as people see it: what the watch found, and what was decided, also where the watch has yet to apply it.
struct CaseState: Sendable {
  let alert: StoredAlert
  let status: StoredAlert.Status
  /// Changes with everything that somebody decides or finds out.
  let version: String
  let device: DeviceSnapshot?
  let assignment: Assignment?
  let proposal: Proposal?
  /// What was done about it on the page, oldest first.
  let work: [AuditRow]
}

extension DeskDatabase {
  /// A case by its id, or by that of an event that followed it.
  func caseState(_ id: String) throws -> CaseState? {
    guard let log, let found = try log.alert(id) else { return nil }
    let alert = try found.follows.flatMap { try log.alert($0) } ?? found
    guard alert.isCase else { return nil }
    return try state(of: alert, applied: try applied(log), log)
  }

  /// - Parameter withEvidence: false for lists that show no reasons.
  func states(of alerts: [StoredAlert], withEvidence: Bool = true) throws -> [CaseState] {
    guard let log else { return [] }
    let applied = try applied(log)
    return try alerts.map { try state(of: $0, applied: applied, log, withEvidence: withEvidence) }
  }

  /// The number of the last command of this list that the watch applied.
  func applied(_ log: PropertyStore) throws -> Int64 {
    let last = try log.lastAppliedCommand()
    return last.list == (try store.commandList()) ? last.number : 0
  }

  private func state(of alert: StoredAlert, applied: Int64, _ log: PropertyStore, withEvidence: Bool = true) throws -> CaseState {
    let work = try store.audit(of: alert.id)
    let waiting = work.last { ($0.command ?? 0) > applied }
    let status: StoredAlert.Status? =
      switch waiting.flatMap({ AuditRow.Action(rawValue: $0.action) }) {
      case .acknowledged, .assigned: .acknowledged
      case .dismissed: .dismissed
      case .declared: .declared
      case .reopened: .open
      default: nil
      }
    let others = try log.historyCount(of: alert.id, without: " via \(OperatorCommand.page)")
    return CaseState(
      alert: alert, status: status ?? alert.status(at: clock()), version: "\(others).\(work.count)",
      device: try alert.device.flatMap { try log.device($0, withEvidence: withEvidence) }, assignment: try store.assignment(of: alert.id),
      proposal: try store.proposal(for: alert.id), work: work)
  }

  func document(_ state: CaseState, withHistory: Bool = false) throws -> AlertDocument {
    let history = withHistory ? try log?.history(of: state.alert.id).events ?? [] : []
    var document = AlertDocument(
      state.alert, history: history, subject: state.device, sensor: sensor, makers: makers(of: [state.device].compactMap { $0 }),
      at: clock())
    document.add(
      status: state.status, version: state.version, assignedTo: state.assignment?.assignee, proposed: state.proposal?.action)
    return document
  }
}
