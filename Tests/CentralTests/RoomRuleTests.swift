import ChainMessages
import Foundation
import Testing

@testable import Central

/// Rooms that central names: the operator's file, and which boxes get the list.
@Suite struct RoomRuleTests {
  private func list(_ text: String) throws -> RoomRules {
    let file = FileManager.default.temporaryDirectory.appending(path: "rooms-\(UUID().uuidString).yaml").path
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    return try RoomRules(file: file)
  }

  @Test func aFileIsWhatABoxReads() throws {
    let read = try list(
      """
      - { room: Room 12, vlan: 112 }
      - room: "13"
        switch: sw-3
        port: Gi0/12
      """)
    #expect(read.json == #"[{"room":"Room 12","vlan":"112"},{"port":"Gi0/12","room":"13","switch":"sw-3"}]"#)
    #expect(try list("[]").json == "[]")
  }

  @Test(arguments: [
    "", "room: x", "- room: x", "- { room: x, vlan: 9999 }", "- { room: x, colour: red }", "- { room: x, port: Gi0/1 }", "- x",
    "- { room: \(String(repeating: "x", count: 256)), vlan: 1 }",
    "[" + Array(repeating: "{room: x, vlan: 1}", count: 2001).joined(separator: ",") + "]",
    "[" + Array(repeating: "{room: \(String(repeating: "x", count: 200)), vlan: 1}", count: 300).joined(separator: ",") + "]",
  ])
  func whatCannotBeUsedIsSaid(text: String) throws {
    #expect(throws: CentralSettingsError.self) { try list(text) }
  }

  @Test func boxesThatTakeRoomsGetThoseOfTheirSite() throws {
    let address = try Servers.shared.get().migrated()
    let gateways = [
      try enrolled(tenant: "alpha", site: "paris", address), try enrolled(tenant: "alpha", site: "rome", address),
      try enrolled(tenant: "beta", site: "paris", address),
    ]
    let rules = try list("- { room: Room 12, vlan: 112 }")
    let id = try PostgresConnection(address, role: CentralRole.registry).transaction {
      try Registry.nameRooms(rules, tenant: "alpha", site: "paris", by: "test", $0)
    }
    let connection = try PostgresConnection(address, role: CentralRole.ingest)
    var reception = Reception()
    func sent(_ gateway: Registry.Gateway, _ state: String) throws -> [ConfigurationKey: Data] {
      try reception.store([message(gateway, "state", state)], connection).configurations
    }
    let taking = #"{"epoch":"e1","accept":["declared","rooms"]}"#
    let given = try sent(gateways[0], taking)
    #expect(given.keys.map(\.kind) == ["rooms"])
    let document = try JSONSerialization.jsonObject(with: given.values.first ?? Data()) as? [String: Any]
    #expect(document?["id"] as? String == id && document?["data"] as? [[String: String]] == [["room": "Room 12", "vlan": "112"]])
    for gateway in gateways.dropFirst() { #expect(try sent(gateway, taking).isEmpty) }
    for state in [
      #"{"epoch":"e1","accept":["declared"]}"#, #"{"epoch":"e1","accept":["rooms"],"applied":{"rooms":"\#(id)"}}"#,
      #"{"epoch":"e1","accept":["rooms"],"refused":{"\#(id)":"no"}}"#,
    ] {
      #expect(try sent(gateways[0], state).isEmpty, "\(state)")
    }
  }
}
