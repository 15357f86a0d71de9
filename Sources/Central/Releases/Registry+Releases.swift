import Foundation
import Releases

extension Registry {
  /// How long boxes of a stage must have had a release before it goes on.
  static let soakSeconds = 86_400
  static let releaseLimit = 500

  /// Stores a signed release. It begins with the first stage; what still ran of the same kind goes no further.
  ///
  /// - Returns: its id and number.
  static func add(
    _ new: NewRelease, key: ReleaseSigningKey, soak: Int, tenant: String, by who: String, _ connection: PostgresConnection
  ) throws -> (id: String, number: Int64) {
    guard try connection.run("SELECT 1 FROM tenant WHERE id = $1 FOR UPDATE", [PostgresValue(tenant)]).first != nil else {
      throw RegistryError.unknown("tenant \(tenant)")
    }
    let kind = PostgresValue(new.kind.rawValue)
    let last = try connection.run(
      "SELECT coalesce(max(number), 0) AS it FROM release WHERE tenant = $1 AND kind = $2", [PostgresValue(tenant), kind])
    let number = (try last.first?.integer("it") ?? 0) + 1
    let id = "\(new.kind.rawValue)-" + Secret.gatewayName().dropFirst(3)
    let message = try new.message(id: id, number: number, key: key)
    try connection.run(
      "UPDATE release SET status = 'superseded' WHERE tenant = $1 AND kind = $2 AND status = 'running'", [PostgresValue(tenant), kind])
    try connection.run(
      """
      INSERT INTO release (id, tenant, kind, number, message, archive, summary, who, soak_seconds)
      VALUES ($1, $2, $3, $4, $5, $6::bytea, $7, $8, $9)
      """,
      [
        PostgresValue(id), PostgresValue(tenant), kind, PostgresValue(number), PostgresValue(message), PostgresValue(bytea: new.archive),
        PostgresValue(new.summary), PostgresValue(who), PostgresValue(soak),
      ])
    try audit("release-made", tenant: tenant, detail: "\(id), number \(number): \(new.summary)", by: who, connection)
    return (id, number)
  }

  /// The archive of a tenant's release; nil where the tenant has none of this id.
  static func archive(of id: String, tenant: String, _ connection: PostgresConnection) throws -> Data? {
    let rows = try connection.run(
      "SELECT encode(archive, 'base64') AS archive FROM release WHERE id = $1 AND tenant = $2 AND archive IS NOT NULL",
      [PostgresValue(id), PostgresValue(tenant)])
    return try rows.first.flatMap { Data(base64Encoded: try $0.text("archive"), options: .ignoreUnknownCharacters) }
  }

  // MARK: What operators do

  /// Rows for people, the newest first: id, tenant, kind, number, summary, status, stage, how many have it.
  static func releases(tenant: String?, _ connection: PostgresConnection) throws -> [[String]] {
    try connection.run(
      """
      SELECT r.id, r.tenant, r.kind, 'number ' || r.number AS number, r.summary, r.status, r.percent || ' %' AS stage,
        (SELECT count(*) FILTER (WHERE taken IS NOT NULL) || ' of ' || count(*) || ' boxes' FROM release_gateway m WHERE m.release = r.id)
          AS boxes, coalesce(r.reason, '') AS reason
      FROM release r WHERE $1::text IS NULL OR r.tenant = $1 ORDER BY r.made DESC, r.id LIMIT $2
      """, [PostgresValue(tenant), PostgresValue(releaseLimit)]
    ).rows.map { row in
      try ["id", "tenant", "kind", "number", "summary", "status", "stage", "boxes", "reason"].map { try row.text($0) }.filter {
        !$0.isEmpty
      }
    }
  }

  private static func release(_ id: String, _ connection: PostgresConnection) throws -> (tenant: String, status: String, percent: Int64) {
    let rows = try connection.run("SELECT tenant, status, percent FROM release WHERE id = $1 FOR UPDATE", [PostgresValue(id)])
    guard let row = rows.first else { throw RegistryError.unknown("release \(id)") }
    return (try row.text("tenant"), try row.text("status"), try row.integer("percent"))
  }

  /// Gives it to nobody any more. Boxes that have one of signatures go back to what they had before.
  static func stopRelease(_ id: String, because reason: String, by who: String, _ connection: PostgresConnection) throws {
    let release = try release(id, connection)
    guard release.status != "stopped" else { return }
    try connection.run(
      "UPDATE release SET status = 'stopped', reason = $2, changed = now() WHERE id = $1", [PostgresValue(id), PostgresValue(reason)])
    try audit("release-stopped", tenant: release.tenant, detail: "\(id): \(reason)", by: who, connection)
  }

  /// Lets a stopped release go on where it was. What spoke against it until now is excused.
  static func resumeRelease(_ id: String, by who: String, _ connection: PostgresConnection) throws {
    let release = try release(id, connection)
    guard release.status == "stopped" else { throw RegistryError.unfit("release \(id) is \(release.status), not stopped") }
    let newer = try connection.run(
      """
      SELECT n.id FROM release n JOIN release r ON r.id = $1 AND n.tenant = r.tenant AND n.kind = r.kind AND n.number > r.number
      WHERE n.status <> 'stopped' LIMIT 1
      """, [PostgresValue(id)])
    if let newer = try newer.first?.text("id") { throw RegistryError.unfit("\(newer) is newer and goes on") }
    try connection.run(
      "UPDATE release SET status = 'running', reason = NULL, judged_from = now(), changed = now() WHERE id = $1", [PostgresValue(id)])
    // Those that went back take it again.
    try connection.run("UPDATE release_gateway SET excused = true, taken = NULL WHERE release = $1", [PostgresValue(id)])
    try audit("release-resumed", tenant: release.tenant, detail: id, by: who, connection)
  }

  /// Puts a running release to the next stage, before its time.
  ///
  /// - Returns: the percentage of boxes that get it now.
  @discardableResult
  static func advanceRelease(_ id: String, by who: String, _ connection: PostgresConnection) throws -> Int64 {
    let release = try release(id, connection)
    guard release.status == "running" else { throw RegistryError.unfit("release \(id) is \(release.status), not running") }
    guard let next = Staging.Rule.stages.first(where: { $0 > release.percent }) else {
      try connection.run("UPDATE release SET status = 'done' WHERE id = $1", [PostgresValue(id)])
      try audit("release-done", tenant: release.tenant, detail: id, by: who, connection)
      return release.percent
    }
    try connection.run("UPDATE release SET percent = $2 WHERE id = $1", [PostgresValue(id), PostgresValue(next)])
    try audit("release-advanced", tenant: release.tenant, detail: "\(id): \(next) %", by: who, connection)
    return next
  }
}

extension PostgresValue {
  /// Bytes, for `$1::bytea`.
  init(bytea data: Data?) {
    let digits = Array("0123456789abcdef".utf8)
    guard let data else {
      self = nil
      return
    }
    var text = Array("\\x".utf8)
    text.reserveCapacity(2 + 2 * data.count)
    for byte in data { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    self.init(text: text)
  }
}
