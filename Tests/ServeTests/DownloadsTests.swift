import ChainMessages
import ConfigurationFiles
import Detection
import Sinks
import Testing

@testable import Serve
@testable import Store

@Suite struct DownloadsTests {
  private let databases: Databases

  init() throws { databases = try Databases() }

  private func message(_ id: String, _ kind: String, _ data: JSONValue = []) -> ConfigMessage<JSONValue> {
    ConfigMessage(id: id, kind: kind, data: data)
  }

  /// Lets `watch` apply what waits.
  private func watch(takesDeclared: Bool = true) throws {
    let file = try #require(try CommandFile.open(databases.own.path))
    for command in try file.commands(after: databases.log.lastApplied(of: file.list)) {
      _ = try databases.log.apply(command, of: file.list, at: at(5), takes: takesDeclared ? [.declared] : [])
    }
  }

  @Test(arguments: [
    ("declared", "uplink.accept does not name declared"), ("rooms", "uplink.accept does not name rooms"),
    ("signatures", "uplink.release_key names no key that can be read"), ("weather", "this version knows no such kind"),
  ]) func whatIsNotTakenIsRefusedWithAReason(_ kind: String, _ reason: String) throws {
    let downloads = Downloads(accept: [.signatures], store: databases.own)
    #expect(downloads.take(message("c-1", kind), at: at(0)) == ["\(kind) c-1 of central is refused: \(reason)"])
    #expect(downloads.refused == ["c-1": reason] && downloads.applied.isEmpty && downloads.hasChanged)
    #expect(downloads.take(message("c-1", kind), at: at(1)).isEmpty, "central sends it again and again")
    #expect(try databases.own.uplinkState().refused == ["c-1": reason], "for `lenscap status`")
    #expect(Downloads(accept: [], store: databases.own).refused == ["c-1": reason], "after a restart, too")
  }

  @Test func onlyTheLastRefusalsAreKept() {
    let downloads = Downloads(accept: [], store: databases.own)
    for number in 1...40 { _ = downloads.take(message("c-\(number)", "rooms"), at: at(0)) }
    #expect(downloads.refused.count == Downloads.refusedLimit && downloads.refused["c-40"] != nil)
  }

  @Test func declaredCamerasGoThroughTheWatch() throws {
    let downloads = Downloads(accept: [.declared], store: databases.own)
    let cameras: JSONValue = [["pattern": "02:00:00:00:00:07", "place": "lobby", "expires": "2030-01-01T00:00:00Z", "later": 1]]
    #expect(downloads.take(message("c-1", "declared", cameras), at: at(0)) == ["declared c-1 of central goes to `watch`: 1 cameras"])
    #expect(try downloads.follow(databases.log).isEmpty && downloads.applied.isEmpty, "`watch` has not looked yet")
    try watch()
    let again = Downloads(accept: [.declared], store: databases.own)
    #expect(try again.follow(databases.log) == ["declared c-1 of central is in force"])
    #expect(again.applied == ["declared": "c-1"])
    let declaration = try #require(try databases.log.declarations().first)
    #expect(declaration.pattern == "02:00:00:00:00:07" && declaration.place == "lobby" && declaration.declaredBy == "central")
    #expect(declaration.expiry == Timestamp(seconds: 1_893_456_000, nanoseconds: 0))
    #expect(again.take(message("c-1", "declared", cameras), at: at(9)).isEmpty)
  }

  @Test(arguments: [[["name": "x"]], "all", [["pattern": "a", "expires": "soon"]], [["pattern": "*"]]] as [JSONValue])
  func aWrongListIsRefused(_ data: JSONValue) throws {
    let downloads = Downloads(accept: [.declared], store: databases.own)
    _ = downloads.take(message("c-1", "declared", data), at: at(0))
    try watch()
    _ = try downloads.follow(databases.log)
    #expect(downloads.refused["c-1"] != nil && downloads.applied.isEmpty)
    #expect(try databases.log.declarations().isEmpty)
  }

  /// The watch has a configuration of its own, and believes nobody.
  @Test func theWatchDecides() throws {
    let downloads = Downloads(accept: [.declared], store: databases.own)
    _ = downloads.take(message("c-1", "declared", [["pattern": "02:00:00:00:00:07"]]), at: at(0))
    try watch(takesDeclared: false)
    _ = try downloads.follow(databases.log)
    #expect(downloads.refused["c-1"] != nil)
    #expect(try databases.log.declarations().isEmpty)
  }
}
