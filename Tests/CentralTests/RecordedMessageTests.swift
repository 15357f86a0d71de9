import ChainMessages
import Foundation
import Testing

@testable import Central

/// Boxes and central are brought up to date months apart: central takes what was recorded of an earlier version, and what a later one may
/// say.
@Suite struct RecordedMessageTests {
  /// Messages of one version, a line each behind its name, as the tests of the messages keep them.
  private func recorded(_ version: String) throws -> [String: Data] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../ChainMessagesTests/Recorded/\(version).txt")
      .standardized
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
    return Dictionary(uniqueKeysWithValues: lines.map { (String($0[0]), Data($0[1].utf8)) })
  }

  @Test(arguments: ["1", "later"]) func centralStoresThem(version: String) throws {
    let messages = try recorded(version)
    let event = try #require(messages["up-event"])
    let address = try Servers.shared.get().migrated()
    let gateway = try enrolled(tenant: "alpha", site: "paris", address)
    let connection = try PostgresConnection(address, role: CentralRole.ingest)
    var reception = Reception()
    guard case .event(let read) = try UpMessage(.event, event) else { throw UnreadableMessage.notAsAgreed }
    // What came before it is acknowledged already.
    try connection.run(
      "INSERT INTO place (gateway, tenant, epoch, seq) VALUES ($1, $2, $3, $4)",
      [PostgresValue(gateway.id), PostgresValue(gateway.tenant), PostgresValue(read.epoch), PostgresValue(read.prev ?? 0)])
    let all = ["up-event": "event", "up-state": "state", "up-health": "health", "up-health-will": "health"].sorted { $0.key < $1.key }
    let sent = all.compactMap { name, channel in
      messages[name].map { message(gateway, channel, String(decoding: $0, as: UTF8.self)) }
    }
    let outcome = try reception.store(sent, connection)
    #expect(outcome.refused.isEmpty && outcome.stored == 1)
    #expect(outcome.acknowledgements.values.contains(AckMessage(epoch: read.epoch, seq: read.seq)))
    #expect(try connection.run("SELECT count(*) AS it FROM alert").first?.integerIfAny("it") == 1)
  }
}
