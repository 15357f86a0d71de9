import Testing

@testable import Central

@Suite struct PostgresTests {
  @Test(arguments: ["", "a", "\"", "\\", "\\\"", "{}", ",", "NULL", "naïve ☃", "a\nb", "'; DROP TABLE x; --", "{\"a\":[1,\"\\u0022\"]}"])
  func valuesComeBackAsTheyWere(text: String) throws {
    let connection = try PostgresConnection(try Servers.shared.get().admin)
    #expect(try connection.run("SELECT $1 AS it", [PostgresValue(text)]).first?.text("it") == text)
    let rows = try connection.run("SELECT it FROM unnest($1::text[]) AS t(it)", [PostgresValue(array: [text, nil, "x"])]).rows
    #expect(try rows.map { try $0.textIfAny("it") } == [text, nil, "x"])
  }

  @Test func whatIsNotThereIsAnErrorAndNoTrap() throws {
    let connection = try PostgresConnection(try Servers.shared.get().admin)
    let row = try #require(try connection.run("SELECT NULL AS nothing, 'x' AS text").first)
    #expect(throws: PostgresError.unexpected("nothing is null")) { try row.text("nothing") }
    #expect(throws: PostgresError.unexpected("text is no number")) { try row.integer("text") }
    #expect(throws: PostgresError.unexpected("no column other")) { try row.text("other") }
  }

  @Test func aConnectionThatTheServerEndedIsOpenedAgain() async throws {
    let address = try Servers.shared.get().migrated()
    let pool = PostgresPool(address, role: CentralRole.registry, connections: 1)
    let process = try await pool.transaction { try $0.run("SELECT pg_backend_pid() AS it").first?.integer("it") }
    let admin = try PostgresConnection(try Servers.shared.get().admin)
    let number: Int64 = try #require(process)
    try admin.run("SELECT pg_terminate_backend($1, 5000)", [PostgresValue(number)])
    let second = try await pool.transaction { try $0.run("SELECT pg_backend_pid() AS it").first?.integer("it") }
    #expect(second != process)
  }

  @Test func whatWaitsTooLongIsRefused() async throws {
    let pool = PostgresPool(try Servers.shared.get().admin, role: nil, connections: 2)
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<400 { group.addTask { (try? await pool.transaction { try $0.run("SELECT pg_sleep(0.02)").count }) != nil } }
      return await group.reduce(into: [true: 0, false: 0]) { $0[$1, default: 0] += 1 }
    }
    #expect(outcomes[false, default: 0] > 0)
    #expect(outcomes[true, default: 0] >= 258)
  }
}
