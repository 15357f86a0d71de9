import Foundation
import HTTPTypes
import Testing

@testable import Central
@testable import WebDesk

/// Accounts, invitations, passwords and sessions.
@Suite struct PeopleTests {
  private func registry<Value>(_ harness: CentralHarness, _ body: (PostgresConnection) throws -> Value) throws -> Value {
    try PostgresConnection(harness.address, role: CentralRole.registry).transaction(body)
  }

  @Test func anInvitationWorksOnce() async throws {
    let harness = try CentralHarness()
    let (path, browser) = (try harness.invite("María", .staff), CentralHarness.Browser())
    let page = try await harness.browse(browser, .get, path)
    #expect(page.status == 200 && page.body.contains("María") && page.body.contains("staff"))
    #expect(try await harness.browse(browser, .post, path, ["password": "short"]).status == 400)
    #expect(try await harness.browse(browser, .post, path, ["password": CentralHarness.password, "csrf": "x"]).status == 403)
    #expect(try await harness.browse(browser, .post, path, ["password": CentralHarness.password]).status == 303)
    #expect(try await harness.browse(browser, .get, "/").body.contains("María (staff)"))
    #expect(try await harness.browse(CentralHarness.Browser(), .get, path).status == 404)
    #expect(throws: AccountProblem.self) { try harness.invite("maría", .manager) }
    #expect(throws: AccountProblem.self) { try harness.invite("a\u{202E}b", .viewer) }
    #expect(throws: RegistryError.self) { try harness.invite("maria", .viewer, tenant: "nobody") }
  }

  @Test func namesAreOfATenant() async throws {
    let harness = try CentralHarness()
    _ = try await harness.person("maria", .staff)
    let other = try await harness.person("maria", .viewer, tenant: "beta")
    #expect(try await harness.browse(other, .get, "/").body.contains("rome"))
    let browser = CentralHarness.Browser()
    #expect(try await harness.signIn(browser, "MARIA").status == 303)
    let page = try await harness.browse(browser, .get, "/")
    #expect(page.body.contains("paris") && !page.body.contains("rome"))
    for (name, tenant, password) in [
      ("maria", "gamma", CentralHarness.password), ("maria", "alpha", "wrong password"), ("nobody", "alpha", CentralHarness.password),
      ("maria", "", CentralHarness.password), ("maria\0", "alpha", CentralHarness.password), ("", "alpha", ""),
    ] {
      #expect(try await harness.signIn(CentralHarness.Browser(), name, tenant: tenant, password: password).status == 401)
    }
  }

  @Test func whoeverGuessesWaits() async throws {
    let harness = try CentralHarness()
    _ = try await harness.person("maria", .staff)
    let browser = CentralHarness.Browser()
    var statuses: [Int] = []
    for _ in 0..<7 { statuses.append(try await harness.signIn(browser, "maria", password: "wrong password").status) }
    #expect(statuses.first == 401 && statuses.last == 429)
    #expect(try await harness.signIn(browser, "maria", password: CentralHarness.password).status == 429)
    let actions = try await harness.ask(.get, "/api/1/audit", as: "alpha").items.compactMap { $0["action"] as? String }
    #expect(actions.filter { $0 == "sign-in-failed" }.count == 1)
  }

  @Test func aResetAndARemovalEndSessions() async throws {
    let harness = try CentralHarness()
    let browser = try await harness.person("maria", .staff)
    let path = "/invite/" + (try registry(harness) { try Registry.reset("maria", tenant: "alpha", by: "test", $0) })
    #expect(try await harness.browse(browser, .get, "/").status == 303)
    #expect(try await harness.signIn(CentralHarness.Browser(), "maria").status == 401)
    let again = CentralHarness.Browser()
    _ = try await harness.browse(again, .get, path)
    #expect(try await harness.browse(again, .post, path, ["password": "another good one"]).status == 303)
    try registry(harness) { try Registry.removePerson("Maria", tenant: "alpha", by: "test", $0) }
    #expect(try await harness.browse(again, .get, "/").status == 303)
    #expect(throws: AccountProblem.self) { try registry(harness) { try Registry.removePerson("maria", tenant: "alpha", by: "test", $0) } }
    #expect(try registry(harness) { try Registry.people(tenant: nil, $0) }.isEmpty)
  }

  @Test func signingOutEndsTheSession() async throws {
    let harness = try CentralHarness()
    let browser = try await harness.person("maria", .staff)
    let headers = browser.headers
    #expect(try await harness.browse(browser, .post, "/sign-out", ["csrf": "wrong"]).status == 403)
    #expect(try await harness.browse(browser, .post, "/sign-out", [:]).headers[.location] == "/sign-in?tenant=alpha")
    #expect(try await harness.ask(.get, "/", headers: headers).status == 303)
  }

