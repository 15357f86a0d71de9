import Detection
import Foundation
import HTTPTypes
import WebDesk

/// What people do about a case here. It stands in central's database alone: the box of the property goes on as before.
enum CaseworkAction: String, Sendable, CaseIterable {
  case acknowledge, assign, note, dismiss, declare, reopen

  var right: Rights {
    switch self {
    case .acknowledge, .assign, .note: .act
    case .dismiss, .declare, .reopen: .decide
    }
  }

  /// Whoever hides a camera may work here: these need a reason.
  var needsReason: Bool { self == .dismiss || self == .declare }

  /// As the audit log has it.
  fileprivate var done: String {
    switch self {
    case .acknowledge: "acknowledged"
    case .assign: "assigned"
    case .note: "noted"
    case .dismiss: "dismissed"
    case .declare: "declared"
    case .reopen: "reopened"
    }
  }
}

/// A case as the people who work on it see it.
private struct CaseRow {
  let gateway: String
  let site: String
  let status: String
  let version: String
  let isSettledAtProperty: Bool
  let keeper: String?
  let assignee: String?

  init(_ row: PostgresRow) throws {
    gateway = try row.text("gateway")
    site = try row.text("site")
    status = try row.text("status")
    version = try row.text("version")
    isSettledAtProperty = CentralList.settled.contains(try row.text("at_property"))
    keeper = try row.textIfAny("keeper")
    assignee = try row.textIfAny("assignee")
  }
}

/// Who does something about which case.
struct Casework: Sendable {
  let action: CaseworkAction
  let alert: String
  /// Where several boxes have an alert of this id.
  let gateway: String?
  let input: CaseInput
  let identity: CentralIdentity
  let address: String
  /// What the person saw; nil to do it whatever happened since.
  let version: String?

  /// Writes it down, in a transaction of the tenant as clerk.
  ///
  /// - Returns: the gateway of the case.
  /// - Throws: `WebError`, `PostgresError`.
  func perform(at now: Timestamp, _ connection: PostgresConnection) throws -> String {
    // One after the other, so that two people cannot both be first.
    try connection.run(
      "SELECT pg_advisory_xact_lock(hashtextextended($1, \(AdvisoryLock.cases)))", [PostgresValue("\(identity.tenant) \(alert)")])
    let found = try connection.run(
      """
      SELECT gateway, site, status, at_property, version, keeper, assignee FROM "case"
      WHERE id = $1 AND ($2::text IS NULL OR gateway = $2) LIMIT 2
      """, [PostgresValue(alert), PostgresValue(gateway)])
    guard found.count < 2 else { throw CentralList.several }
    guard let row = found.first else { throw WebError.notFound }
    let state = try CaseRow(row)
    try check(state, at: now, connection)
    try write(state, connection)
    let detail = action == .assign ? input.to : action == .declare ? declared : nil
    try Registry.audit(
      action.done, tenant: identity.tenant, site: state.site, gateway: state.gateway, alert: alert, note: input.reason ?? input.note,
      detail: detail, by: identity.name, role: identity.role, from: address, connection)
    return state.gateway
  }

  private func check(_ state: CaseRow, at now: Timestamp, _ connection: PostgresConnection) throws {
    if let version, version != "*", version != state.version { throw try conflict(state, connection) }
    if action.needsReason, input.reason == nil { throw WebError(.badRequest, "reason_missing", Words.reasonMissing) }
    if action == .assign, input.to == nil { throw WebError(.badRequest, "to_missing", Words.toMissing) }
    if action == .note, input.note == nil { throw WebError(.badRequest, "note_missing", CentralWords.noteMissing) }
    if let expires = input.expires, expires <= now { throw WebError(.badRequest, "bad_time", Words.expired) }
    if action == .note { return }
    if state.isSettledAtProperty { throw WebError(.conflict, "settled", CentralWords.settled) }
    let isClosed = CentralList.settled.contains(state.status)
    if action == .reopen ? state.status == "open" : isClosed { throw try conflict(state, connection) }
  }

  private func conflict(_ state: CaseRow, _ connection: PostgresConnection) throws -> WebError {
    let last = try connection.run(
      "SELECT who, action FROM audit WHERE gateway = $1 AND alert = $2 ORDER BY number DESC LIMIT 1",
      [PostgresValue(state.gateway), PostgresValue(alert)]
    ).first
    let text = try last.map { Words.faster(try $0.text("who").forPeople(), try $0.text("action").forPeople()) }
    return WebError(.conflict, "conflict", text ?? Words.changed)
  }

  private func write(_ state: CaseRow, _ connection: PostgresConnection) throws {
    var (status, keeper, assignee): (String?, String?, String?) = (nil, state.keeper, state.assignee)
    switch action {
    case .acknowledge: (status, keeper, assignee) = ("acknowledged", identity.name, nil)
    case .assign: (status, keeper, assignee) = ("acknowledged", identity.name, input.to)
    case .note: break
    case .dismiss: status = "dismissed"
    case .declare: status = "declared"
    case .reopen: (status, keeper, assignee) = ("open", nil, nil)
    }
    try connection.run(
      """
      INSERT INTO casework AS c (gateway, alert, tenant, site, status, keeper, assignee) VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (gateway, alert) DO UPDATE SET status = coalesce(EXCLUDED.status, c.status), keeper = EXCLUDED.keeper,
        assignee = EXCLUDED.assignee, changes = c.changes + 1, updated = now()
      """,
      [
        PostgresValue(state.gateway), PostgresValue(alert), PostgresValue(identity.tenant), PostgresValue(state.site),
        PostgresValue(status), PostgresValue(keeper), PostgresValue(assignee),
      ])
  }

  /// Owner, place and end in words.
  private var declared: String? {
    let parts = [
      input.owner.map { "owner: \($0)" }, input.place.map { "place: \($0)" },
      input.expires.map { "until \(Date(timeIntervalSince1970: Double($0.nanoseconds) / 1e9).formatted(.iso8601))" },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
