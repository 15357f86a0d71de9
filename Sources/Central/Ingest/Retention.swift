/// What is dropped beside the days of events.
enum Retention {
  /// Alerts and devices of one gateway. No hotel has as many cameras; a gateway that makes them up loses its own oldest.
  static let rowsOfGateway = 10_000

  static func apply(_ connection: PostgresConnection, keepDays: Int) throws {
    // An open case stays, however old.
    try connection.run(
      """
      DELETE FROM alert WHERE received < now() - make_interval(days => $1)
      AND status IN ('cleared', 'dismissed', 'declared')
      """, [PostgresValue(keepDays)])
    for table in ["alert", "device"] {
      try connection.run(
        """
        DELETE FROM \(table) t USING (
          SELECT gateway, id, row_number() OVER (PARTITION BY gateway ORDER BY received DESC) AS rank FROM \(table)
          WHERE gateway IN (SELECT gateway FROM \(table) GROUP BY gateway HAVING count(*) > $1)) AS old
        WHERE t.gateway = old.gateway AND t.id = old.id AND old.rank > $1
        """, [PostgresValue(rowsOfGateway)])
    }
    try connection.run(
      "DELETE FROM device d WHERE NOT EXISTS (SELECT FROM alert a WHERE a.gateway = d.gateway AND a.id = d.alert)")
    try connection.run(
      "DELETE FROM casework c WHERE NOT EXISTS (SELECT FROM alert a WHERE a.gateway = c.gateway AND a.id = c.alert)")
  }
}
