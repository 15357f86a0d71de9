import Testing

@testable import ConfigurationFiles
@testable import Detection

@Suite struct SiteFileTests {
  private static func parse(_ text: String) throws -> Site { try SiteFile.parse(Array(text.utf8), "site.yaml") }

  @Test func rules() throws {
    let site = try Self.parse(
      """
      rooms:
        - { room: Room 101, vlan: 101 }
        - { room: Room 102, vlan: "20.102", subnet: 10.1.2.0/24 }
        - { room: Lobby, circuit: ge-0/0/1, remote: 0a0b0c }
        - { room: Bar, interface: eth1, switch: sw-3, port: Gi0/12 }
        - { room: Third floor, switch: sw-3 }
        - { room: Pool, ap: "02:11:22:33:44:55" }
        - { room: Roof, ap: 10.0.9.9 }
      """)
    #expect(
      site
        == Site([
          .init(room: "Room 101", criteria: [.vlan([101])]),
          .init(room: "Room 102", criteria: [.vlan([20, 102]), .subnet(try #require(IPNetwork("10.1.2.0/24")))]),
          .init(room: "Lobby", criteria: [.circuit("ge-0/0/1"), .remote("0a0b0c")]),
          .init(room: "Bar", criteria: [.interface("eth1"), .neighbour(.init(device: "sw-3", port: "Gi0/12"))]),
          .init(room: "Third floor", criteria: [.neighbour(.init(device: "sw-3"))]),
          .init(room: "Pool", criteria: [.accessPoint(.mac(try #require(MACAddress("021122334455"))))]),
          .init(room: "Roof", criteria: [.accessPoint(.address(try #require(IPAddress("10.0.9.9"))))]),
        ]))
    #expect(try Self.parse("- { room: A, vlan: 1 }") == Site([.init(room: "A", criteria: [.vlan([1])])]))
  }

  @Test(arguments: [
    ("", "expected a list"), ("rooms: 5", "expected a list"), ("- { vlan: 1 }", "site.yaml:1:3: expected a mapping with \"room\""),
    ("- { room: A }", "needs one of vlan, subnet, circuit, remote, interface, switch, port, ap"),
    ("- { room: A, vlan: 5000 }", "not a VLAN"), ("- { room: A, vlan: 1. }", "not a VLAN"),
    ("- { room: A, subnet: here }", "not a network"), ("- { room: A, ssid: x }", "unknown key \"ssid\", expected one of room, vlan"),
    ("- { room: A, port: 3 }", "site.yaml:1:20: port \"3\" needs a switch"),
    ("- { room: A, ap: guest }", "\"guest\" is not an access point, expected its BSSID"),
    ("- { room: A, interface: }", "\"interface\" needs a value"),
    ("- { room: A, switch: [a, b] }", "\"switch\" needs a value"), ("- [", "site.yaml:2:1: not YAML"),
  ])
  func problems(text: String, message: String) {
    #expect { try Self.parse(text) } throws: { "\($0)".contains(message) }
  }
}
