import ChainMessages
import Foundation
import Packs

/// A pack that somebody asked a box for, and what became of it.
public struct EvidenceRequest: Sendable, Equatable {
  public enum State: String, Sendable {
    case asked, made, failed, refused, expired
  }

  public let id: String
  let tenant: String
  let site: String
  public let gateway: String
  public let alert: String
  /// What the pack must be about.
  let about: String
  public let state: State
  public let reason: String?
  public let sha256: String?
  /// The broker has the command for the box.
  public let isSent: Bool

  static let columns = "id, tenant, site, gateway, alert, about, state, reason, sha256, sent IS NOT NULL AS is_sent"

  init(_ row: PostgresRow) throws {
    id = try row.text("id")
    (tenant, site, gateway) = (try row.text("tenant"), try row.text("site"), try row.text("gateway"))
    (alert, about) = (try row.text("alert"), try row.text("about"))
    guard let state = State(rawValue: try row.text("state")) else { throw PostgresError.unexpected("state of evidence") }
    self.state = state
    (reason, sha256) = (try row.textIfAny("reason"), try row.textIfAny("sha256"))
    isSent = try row.flag("is_sent")
  }

  static func isID(_ text: String) -> Bool { text.wholeMatch(of: /ev-[0-9a-f]{16}/) != nil }

  /// As JSON, for the API.
  static let item = """
    jsonb_build_object('type', 'evidence', 'id', id, 'tenant', tenant, 'site', site, 'gateway', gateway, 'alert', alert, 'state', state,
      'who', who, 'asked', rfc3339(asked), 'expires', rfc3339(expires), 'answered', rfc3339(answered), 'reason', reason, 'bytes', bytes,
      'sha256', sha256, 'signer', signer, 'href', CASE WHEN state = 'made' THEN '/api/1/evidence/' || id || '/file' END)
    """
}

extension EvidenceRequest {
  /// What was asked about an alert, as JSON, the latest first.
  static func items(of alert: String, gateway: String, _ connection: PostgresConnection) throws -> [String] {
    try connection.run(
      "SELECT \(item)::text AS item FROM evidence_request WHERE gateway = $1 AND alert = $2 ORDER BY asked DESC, id LIMIT 100",
      [PostgresValue(gateway), PostgresValue(alert)]
    ).rows.map { try $0.text("item") }
  }
}

/// The alert that evidence is asked for.
struct EvidenceSubject: Sendable, Equatable {
  let gateway: String
  let tenant: String
  let site: String
  let alert: String
  let about: String
  let isWithdrawn: Bool

  /// The alerts with this id that the connection sees: two if there are several.
  static func find(_ id: String, gateway: String?, _ connection: PostgresConnection) throws -> [EvidenceSubject] {
    try connection.run(
      """
      SELECT gateway, tenant, site, id, coalesce(nullif(data ->> 'follows', ''), id) AS about, data IS NULL AS is_withdrawn
      FROM alert WHERE id = $1 AND ($2::text IS NULL OR gateway = $2) LIMIT 2
      """, [PostgresValue(id), PostgresValue(gateway)]
    ).rows.map { row in
      EvidenceSubject(
        gateway: try row.text("gateway"), tenant: try row.text("tenant"), site: try row.text("site"), alert: try row.text("id"),
        about: try row.text("about"), isWithdrawn: try row.flag("is_withdrawn"))
    }
  }
}

/// Evidence, in transactions of the role `registry`.
extension Registry {
  /// Requests of one tenant that wait for boxes.
  static let openEvidence = 64
  /// Requests about one alert that are kept, the latest.
  static let evidenceOfAlert = 8
  /// Keys of one gateway that nobody accepted.
  private static let keyLimit = 8

