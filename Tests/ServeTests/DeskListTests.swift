import Detection
import Foundation
import GRDB
import Hummingbird
import Sinks
import Store
import Testing

@testable import Serve
@testable import WebDesk

/// Lists in pieces, the description of the API, and names that attack whoever reads them.
@Suite struct DeskListTests {
  @Test func listsAreReadInPieces() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    for number in 1...7 {
      // Some at the same time: the place in the list is still one.
      try desk.addCase("c0ffee000000000\(number)", mac: "b0:c5:54:25:5b:0\(number)", time: at(9000 + Double(number / 3)))
    }
    for list in ["alerts", "devices"] {
      var (ids, cursor): ([String], String?) = ([], "")
      while let place = cursor {
        let answer = try await desk.ask(.get, "/api/1/\(list)?limit=2&cursor=\(place)", as: boss)
        #expect(answer.status == 200 && answer.items.count <= 2)
        ids += answer.items.compactMap { $0["id"]?.string }
        cursor = answer.json?["next"]?.string
      }
      #expect(ids.count == 7 && Set(ids).count == 7)
    }
    let types = try await desk.ask(.get, "/api/1/alerts", as: boss).items.compactMap { $0["type"]?.string }
    #expect(types == Array(repeating: "alert", count: 7))
  }

  @Test(arguments: ["limit=0", "limit=501", "limit=x", "cursor=%21", "cursor=AAAA", "since=yesterday", "status=gone", "format=xml"])
  func wrongQueriesAreRefused(query: String) async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let answer = try await desk.ask(.get, "/api/1/alerts?\(query)", as: boss)
    #expect(answer.status == 400 && answer.json?["error"]?["code"]?.string == "bad_query")
  }

  @Test func filters() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch(rooms: [("Room 305", true), ("Room 306", false)])
    let id = try desk.addCase()
    try desk.addCase("c0ffee0000000002", mac: "b0:c5:54:25:5b:0f", room: "Room 306", time: at(0))
    _ = try await desk.act("acknowledge", on: id, as: boss)
    func ids(_ path: String) async throws -> [String] {
      try await desk.ask(.get, "/api/1/\(path)", as: boss).items.compactMap { $0["id"]?.string ?? $0["room"]?.string }
    }
    #expect(try await ids("alerts?room=Room%20306") == ["c0ffee0000000002"])
    #expect(try await ids("alerts?since=1h") == [id])
    #expect(try await ids("alerts?since=2026-01-01T00:00:01Z") == [id])
    #expect(try await ids("devices?room=Room%20305") == ["mac:b0:c5:54:25:5b:0e"])
    #expect(try await ids("rooms?status=blind") == ["Room 306"])
    #expect(try await ids("rooms?limit=1") == ["Room 305"])
    #expect(try await ids("devices?status=declared") == [])
  }

  /// A room is blind on its page when the first screen says so, though it was watched earlier in the day.
  @Test func roomsStandByFloor() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch(rooms: [("Room 1204", true), ("Room 305", true), ("Room 306", false), ("Lobby", true)])
    let (hour, former) = (Timestamp(nanoseconds: desk.clock.now.nanoseconds / 3_600_000_000_000 * 3_600_000_000_000), 5 * 3600.0)
    try desk.databases.log.save([RoomHour(room: "Room 306", hour: hour - .seconds(Int(former)), reason: nil, lastFrame: hour)])
    try desk.addCase(room: "Room 305")
    let body = try await desk.ask(.get, "/rooms", as: boss).body
    let order = ["Floor 3", "Room 305", "Room 306", "Floor 12", "Room 1204", "Other rooms", "Lobby"].map { body.range(of: $0)?.lowerBound }
    #expect(order == order.sorted { ($0 ?? body.endIndex) < ($1 ?? body.endIndex) } && !order.contains(nil))
    #expect(body.contains("class=\"blind\"><strong>Room 306") && body.contains("class=\" found\"><strong>Room 305"))
    #expect(body.contains("watched in 1 of 24 hours") && body.contains("1 camera, 1 device"))
    try desk.addDevice("02:00:00:00:00:07", room: "Room 305", name: "Marias-iPhone", deviceClass: "personal")
    try await desk.rawLog().write {
      try $0.execute(sql: "INSERT INTO stay SELECT id, room, first_seen, last_seen FROM device")
    }
    let room = try await desk.ask(.get, "/rooms?room=Room%20305", as: boss).body
    #expect(room.contains("Marias-iPhone") && room.contains("Who was there when"))
  }

  @Test func theDescriptionIsThatOfTheRoutes() async throws {
    let desk = try DeskHarness()
    let document = try JSONValue(Data(OpenAPI.text.utf8))
    #expect(document["openapi"]?.string == "3.1.0")
    guard case .object(let paths) = document["paths"] else { return #expect(Bool(false)) }
    let described = paths.flatMap { path, methods -> [String] in
      guard case .object(let methods) = methods else { return [] }
      return methods.keys.map { "\($0.uppercased()) \(path)" }
    }
    let routed = desk.routes.filter { $0.contains("/api/1") }
    #expect(Set(described) == Set(routed))
    _ = try await desk.person("boss", .manager)
    for route in described {
      let parts = route.split(separator: " ").map(String.init)
      let path = parts[1].replacing("{id}", with: "c0ffee0000000001")
      let answer = try await desk.ask(parts[0] == "GET" ? .get : .post, path)
      #expect(answer.status == 401, "\(route)")
    }
  }

  // MARK: Names that attack

  static let hostile = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{{style}}}", "=HYPERLINK(\"http://evil\")", "@SUM(1)", "+1", "-2+3",
    "a\u{202E}b", "a\r\nb", "x\u{0}y", "' onmouseover='x", "&lt;b&gt;", "</style><script>x</script>",
    "\u{1B}[31mred", "a\u{9B}b\u{2066}c\u{200B}d", "\t=1+1", "javascript:alert(1)", "＝cmd|' /C calc'!A0", "\u{FEFF}=1",
  ]

  @Test(arguments: hostile) func namesAreOnlyNames(name: String) async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch(rooms: [(name, false)])
    let id = try desk.addCase(room: name, name: name, reason: name)
    _ = try await desk.act("assign", on: id, as: boss, ["to": name, "note": name])
    try desk.databases.log.record(
      [AlertRecord(StoredAlert(id: "1", kind: "health", severity: "medium", time: desk.clock.now, summary: name, document: "{}"))],
      at: desk.clock.now)
    try desk.databases.log.apply(.hold, to: id, who: name, note: name, at: desk.clock.now)
    try await desk.rawLog().write {
      try $0.execute(sql: "INSERT INTO signature VALUES (?1, ?1, 'name', ?1, ?1); ", arguments: [name])
    }
    try desk.databases.own.write {
      try $0.execute(
        sql: "INSERT INTO delivery VALUES (?1, ?1, ?1, ?1, NULL, 'failed', 1, 1, 1, NULL, ?1)", arguments: [name])
    }
    // Every page that there is.
    var paths: [String] = []
    for route in desk.routes where route.hasPrefix("GET /") && !route.hasPrefix("GET /api/") {
      if ["{token}", "/assets", "/sign-in", "/papers/"].contains(where: route.contains) { continue }
      paths.append(String(route.dropFirst(4)).replacing("{id}", with: id))
    }
    #expect(paths.count >= 11)
    for page in ["rooms?room", "devices?q", "signatures?q"] { paths.append("/\(page)=\(Pages.queryEscaped(name))") }
    for path in paths {
      let answer = try await desk.ask(.get, path, as: boss)
      #expect(answer.status == 200)
      let body = answer.body.replacing(Style.text, with: "").replacing("<script src=\"/assets/desk.js\" defer></script>", with: "")
      #expect(
        !body.contains("<script") && !body.contains("<img") && !body.contains("onerror=alert(1)>") && !body.contains("' onmouseover"),
        "\(path)")
      #expect(Self.invisible(in: body) == [], "\(path)")
      #expect(!body.contains(":root{"), "a name is no template")
    }
    for list in APIList.allCases.map(\.rawValue) {
      let text = try await desk.ask(.get, "/api/1/\(list)?format=csv", as: boss).body
      #expect(text.hasPrefix("\u{FEFF}"))
      for cell in text.dropFirst().components(separatedBy: "\",\"") {
        let first = cell.trimmingCharacters(in: CharacterSet(charactersIn: "\"\r\n")).first
        #expect(first.map { !"=+-@＝＋－＠".contains($0) } ?? true, "\(list): \(cell)")
      }
    }
  }

  /// Characters that nobody sees, but for ends of lines.
  private static func invisible(in text: String) -> [UInt32] {
    text.unicodeScalars.filter { scalar in
      let category: Unicode.GeneralCategory = scalar.properties.generalCategory
      return scalar != "\n" && (category == .control || category == .format)
    }.map(\.value)
  }

  @Test func idsInTablesStayText() {
    #expect(CSVText.field("1234567890123456") == "\"'1234567890123456\"")
    #expect(CSVText.field("12e5") == "\"'12e5\"")
    #expect(CSVText.field("a \"b\"") == "\"a \"\"b\"\"\"")
    #expect(CSVText.field("=1") == "\"'=1\"" && CSVText.field("12") == "\"12\"")
  }
}
