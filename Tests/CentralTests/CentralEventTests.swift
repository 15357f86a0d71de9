import Foundation
import HTTPTypes
import Testing

@testable import Central
@testable import WebDesk

/// What whoever has a page open gets.
@Suite struct CentralEventTests {
  private func kinds(_ events: [ServerEvent]) -> [String] { events.map(\.kind.rawValue) }

  @Test func whoComesBackGetsWhatWasMissed() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0), eventMessage(harness.beta, 1, prev: 0, alert: "A-b"))
    let begin = try await harness.reader.transaction(tenant: "alpha") { try CentralNews.place($0) }
    try harness.store(
      eventMessage(harness.alpha, 2, prev: 1, event: "surer"), eventMessage(harness.alpha, 3, prev: 2, event: "acknowledged"),
      eventMessage(harness.beta, 2, prev: 1, alert: "A-b", event: "surer"))
    #expect(try await harness.ask(.post, "/api/1/alerts/A-1/note", as: "alpha act", body: #"{"note":"x"}"#).status == 200)
    // A row of the log is told once those before it are there.
    try await Task.sleep(for: .milliseconds(1100))
    let found = try await harness.reader.transaction(tenant: "alpha") { try CentralNews.events(after: begin, upTo: nil, $0) }
    #expect(kinds(found.events) == ["alert", "case", "case"])
    #expect(found.events.allSatisfy { String(decoding: $0.data, as: UTF8.self).contains(#""tenant": "alpha""#) })
    // From the place of the first, the other two follow; from the last, nothing.
    let second = try #require(found.events.first?.id.flatMap { CentralPlace($0) })
    let rest = try await harness.reader.transaction(tenant: "alpha") { try CentralNews.events(after: second, upTo: nil, $0) }
    #expect(kinds(rest.events) == ["case", "case"])
    let end = try await harness.reader.transaction(tenant: "alpha") { try CentralNews.events(after: found.place, upTo: nil, $0) }
    #expect(end.events.isEmpty)
  }

  @Test func aListenerGetsNewsOfItsTenantOnly() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0))
    let (missed, news) = try #require(try await harness.events.listen(of: "alpha", after: nil))
    #expect(kinds(missed) == ["coverage"])
    try harness.store(eventMessage(harness.beta, 1, prev: 0), eventMessage(harness.alpha, 2, prev: 1, event: "moved"))
    await harness.events.look()
    var seen: [ServerEvent] = []
    for await message in news {
      guard case .event(let event) = message else { continue }
      seen.append(event)
      break
    }
    #expect(kinds(seen) == ["alert"])
    #expect(seen.first?.text.hasPrefix("event: alert\nid: ") == true)
    #expect(seen.first.map { String(decoding: $0.data, as: UTF8.self).contains(harness.alpha.id) } == true)
  }

  @Test func listenersAreLimitedForEachTenant() async throws {
    let harness = try CentralHarness()
    var streams: [AsyncStream<CentralEvents.Message>] = []
    for _ in 0..<CentralEvents.mostOfTenant {
      streams.append(try #require(try await harness.events.listen(of: "alpha", after: nil)).news)
    }
    #expect(try await harness.events.listen(of: "alpha", after: nil) == nil)
    #expect(try await harness.events.listen(of: "beta", after: nil) != nil)
    #expect(streams.count == CentralEvents.mostOfTenant)
  }

  @Test(arguments: ["", "x", "1~2~3", "-1~~~0", "1~a b~~0", "9999999999999999999~~~0", "1~~~-1", "99999999999999999~~~0"])
  func aWrongPlaceIsNone(text: String) { #expect(CentralPlace(text) == nil) }

  @Test func theDescriptionHasEveryRoute() async throws {
    let harness = try CentralHarness()
    let answer = try await harness.ask(.get, "/api/1/openapi.json", as: "alpha")
    let document = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    let described = paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
    #expect(Set(described) == Set(harness.routes.filter { $0.contains("/api/1/") && !$0.hasPrefix("HEAD") }))
    // What it refers to is there.
    let components = try #require(document["components"] as? [String: [String: Any]])
    for match in answer.body.matches(of: /#\/components\/([A-Za-z]+)\/([A-Za-z]+)/) {
      #expect(components[String(match.1)]?[String(match.2)] != nil, "\(match.0)")
    }
  }
}
