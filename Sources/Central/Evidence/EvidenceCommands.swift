import ChainMessages
import Foundation

/// What boxes are asked for, for the consumer to publish.
enum EvidenceCommands {
  /// Seconds between two looks.
  static let interval = 1.0
  /// Seconds until a box that is there and has not answered is asked again. A box that comes back is asked at once, if it was so long ago.
  static let again = 60
  /// Commands of one look.
  private static let limit = 500

  /// Marks what is due as sent, and what is too old as expired.
  static func due(_ connection: PostgresConnection) throws -> [(topic: ChainTopic, message: CommandMessage)] {
    try connection.run(
      "UPDATE evidence_request SET state = 'expired', answered = now() WHERE state = 'asked' AND expires <= now()")
    let rows = try connection.run(
      """
      UPDATE evidence_request r SET sent = now() FROM (
        SELECT q.id, g.tenant, g.site FROM evidence_request q JOIN gateway g ON g.id = q.gateway
        LEFT JOIN gateway_state s ON s.gateway = g.id
        WHERE q.state = 'asked' AND g.revoked IS NULL
          AND (q.sent IS NULL OR s.is_online AND q.sent < now() - make_interval(secs => $1))
        ORDER BY q.asked LIMIT $2) AS due
      WHERE r.id = due.id RETURNING r.id, r.about, r.gateway, due.tenant, due.site
      """, [PostgresValue(again), PostgresValue(limit)]
    ).rows
    return try rows.compactMap { row in
      guard let address = try? GatewayAddress(tenant: row.text("tenant"), site: row.text("site"), gateway: row.text("gateway")) else {
        return nil
      }
      return (address.topic(.command), CommandMessage(id: try row.text("id"), command: "evidence", alert: try row.text("about")))
    }
  }
}
