import ChainMessages
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import SwiftASN1
import Synchronization
import Testing
import X509

@testable import Central

/// The page and the API without a network: requests go through every middleware and route, to a database of their own.
private final class CentralHarness: Sendable {
  struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    /// The items of a list, each as it stands in JSON.
    var items: [[String: Any]] {
      let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
      return object?["items"] as? [[String: Any]] ?? []
    }

    var next: String? { (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?["next"] as? String }
  }

  let address: String
  let alpha: Registry.Gateway
  let beta: Registry.Gateway
  let authority: CertificateAuthority
  let tokens: [String: String]
  private let responder: RouterResponder<CentralContext>

  init() throws {
    let address = try Servers.shared.get().migrated()
    self.address = address
    alpha = try enrolled(tenant: "alpha", site: "paris", address)
    beta = try enrolled(tenant: "beta", site: "rome", address)
    let folder = FileManager.default.temporaryDirectory.appending(path: "central-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    authority = try CertificateAuthority(folder: folder)
    let connection = try PostgresConnection(address, role: CentralRole.registry)
    var tokens: [String: String] = [:]
    for tenant in ["alpha", "beta"] {
      tokens[tenant] = try connection.transaction {
        try Registry.addToken("siem", tenant: tenant, scope: .read, by: "test", $0)
      }
    }
    self.tokens = tokens
    let registry = PostgresPool(address, role: CentralRole.registry, connections: 1)
    let reader = PostgresPool(address, role: CentralRole.reader, connections: 1)
    responder = CentralService.router(
      registry: registry, reader: reader,
      gateways: GatewayRoutes(registry: registry, authority: authority, broker: BrokerSettings(), url: { "https://central.example" }),
      figures: { Consumer.Figures() }, remark: { _ in }
    ).buildResponder()
  }

  deinit { try? FileManager.default.removeItem(atPath: authority.folder) }

  func store(_ messages: BrokerMessage...) throws {
    var reception = Reception()
    _ = try reception.store(messages, try PostgresConnection(address, role: CentralRole.ingest))
  }

  func ask(
    _ method: HTTPRequest.Method, _ path: String, as tenant: String? = nil, headers: HTTPFields = [:], body: String = ""
  ) async throws -> Answer {
    var fields = headers
    if let tenant { fields[.authorization] = "Bearer \(tokens[tenant] ?? tenant)" }
    let head = HTTPRequest(method: method, scheme: "https", authority: "central.example", path: path, headerFields: fields)
    let context = CentralContext(source: .init(channel: EmbeddedChannel(), logger: Logger(label: "test")))
    let response = try await responder.respond(to: Request(head: head, body: .init(buffer: ByteBuffer(string: body))), context: context)
    let collected = Collected()
    try await response.body.write(Writer(collected: collected))
    return Answer(status: response.status.code, headers: response.headers, body: collected.text.withLock { $0 })
  }

  private final class Collected: Sendable { let text = Mutex("") }

  private struct Writer: ResponseBodyWriter {
    let collected: Collected
    mutating func write(_ buffer: ByteBuffer) async throws { collected.text.withLock { $0 += String(buffer: buffer) } }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }
}

@Suite struct WebTests {
  @Test(arguments: CentralList.allCases) func listsNeedATokenAndShowOneTenant(list: CentralList) async throws {
    let harness = try CentralHarness()
    try harness.store(
      eventMessage(harness.alpha, 1, prev: 0), eventMessage(harness.beta, 1, prev: 0),
      message(harness.alpha, "state", #"{"version":"1","coverage":{"packets":5}}"#), message(harness.beta, "state", "{}"))
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
    #expect((alert["history"] as? [[String: Any]])?.compactMap { $0["event"] as? String } == ["silent", "raised"])
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
      #expect(seen.count == (list == .audit ? 3 : 7))
    }
  }

  @Test(arguments: [
    "limit=0", "limit=501", "limit=x", "cursor=x", "cursor=WyJhIl0", "cursor=WyJhIiwiYiIsImMiXQ", "status=nonsense", "site=../x",
    "site=%27",
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
    let secret = try #require(harness.tokens["alpha"])
    #expect(try await harness.ask(.post, "/sign-in", body: "token=wrong").status == 403)
    let elsewhere: HTTPFields = [.init("Sec-Fetch-Site")!: "cross-site"]
    #expect(try await harness.ask(.post, "/sign-in", headers: elsewhere, body: "token=\(secret)").status == 403)
    let entered = try await harness.ask(.post, "/sign-in", body: "token=\(secret)")
    #expect(entered.status == 303)
    let cookie = try #require(entered.headers[.setCookie])
    #expect(cookie.contains("HttpOnly") && cookie.contains("Secure") && !cookie.contains(secret))
    let headers: HTTPFields = [.cookie: String(cookie.prefix { $0 != ";" })]
    #expect(try await harness.ask(.get, "/", headers: headers).body.contains("paris"))
    let connection = try PostgresConnection(harness.address, role: CentralRole.registry)
    try connection.transaction { try Registry.removeToken("siem", tenant: "alpha", by: "test", $0) }
    #expect(try await harness.ask(.get, "/", headers: headers).status == 303)
    #expect(try await harness.ask(.get, "/api/1/alerts", as: "alpha").status == 401)
  }
}

@Suite struct EnrolmentTests {
  private func request(_ key: P256.Signing.PrivateKey = .init()) throws -> String {
    try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName { CommonName("whatever it says") }, privateKey: .init(key), attributes: .init()
    ).serializeAsPEM().pemString
  }

  private func code(_ harness: CentralHarness, count: Int = 1, seconds: Int = 3600) throws -> String {
    try PostgresConnection(harness.address, role: CentralRole.registry).transaction {
      try Registry.addCode(tenant: "alpha", site: "paris", count: count, seconds: seconds, by: "test", $0).code
    }
  }

  private func enrol(_ harness: CentralHarness, _ code: String, _ request: String) async throws -> CentralHarness.Answer {
    let body = String(decoding: try JSONEncoder().encode(["code": code, "request": request]), as: UTF8.self)
    return try await harness.ask(.post, "/gateway/1/enrol", body: body)
  }

  @Test func aCodeGivesOneCertificateForClients() async throws {
    let harness = try CentralHarness()
    let code = try code(harness)
    let answer = try await enrol(harness, code.lowercased().replacing("-", with: " "), try request())
    #expect(answer.status == 200)
    let given = try JSONDecoder().decode(Enrolment.self, from: Data(answer.body.utf8))
    #expect((given.tenant, given.site) == ("alpha", "paris"))
    #expect(given.central == "https://central.example")
    let certificate = try X509.Certificate(pemEncoded: given.certificate)
    #expect(GatewayName(der: try certificate.serializeAsPEM().derBytes)?.gateway == given.gateway)
    #expect(GatewayName(der: try certificate.serializeAsPEM().derBytes)?.tenant == "alpha")
    #expect(try certificate.extensions.extendedKeyUsage?.contains(.clientAuth) == true)
    #expect(try certificate.extensions.extendedKeyUsage?.contains(.serverAuth) == false)
    #expect(certificate.notValidAfter.timeIntervalSinceNow < 90 * 86_400 + 60)
    let authority = try X509.Certificate(pemEncoded: given.ca)
    #expect(authority.publicKey.isValidSignature(certificate.signature, for: certificate))
    // Another box finds the code used.
    #expect(try await enrol(harness, code, try request()).status == 403)
  }

  @Test func aBoxThatLostTheAnswerAsksAgain() async throws {
    let harness = try CentralHarness()
    let (code, request) = (try code(harness), try request())
    let first = try JSONDecoder().decode(Enrolment.self, from: Data(try await enrol(harness, code, request).body.utf8))
    let second = try JSONDecoder().decode(Enrolment.self, from: Data(try await enrol(harness, code, request).body.utf8))
    #expect(first.gateway == second.gateway)
    try PostgresConnection(harness.address, role: CentralRole.registry).transaction { try Registry.revoke(first.gateway, by: "test", $0) }
    #expect(try await enrol(harness, code, request).status == 403)
  }

  @Test func aSitesCodeCounts() async throws {
    let harness = try CentralHarness()
    let code = try code(harness, count: 2)
    var statuses: [Int] = []
    for _ in 0..<3 { statuses.append(try await enrol(harness, code, try request()).status) }
    #expect(statuses == [200, 200, 403])
  }

  @Test func whatIsWrongUsesUpNoCode() async throws {
    let harness = try CentralHarness()
    let code = try code(harness)
    // A request whose signature is another key's.
    var foreign = Array(try request())
    let place = foreign.count - 60
    foreign[place] = foreign[place] == "A" ? "B" : "A"
    for wrong in ["", "no request", String(foreign), String(repeating: "x", count: 20_000)] {
      #expect([400, 413].contains(try await enrol(harness, code, wrong).status))
    }
    #expect(try await harness.ask(.post, "/gateway/1/enrol", body: "{").status == 400)
    #expect(try await enrol(harness, "", try request()).status == 400)
    #expect(try await enrol(harness, "AAAAA-AAAAA-AAAAA-AAAAA", try request()).status == 403)
    #expect(try await enrol(harness, code, try request()).status == 200)
  }

  @Test func anOldCodeIsRefused() async throws {
    let harness = try CentralHarness()
    #expect(try await enrol(harness, try code(harness, seconds: -1), try request()).status == 403)
  }

  @Test func renewalNeedsACertificate() async throws {
    let harness = try CentralHarness()
    #expect(try await harness.ask(.post, "/gateway/1/renew", body: "{}").status == 401)
    #expect(try await harness.ask(.post, "/gateway/1/renew", as: "alpha", body: "{}").status == 401)
  }

  @Test func theAuthorityStaysTheSame() throws {
    let harness = try CentralHarness()
    let again = try CertificateAuthority(folder: harness.authority.folder)
    #expect(again.pem.trimmingCharacters(in: .newlines) == harness.authority.pem.trimmingCharacters(in: .newlines))
    let mode = try FileManager.default.attributesOfItem(atPath: harness.authority.folder + "/ca.key")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let first = try again.own("central", .server(names: ["a.example"]))
    let pem = try PrivateFile.read(first.certificate)
    #expect(try PrivateFile.read(try again.own("central", .server(names: ["a.example"])).certificate) == pem)
    #expect(try PrivateFile.read(try again.own("central", .server(names: ["b.example"])).certificate) != pem)
  }

  /// openssl is the judge: mosquitto reads the list with it.
  @Test func theListOfRevokedCertificatesIsOne() throws {
    let harness = try CentralHarness()
    let folder = harness.authority.folder
    for serials in [[], ["00ff10", "8000000000000000000000000000000000000001"]] {
      try PrivateFile.write(
        try harness.authority.revocationList(serials.map { ($0, Date()) }), to: folder + "/crl.pem", mode: 0o644)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/openssl")
      process.arguments = ["crl", "-in", folder + "/crl.pem", "-CAfile", folder + "/ca.pem", "-noout", "-text"]
      let (output, errors) = (Pipe(), Pipe())
      process.standardOutput = output
      process.standardError = errors
      try process.run()
      let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      let verdict = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(verdict.contains("verify OK"))
      #expect(text.contains("No Revoked Certificates") == serials.isEmpty)
      #expect(serials.isEmpty || text.contains("Serial Number: FF10") && text.contains("8000000000000000000000000000000000000001"))
    }
  }
}
