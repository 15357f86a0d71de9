import Detection
import Foundation
import Hummingbird
import Sinks
import Store
import Testing
import WebDesk

@testable import Serve

/// Attacks on the page. Which routes there are is read from the router and from the description of the API, so that none is forgotten.
@Suite struct DeskAttackTests {
  /// `GET /api/1/alerts/{id}` with the least role that may.
  private static func described() throws -> [(method: String, path: String, role: String)] {
    guard case .object(let paths) = try JSONValue(Data(OpenAPI.text.utf8))["paths"] else { return [] }
    return paths.flatMap { path, methods -> [(method: String, path: String, role: String)] in
      guard case .object(let methods) = methods else { return [] }
      return methods.map { ($0.key.uppercased(), path, $0.value["x-role"]?.string ?? "") }
    }.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
  }

  private static func filled(_ path: String, _ id: String) -> String {
    path.replacing("{id}", with: id).replacing("{token}", with: "x").replacing("**", with: "x")
  }

  private func ask(_ desk: DeskHarness, _ method: String, _ path: String, as browser: DeskHarness.Browser?) async throws
    -> DeskHarness.Answer
  {
    guard method != "GET" else { return try await desk.ask(.get, path, as: browser) }
    if path.hasPrefix("/api/") {
      let headers: HTTPFields = browser.map { [.contentType: "application/json", .formToken: $0.formToken] } ?? [:]
      return try await desk.ask(
        HTTPRequest.Method(method) ?? .post, path, as: browser, headers: headers, body: #"{"reason":"x","to":"x"}"#)
    }
    return try await desk.form(path, as: browser ?? DeskHarness.Browser(), ["reason": "x", "to": "x"])
  }

  // MARK: Roles

  @Test func everyRouteOfTheAPIKeepsToItsRole() async throws {
    let desk = try DeskHarness()
    let roles: [(role: DeskRole, browser: DeskHarness.Browser)] = [
      (.viewer, try await desk.person("guest", .viewer)), (.staff, try await desk.person("porter", .staff)),
      (.manager, try await desk.person("boss", .manager)),
    ]
    let order = DeskRole.allCases.map(\.rawValue)
    let id = try desk.addCase()
    let routes = try Self.described()
    #expect(routes.count >= 14 && routes.allSatisfy { order.contains($0.role) }, "each says who may")
    for (index, (role, browser)) in roles.enumerated() {
      for route in routes where !route.path.hasSuffix("/events") {
        let status = try await ask(desk, route.method, Self.filled(route.path, id), as: browser).status
        let may = index >= (order.firstIndex(of: route.role) ?? .max)
        #expect((status == 403) != may, "\(role) \(route.method) \(route.path): \(status)")
        if !may { #expect(try await desk.database.perform { try $0.store.audit(of: id) }.allSatisfy { $0.who != "guest" }) }
      }
    }
  }

  /// On the pages, a viewer changes nothing, and reads neither deliveries nor who did what.
  @Test func aViewerOnlyLooks() async throws {
    let desk = try DeskHarness()
    let guest = try await desk.person("guest", .viewer)
    _ = try await desk.person("boss", .manager)
    let id = try desk.addCase()
    let closed = ["/deliveries", "/audit", "/certificates", "/papers/\(id)"]
    let routes = desk.routes.map { $0.split(separator: " ").map(String.init) }.filter { !$0[1].hasPrefix("/api/") }
    #expect(routes.count > 20)
    for route in routes {
      let path = Self.filled(route[1], id)
      if ["/sign-out", "/sign-in", "/wall/x", "/invite/x", "/assets/desk.js"].contains(path) { continue }
      let status = try await ask(desk, route[0], path, as: guest).status
      let isClosed = route[0] == "POST" || closed.contains(path)
      #expect(status == (isClosed ? 403 : 200), "\(route)")
    }
    #expect(try desk.databases.own.audit(of: id).isEmpty)
  }

  // MARK: Strangers

  @Test func noRouteAnswersAStranger() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    let id = try desk.addCase(name: "secret-host-name")
    let described = try Self.described().map { [$0.method, $0.path] }
    let routed = desk.routes.map { $0.split(separator: " ").map(String.init) }
    let open = ["GET /sign-in": 200, "POST /sign-in": 403, "GET /assets/desk.js": 200, "GET /invite/x": 404, "GET /wall/x": 404]
    for route in described + routed {
      let path = Self.filled(route[1], id)
      for method in Set([route[0], "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "POST"]).sorted() {
        let answer = try await desk.ask(HTTPRequest.Method(method) ?? .get, path, body: method == "POST" ? "csrf=x" : "")
        #expect(!answer.body.contains("secret-host-name") && answer.headers[.setCookie]?.contains("=;") != true)
        if let status = open["\(method) \(path)"] {
          #expect(answer.status == status, "\(method) \(path)")
        } else if path.hasPrefix("/api/") {
          #expect(answer.status == 401, "\(method) \(path): \(answer.status)")
        } else if !["/sign-in", "/assets/desk.js", "/invite/x", "/wall/x"].contains(path) {
          #expect(answer.status == 303 && answer.headers[.location] == "/sign-in", "\(method) \(path): \(answer.status)")
        } else {
          #expect([403, 404, 405].contains(answer.status), "\(method) \(path): \(answer.status)")
        }
      }
    }
    #expect(try desk.databases.own.audit(of: id).isEmpty)
  }

  /// Browsers and servers in front take a body after such an answer for the next answer.
  @Test func anAnswerToHEADHasNoBody() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    for path in ["/", "/sign-in", "/nothing", "/api/1/alerts", "/assets/desk.js"] {
      for browser in [nil, boss] { #expect(try await desk.ask(.head, path, as: browser).body.isEmpty, "\(path)") }
    }
  }

  @Test func anotherMethodIsNamedSo() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    for (path, routes) in Dictionary(grouping: try Self.described(), by: \.path) {
      let methods = routes.map(\.method)
      let other = ["POST", "GET", "PUT"].first { !methods.contains($0) } ?? ""
      let answer = try await ask(desk, other, Self.filled(path, "x"), as: boss)
      #expect(answer.status == 405 && answer.headers[.allow] == methods.joined(separator: ", "), "\(path)")
    }
    #expect(try await desk.ask(.get, "/api/1/nothing", as: boss).status == 404)
  }

  static let ways = [
    "/../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/%252e%252e%252fetc", "/..\\..\\etc\\passwd",
    "/..%5c..%5cetc",
    "/%c0%ae%c0%ae/etc", "/assets/..%2fdesk.js", "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/assets/desk.js%00.html",
    "/cases/..%2f..%2faudit",
    "/cases/%00", "/cases/%ff%fe", "/cases/%", "/cases/%zz", "/api/1/alerts/..%2faudit", "/api/1/alerts/%2e%2e", "//etc/passwd",
    "/cases//audit",
    "/api/1/./audit/../../../x", "/rooms?room=..%2f..%2fetc%2fpasswd", "/cases/x'%20OR%201=1--",
    "/api/1/alerts/%27%3B%20DROP%20TABLE%20audit",
  ]

  /// Paths that lead elsewhere lead nowhere: no file, no other case, no failure, and what is refused does not say what is there.
  @Test(arguments: ways) func pathsLeadNowhereElse(path: String) async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.addCase()
    let answer = try await desk.ask(.get, path, as: boss)
    #expect(path.hasPrefix("/rooms") ? answer.status == 200 : [400, 404].contains(answer.status), "\(answer.status)")
    #expect(!answer.body.contains("root:") && !answer.body.contains("SQLite"))
    let stranger = try await desk.ask(.get, path)
    #expect([303, 401, 404].contains(stranger.status), "\(stranger.status)")
    #expect(try !desk.databases.own.audit(before: nil, limit: 10).isEmpty)
  }

