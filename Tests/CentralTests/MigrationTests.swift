import Foundation
import Testing

@testable import Central

@Suite struct MigrationTests {
  @Test func severalAtOnceApplyEachMigrationOnce() async throws {
    let address = try Servers.shared.get().database()
    let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
      for _ in 0..<4 { group.addTask { try Migrations.apply(address) } }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(applied.sorted() == Migrations.all.map(\.number))
    #expect(try Migrations.apply(address).isEmpty)
    try Migrations.check(address)
  }

  @Test func anotherVersionIsRefused() throws {
    let address = try Servers.shared.get().database()
    #expect(throws: SchemaMismatch.self) { try Migrations.check(address) }
    _ = try Migrations.apply(address)
    try PostgresConnection(address).run("INSERT INTO migration (number) VALUES (1000)")
    #expect(throws: SchemaMismatch.self) { try Migrations.check(address) }
  }

  @Test func aServerThatIsNotThereIsSaid() throws {
    #expect(throws: PostgresError.self) { try PostgresConnection("host=/nonexistent dbname=x") }
  }

  @Test func partitionsGoOverMidnightAndOldOnesAreDropped() throws {
    let address = try Servers.shared.get().migrated()
    let connection = try PostgresConnection(address, role: CentralRole.ingest)
    func days() throws -> [String] {
      try connection.run(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'event'::regclass ORDER BY 1"
      ).rows.map { try $0.text("relname") }
    }
    try connection.run("SELECT keep_partitions('2030-12-30', 3, 30)")
    for moment in ["2030-12-30 23:59:59.999999", "2030-12-31 00:00:00", "2031-01-01 00:00:00", "2031-01-02 12:00:00"] {
      try connection.run(
        """
        INSERT INTO event (received, tenant, site, gateway, epoch, seq, uid)
        VALUES (($1::timestamp AT TIME ZONE 'UTC'), 't', 's', 'g', 'e', 1, 'u')
        """, [PostgresValue(moment)])
    }
    #expect(try days() == ["event_20301229", "event_20301230", "event_20301231", "event_20310101", "event_20310102"])
    let refused = #expect(throws: PostgresError.self) {
      try connection.run(
        "INSERT INTO event (received, tenant, site, gateway, epoch, seq, uid) VALUES ('2031-01-09Z', 't', 's', 'g', 'e', 1, 'u')")
    }
    #expect(refused?.isWithoutPartition == true)
    try connection.run("SELECT keep_partitions('2031-01-02', 1, 2)")
    #expect(try days() == ["event_20301231", "event_20310101", "event_20310102", "event_20310103"])
  }
}
