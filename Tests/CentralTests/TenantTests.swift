import Releases
import Testing

@testable import Central

/// What a tenant sees: its own rows, by whatever statement, in whatever state its connection was before.
@Suite struct TenantTests {
  static let tables = [
    "site", "gateway", "audit", "event", "alert", "device", "gateway_state", "declared_list", "room_list", "release", "release_gateway",
    "casework", "\"case\"", "evidence_request", "evidence_key",
  ]

  /// Two tenants with a gateway, an alert and a state each.
  private func database() throws -> (address: String, gateways: [Registry.Gateway]) {
    let address = try Servers.shared.get().migrated()
    let gateways = [try enrolled(tenant: "alpha", site: "paris", address), try enrolled(tenant: "beta", site: "rome", address)]
    for gateway in gateways {
      _ = try PostgresConnection(address, role: CentralRole.registry).transaction {
        _ = try Registry.declare(DeclaredCameras([]), tenant: gateway.tenant, site: gateway.site, by: "test", $0)
        _ = try Registry.nameRooms(RoomRules([]), tenant: gateway.tenant, site: gateway.site, by: "test", $0)
        let release = try Registry.add(
          .software(version: "1.0", sha256: String(repeating: "a", count: 64)), key: ReleaseSigningKey(), soak: 0, tenant: gateway.tenant,
          by: "test", $0)
        try $0.run(
          "INSERT INTO release_gateway (release, gateway, tenant) VALUES ($1, $2, $3)",
          [PostgresValue(release.id), PostgresValue(gateway.id), PostgresValue(gateway.tenant)])
      }
    }
    let connection = try PostgresConnection(address, role: CentralRole.ingest)
    var reception = Reception()
    for gateway in gateways {
      let outcome = try reception.store(
        [eventMessage(gateway, 1, prev: 0), message(gateway, "state", #"{"version":"1.0"}"#)], connection)
      #expect(outcome.stored == 1)
      let row = "INSERT INTO casework (gateway, alert, tenant, site) VALUES ($1, 'A-1', $2, $3)"
      let clerk = try PostgresConnection(address, role: CentralRole.clerk)
      try clerk.transaction { clerk in
        try clerk.run("SELECT set_config('lenscap.tenant', $1, true)", [PostgresValue(gateway.tenant)])
        try clerk.run(row, [PostgresValue(gateway.id), PostgresValue(gateway.tenant), PostgresValue(gateway.site)])
      }
      let subject = try #require(try EvidenceSubject.find("A-1", gateway: gateway.id, connection).first)
      _ = try PostgresConnection(address, role: CentralRole.registry).transaction { registry in
        _ = try Registry.askEvidence(subject, by: "test", registry)
        try registry.run(
          "INSERT INTO evidence_key (gateway, fingerprint, tenant, pem) VALUES ($1, 'x', $2, 'x')",
          [PostgresValue(gateway.id), PostgresValue(gateway.tenant)])
      }
    }
    return (address, gateways)
  }

  private func tenants(_ table: String, _ connection: PostgresConnection) throws -> [String] {
    try connection.run("SELECT DISTINCT tenant FROM \(table) ORDER BY 1").rows.map { try $0.text("tenant") }
  }

  @Test(arguments: tables) func seesItsOwnRows(table: String) async throws {
    let pool = PostgresPool(try database().address, role: CentralRole.reader, connections: 1)
    for tenant in ["alpha", "beta", "alpha"] {
      let seen = try await pool.transaction(tenant: tenant) { try tenants(table, $0) }
      #expect(seen == [tenant])
    }
    // Outside of a request, and for a tenant that does not exist, there is nothing.
    #expect(try await pool.transaction { try tenants(table, $0) } == [])
    #expect(try await pool.transaction(tenant: "") { try tenants(table, $0) } == [])
    #expect(try await pool.transaction(tenant: "gamma") { try tenants(table, $0) } == [])
  }

  @Test func aFailedTransactionLeavesNothingBehind() async throws {
    let (address, gateways) = try database()
    let pool = PostgresPool(address, role: CentralRole.reader, connections: 1)
    await #expect(throws: PostgresError.self) { try await pool.transaction(tenant: "alpha") { try $0.run("SELECT 1/0") } }
    #expect(try await pool.transaction { try tenants("alert", $0) } == [])
    #expect(try await pool.transaction(tenant: "beta") { try tenants("alert", $0) } == ["beta"])
    // The error was caught inside, so only the end of the transaction shows it.
    await #expect(throws: PostgresError.self) {
      try await pool.transaction(tenant: "alpha") { _ = try? $0.run("SELECT nothing FROM nowhere") }
    }
    #expect(try await pool.transaction { try tenants("alert", $0) } == [])
    // Neither does one that sets the tenant for the session, or ends the transaction itself.
    _ = try? await pool.transaction(tenant: "alpha") { try $0.run("COMMIT") }
    #expect(try await pool.transaction { try tenants("alert", $0) } == [])
    let seen = try await pool.transaction(tenant: "beta") { connection in
      try connection.run("SELECT id FROM alert WHERE gateway = $1", [PostgresValue(gateways[0].id)]).count
    }
    #expect(seen == 0)
  }

  @Test func aReaderChangesNothingAndReachesNothingElse() async throws {
    let pool = PostgresPool(try database().address, role: CentralRole.reader, connections: 1)
    let statements =
      Self.tables.map { "DELETE FROM \($0)" } + [
        "SELECT * FROM token", "SELECT * FROM enrolment_code", "SELECT * FROM certificate", "SELECT * FROM tenant", "SELECT * FROM place",
        "SELECT * FROM session", "SELECT * FROM person", "SELECT * FROM invitation", "SELECT keep_partitions('2026-01-01', 1, 1)",
        "ALTER TABLE alert DISABLE ROW LEVEL SECURITY", "SELECT * FROM event_" + "00000000", "SELECT archive FROM release",
        "SELECT message FROM release",
      ]
    for statement in statements {
      await #expect(throws: PostgresError.self, "\(statement)") { try await pool.transaction(tenant: "alpha") { try $0.run(statement) } }
    }
    // A day's partition by its own name is closed, too.
    let partition = try await pool.transaction { connection in
      try connection.run("SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'event'::regclass").first?.text("name")
    }
    let name = try #require(partition)
    await #expect(throws: PostgresError.self) { try await pool.transaction(tenant: "alpha") { try $0.run("SELECT * FROM \(name)") } }
  }

  @Test func alsoTheOwnerPassesNoPolicy() throws {
    let (address, _) = try database()
    let owner = try PostgresConnection(address)
    for table in Self.tables { #expect(try owner.run("SELECT * FROM \(table)").count == 0, "\(table)") }
  }

  @Test func rowsOfTheAuditLogStay() throws {
    let (address, _) = try database()
    let connection = try PostgresConnection(address, role: CentralRole.registry)
    #expect(throws: PostgresError.self) { try connection.run("UPDATE audit SET who = 'nobody'") }
    #expect(throws: PostgresError.self) { try connection.run("DELETE FROM audit") }
  }
}
