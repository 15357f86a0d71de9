import ChainMessages
import Testing

@testable import Central

/// A box that broke, and the one that takes its place.
@Suite struct ReplacementTests {
  private let address: String
  private let old: Registry.Gateway
  private let registry: PostgresConnection
  private let ingest: PostgresConnection

  init() throws {
    address = try Servers.shared.get().migrated()
    old = try enrolled(tenant: "alpha", site: "paris", address)
    registry = try PostgresConnection(address, role: CentralRole.registry)
    ingest = try PostgresConnection(address, role: CentralRole.ingest)
  }

  private func code(replacing gateway: String, tenant: String = "alpha", site: String = "paris") throws -> String {
    try registry.transaction { try Registry.addCode(tenant: tenant, site: site, replacing: gateway, by: "test", $0).code }
  }

  private func enrol(_ code: String, key: String = "new") throws -> Registry.Gateway {
    try registry.transaction { try Registry.enrol(code: code, key: key, $0) }
  }

  @Test func theNewBoxHasTheCasesAndGoesOnWhereTheOldOneStopped() throws {
    var reception = Reception()
    _ = try reception.store([eventMessage(old, 1, prev: 0), eventMessage(old, 2, prev: 1)], ingest)
    let new = try enrol(try code(replacing: old.id))
    let alerts = try ingest.run("SELECT DISTINCT gateway FROM alert").rows.map { try $0.text("gateway") }
    #expect(alerts == [new.id])
    // Restored from the old box's backup, it sends once more what the old one had sent.
    let outcome = try reception.store([eventMessage(new, 2, prev: 1), eventMessage(new, 3, prev: 2)], ingest)
    #expect((outcome.stored, outcome.duplicates) == (1, 1))
    #expect(try reception.store([eventMessage(old, 3, prev: 2)], ingest).refused[old.id] == .revoked)
  }

  @Test func aBoxWhoseAnswerWasLostTakesOverOnce() throws {
    let code = try code(replacing: old.id)
    let first = try enrol(code)
    var reception = Reception()
    _ = try reception.store([eventMessage(first, 1, prev: 0)], ingest)
    #expect(try enrol(code) == first)
    #expect(throws: RegistryError.noSuchCode) { try enrol(code, key: "another") }
    #expect(try ingest.run("SELECT 1 FROM place WHERE gateway = $1", [PostgresValue(first.id)]).count == 1)
  }

  @Test(arguments: [("alpha", "rome"), ("beta", "paris")]) func aBoxOfAnotherPlaceIsNotTakenOver(_ tenant: String, _ site: String) throws {
    #expect(throws: RegistryError.self) { try code(replacing: old.id, tenant: tenant, site: site) }
    #expect(throws: RegistryError.self) { try code(replacing: "gw-0000000000000000") }
  }
}