  /// Asks, or finds what was asked before and is not answered.
  ///
  /// - Throws: `EvidenceProblem` if too many wait.
  static func askEvidence(
    _ subject: EvidenceSubject, by who: String, seconds: Int = EvidenceLimits.life, _ connection: PostgresConnection
  ) throws -> String {
    guard !subject.isWithdrawn else { throw EvidenceProblem.withdrawn }
    guard try gateway(subject.gateway, connection)?.isRevoked == false else { throw EvidenceProblem.revoked }
    let place = [PostgresValue(subject.gateway), PostgresValue(subject.alert)]
    let open = "SELECT id FROM evidence_request WHERE gateway = $1 AND alert = $2 AND state = 'asked' AND expires > now()"
    if let row = try connection.run(open, place).first { return try row.text("id") }
    let waiting = try connection.run(
      "SELECT count(*) AS it FROM evidence_request WHERE tenant = $1 AND state = 'asked' AND expires > now()",
      [PostgresValue(subject.tenant)])
    guard try waiting.first?.integer("it") ?? 0 < Int64(openEvidence) else { throw EvidenceProblem.tooMany }
    try connection.run(
      "UPDATE evidence_request SET state = 'expired', answered = now() WHERE gateway = $1 AND alert = $2 AND state = 'asked'", place)
    try connection.run(
      """
      DELETE FROM evidence_request WHERE gateway = $1 AND alert = $2 AND id NOT IN (
        SELECT id FROM evidence_request WHERE gateway = $1 AND alert = $2 ORDER BY asked DESC LIMIT $3)
      """, place + [PostgresValue(evidenceOfAlert - 1)])
    let id = "ev-" + Secret.gatewayName().dropFirst(3)
    let added = try connection.run(
      """
      INSERT INTO evidence_request (id, tenant, site, gateway, alert, about, who, expires)
      VALUES ($3, $4, $5, $1, $2, $6, $7, now() + make_interval(secs => $8))
      ON CONFLICT (gateway, alert) WHERE state = 'asked' DO NOTHING
      """,
      place + [
        PostgresValue(id), PostgresValue(subject.tenant), PostgresValue(subject.site), PostgresValue(subject.about), PostgresValue(who),
        PostgresValue(seconds),
      ])
    // Somebody else asked at the same moment.
    if added.affected == 0, let row = try connection.run(open, place).first { return try row.text("id") }
    try audit(
      "evidence-asked", tenant: subject.tenant, site: subject.site, gateway: subject.gateway, detail: "\(id): alert \(subject.alert)",
      by: who,
      connection)
    return id
  }

  static func evidence(_ id: String, _ connection: PostgresConnection) throws -> EvidenceRequest? {
    guard EvidenceRequest.isID(id) else { return nil }
    return try connection.run("SELECT \(EvidenceRequest.columns) FROM evidence_request WHERE id = $1", [PostgresValue(id)]).first
      .map(EvidenceRequest.init)
  }

  /// The request that a gateway may answer.
  ///
  /// - Throws: `EvidenceProblem`.
  static func evidence(_ id: String, askedOf name: GatewayName, _ connection: PostgresConnection) throws -> EvidenceRequest {
    guard let gateway = try gateway(name.gateway, connection), gateway.tenant == name.tenant, !gateway.isRevoked else {
      throw EvidenceProblem.revoked
    }
    guard let request = try evidence(id, connection), request.gateway == gateway.id else { throw EvidenceProblem.unknown }
    guard request.state == .asked else { throw request.state == .expired ? EvidenceProblem.expired : .answered }
    let isLate = "SELECT expires <= now() AS it FROM evidence_request WHERE id = $1"
    guard try connection.run(isLate, [PostgresValue(id)]).first?.flag("it") == false else { throw EvidenceProblem.expired }
    return request
  }

  /// - Returns: false if it was answered meanwhile.
  @discardableResult
  static func endEvidence(
    _ request: EvidenceRequest, _ state: EvidenceRequest.State, reason: String?, pack: VerifiedPack? = nil, _ connection: PostgresConnection
  ) throws -> Bool {
    let changed = try connection.run(
      """
      UPDATE evidence_request SET state = $2, answered = now(), reason = $3, bytes = $4, sha256 = $5, signer = $6
      WHERE id = $1 AND state = 'asked'
      """,
      [
        PostgresValue(request.id), PostgresValue(state.rawValue), PostgresValue(reason), PostgresValue(pack?.bytes),
        PostgresValue(pack?.sha256), PostgresValue(pack?.key.fingerprint),
      ])
    guard changed.affected > 0 else { return false }
    let detail = ["\(request.id): alert \(request.alert)", reason, pack.map { "SHA-256 \($0.sha256)" }].compactMap { $0 }
    try audit(
      "evidence-\(state.rawValue)", tenant: request.tenant, site: request.site, gateway: request.gateway,
      detail: detail.joined(separator: ", "), by: request.gateway, connection)
    return true
  }

