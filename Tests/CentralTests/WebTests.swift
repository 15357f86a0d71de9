import Foundation
import HTTPTypes
import Testing

@testable import Central
@testable import WebDesk

@Suite struct WebTests {
  @Test(arguments: CentralList.allCases) func listsNeedATokenAndShowOneTenant(list: CentralList) async throws {
    let harness = try CentralHarness()
    try harness.store(
      eventMessage(harness.alpha, 1, prev: 0), eventMessage(harness.beta, 1, prev: 0),
      message(harness.alpha, "state", #"{"version":"1","coverage":{"packets":5},"rooms":[{"room":"1","hours_watched":3}]}"#),
      message(harness.beta, "state", #"{"rooms":[{"room":"2"}]}"#))
    for tenant in ["alpha", "beta"] { try harness.release(tenant: tenant) }
    let path = "/api/1/\(list.rawValue)"
    #expect(try await harness.ask(.get, path).status == 401)
    #expect(try await harness.ask(.get, path, as: "lenscap_wrong").status == 401)
    for tenant in ["alpha", "beta"] {
      let answer = try await harness.ask(.get, path, as: tenant)
      #expect(answer.status == 200)
      #expect(!answer.items.isEmpty)
      #expect(answer.items.allSatisfy { $0["tenant"] as? String == tenant }, "\(answer.body)")
    }
    #expect(try await harness.ask(.get, path + "?tenant=alpha", as: "alpha").status == 200)
    #expect(try await harness.ask(.get, path + "?tenant=beta", as: "alpha").status == 404)
    #expect(try await harness.ask(.get, path + "?site=rome", as: "alpha").items.isEmpty)
  }

  @Test func anotherTenantsAlertIsNotThere() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0, alert: "A-a"), eventMessage(harness.beta, 1, prev: 0, alert: "A-b"))
    #expect(try await harness.ask(.get, "/api/1/alerts/A-a", as: "alpha").status == 200)
    #expect(try await harness.ask(.get, "/api/1/alerts/A-b", as: "alpha").status == 404)
    #expect(try await harness.ask(.get, "/api/1/alerts/A-b?gateway=\(harness.beta.id)", as: "alpha").status == 404)
    #expect(try await harness.ask(.get, "/api/1/alerts/A-a?tenant=beta", as: "alpha").status == 404)
  }

