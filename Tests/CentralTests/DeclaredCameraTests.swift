import ChainMessages
import Foundation
import Testing

@testable import Central

/// Cameras that central declares: the operator's file, and which boxes get the list.
@Suite struct DeclaredCameraTests {
  private func list(_ text: String) throws -> DeclaredCameras {
    let file = FileManager.default.temporaryDirectory.appending(path: "cameras-\(UUID().uuidString).yaml").path
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    return try DeclaredCameras(file: file)
  }

  @Test func aFileIsAList() throws {
    let read = try list(
      """
      - pattern: b8:27:eb:90:4f:33
        place: Lobby
        expires: 2027-01-31T00:00:00Z
      - { pattern: IPC-C22, owner: house }
      """)
    #expect(
      read.json == """
        [{"expires":"2027-01-31T00:00:00Z","pattern":"b8:27:eb:90:4f:33","place":"Lobby"},{"owner":"house","pattern":"IPC-C22"}]
        """)
    #expect(try list("[]").json == "[]")
  }

  @Test(arguments: [
    "", "pattern: x", "- place: Lobby", "- pattern: ''", "- { pattern: x, colour: red }", "- { pattern: x, expires: tomorrow }", "- x",
    "- pattern: [a]", "[" + Array(repeating: "{pattern: x}", count: 257).joined(separator: ",") + "]",
    "- pattern: \(String(repeating: "x", count: 256))",
    "["
      + Array(
        repeating: "{pattern: \(String(repeating: "x", count: 250)), name: \(String(repeating: "y", count: 250)), "
          + "place: \(String(repeating: "z", count: 250)), owner: \(String(repeating: "o", count: 250))}", count: 256
      ).joined(separator: ",")
      + "]",
  ])
  func whatCannotBeUsedIsSaid(text: String) throws {
    #expect(throws: CentralSettingsError.self) { try list(text) }
  }

  @Test func boxesThatTakeItGetItUntilItIsInForceOrRefused() throws {
    let address = try Servers.shared.get().migrated()
    let gateways = [try enrolled(tenant: "alpha", site: "paris", address), try enrolled(tenant: "beta", site: "paris", address)]
    let id = try PostgresConnection(address, role: CentralRole.registry).transaction {
      try Registry.declare(try list("- pattern: b8:27:eb:90:4f:33"), tenant: "alpha", site: "paris", by: "test", $0)
    }
    let connection = try PostgresConnection(address, role: CentralRole.ingest)
    var reception = Reception()
    func sent(_ gateway: Registry.Gateway, _ state: String) throws -> [ConfigurationKey: Data] {
      try reception.store([message(gateway, "state", state)], connection).configurations
    }
    let taking = #"{"epoch":"e1","accept":["declared"],"applied":{},"refused":{}}"#
    let given = try sent(gateways[0], taking)
    let topic = ConfigurationKey(
      topic: try GatewayAddress(tenant: "alpha", site: "paris", gateway: gateways[0].id).topic(.configuration), kind: "declared")
    #expect(given.keys.map { $0 } == [topic])
    let document = try #require(try JSONSerialization.jsonObject(with: given[topic] ?? Data()) as? [String: Any])
    #expect((document["id"] as? String, document["kind"] as? String) == (id, "declared"))
    #expect((document["data"] as? [[String: String]]) == [["pattern": "b8:27:eb:90:4f:33"]])
    // Another tenant's site of the same name has none; nor get it boxes that do not take it, have it, or refused it.
    #expect(try sent(gateways[1], taking).isEmpty)
    for state in [
      #"{"epoch":"e1"}"#, #"{"epoch":"e1","accept":["rooms"]}"#, #"{"epoch":"e1","accept":"declared"}"#,
      #"{"epoch":"e1","accept":["declared"],"applied":{"declared":"\#(id)"}}"#,
      #"{"epoch":"e1","accept":["declared"],"refused":{"\#(id)":"no"}}"#,
    ] {
      #expect(try sent(gateways[0], state).isEmpty, "\(state)")
    }
    // A new list is another one.
    _ = try PostgresConnection(address, role: CentralRole.registry).transaction {
      try Registry.declare(try list("[]"), tenant: "alpha", site: "paris", by: "test", $0)
    }
    #expect(try sent(gateways[0], #"{"epoch":"e1","accept":["declared"],"applied":{"declared":"\#(id)"}}"#).count == 1)
  }

  @Test func aSiteThatDoesNotExistIsNamed() throws {
    let connection = try PostgresConnection(try Servers.shared.get().migrated(), role: CentralRole.registry)
    #expect(throws: RegistryError.unknown("site rome of tenant alpha")) {
      try connection.transaction { try Registry.declare(try list("[]"), tenant: "alpha", site: "rome", by: "test", $0) }
    }
  }
}
