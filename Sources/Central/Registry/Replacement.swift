extension Registry {
  /// A new box takes over from one that broke or was stolen: the old one is revoked, and its cases with what people did about them,
  /// devices, events and places in the event log are the new one's. Where the new box has the old one's database, from a backup, it goes on where the old one stopped.
  static func takeOver(from replaced: String, by gateway: Gateway, _ connection: PostgresConnection) throws {
    try revoke(replaced, by: gateway.id, connection)
    try connection.run(
      "UPDATE gateway SET former = (SELECT old.former || old.id FROM gateway old WHERE old.id = $1) WHERE id = $2",
      [PostgresValue(replaced), PostgresValue(gateway.id)])
    // What gateways sent is not the registry's.
    try connection.run("SET LOCAL ROLE \(CentralRole.ingest)")
    for table in ["place", "event", "alert", "casework", "device"] {
      try connection.run(
        "UPDATE \(table) SET gateway = $2 WHERE gateway = $1", [PostgresValue(replaced), PostgresValue(gateway.id)])
    }
    try connection.run("DELETE FROM gateway_state WHERE gateway = $1", [PostgresValue(replaced)])
    try connection.run("SET LOCAL ROLE \(CentralRole.registry)")
    try audit(
      "replaced", tenant: gateway.tenant, site: gateway.site, gateway: gateway.id, detail: "in place of \(replaced)", by: gateway.id,
      connection)
  }
}
