import Foundation
import HTTPTypes
import Testing

@testable import Central
@testable import WebDesk

/// What people and programs do about cases, which stays at central.
@Suite struct CaseworkTests {
  private func document(_ answer: CentralHarness.Answer) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
  }

  private func harness() throws -> CentralHarness {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0), eventMessage(harness.beta, 1, prev: 0, alert: "A-b"))
    return harness
  }

  @Test func aCaseIsTakenSentNotedClosedAndOpenedAgain() async throws {
    let harness = try harness()
    func act(_ action: String, _ body: String = "") async throws -> [String: Any] {
      let answer = try await harness.ask(.post, "/api/1/alerts/A-1/\(action)", as: "alpha act", body: body)
      #expect(answer.status == 200, "\(action): \(answer.body)")
      return try document(answer)
    }
    #expect(try await act("acknowledge")["status"] as? String == "acknowledged")
    let sent = try await act("assign", #"{"to":"Ana","note":"behind the mirror"}"#)
    #expect(sent["assigned_to"] as? String == "Ana" && sent["keeper"] as? String == "night-desk")
    #expect(try await act("note", #"{"note":"nobody there"}"#)["status"] as? String == "acknowledged")
    let closed = try await act("dismiss", #"{"reason":"a dummy"}"#)
    #expect(closed["status"] as? String == "dismissed" && closed["at_property"] as? String == "open")
    #expect(try await harness.ask(.get, "/api/1/properties", as: "alpha").items.first?["open_alerts"] as? Int == 0)
    #expect(try await harness.ask(.get, "/api/1/alerts?status=open", as: "alpha").items.isEmpty)
    let open = try await act("reopen")
    #expect(open["status"] as? String == "open" && open["assigned_to"] is NSNull)
    let history = try #require(open["history"] as? [[String: Any]])
    #expect(history.compactMap { $0["what"] as? String } == ["raised", "acknowledged", "assigned", "noted", "dismissed", "reopened"])
    #expect(history.compactMap { $0["note"] as? String } == ["behind the mirror", "nobody there", "a dummy"])
    #expect(history.last?["who"] as? String == "night-desk")
    let log = try await harness.ask(.get, "/api/1/audit?limit=5", as: "alpha").items
    #expect(log.compactMap { $0["action"] as? String } == ["reopened", "dismissed", "noted", "assigned", "acknowledged"])
    #expect(log.allSatisfy { $0["alert"] as? String == "A-1" && $0["role"] as? String == "token act" && $0["site"] as? String == "paris" })
  }

  @Test func whatIsWrongChangesNothing() async throws {
    let harness = try harness()
    let wrong: [(path: String, body: String, status: Int)] = [
      ("A-1/dismiss", "", 400), ("A-1/declare", #"{"note":"x"}"#, 400), ("A-1/assign", #"{"note":"x"}"#, 400), ("A-1/note", "", 400),
      ("A-1/acknowledge", "[", 400), ("A-1/acknowledge", #"{"note":5}"#, 400), ("A-1/note", #"{"note":"\u0000"}"#, 400),
      ("A-1/declare", #"{"reason":"x","expires":"2020-01-01"}"#, 400), ("A-1/declare", #"{"reason":"x","expires":"soon"}"#, 400),
      ("A-1/note", #"{"note":"\#(String(repeating: "x", count: 4000))"}"#, 400), ("A-1/reopen", "", 409), ("A-2/acknowledge", "", 404),
      ("A-1/explode", "", 404),
    ]
    for (path, body, status) in wrong {
      let answer = try await harness.ask(.post, "/api/1/alerts/\(path)", as: "alpha act", body: body)
      #expect(answer.status == status, "\(path) \(body.prefix(40)): \(answer.body)")
    }
    #expect(try await harness.ask(.get, "/api/1/alerts/A-1", as: "alpha").body.contains(#""status": "open""#))
    #expect(try await harness.ask(.post, "/api/1/alerts/A-1/acknowledge", as: "alpha").status == 403)
    let get = try await harness.ask(.get, "/api/1/alerts/A-1/acknowledge", as: "alpha act")
    #expect(get.status == 405 && get.headers[.allow] == "POST")
  }

  @Test func whoeverWasFasterIsNamed() async throws {
    let harness = try harness()
    let first = try await harness.ask(.get, "/api/1/alerts/A-1", as: "alpha")
    let version = try #require(first.headers[.eTag])
    let seen: HTTPFields = [.ifMatch: version]
    #expect(try await harness.ask(.post, "/api/1/alerts/A-1/acknowledge", as: "alpha act", headers: seen).status == 200)
    let late = try await harness.ask(.post, "/api/1/alerts/A-1/acknowledge", as: "alpha act", headers: seen)
    #expect(late.status == 409 && late.body.contains("night-desk was faster"))
    // What the box sends is news, too.
    let again = try #require(try await harness.ask(.get, "/api/1/alerts/A-1", as: "alpha").headers[.eTag])
    try harness.store(eventMessage(harness.alpha, 2, prev: 1, event: "surer"))
    let stale: HTTPFields = [.ifMatch: again]
    #expect(try await harness.ask(.post, "/api/1/alerts/A-1/note", as: "alpha act", headers: stale, body: #"{"note":"x"}"#).status == 409)
  }

  @Test func whatTheBoxTakesBackIsSettled() async throws {
    let harness = try harness()
    #expect(try await harness.ask(.post, "/api/1/alerts/A-1/assign", as: "alpha act", body: #"{"to":"Ana"}"#).status == 200)
    try harness.store(eventMessage(harness.alpha, 2, prev: 1, event: "cleared"))
    let settled = try document(try await harness.ask(.get, "/api/1/alerts/A-1", as: "alpha"))
    #expect(settled["status"] as? String == "cleared" && settled["assigned_to"] is NSNull)
    #expect(try await harness.ask(.post, "/api/1/alerts/A-1/reopen", as: "alpha act").status == 409)
    #expect(try await harness.ask(.post, "/api/1/alerts/A-1/note", as: "alpha act", body: #"{"note":"odd"}"#).status == 200)
    // The box raises it again: people decide again.
    try harness.store(eventMessage(harness.alpha, 3, prev: 2, event: "reopened"))
    #expect(try document(try await harness.ask(.get, "/api/1/alerts/A-1", as: "alpha"))["status"] as? String == "open")
  }

  @Test func anotherTenantsCaseIsNotThere() async throws {
    let harness = try harness()
    let manager = try await harness.person("maria", .manager)
    for action in CaseworkAction.allCases {
      let body = #"{"reason":"x","to":"x","note":"x"}"#
      let paths = ["A-b/\(action.rawValue)", "A-b/\(action.rawValue)?gateway=\(harness.beta.id)", "A-1/\(action.rawValue)?tenant=beta"]
      for path in paths {
        #expect(try await harness.ask(.post, "/api/1/alerts/\(path)", as: "alpha act", body: body).status == 404, "\(path)")
      }
      let form = ["reason": "x", "to": "x", "note": "x", "gateway": harness.beta.id]
      #expect(try await harness.browse(manager, .post, "/cases/A-b/\(action.rawValue)", form).status == 404)
    }
    let other = try document(try await harness.ask(.get, "/api/1/alerts/A-b", as: "beta"))
    #expect(other["status"] as? String == "open" && (other["history"] as? [Any])?.count == 1)
  }

  @Test func ofSeveralBoxesOneIsNamed() async throws {
    let harness = try harness()
    let second = try enrolled(tenant: "alpha", site: "berlin", harness.address)
    try harness.store(eventMessage(second, 1, prev: 0))
    #expect(try await harness.ask(.post, "/api/1/alerts/A-1/acknowledge", as: "alpha act").status == 409)
    let done = try await harness.ask(.post, "/api/1/alerts/A-1/acknowledge?gateway=\(second.id)", as: "alpha act")
    #expect(try document(done)["site"] as? String == "berlin")
    let states = try await harness.ask(.get, "/api/1/alerts", as: "alpha").items.map { "\($0["site"] ?? "") \($0["status"] ?? "")" }
    #expect(Set(states) == ["paris open", "berlin acknowledged"])
  }

  /// A clerk's transaction writes for its tenant and for no other, whatever it is made to run.
  @Test func theDatabaseKeepsTenantsApart() async throws {
    let harness = try harness()
    let clerk = PostgresPool(harness.address, role: CentralRole.clerk, connections: 1)
    let foreign = [
      "INSERT INTO casework (gateway, alert, tenant, site, status) VALUES ('\(harness.beta.id)', 'A-b', 'beta', 'rome', 'dismissed')",
      "INSERT INTO audit (tenant, who, action) VALUES ('beta', 'x', 'x')", "UPDATE alert SET status = 'dismissed'", "DELETE FROM audit",
      "DELETE FROM casework", "SELECT * FROM person", "SELECT * FROM session", "SELECT * FROM event",
    ]
    for statement in foreign {
      await #expect(throws: PostgresError.self, "\(statement)") { try await clerk.transaction(tenant: "alpha") { try $0.run(statement) } }
    }
    let count = try await clerk.transaction(tenant: "alpha") { try $0.run("SELECT * FROM \"case\" WHERE tenant = 'beta'").count }
    #expect(count == 0)
  }
}
