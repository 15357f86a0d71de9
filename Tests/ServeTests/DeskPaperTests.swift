import Detection
import Documents
import Foundation
import GRDB
import HTTPTypes
import Sinks
import Store
import Testing
import WebDesk

@testable import Serve

/// Packs, reports and certificates that people ask for on the page: who may, and what they get.
@Suite struct DeskPaperTests {
  private static let id = "c0ffee0000000001"

  /// Applies what the page asked for, as the watch does.
  private func apply(_ desk: DeskHarness) throws {
    let file = try #require(try CommandFile.open(desk.databases.own.path))
    for command in try file.commands(after: try desk.databases.log.appliedCommands(of: file.list, last: file.last)) {
      #expect(try desk.databases.log.apply(command, of: file.list, at: desk.clock.now) == nil)
    }
  }

  /// Makes the next one, with this content.
  private func make(_ desk: DeskHarness, _ content: String) throws -> StoredPaper {
    let paper = try #require(try desk.databases.log.beginPaper())
    let folder = desk.databases.log.path + "-papers"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(paper.file)"))
    try desk.databases.log.finish(paper.id, .ready(bytes: Int64(content.utf8.count), sha256: "abc", remark: nil), at: desk.clock.now)
    return paper
  }

  private func actions(_ desk: DeskHarness) throws -> [String] {
    try desk.databases.own.audit(before: nil, limit: 50).map(\.action).filter { $0.hasPrefix("paper") }.reversed()
  }

