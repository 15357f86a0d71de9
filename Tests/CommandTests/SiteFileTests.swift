import Testing

@testable import Detection
@testable import lenscap

@Suite struct SiteFileTests {
  @Test func rules() throws {
    let site = try SiteFile.parse(
      """
      rooms:
        - { room: Room 101, vlan: 101 }
        - { room: Room 102, vlan: "20.102", subnet: 10.1.2.0/24 }
        - { room: Lobby, circuit: ge-0/0/1, remote: 0a0b0c }
      """, "site.yaml")
    #expect(
      site
        == Site([
          .init(room: "Room 101", marks: [.vlan([101])]),
          .init(room: "Room 102", marks: [.vlan([20, 102]), .subnet(try #require(IPNetwork("10.1.2.0/24")))]),
          .init(room: "Lobby", marks: [.circuit("ge-0/0/1"), .remote("0a0b0c")]),
        ]))
    #expect(try SiteFile.parse("- { room: A, vlan: 1 }", "x") == Site([.init(room: "A", marks: [.vlan([1])])]))
  }

  @Test(arguments: [
    ("", "a list is expected"), ("rooms: 5", "a list is expected"), ("- { vlan: 1 }", ":1: a mapping with “room”"),
    ("- { room: A }", "needs a vlan"), ("- { room: A, vlan: 5000 }", "no VLAN"), ("- { room: A, vlan: 1. }", "no VLAN"),
    ("- { room: A, subnet: here }", "no network"), ("- { room: A, ssid: x }", "“ssid” is not known"), ("- [", "site.yaml: "),
  ])
  func problems(text: String, message: String) {
    #expect { try SiteFile.parse(text, "site.yaml") } throws: { "\($0)".contains(message) }
  }
}