  /// Every route by role. Forms go without what they need, so that only the role decides between 403 and the rest.
  @Test func rolesDecide() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0), message(harness.alpha, "state", "{}"))
    let people = [
      ("viewer", try await harness.person("vera", .viewer)), ("staff", try await harness.person("sam", .staff)),
      ("manager", try await harness.person("maria", .manager)),
    ]
    let order = ["viewer", "staff", "manager"]
    let gets: [(path: String, role: String)] =
      [
        "/", "/cases", "/cases/A-1", "/devices", "/boxes", "/releases", "/properties/paris", "/api/1/alerts/A-1",
        "/api/1/alerts/A-1/evidence", "/api/1/openapi.json",
      ].map {
        ($0, "viewer")
      } + CentralList.allCases.map { ("/api/1/\($0.rawValue)", $0 == .audit ? "manager" : "viewer") } + [("/audit", "manager")]
    for (role, browser) in people {
      let rank = try #require(order.firstIndex(of: role))
      for (path, least) in gets {
        let isAllowed = rank >= (order.firstIndex(of: least) ?? 9)
        #expect(try await harness.browse(browser, .get, path).status == (isAllowed ? 200 : 403), "\(role) \(path)")
      }
      let asked = try await harness.browse(browser, .post, "/cases/A-1/evidence", [:])
      #expect(asked.status == (rank > 0 ? 303 : 403), "\(role)")
      let forms: HTTPFields = [.formToken: browser.formToken]
      let api = try await harness.ask(.post, "/api/1/alerts/A-1/evidence", headers: browser.headers.merging(forms))
      #expect(api.status == (rank > 0 ? 202 : 403), "\(role)")
      #expect(try await harness.ask(.post, "/api/1/alerts/A-1/evidence", headers: browser.headers).status == 403)
      for action in CaseworkAction.allCases {
        let isAllowed = rank >= (action.right == .act ? 1 : 2)
        // A version that nobody has seen.
        let form = ["version": "0", "reason": "x", "to": "x", "note": "x"]
        let answer = try await harness.browse(browser, .post, "/cases/A-1/\(action.rawValue)", form)
        #expect(answer.status == (isAllowed ? 409 : 403), "\(role) \(action)")
        let headers: HTTPFields = [.formToken: browser.formToken, .ifMatch: "\"0\""]
        let api = try await harness.ask(
          .post, "/api/1/alerts/A-1/\(action.rawValue)", headers: browser.headers.merging(headers),
          body: #"{"reason":"x","to":"x","note":"x"}"#)
        #expect(api.status == (isAllowed ? 409 : 403), "\(role) \(action)")
        // Without the token of the form.
        #expect(try await harness.ask(.post, "/api/1/alerts/A-1/\(action.rawValue)", headers: browser.headers).status == 403)
      }
    }
  }

  /// What is asked of a box stands on the page of the case, for those who may have it.
  @Test func theCaseSaysWhatWasAskedOfTheBox() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0))
    let (viewer, staff) = (try await harness.person("vera", .viewer), try await harness.person("sam", .staff))
    #expect(try await !harness.browse(viewer, .get, "/cases/A-1").body.contains("/cases/A-1/evidence"))
    #expect(try await harness.browse(staff, .get, "/cases/A-1").body.contains("action=\"/cases/A-1/evidence\""))
    let answer = try await harness.browse(staff, .post, "/cases/A-1/evidence", ["gateway": harness.alpha.id])
    #expect(answer.headers[.location] == "/cases/A-1?gateway=\(harness.alpha.id)")
    #expect(try await harness.browse(viewer, .get, "/cases/A-1").body.contains("asked; reload to see"))
    #expect(try await harness.browse(staff, .post, "/cases/A-1/evidence", ["gateway": harness.beta.id]).status == 404)
  }

  /// A route that nobody named is closed, and those that are open are these.
  @Test func strangersGetNothing() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0))
    let open = ["GET /sign-in", "POST /sign-in", "GET /invite/{secret}", "POST /invite/{secret}", "GET /assets/desk.js", "GET /healthz"]
    for route in harness.routes where !open.contains(route) && !route.contains("/gateway/") {
      let parts = route.split(separator: " ")
      let path = String(parts[1]).replacing("{id}", with: "A-1").replacing("{site}", with: "paris").replacing("{list}", with: "alerts")
      let answer = try await harness.ask(HTTPRequest.Method(rawValue: String(parts[0])) ?? .get, path)
      #expect(answer.status == (path.hasPrefix("/api/") ? 401 : 303), "\(route)")
      #expect(!answer.body.contains("Room 305"))
    }
    for path in ["/nothing", "/api/1/nothing", "/api/2/alerts", "/assets/../cases", "/sign-in/x"] {
      #expect([303, 401].contains(try await harness.ask(.get, path).status), "\(path)")
      #expect(try await harness.ask(.get, path, as: "alpha").status == 404, "\(path)")
    }
  }
}

extension HTTPFields {
  fileprivate func merging(_ others: HTTPFields) -> HTTPFields {
    var fields = self
    for field in others { fields.append(field) }
    return fields
  }
}
