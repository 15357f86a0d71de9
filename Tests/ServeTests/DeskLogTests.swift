import Detection
import Foundation
import Hummingbird
import Sinks
import Store
import Testing
import WebDesk

@testable import Serve

/// What people did, on the page and on the box: in the log, and in the weekly report.
@Suite struct DeskLogTests {
  private func apply(_ desk: DeskHarness) throws {
    let file = try #require(try CommandFile.open(desk.databases.own.path))
    for command in try file.commands(after: 0) { #expect(try desk.databases.log.apply(command, of: file.list, at: desk.clock.now) == nil) }
  }

  private func items(_ desk: DeskHarness, _ browser: DeskHarness.Browser, _ query: String = "") async throws -> [String] {
    try await desk.ask(.get, "/api/1/audit\(query)", as: browser).items.compactMap { $0["action"]?.string }
  }

  @Test func theLogShowsWhatWasDoneOnTheBox() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let id = try desk.addCase()
    try desk.addDevice("02:00:00:00:00:07", name: "phone", deviceClass: "personal")
    func later() { desk.clock.now = desk.clock.now + .seconds(10) }
    later()
    try desk.databases.log.apply(.hold, to: id, who: "maria", note: "the police come", at: desk.clock.now)
    later()
    _ = try desk.databases.log.erase(
      MACAddress("02:00:00:00:00:07")!, hash: "scrypt:00:11", who: "maria", isWatched: false, at: desk.clock.now)
    later()
    _ = try await desk.act("dismiss", on: id, as: boss, ["reason": "a toy"])
    try apply(desk)
    later()
    #expect(try await desk.ask(.get, "/api/1/devices?format=csv", as: boss).status == 200)
    let all = ["exported", "dismissed", "erased", "held", "signed-in", "accepted", "invited"]
    #expect(try await items(desk, boss) == all, "what the watch applied of the page's stands there once")
    var (found, cursor): ([String], String?) = ([], "")
    while let place = cursor {
      let answer = try await desk.ask(.get, "/api/1/audit?limit=2&cursor=\(place)", as: boss)
      found += answer.items.compactMap { $0["action"]?.string }
      cursor = answer.json?["next"]?.string
    }
    #expect(found == all)
    let page = try await desk.ask(.get, "/audit", as: boss).body
    for text in ["the police come", "scrypt:00:11", "a toy", "maria", "devices"] { #expect(page.contains(text), "\(text)") }
    #expect(!page.contains("02:00:00:00:00:07"))
  }

  /// Deeds of the same moment, on both sides, come once each however the list is cut.
  @Test func aMomentIsNotTorn() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let id = try desk.addCase()
    for number in 0..<5 {
      try desk.databases.log.apply(number % 2 == 0 ? .hold : .release, to: id, who: "maria", note: nil, at: desk.clock.now)
    }
    let all = try await items(desk, boss)
    #expect(all.count == 8)
    for limit in 1...4 {
      var (found, cursor): ([String], String?) = ([], "")
      while let place = cursor {
        let answer = try await desk.ask(.get, "/api/1/audit?limit=\(limit)&cursor=\(place)", as: boss)
        found += answer.items.compactMap { $0["action"]?.string }
        cursor = answer.json?["next"]?.string
      }
      #expect(found == all, "in pieces of \(limit)")
    }
  }

  /// Whoever planted a camera may work here: who closed a case, and why, is what others read every week.
  @Test func theReportNamesWhoClosedACase() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let (first, second) = (try desk.addCase(), try desk.addCase("c0ffee0000000002", mac: "b0:c5:54:25:5b:0f"))
    _ = try await desk.act("dismiss", on: first, as: boss, ["reason": "a baby monitor"])
    _ = try await desk.act("declare", on: second, as: boss, ["reason": "the lobby's", "owner": "Ana"])
    try apply(desk)
    let now = desk.clock.now
    let report = try ReportDocument(of: desk.databases.log, from: now - .seconds(7 * 86_400), to: now + .seconds(1))
    let document = try JSONValue(try JSONEncoder().encode(report))
    let listed: [JSONValue] = document["actions"]?.array ?? []
    let actions: [[String]] = listed.map { action in ["what", "who", "note", "alert"].map { (key: String) in action[key]?.string ?? "" } }
    #expect(
      actions == [
        ["dismissed", "boss via page", "a baby monitor", first], ["declared", "boss via page", "the lobby's", second],
      ])
    #expect(document["raised"]?.array?.compactMap { $0["status"]?.string } == ["dismissed", "declared"])
  }
}
