import Detection
import Foundation
import GRDB
import Hummingbird
import Sinks
import Store
import Testing
import WebDesk

@testable import Serve

/// What people do about cases, by the API and by the page's forms.
@Suite struct DeskCaseTests {
  private func commands(_ desk: DeskHarness) throws -> [String] {
    guard let file = try CommandFile.open(desk.databases.own.path) else { return [] }
    return try file.commands(after: 0).map { "\($0.action) \($0.alert ?? "-") \($0.who) \($0.origin) \($0.note ?? "-")" }
  }

  /// What `watch` does with what was decided.
  private func apply(_ desk: DeskHarness) throws {
    let file = try #require(try CommandFile.open(desk.databases.own.path))
    for command in try file.commands(after: 0) { #expect(try desk.databases.log.apply(command, of: file.list, at: desk.clock.now) == nil) }
  }

  @Test func aCaseIsTakenDismissedAndOpenedAgain() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch()
    let id = try desk.addCase()
    let sent = try await desk.act("assign", on: id, as: boss, ["to": "Maria", "note": "look behind the mirror"])
    #expect(sent.json?["status"]?.string == "acknowledged" && sent.json?["assigned_to"]?.string == "Maria")
    #expect(try commands(desk) == ["acknowledge \(id) boss page sent: Maria; look behind the mirror"])
    try apply(desk)
    let version = try await desk.ask(.get, "/api/1/alerts/\(id)", as: boss).json?["version"]?.string
    #expect(version == sent.json?["version"]?.string, "that the watch has applied it is no change to anybody")
    #expect(try await desk.act("dismiss", on: id, as: boss).status == 400)
    let done = try await desk.act("dismiss", on: id, as: boss, ["reason": "baby monitor"], version: version)
    #expect(done.status == 200 && done.json?["status"]?.string == "dismissed")
    #expect(try await !desk.ask(.get, "/", as: boss).body.contains("data-case"))
    #expect(try await desk.ask(.get, "/", as: boss).body.contains("No undeclared camera."))
    try apply(desk)
    #expect(try desk.databases.log.alert(id)?.status(at: desk.clock.now) == .dismissed)
    #expect(try await desk.act("declare", on: id, as: boss, ["reason": "ours"]).status == 409)
    #expect(try await desk.act("reopen", on: id, as: boss).status == 200)
    try apply(desk)
    #expect(try desk.databases.log.alert(id)?.status(at: desk.clock.now) == .open)
    let page = try await desk.ask(.get, "/cases/\(id)", as: boss).body
    #expect(page.contains("baby monitor") && page.contains("by boss"))
  }

  @Test func whoComesLateIsToldSo() async throws {
    let desk = try DeskHarness()
    let (boss, porter) = (try await desk.person("boss", .manager), try await desk.person("porter", .staff))
    let id = try desk.addCase()
    let seen = try await desk.ask(.get, "/api/1/alerts/\(id)", as: boss)
    let version = try #require(seen.json?["version"]?.string)
    #expect(seen.headers[.eTag] == "\"\(version)\"")
    #expect(try await desk.act("acknowledge", on: id, as: porter, version: version).status == 200)
    let late = try await desk.act("dismiss", on: id, as: boss, ["reason": "x"], version: version)
    #expect(late.status == 409 && late.json?["error"]?["message"]?.string?.contains("porter") == true)
    #expect(try await desk.form("/cases/\(id)/dismiss", as: boss, ["reason": "x", "version": version]).status == 409)
    #expect(try commands(desk).count == 1)
  }