  // MARK: Guessing

  /// From one address and from many, under one name and under many; whoever knows the password gets in all the while.
  @Test func guessersKeepNobodyOut() async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    let stranger = DeskHarness.Browser()
    _ = try await desk.ask(.get, "/sign-in", as: stranger)
    var refused = 0
    for attempt in 0..<3000 {
      let fields = ["name": attempt % 2 == 0 ? "boss" : "name\(attempt)", "password": "wrong wrong"]
      let answer = try await desk.form("/sign-in", as: stranger, fields)
      if answer.status == 429 { refused += 1 } else { #expect(answer.status == 401) }
    }
    #expect(refused > 2900)
    let browser = DeskHarness.Browser()
    _ = try await desk.ask(.get, "/sign-in", as: browser)
    let good = ["name": "boss", "password": DeskHarness.password]
    #expect(try await desk.form("/sign-in", as: browser, good, from: "198.51.100.7").status == 303)
    #expect(try await desk.ask(.get, "/", as: browser).status == 200)
    // The log cannot be flooded by it either.
    #expect(try desk.databases.own.audit(before: nil, limit: 500).count < 20)
  }

  /// What the throttle remembers of a hundred thousand attempts is bounded, and the right person still gets in.
  @Test func theThrottleForgets() {
    var throttle = SignInThrottle()
    for attempt in 0..<100_000 { throttle.failed(account: "a\(attempt)", address: "10.0.\(attempt >> 8).\(attempt & 255)", at: at(0)) }
    #expect(throttle.size <= 3 * 10_000)
    #expect(
      throttle.wait(account: "boss", address: "198.51.100.1", at: at(0)) == nil && throttle.delay(account: "boss", at: at(0)) == .zero)
  }

  // MARK: Bodies

  /// Without a length that says so in advance.
  @Test func bodiesWithoutALengthAreCut() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    let body = String(repeating: "x", count: Gate.bodyLimit + 1)
    for path in ["/sign-in", "/cases/x/dismiss", "/api/1/alerts/x/dismiss"] {
      let answer = try await desk.ask(.post, path, as: boss, headers: [.formToken: boss.formToken], body: body, saysLength: false)
      #expect(answer.status == 413, "\(path)")
    }
  }

  @Test(arguments: ["name=boss&name=other", "name", "=", "&&&&", "name=%ff&password=%00", "csrf=&csrf=", "%6eame=boss"])
  func oddFormsAreOnlyWrong(form: String) async throws {
    let desk = try DeskHarness()
    _ = try await desk.person("boss", .manager)
    let browser = DeskHarness.Browser()
    _ = try await desk.ask(.get, "/sign-in", as: browser)
    for body in [form, "csrf=\(browser.formToken)&\(form)"] {
      let answer = try await desk.ask(
        .post, "/sign-in", as: browser, headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
      #expect([401, 403].contains(answer.status), "\(body): \(answer.status)")
    }
  }
}