  // MARK: Keys

  /// The first key of a gateway counts. Another one is written down, and counts once an operator accepted it.
  static func admits(_ pack: VerifiedPack, of request: EvidenceRequest, _ connection: PostgresConnection) throws -> Bool {
    let gateway = PostgresValue(request.gateway)
    // Two packs at once must not both be first.
    try connection.run("SELECT 1 FROM gateway WHERE id = $1 FOR UPDATE", [gateway])
    let rows = try connection.run(
      "SELECT fingerprint, accepted IS NOT NULL AS is_accepted FROM evidence_key WHERE gateway = $1", [gateway]
    ).rows
    let known = try rows.first { try $0.text("fingerprint") == pack.key.fingerprint }
    if let known { return try known.flag("is_accepted") }
    let isFirst = try !rows.contains { try $0.flag("is_accepted") }
    try connection.run(
      """
      INSERT INTO evidence_key (gateway, fingerprint, tenant, pem, accepted, accepted_by)
      VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN now() END, CASE WHEN $5 THEN 'first use' END)
      """,
      [
        gateway, PostgresValue(pack.key.fingerprint), PostgresValue(request.tenant), PostgresValue(pack.key.pem),
        PostgresValue(isFirst ? "t" : "f"),
      ])
    try connection.run(
      """
      DELETE FROM evidence_key WHERE gateway = $1 AND accepted IS NULL AND fingerprint NOT IN (
        SELECT fingerprint FROM evidence_key WHERE gateway = $1 AND accepted IS NULL ORDER BY first_seen DESC LIMIT $2)
      """, [gateway, PostgresValue(keyLimit)])
    try audit(
      isFirst ? "evidence-key-pinned" : "evidence-key-refused", tenant: request.tenant, site: request.site, gateway: request.gateway,
      detail: pack.key.fingerprint, by: request.gateway, connection)
    return isFirst
  }

  /// From then on packs that this key signed are taken.
  static func acceptKey(_ fingerprint: String, of id: String, by who: String, _ connection: PostgresConnection) throws {
    guard let gateway = try gateway(id, connection) else { throw RegistryError.unknown("gateway \(id)") }
    let changed = try connection.run(
      "UPDATE evidence_key SET accepted = coalesce(accepted, now()), accepted_by = coalesce(accepted_by, $3) WHERE gateway = $1 AND fingerprint = $2",
      [PostgresValue(id), PostgresValue(fingerprint), PostgresValue(who)])
    guard changed.affected > 0 else { throw RegistryError.unknown("key \(fingerprint) of \(id)") }
    try audit(
      "evidence-key-accepted", tenant: gateway.tenant, site: gateway.site, gateway: id, detail: fingerprint, by: who, connection)
  }

  /// - Returns: gateway, fingerprint, since when, and who accepted it.
  static func evidenceKeys(_ connection: PostgresConnection) throws -> [[String]] {
    try connection.run(
      """
      SELECT gateway, fingerprint, rfc3339(first_seen) AS since, coalesce('accepted, ' || accepted_by, 'not accepted') AS accepted
      FROM evidence_key ORDER BY gateway, first_seen
      """
    ).rows.map { [try $0.text("gateway"), try $0.text("fingerprint"), try $0.text("since"), try $0.text("accepted")] }
  }

  /// Ids of the packs that are kept.
  static func keptEvidence(_ connection: PostgresConnection) throws -> Set<String> {
    Set(try connection.run("SELECT id FROM evidence_request WHERE state = 'made'").rows.map { try $0.text("id") })
  }
}

/// Why evidence is not asked for, or an answer not taken.
enum EvidenceProblem: Error, Equatable, CustomStringConvertible {
  case withdrawn, revoked, tooMany, unknown, answered, expired

  var description: String {
    switch self {
    case .withdrawn: "the property took this alert back: there is nothing to ask for"
    case .revoked: "this gateway is not enrolled any more"
    case .tooMany: "\(Registry.openEvidence) packs are asked for already; wait until boxes have answered"
    case .unknown: "nobody asked this gateway for it"
    case .answered: "it was answered before"
    case .expired: "nobody waits for it any more"
    }
  }
}
