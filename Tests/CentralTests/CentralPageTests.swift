import Foundation
import HTTPTypes
import Testing

@testable import Central
@testable import WebDesk

/// What the pages say, and that nothing hostile gets into them.
@Suite struct CentralPageTests {
  private static let evil = #"<script>alert(1)</script>\u202e{{x}}'\"&=cmd"#

  /// A box that says only hostile things.
  private func hostile() throws -> CentralHarness {
    let harness = try CentralHarness()
    let subject =
      #","subject":{"id":"d1","hostname":"\#(Self.evil)","vendor":"\#(Self.evil)","model":"\#(Self.evil)","room":"\#(Self.evil)","#
      + #""mac":"\#(Self.evil)","ips":["\#(Self.evil)",5],"last_seen":"\#(Self.evil)","role":"\#(Self.evil)"}"#
    try harness.store(
      eventMessage(
        harness.alpha, 1, prev: 0, event: Self.evil, device: "d1",
        extra: subject + #","summary":"\#(Self.evil)","severity":"\#(Self.evil)","evidence":[{"reason":"\#(Self.evil)","weight":"x"},7]"#),
      message(
        harness.alpha, "state",
        #"{"version":"\#(Self.evil)","rooms":[{"room":"\#(Self.evil)","reason":"\#(Self.evil)"},9,"x"],"applied":{"\#(Self.evil)":"\#(Self.evil)"}}"#
      ))
    return harness
  }

  private static let pages = [
    "/", "/?q=%3Cscript%3E", "/cases", "/cases?q=%22%3E%3Cscript%3E", "/cases/A-1", "/devices", "/boxes", "/properties/paris", "/releases",
    "/audit",
    "/sign-in?tenant=%22%3E%3Cscript%3E",
  ]

  @Test func nothingHostileIsMarkup() async throws {
    let harness = try hostile()
    let manager = try await harness.person("maria", .manager)
    let note = try await harness.browse(manager, .post, "/cases/A-1/note", ["note": "<script>alert(1)</script>\u{202E}", "version": "*"])
    #expect(note.status == 303)
    for path in Self.pages {
      let answer = try await harness.browse(manager, .get, path)
      #expect([200, 303].contains(answer.status), "\(path): \(answer.status)")
      let body = answer.body.replacing(Style.text, with: "").replacing("<script src=\"/assets/desk.js\" defer></script>", with: "")
      #expect(!body.contains("<script") && !body.contains("\u{202E}"), "\(path)")
    }
    #expect(try await harness.browse(manager, .get, "/cases/A-1").body.contains("&lt;script&gt;"))
  }

  @Test(arguments: CentralList.allCases) func nothingInATableIsAFormula(list: CentralList) async throws {
    let harness = try CentralHarness()
    try harness.store(
      eventMessage(harness.alpha, 1, prev: 0, extra: #","summary":"=HYPERLINK(1)","subject":{"id":"d","hostname":"+1","room":"@x"}"#),
      message(harness.alpha, "state", #"{"version":"-1+1","rooms":[{"room":"=1+1"}],"applied":{"declared":"=2"}}"#))
    try harness.release(tenant: "alpha", by: "=1+1")
    _ = try await harness.ask(.post, "/api/1/alerts/A-1/note", as: "alpha act", body: #"{"note":"=cmd|' /C calc'!A0"}"#)
    let answer = try await harness.ask(.get, "/api/1/\(list.rawValue)?format=csv", as: "alpha")
    #expect(answer.status == 200 && answer.headers[.contentType] == "text/csv; charset=utf-8")
    #expect(answer.headers[.contentDisposition]?.contains("lenscap-\(list.rawValue).csv") == true)
    #expect(!answer.body.contains("\"=") && !answer.body.contains("\"+") && !answer.body.contains("\"@") && !answer.body.contains("\"-"))
    #expect(answer.body.contains("paris") || list == .audit || list == .releases)
  }

  @Test func theFirstPageSaysWhereItIsWorst() async throws {
    let harness = try CentralHarness()
    for site in ["berlin", "athens"] {
      let gateway = try enrolled(tenant: "alpha", site: site, harness.address)
      try harness.store(message(gateway, "health", #"{"epoch":"e1","status":"online","version":"2"}"#))
      if site == "berlin" { try harness.store(eventMessage(gateway, 1, prev: 0)) }
    }
    let body = try await harness.ask(.get, "/", as: "alpha").body
    #expect(body.contains(#"data-state="cameras""#))
    #expect(body.contains("1 undeclared camera, at 1 of 3 properties. 2 of 3 properties watched; 1 is blind."))
    let places = ["paris", "berlin", "athens"].compactMap { body.range(of: "/properties/\($0)\"")?.lowerBound }
    #expect(places.count == 3 && places == places.sorted())
    #expect(body.contains("blind, never heard") && body.contains("camera found"))
    let filtered = try await harness.ask(.get, "/?status=open&q=ber", as: "alpha").body
    #expect(filtered.contains("/properties/berlin\"") && !filtered.contains("/properties/athens\""))
    #expect(try await harness.ask(.get, "/properties/rome", as: "alpha").status == 404)
    #expect(try await harness.ask(.get, "/properties/..%2f", as: "alpha").status == 404)
  }

  @Test func aDeviceAtSeveralPropertiesIsShownOnItsCase() async throws {
    let harness = try CentralHarness()
    for site in ["berlin", "athens"] {
      try harness.store(eventMessage(try enrolled(tenant: "alpha", site: site, harness.address), 1, prev: 0, alert: "A-\(site)"))
    }
    try harness.store(eventMessage(harness.alpha, 1, prev: 0), eventMessage(harness.beta, 1, prev: 0, alert: "A-b"))
    let page = try await harness.ask(.get, "/cases/A-1", as: "alpha").body
    #expect(page.contains("This device was at 3 properties."))
    #expect(page.contains("/properties/berlin") && page.contains("/properties/athens") && !page.contains("rome"))
    #expect(page.contains("/cases/A-berlin?gateway="))
    let devices = try await harness.ask(.get, "/api/1/devices?properties=2", as: "alpha").items
    #expect(devices.count == 3)
    #expect(try await harness.ask(.get, "/api/1/devices?properties=4", as: "alpha").items.isEmpty)
    #expect(try await harness.ask(.get, "/cases/A-b", as: "alpha").status == 404)
  }

  @Test func formsOnThePageDecide() async throws {
    let harness = try CentralHarness()
    try harness.store(eventMessage(harness.alpha, 1, prev: 0))
    let manager = try await harness.person("maria", .manager)
    let page = try await harness.browse(manager, .get, "/cases/A-1")
    let version = try #require(page.body.firstMatch(of: /name="version" value="([^"]+)"/)).1
    let form = ["version": String(version), "gateway": harness.alpha.id, "to": "Ana"]
    let sent = try await harness.browse(manager, .post, "/cases/A-1/assign", form)
    #expect(sent.status == 303 && sent.headers[.location] == "/cases/A-1?gateway=\(harness.alpha.id)")
    #expect(try await harness.browse(manager, .get, "/cases/A-1").body.contains("Ana was sent by maria."))
    #expect(try await harness.browse(manager, .post, "/cases/A-1/dismiss", form.merging(["reason": "x"]) { $1 }).status == 409)
    let foreign: HTTPFields = [.origin: "https://evil.example"]
    #expect(try await harness.browse(manager, .post, "/cases/A-1/note", ["note": "x"], headers: foreign).status == 403)
    let viewer = try await harness.person("vera", .viewer)
    #expect(try await harness.browse(viewer, .get, "/cases/A-1").body.contains("<form method=\"post\" action=\"/cases") == false)
  }

  @Test func headHasNoBodyAndUnknownMethodsAreRefused() async throws {
    let harness = try CentralHarness()
    for path in ["/", "/cases", "/api/1/alerts", "/api/1/openapi.json"] {
      let answer = try await harness.ask(.head, path, as: "alpha")
      #expect(answer.body.isEmpty && [200, 404, 405].contains(answer.status), "\(path): \(answer.status)")
    }
    for (method, path) in [(HTTPRequest.Method.put, "/api/1/alerts"), (.delete, "/api/1/alerts/A-1"), (.post, "/api/1/audit")] {
      let answer = try await harness.ask(method, path, as: "alpha")
      #expect(answer.status == 405 && answer.headers[.allow] == "GET", "\(path): \(answer.status)")
    }
  }

  /// Another tenant's things are 404 by every route, also on a connection on which a statement just failed.
  @Test func everyRouteKeepsTenantsApart() async throws {
    let harness = try CentralHarness()
    try harness.store(
      eventMessage(harness.alpha, 1, prev: 0), eventMessage(harness.beta, 1, prev: 0, alert: "A-b", extra: #","summary":"Roman secret""#),
      message(harness.beta, "state", #"{"rooms":[{"room":"Roman secret"}]}"#))
    let manager = try await harness.person("maria", .manager)
    for _ in 0..<2 {
      _ = try? await harness.reader.transaction(tenant: "beta") { try $0.run("SELECT 1/0") }
      for list in CentralList.allCases {
        let answer = try await harness.browse(manager, .get, "/api/1/\(list.rawValue)?limit=500")
        #expect(answer.status == 200 && !answer.body.contains("Roman") && !answer.body.contains("rome"), "\(list)")
        #expect(try await harness.browse(manager, .get, "/api/1/\(list.rawValue)?tenant=beta").status == 404)
        // The names of another tenant's things find nothing.
        let named = try await harness.browse(manager, .get, "/api/1/\(list.rawValue)?site=rome&gateway=\(harness.beta.id)")
        #expect(named.items.isEmpty)
      }
      for path in ["/", "/cases", "/devices", "/boxes", "/audit"] {
        let answer = try await harness.browse(manager, .get, path)
        #expect(answer.status == 200 && !answer.body.contains("Roman") && !answer.body.contains("rome"), "\(path)")
        #expect(try await harness.browse(manager, .get, path + "?tenant=beta").status == 404)
      }
      for path in [
        "/cases/A-b", "/cases/A-b?gateway=\(harness.beta.id)", "/properties/rome", "/api/1/alerts/A-b",
        "/api/1/alerts/A-b?gateway=\(harness.beta.id)",
      ] {
        #expect(try await harness.browse(manager, .get, path).status == 404, "\(path)")
      }
    }
  }
}