  @Test func declaringSaysWhoseItIsAndUntilWhen() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let id = try desk.addCase()
    let fields = ["reason": "lobby", "owner": "Ana", "place": "Lobby", "expires": "2026-03-01"]
    #expect(try await desk.act("declare", on: id, as: boss, fields.merging(["expires": "2025-12-31"]) { $1 }).status == 400)
    #expect(try await desk.act("declare", on: id, as: boss, fields.merging(["expires": "soon"]) { $1 }).status == 400)
    #expect(
      try await desk.act("declare", on: id, as: boss, fields.merging(["owner": String(repeating: "x", count: 256)]) { $1 }).status == 400)
    #expect(try await desk.form("/cases/\(id)/declare", as: boss, fields).status == 303)
    try apply(desk)
    let declared = try #require(try desk.databases.log.declarations().first)
    #expect(declared.pattern == "b0:c5:54:25:5b:0e" && declared.place == "Lobby" && declared.owner == "Ana" && declared.note == "lobby")
    #expect(declared.declaredBy == "boss via page")
    // The end of that day in Lisbon.
    #expect(declared.expiry == TimeText.time("2026-03-01T23:59:59Z", zone: .gmt))
  }

  @Test func twoManagersMustAgree() async throws {
    let desk = try DeskHarness(twoPeople: true)
    let (boss, chief) = (try await desk.person("boss", .manager), try await desk.person("chief", .manager))
    let id = try desk.addCase()
    #expect(try await desk.act("acknowledge", on: id, as: boss).status == 200)
    let first = try await desk.act("dismiss", on: id, as: boss, ["reason": "it is a toy"])
    #expect(first.status == 202 && first.json?["status"]?.string == "acknowledged" && first.json?["proposed"]?.string == "dismiss")
    #expect(try await desk.act("dismiss", on: id, as: boss, ["reason": "really"]).status == 409)
    let token = try desk.databases.own.addToken("pms", scope: .act, by: "test", at: desk.clock.now)
    let byProgram = try await desk.ask(
      .post, "/api/1/alerts/\(id)/dismiss", headers: [.authorization: "Bearer \(token)"], body: "{\"reason\":\"x\"}")
    #expect(byProgram.status == 409)
    #expect(try await desk.ask(.get, "/", as: chief).body.contains("data-action=\"agree\""))
    #expect(try await !desk.ask(.get, "/", as: boss).body.contains("data-action=\"agree\""))
    let second = try await desk.act("dismiss", on: id, as: chief, ["reason": "seen it"])
    #expect(second.status == 200 && second.json?["status"]?.string == "dismissed")
    #expect(try commands(desk).last == "dismiss \(id) boss and chief page it is a toy — agreed: seen it")
    let another = try desk.addCase("c0ffee0000000002", mac: "b0:c5:54:25:5b:0f")
    #expect(try await desk.act("declare", on: another, as: boss, ["reason": "ours"]).status == 202)
    #expect(try await desk.act("reopen", on: another, as: chief).status == 200)
    #expect(try await desk.ask(.get, "/api/1/alerts/\(another)", as: boss).json?["proposed"] == .null)
    #expect(try commands(desk).count == 2)
  }

  @Test func whatWasDoneStays() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let id = try desk.addCase()
    _ = try await desk.act("dismiss", on: id, as: boss, ["reason": "x"])
    for sql in ["DELETE FROM audit", "UPDATE audit SET who = 'nobody'"] {
      #expect(throws: StoreError.self) { try desk.databases.own.write { try $0.execute(sql: sql) } }
    }
    let items = try await desk.ask(.get, "/api/1/audit", as: boss).items
    #expect(items.first?["action"]?.string == "dismissed" && items.first?["note"]?.string == "x" && items.first?["who"]?.string == "boss")
    #expect(items.map { $0["action"]?.string } == ["dismissed", "signed-in", "accepted", "invited"])
  }

  @Test func wrongBodiesAreRefused() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let id = try desk.addCase()
    for body in ["[]", "{", "{\"note\":1}", "\"x\""] {
      let answer = try await desk.ask(
        .post, "/api/1/alerts/\(id)/acknowledge", as: boss, headers: [.formToken: boss.formToken, .contentType: "application/json"],
        body: body)
      #expect(answer.status == 400 && answer.json?["error"]?["code"]?.string == "bad_json", "\(body)")
    }
    #expect(try await desk.act("acknowledge", on: "nothing", as: boss).status == 404)
    #expect(try await desk.act("assign", on: id, as: boss).status == 400)
    #expect(try await desk.act("explode", on: id, as: boss).status == 404)
  }
}
