import Detection
import Foundation
import Hummingbird
import Sinks
import Testing
import WebDesk

@testable import Serve

/// Who gets in, and what strangers, other pages and people of the wrong role get instead.
@Suite struct DeskAccessTests {
  static let routes = APIList.allCases.map(\.rawValue) + ["events", "openapi.json", "alerts/c0ffee0000000001"]
  static let pages = [
    "/", "/cases", "/cases/c0ffee0000000001", "/devices", "/rooms", "/coverage", "/signatures", "/deliveries", "/audit", "/wall",
  ]

  // MARK: Before anybody signs in

  @Test func withoutAManagerOnlyTheInvitationAnswers() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("porter", .staff)
    for path in Self.pages + ["/sign-in", "/assets/desk.js", "/wall/x", "/ack/x", "/nothing"] {
      let answer = try await desk.ask(.get, path)
      #expect(answer.status == 503 && answer.body.contains("lenscap users invite NAME --role manager"), "\(path)")
    }
    let answer = try await desk.ask(.get, "/api/1/alerts")
    #expect(answer.status == 503 && answer.json?["error"]?["code"]?.string == "no_manager")
    #expect(try await desk.ask(.get, "/invite/x").status == 404)
    _ = try await desk.person("boss", .manager)
    #expect(try await desk.ask(.get, "/sign-in").status == 200)
  }

  @Test func strangersAreSentToTheSignIn() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    for path in Self.pages + ["/nothing", "/assets", "/sign-in/x", "/invite/a/b", "/..%2f..%2fetc/passwd"] {
      let answer = try await desk.ask(.get, path)
      #expect(answer.status == 303 && answer.headers[.location] == "/sign-in", "\(path)")
    }
    for route in Self.routes {
      let answer = try await desk.ask(.get, "/api/1/\(route)")
      #expect(answer.status == 401 && answer.json?["error"]?["code"]?.string == "unauthorized", "\(route)")
    }
    for path in ["//api/1/alerts", "/api/1/../../assets/desk.js", "/api/2/alerts", "/api"] {
      #expect(try await desk.ask(.get, path).status == 401)
    }
    #expect(try await desk.ask(.get, "/assets/..%2f..%2fetc%2fpasswd").status == 404)
    #expect(try await desk.ask(.get, "/assets/desk.js").status == 200)
  }

  @Test func securityHeadersStandOnEveryAnswer() async throws {
    let desk = try DeskHarness()
    let closed = try await desk.ask(.get, "/")
    let boss = try await desk.person("boss", .manager)
    var answers = [closed]
    for path in ["/", "/sign-in", "/nothing", "/api/1/alerts", "/api/1/nothing", "/assets/desk.js"] {
      answers.append(try await desk.ask(.get, path, as: boss))
    }
    answers.append(try await desk.ask(.get, "/", host: "evil.example"))
    for answer in answers {
      let policy = answer.headers[.contentSecurityPolicy] ?? ""
      #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"))
      #expect(!policy.contains("unsafe"))
      #expect(answer.headers[.xContentTypeOptions] == "nosniff" && answer.headers[.referrerPolicy] == "no-referrer")
      #expect(answer.headers[.strictTransportSecurity] != nil && answer.headers[.cacheControl] != nil)
    }
    #expect(answers[1].headers[.cacheControl] == "no-store" && answers[1].body.contains("<style>\(Style.text)</style>"))
  }

  // MARK: Invitations and sessions

  @Test func anInvitationWorksOnceForHalfAnHour() async throws {
    let desk = try DeskHarness()
    let late = try desk.databases.own.invite("late", role: .manager, by: "test", at: desk.clock.now)
    let former = try desk.databases.own.invite("boss", role: .viewer, by: "test", at: desk.clock.now)
    let secret = try desk.databases.own.invite("boss", role: .manager, by: "test", at: desk.clock.now)
    #expect(try await desk.ask(.get, "/invite/\(former)").status == 404)
    let browser = DeskHarness.Browser()
    #expect(try await desk.ask(.get, "/invite/\(secret)", as: browser).body.contains("invited as manager"))
    #expect(try await desk.form("/invite/\(secret)", as: browser, ["password": "short"]).status == 400)
    #expect(try await desk.form("/invite/\(secret)", as: browser, ["password": DeskHarness.password]).status == 303)
    #expect(try await desk.ask(.get, "/", as: browser).status == 200)
    #expect(try await desk.form("/invite/\(secret)", as: browser, ["password": "something else"]).status == 404)
    desk.clock.now = desk.clock.now + .seconds(1801)
    #expect(try await desk.ask(.get, "/invite/\(late)").status == 404)
    #expect(throws: AccountProblem.exists("BOSS")) { try desk.databases.own.invite("BOSS", role: .viewer, by: "test", at: desk.clock.now) }
    for name in ["", "<b>", "a\u{202E}b", "a\nb", String(repeating: "a", count: 65)] {
      #expect(throws: AccountProblem.self) { try desk.databases.own.invite(name, role: .viewer, by: "test", at: desk.clock.now) }
    }
  }

  @Test func signingInMakesANewSession() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    let browser = DeskHarness.Browser()
    let page = try await desk.ask(.get, "/sign-in", as: browser)
    let cookie = page.headers[.setCookie] ?? ""
    for part in ["__Host-lenscap=", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] { #expect(cookie.contains(part)) }
    let planted = browser.secret
    let good = ["name": "Boss", "password": DeskHarness.password]
    #expect(try await desk.form("/sign-in", as: browser, good, token: "x").status == 403)
    #expect(try await desk.form("/sign-in", as: DeskHarness.Browser(), good, token: "").status == 403)
    let answer = try await desk.form("/sign-in", as: browser, good)
    #expect(answer.status == 303 && browser.secret != planted)
    #expect(try await desk.ask(.get, "/", as: browser).status == 200)
    let fixed = DeskHarness.Browser()
    fixed.secret = planted
    #expect(try await desk.ask(.get, "/", as: fixed).status == 303)
    let stored =
      try Data(contentsOf: URL(filePath: desk.databases.own.path)) + Data(contentsOf: URL(filePath: desk.databases.own.path + "-wal"))
    #expect(stored.range(of: Data((browser.secret ?? "?").utf8)) == nil)
    let copy = DeskHarness.Browser()
    copy.secret = browser.secret
    #expect(try await desk.form("/sign-out", as: browser, [:]).status == 303)
    #expect(try await desk.ask(.get, "/", as: copy).status == 303)
  }

  @Test func sessionsEndByThemselvesAndWithTheAccount() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let porter = try await desk.person("porter", .staff)
    let other = try await desk.person("other", .staff)
    try desk.databases.own.removeUser("porter", by: "test", at: desk.clock.now)
    #expect(try await desk.ask(.get, "/", as: porter).status == 303)
    _ = try desk.databases.own.reset("other", by: "test", at: desk.clock.now)
    #expect(try await desk.ask(.get, "/", as: other).status == 303)
    desk.clock.now = desk.clock.now + .seconds(11 * 3600)
    #expect(try await desk.ask(.get, "/", as: boss).status == 200)
    desk.clock.now = desk.clock.now + .seconds(13 * 3600)
    #expect(try await desk.ask(.get, "/", as: boss).status == 303)
  }

  @Test func guessingGetsSlowAndKeepsNobodyElseOut() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    let (stranger, boss) = (DeskHarness.Browser(), DeskHarness.Browser())
    _ = try await desk.ask(.get, "/sign-in", as: stranger)
    for _ in 0..<5 { #expect(try await desk.form("/sign-in", as: stranger, ["name": "boss", "password": "wrong wrong"]).status == 401) }
    let refused = try await desk.form("/sign-in", as: stranger, ["name": "boss", "password": DeskHarness.password])
    #expect(refused.status == 429 && refused.headers[.retryAfter].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
    _ = try await desk.ask(.get, "/sign-in", as: boss)
    let good = ["name": "boss", "password": DeskHarness.password]
    #expect(try await desk.form("/sign-in", as: boss, good, from: "198.51.100.2").status == 303)
    let log = try desk.databases.own.audit(before: nil, limit: 100).filter { $0.action == "sign-in-failed" }
    #expect(log.count == 1)
  }

  // MARK: Other pages

  @Test func formsOfOtherPagesDoNothing() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let id = try desk.addCase()
    func post(_ headers: HTTPFields, host: String = DeskHarness.host) async throws -> Int {
      var headers = headers
      headers[.contentType] = "application/json"
      return try await desk.ask(.post, "/api/1/alerts/\(id)/acknowledge", as: boss, host: host, headers: headers, body: "{}").status
    }
    let token = boss.formToken
    #expect(try await post([:]) == 403)
    #expect(try await post([.formToken: "x"]) == 403)
    #expect(try await post([.formToken: token, .origin: "https://evil.example"]) == 403)
    #expect(try await post([.formToken: token, .origin: "null"]) == 403)
    #expect(try await post([.formToken: token, .fetchSite: "cross-site"]) == 403)
    #expect(try await post([.formToken: token], host: "evil.example") == 421)
    #expect(try desk.databases.own.audit(of: id).isEmpty)
    #expect(try await post([.formToken: token, .origin: "null", .fetchSite: "same-origin"]) == 200)
    #expect(try await post([.formToken: token, .origin: "https://\(DeskHarness.host)"]) == 200)
  }

  @Test(
    arguments: [
      ("desk.example", 200), ("desk.example:8443", 200), ("DESK.example", 200), ("127.0.0.1:8443", 200), ("localhost", 200),
      ("[::1]:8443", 200),
      ("192.0.2.1", 200), ("192.0.2.2", 421), ("evil.example", 421), ("desk.example.evil.example", 421), ("desk.example@evil.example", 421),
      ("", 421),
    ])
  func theHostMustBeOurs(host: String, status: Int) async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    #expect(try await desk.ask(.get, "/sign-in", host: host).status == status)
  }

  @Test func largeBodiesAreRefused() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let body = String(repeating: "x", count: Gate.bodyLimit + 1)
    #expect(try await desk.ask(.post, "/sign-in", body: body).status == 413)
    #expect(
      try await desk.ask(.post, "/api/1/alerts/x/acknowledge", as: boss, headers: [.formToken: boss.formToken], body: body).status == 413)
  }

  // MARK: Roles and tokens

  @Test func rolesDecideWhatOneMayDo() async throws {
    let desk = try DeskHarness()
    let people = [
      "manager": try await desk.person("boss", .manager), "staff": try await desk.person("porter", .staff),
      "viewer": try await desk.person("guest", .viewer),
    ]
    let id = try desk.addCase()
    let allowed: [String: Set<String>] = [
      "viewer": ["alerts", "devices", "rooms", "coverage"], "staff": ["alerts", "devices", "rooms", "coverage", "deliveries"],
      "manager": Set(APIList.allCases.map(\.rawValue)),
    ]
    for (role, browser) in people {
      for list in APIList.allCases {
        let answer = try await desk.ask(.get, "/api/1/\(list.rawValue)", as: browser)
        #expect(answer.status == (allowed[role]?.contains(list.rawValue) == true ? 200 : 403), "\(role) \(list)")
      }
      #expect(try await desk.ask(.get, "/audit", as: browser).status == (role == "manager" ? 200 : 403))
    }
    let (guest, porter) = (try #require(people["viewer"]), try #require(people["staff"]))
    for action in CaseAction.allCases {
      let fields = ["reason": "x", "to": "x"]
      #expect(try await desk.act(action.rawValue, on: id, as: guest, fields).status == 403)
      #expect(try await desk.form("/cases/\(id)/\(action.rawValue)", as: guest, fields).status == 403)
      let expected = action.right == .act ? 200 : 403
      #expect(try await desk.act(action.rawValue, on: id, as: porter, fields).status == expected)
    }
    #expect(try await !desk.ask(.get, "/", as: guest).body.contains("data-action=\"dismiss\""))
  }

  @Test func guestsDevicesAreForManagers() async throws {
    let desk = try DeskHarness()
    let (boss, porter) = (try await desk.person("boss", .manager), try await desk.person("porter", .staff))
    try desk.watch(rooms: [("Room 305", true)])
    try desk.addCase()
    try desk.addDevice("02:00:00:00:00:07", room: "Room 305", name: "Marias-iPhone", deviceClass: "personal")
    for path in ["/api/1/devices", "/devices", "/rooms?room=Room%20305", "/api/1/devices?format=csv"] {
      #expect(try await !desk.ask(.get, path, as: porter).body.contains("Marias-iPhone"), "\(path)")
    }
    #expect(try await desk.ask(.get, "/api/1/devices", as: porter).items.count == 1)
    #expect(try await desk.ask(.get, "/api/1/devices", as: boss).items.count == 2)
    #expect(try await desk.ask(.get, "/devices?q=maria", as: boss).body.contains("Marias-iPhone"))
  }

  @Test func tokensWorkByHeaderOnly() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    let id = try desk.addCase()
    let (read, act) = (
      try desk.databases.own.addToken("siem", scope: .read, by: "test", at: desk.clock.now),
      try desk.databases.own.addToken("pms", scope: .act, by: "test", at: desk.clock.now)
    )
    func get(_ path: String, _ token: String) async throws -> Int {
      try await desk.ask(.get, path, headers: [.authorization: "Bearer \(token)"]).status
    }
    for list in APIList.allCases { #expect(try await get("/api/1/\(list.rawValue)", read) == 200) }
    #expect(try await get("/", read) == 303)
    #expect(try await desk.ask(.get, "/api/1/alerts?token=\(read)&access_token=\(read)").status == 401)
    #expect(try await get("/api/1/alerts", read + "x") == 401)
    func post(_ token: String) async throws -> Int {
      try await desk.ask(
        .post, "/api/1/alerts/\(id)/dismiss", headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
        body: "{\"reason\":\"x\"}"
      ).status
    }
    #expect(try await post(read) == 403)
    #expect(try await post(act) == 200)
    try desk.databases.own.removeToken("siem", by: "test", at: desk.clock.now)
    #expect(try await get("/api/1/alerts", read) == 401)
  }

  @Test func theWallSeesOnlyWhatIsWrong() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    try desk.watch(rooms: [("Room 305", true), ("Room 306", false)])
    try desk.addCase(name: "secret-host-name")
    let secret = try desk.databases.own.addToken("lobby", scope: .wall, by: "test", at: desk.clock.now)
    #expect(try await desk.ask(.get, "/api/1/alerts", headers: [.authorization: "Bearer \(secret)"]).status == 401)
    let screen = DeskHarness.Browser()
    let answer = try await desk.ask(.get, "/wall/\(secret)", as: screen)
    #expect(answer.status == 303 && answer.headers[.location] == "/wall")
    #expect(try await desk.ask(.get, "/wall/\(secret)").status == 404)
    let wall = try await desk.ask(.get, "/wall", as: screen)
    #expect(wall.status == 200 && wall.body.contains("Room 305") && wall.body.contains("Room 306"))
    #expect(!wall.body.contains("secret-host-name") && !wall.body.lowercased().contains("b0:c5:54"))
    #expect(try await desk.ask(.get, "/", as: screen).headers[.location] == "/wall")
    for path in ["/cases", "/devices", "/api/1/alerts", "/api/1/events"] {
      #expect(try await desk.ask(.get, path, as: screen).status == 403)
    }
    let late = try desk.databases.own.addToken("bar", scope: .wall, by: "test", at: desk.clock.now)
    desk.clock.now = desk.clock.now + .seconds(1801)
    #expect(try await desk.ask(.get, "/wall/\(late)").status == 404)
    try desk.databases.own.removeToken("lobby", by: "test", at: desk.clock.now)
    #expect(try await desk.ask(.get, "/wall", as: screen).status == 303)
  }
}