  @Test func anAlertHasItsDocumentAndItsHistory() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0), eventMessage(harness.alpha, 2, prev: 1, event: "silent"))
    let answer = try await harness.ask(.get, "/api/1/alerts/A-1", as: "alpha")
    let alert = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    #expect(alert["summary"] as? String == "Camera in Room 305")
    #expect(alert["gateway"] as? String == harness.alpha.id)
    #expect((alert["history"] as? [[String: Any]])?.compactMap { $0["what"] as? String } == ["raised", "silent"])
  }

  @Test func aDocumentCannotSayWhoseItIs() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0, extra: #","tenant":"beta","site":"rome","gateway":"gw-x","type":"audit""#))
    let item = try #require(try await harness.ask(.get, "/api/1/alerts", as: "alpha").items.first)
    #expect(item["tenant"] as? String == "alpha")
    #expect(item["site"] as? String == "paris")
    #expect(item["type"] as? String == "alert")
  }

  @Test func pagesFollowEachOther() async throws {
    let harness = try CentralHarness()
    for number in 1...7 {
      try harness.store(eventMessage(harness.alpha, number, prev: number - 1, alert: "A-\(number)", device: "d\(number)"))
    }
    for list in [CentralList.alerts, .devices, .audit] {
      var seen: [String] = []
      var cursor: String?
      repeat {
        let answer = try await harness.ask(
          .get, "/api/1/\(list.rawValue)?limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""), as: "alpha")
        seen += answer.items.map { "\($0["id"] ?? $0["number"] ?? "")" }
        cursor = answer.next
      } while cursor != nil && seen.count < 50
      #expect(seen.count == Set(seen).count)
      #expect(seen.count == (list == .audit ? 4 : 7))
    }
  }

  @Test(arguments: [
    "limit=0", "limit=501", "limit=x", "cursor=x", "cursor=WyJhIl0", "cursor=WyJhIiwiYiIsImMiXQ", "status=nonsense", "site=../x",
    "site=%27", "severity=none", "since=x", "format=xml", "room=%00", "gateway=%20", "properties=0",
  ])
  func wrongQueriesAreRefused(query: String) async throws {
    #expect(try await CentralHarness().ask(.get, "/api/1/alerts?\(query)", as: "alpha").status == 400)
  }

  @Test func propertiesComeWorstFirst() async throws {
    let harness = try CentralHarness()
    let (found, clear) = (
      try enrolled(tenant: "alpha", site: "berlin", harness.address), try enrolled(tenant: "alpha", site: "athens", harness.address)
    )
    for gateway in [found, clear] { try harness.store(message(gateway, "health", #"{"epoch":"e1","status":"online","version":"2"}"#)) }
    try harness.store(eventMessage(found, 1, prev: 0))
    let items = try await harness.ask(.get, "/api/1/properties", as: "alpha").items
    #expect(items.compactMap { $0["site"] as? String } == ["paris", "berlin", "athens"])
    #expect(items.compactMap { $0["status"] as? String } == ["blind", "open", "clear"])
    try harness.store(eventMessage(found, 2, prev: 1, event: "cleared"), message(clear, "health", #"{"epoch":"e1","status":"offline"}"#))
    let later = try await harness.ask(.get, "/api/1/properties", as: "alpha").items
    #expect(later.compactMap { $0["status"] as? String } == ["blind", "blind", "clear"])
    // A box that is there and does not watch is as blind.
    try harness.store(message(found, "state", #"{"epoch":"e1","watching":false}"#))
    let last = try await harness.ask(.get, "/api/1/properties?status=clear", as: "alpha").items
    #expect(last.isEmpty)
  }

  @Test func aDeviceThatWasAtSeveralPropertiesSaysSo() async throws {
    let harness = try CentralHarness()
    let second = try enrolled(tenant: "alpha", site: "berlin", harness.address)
    try harness.store(
      eventMessage(harness.alpha, 1, prev: 0), eventMessage(second, 1, prev: 0), eventMessage(harness.beta, 1, prev: 0))
    let items = try await harness.ask(.get, "/api/1/devices", as: "alpha").items
    #expect(items.map { $0["properties"] as? Int } == [2, 2])
  }

  @Test func thePageEscapesAndNamesItsPolicy() async throws {
    let harness = try CentralHarness()
    try harness.store(message(harness.alpha, "state", #"{"version":"<script>\u202e1"}"#))
    let answer = try await harness.ask(.get, "/", as: "alpha")
    #expect(answer.status == 200)
    #expect(answer.body.contains("paris"))
    #expect(!answer.body.contains("<script>") && !answer.body.contains("\u{202E}"))
    #expect(answer.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
    #expect(answer.headers[.cacheControl] == "no-store")
    #expect(try await harness.ask(.get, "/").headers[.location] == "/sign-in")
  }

  @Test func aTokenOpensThePageUntilItIsRemoved() async throws {
    let harness = try CentralHarness()
    let (secret, browser) = (try #require(harness.tokens["alpha"]), CentralHarness.Browser())
    // A form that this browser did not get first.
    #expect(try await harness.ask(.post, "/sign-in", body: "token=\(secret)").status == 403)
    _ = try await harness.browse(browser, .get, "/sign-in")
    #expect(try await harness.browse(browser, .post, "/sign-in", ["token": "wrong"]).status == 401)
    #expect(try await harness.browse(browser, .post, "/sign-in", ["token": secret, "csrf": "wrong"]).status == 403)
    let elsewhere: HTTPFields = [.fetchSite: "cross-site"]
    #expect(try await harness.browse(browser, .post, "/sign-in", ["token": secret], headers: elsewhere).status == 403)
    let before = browser.headers
    let entered = try await harness.browse(browser, .post, "/sign-in", ["token": secret])
    #expect(entered.status == 303)
    let cookie = try #require(entered.headers[.setCookie])
    #expect(cookie.contains("HttpOnly") && cookie.contains("Secure") && cookie.hasPrefix("__Host-") && !cookie.contains(secret))
    #expect(browser.headers != before)
    #expect(try await harness.browse(browser, .get, "/").body.contains("paris"))
    let connection = try PostgresConnection(harness.address, role: CentralRole.registry)
    try connection.transaction { try Registry.removeToken("siem", tenant: "alpha", by: "test", $0) }
    #expect(try await harness.browse(browser, .get, "/").status == 303)
    #expect(try await harness.ask(.get, "/api/1/alerts", as: "alpha").status == 401)
  }
}