  @Test func aPackIsAskedForMadeAndTaken() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    let porter = try await desk.person("porter", .staff)
    try desk.watch()
    try desk.addCase()
    #expect(try await desk.ask(.get, "/cases/\(Self.id)", as: porter).body.contains("data-action=\"evidence\""))
    let sent = try await desk.form("/cases/\(Self.id)/evidence", as: porter, ["once": "yes"])
    #expect(sent.status == 303 && sent.headers[.location] == "/cases/\(Self.id)/evidence")
    let page = try await desk.ask(.get, "/cases/\(Self.id)/evidence", as: porter).body
    #expect(page.contains("data-state=\"waiting\"") && page.contains("Waits for the watch") && !page.contains("data-download"))
    // A second tap changes nothing.
    _ = try await desk.form("/cases/\(Self.id)/evidence", as: porter, ["once": "yes"])
    _ = try await desk.form("/cases/\(Self.id)/evidence", as: porter, [:])
    try apply(desk)
    #expect(try await desk.ask(.get, "/cases/\(Self.id)/evidence", as: porter).body.contains("data-state=\"queued\""))
    let paper = try make(desk, "PK the pack")
    #expect(try desk.databases.log.beginPaper() == nil)
    let ready = try await desk.ask(.get, "/cases/\(Self.id)/evidence", as: porter).body
    #expect(ready.contains("href=\"/papers/\(paper.id)\"") && ready.contains("<code>abc</code>"))
    let file = try await desk.ask(.get, "/papers/\(paper.id)", as: porter)
    #expect(file.status == 200 && file.body == "PK the pack" && file.headers[.contentType] == "application/zip")
    #expect(file.headers[.contentDisposition] == "attachment; filename=\"evidence-c0ffee00.zip\"")
    #expect(file.headers[.cacheControl] == "no-store")
    // With one there, the button of the case leads to it; the one beside it asks for another.
    _ = try await desk.form("/cases/\(Self.id)/evidence", as: porter, ["once": "yes"])
    try apply(desk)
    #expect(try desk.databases.log.beginPaper() == nil)
    _ = try await desk.form("/cases/\(Self.id)/evidence", as: porter, [:])
    try apply(desk)
    #expect(try desk.databases.log.beginPaper() != nil)
    #expect(try actions(desk) == ["paper-asked", "paper-taken", "paper-asked"])
  }

  /// Nobody who decides about the case meanwhile comes late because of a paper.
  @Test func papersDoNotChangeTheCase() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.addCase()
    let version = try await desk.ask(.get, "/api/1/alerts/\(Self.id)", as: boss).json?["version"]?.string
    #expect(try await desk.act("evidence", on: Self.id, as: boss).status == 202)
    try apply(desk)
    let paper = try make(desk, "x")
    #expect(try await desk.ask(.get, "/papers/\(paper.id)", as: boss).status == 200)
    #expect(try await desk.ask(.get, "/api/1/alerts/\(Self.id)", as: boss).json?["version"]?.string == version)
    #expect(try await desk.act("acknowledge", on: Self.id, as: boss, version: version).status == 200)
    #expect(try await desk.ask(.get, "/cases/\(Self.id)", as: boss).body.contains("a paper was made by boss via page"))
  }

  @Test func theInterface() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch()
    try desk.addCase()
    let asked = try await desk.act("report", on: Self.id, as: boss, ["format": "html"])
    #expect(asked.status == 202 && asked.json?["type"]?.string == "paper" && asked.json?["state"]?.string == "waiting")
    let place = try #require(asked.headers[.location])
    #expect(try await desk.ask(.get, place, as: boss).json?["state"]?.string == "waiting")
    #expect(try await desk.ask(.get, place + "/file", as: boss).status == 409)
    try apply(desk)
    _ = try make(desk, "<html><script>alert(1)</script>")
    let ready = try await desk.ask(.get, place, as: boss).json
    #expect(ready?["state"]?.string == "ready" && ready?["sha256"]?.string == "abc" && ready?["alert"]?.string == Self.id)
    let href = try #require(ready?["href"]?.string)
    let file = try await desk.ask(.get, href, as: boss)
    #expect(file.status == 200 && file.headers[.contentDisposition]?.hasPrefix("attachment") == true)
    #expect(try await desk.ask(.get, "/api/1/alerts/\(Self.id)/evidence", as: boss).items.count == 1)
    _ = try desk.databases.log.enforcePapers(at: desk.clock.now + PaperLimits.kept)
    #expect(try await desk.ask(.get, href, as: boss).status == 410)
    for (kind, fields) in [
      ("report", ["format": "exe"]), ("evidence", ["media": "maybe"]), ("evidence", ["media": "yes"]),
      ("report", ["media": "yes", "reason": "x"]),
    ] {
      #expect(try await desk.act(kind, on: Self.id, as: boss, fields).status == 400, "\(kind) \(fields)")
    }
    #expect(try await desk.act("evidence", on: "ffffffffffffffff", as: boss).status == 404)
  }

  @Test func certificates() async throws {
    let desk = try DeskHarness()
    let (boss, porter) = (try await desk.person("boss", .manager), try await desk.person("porter", .staff))
    #expect(try await desk.form("/certificates", as: porter, ["month": "2026-11"]).status == 403)
    #expect(try await desk.ask(.get, "/certificates", as: porter).status == 403)
    #expect(try await desk.ask(.get, "/certificates", as: boss).body.contains("value=\"2026-01\""), "the present month")
    #expect(try await desk.form("/certificates", as: boss, ["month": "November"]).status == 400)
    #expect(try await desk.form("/certificates", as: boss, ["month": "2026-11", "format": "pdf"]).status == 303)
    try apply(desk)
    let paper = try make(desk, "%PDF")
    #expect(paper.month == "2026-11" && paper.alert == nil)
    #expect(try await desk.ask(.get, "/certificates", as: boss).body.contains("Certificate of 2026-11 (PDF)"))
    #expect(try await desk.ask(.get, "/papers/\(paper.id)", as: porter).status == 403)
    #expect(try await desk.ask(.get, "/papers/\(paper.id)", as: boss).status == 200)
  }

  @Test func rolesAndTokens() async throws {
    let desk = try DeskHarness()
    let (boss, porter, guest) = (
      try await desk.person("boss", .manager), try await desk.person("porter", .staff), try await desk.person("guest", .viewer)
    )
    try desk.addCase()
    let pictures = ["media": "yes", "reason": "order 17 of the court"]
    #expect(try await desk.act("evidence", on: Self.id, as: guest).status == 403)
    #expect(try await desk.form("/cases/\(Self.id)/evidence", as: guest, [:]).status == 403)
    #expect(try await desk.act("evidence", on: Self.id, as: porter, pictures).status == 403)
    #expect(try await !desk.ask(.get, "/cases/\(Self.id)/evidence", as: porter).body.contains("data-action=\"media\""))
    #expect(try await desk.act("evidence", on: Self.id, as: boss, pictures).status == 202)
    try apply(desk)
    let paper = try make(desk, "pictures")
    #expect(paper.hasMedia && paper.reason == "order 17 of the court")
    for (browser, status) in [(boss, 200), (porter, 403), (guest, 403)] {
      #expect(try await desk.ask(.get, "/papers/\(paper.id)", as: browser).status == status)
      #expect(try await desk.ask(.get, "/api/1/papers/\(paper.id)/file", as: browser).status == status)
    }
    #expect(try await !desk.ask(.get, "/cases/\(Self.id)/evidence", as: porter).body.contains(paper.id))
    let (read, act) = (
      try desk.databases.own.addToken("siem", scope: .read, by: "test", at: desk.clock.now),
      try desk.databases.own.addToken("pms", scope: .act, by: "test", at: desk.clock.now)
    )
    func post(_ token: String, _ body: String) async throws -> Int {
      try await desk.ask(.post, "/api/1/alerts/\(Self.id)/evidence", headers: [.authorization: "Bearer \(token)"], body: body).status
    }
    #expect(try await post(read, "{}") == 403)
    #expect(try await post(act, #"{"media":"yes","reason":"x"}"#) == 403, "pictures are for people")
    #expect(try await post(act, "{}") == 202)
    let notes = try desk.databases.own.audit(before: nil, limit: 50).filter { $0.action == "paper-taken" }
    #expect(notes.map(\.who) == ["boss", "boss"] && notes.allSatisfy { $0.note == "order 17 of the court" })
  }

  @Test(arguments: ["..%2F..%2Fetc%2Fpasswd", "....", "0123456789abcdef-1", "0123456789abcdef-1.zip", "%00", "x'--"])
  func otherFilesAreNotThere(name: String) async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch()
    #expect([404, 400].contains(try await desk.ask(.get, "/papers/\(name)", as: boss).status))
    #expect([404, 400].contains(try await desk.ask(.get, "/api/1/papers/\(name)/file", as: boss).status))
  }

  /// Whatever lies there in place of the file.
  @Test func linksAreNotFollowed() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch()
    try desk.addCase()
    #expect(try await desk.act("evidence", on: Self.id, as: boss).status == 202)
    try apply(desk)
    let paper = try make(desk, "x")
    let path = "\(desk.databases.log.path)-papers/\(paper.file)"
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
    #expect(try await desk.ask(.get, "/papers/\(paper.id)", as: boss).status == 410)
  }
}
