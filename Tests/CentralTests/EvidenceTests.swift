import ChainMessages
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Packs
import Synchronization
import Testing

@testable import Central
@testable import WebDesk

/// A central with a box of each of two tenants, which both have an alert A-1; and packs as a box makes them.
private final class EvidenceBench: Sendable {
  struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]

    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:] }
    var items: [[String: Any]] { json["items"] as? [[String: Any]] ?? [] }
  }

  let address: String
  let alpha: Registry.Gateway
  let beta: Registry.Gateway
  let key = Curve25519.Signing.PrivateKey()
  let routes: EvidenceRoutes
  private let tokens: [String: String]
  private let responder: RouterResponder<CentralContext>

  init() throws {
    let address = try Servers.shared.get().migrated()
    self.address = address
    alpha = try enrolled(tenant: "alpha", site: "paris", address)
    beta = try enrolled(tenant: "beta", site: "rome", address)
    let folder = FileManager.default.temporaryDirectory.appending(path: "evidence-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let connection = try PostgresConnection(address, role: CentralRole.registry)
    var tokens: [String: String] = [:]
    for (tenant, scope) in [("alpha", CentralScope.act), ("alpha", .read), ("beta", .act)] {
      tokens["\(tenant) \(scope.rawValue)"] = try connection.transaction {
        try Registry.addToken("t-\(scope.rawValue)", tenant: tenant, scope: scope, by: "test", $0)
      }
    }
    self.tokens = tokens
    let registry = PostgresPool(address, role: CentralRole.registry, connections: 1)
    let reader = PostgresPool(address, role: CentralRole.reader, connections: 1)
    routes = EvidenceRoutes(registry: registry, reader: reader, files: EvidenceFiles(state: folder))
    responder = CentralService.router(
      registry: registry, reader: reader, clerk: PostgresPool(address, role: CentralRole.clerk, connections: 1),
      events: CentralEvents(reader: reader),
      gateways: GatewayRoutes(
        registry: registry, authority: try CertificateAuthority(folder: folder), broker: BrokerSettings(),
        url: { "https://central.example" }), figures: { Consumer.Figures() }, remark: { _ in }
    ).buildResponder()
    try store(eventMessage(alpha, 1, prev: 0), eventMessage(beta, 1, prev: 0))
  }

  deinit { try? FileManager.default.removeItem(atPath: (routes.files.folder as NSString).deletingLastPathComponent) }

  func store(_ messages: BrokerMessage...) throws {
    var reception = Reception()
    _ = try reception.store(messages, try PostgresConnection(address, role: CentralRole.ingest))
  }

  func ask(_ method: HTTPRequest.Method, _ path: String, as token: String?) async throws -> Answer {
    var fields = HTTPFields()
    if let token { fields[.authorization] = "Bearer \(tokens[token] ?? token)" }
    let head = HTTPRequest(method: method, scheme: "https", authority: "central.example", path: path, headerFields: fields)
    let context = CentralContext(source: .init(channel: EmbeddedChannel(), logger: Logger(label: "test")))
    let response = try await responder.respond(to: Request(head: head, body: .init(buffer: ByteBuffer())), context: context)
    let collected = Collected()
    try await response.body.write(Writer(collected: collected))
    return Answer(status: response.status.code, headers: response.headers, body: collected.bytes.withLock { $0 })
  }

  private final class Collected: Sendable { let bytes = Mutex<[UInt8]>([]) }

  private struct Writer: ResponseBodyWriter {
    let collected: Collected
    mutating func write(_ buffer: ByteBuffer) async throws { collected.bytes.withLock { $0 += Array(buffer.readableBytesView) } }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }

  /// Asks for the alert's pack, and gives the id of the request.
  func request(_ alert: String = "A-1", as token: String = "alpha act") async throws -> String {
    let answer = try await ask(.post, "/api/1/alerts/\(alert)/evidence", as: token)
    #expect(answer.status == 202)
    return try #require(answer.json["id"] as? String)
  }

  func pack(about alert: String = "A-1", key: Curve25519.Signing.PrivateKey? = nil, versions: String = #"{"without_others":true}"#) throws
    -> [UInt8]
  {
    let key = key ?? self.key
    let files = [
      PackFile(name: PackName.key, text: PublicKey(key.publicKey).pem), PackFile(name: PackName.alert, text: #"{"id":"\#(alert)"}"#),
      PackFile(name: PackName.report, text: "<p>report</p>"), PackFile(name: PackName.proof, bytes: [10, 13, 13, 10]),
      PackFile(name: PackName.configuration, text: "# none\n"), PackFile(name: PackName.versions, text: versions),
    ]
    let manifest = PackFile(name: PackName.manifest, text: PackManifest(of: files).text)
    let signature = PackFile(name: PackName.signature, bytes: Array(try key.signature(for: Data(manifest.bytes))))
    return try #require(ZipWriter.archive([manifest, signature] + files))
  }

  /// Brings it as the gateway does; the status.
  func bring(_ pack: [UInt8], _ id: String, from gateway: Registry.Gateway? = nil, length: Int? = nil) async throws -> Int {
    let gateway = gateway ?? alpha
    do {
      let name = GatewayName(gateway: gateway.id, tenant: gateway.tenant)
      return try await routes.receive(id, from: name, .init(buffer: ByteBuffer(bytes: pack)), length: length).status.code
    } catch let error as WebError { return error.status.code }
  }

  func state(_ id: String) async throws -> (state: String?, reason: String?) {
    let item = try await ask(.get, "/api/1/alerts/A-1/evidence", as: "alpha read").items.first { $0["id"] as? String == id }
    return (item?["state"] as? String, item?["reason"] as? String)
  }

  func run(_ statement: String, as role: String = CentralRole.registry) throws {
    try PostgresConnection(address, role: role).run(statement)
  }

  var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: routes.files.folder)) ?? [] }

  func actions() async throws -> [String] {
    try await ask(.get, "/api/1/audit", as: "alpha read").items.compactMap { $0["action"] as? String }.filter { $0.hasPrefix("evidence") }
      .reversed()
  }
}

@Suite struct EvidenceTests {
  // MARK: Asking

  @Test func onlyWhoMayActAsksAndOnlyForItsOwn() async throws {
    let bench = try EvidenceBench()
    let path = "/api/1/alerts/A-1/evidence"
    #expect(try await bench.ask(.post, path, as: nil).status == 401)
    #expect(try await bench.ask(.post, path, as: "alpha read").status == 403)
    #expect(try await bench.ask(.post, path + "?tenant=beta", as: "alpha act").status == 404)
    #expect(try await bench.ask(.post, path + "?gateway=\(bench.beta.id)", as: "alpha act").status == 404)
    #expect(try await bench.ask(.post, "/api/1/alerts/A-2/evidence", as: "alpha act").status == 404)
    #expect(try await bench.ask(.get, path + "?gateway=\(bench.beta.id)", as: "alpha read").status == 404)
    let answer = try await bench.ask(.post, path, as: "alpha act")
    #expect(answer.status == 202 && answer.json["state"] as? String == "asked" && answer.json["gateway"] as? String == bench.alpha.id)
    let again = try await bench.ask(.post, path, as: "alpha act")
    #expect(again.json["id"] as? String == answer.json["id"] as? String, "what is asked for is not asked for twice")
    #expect(try await bench.ask(.get, path, as: "alpha read").items.count == 1)
    #expect(try await bench.ask(.get, path, as: "beta act").items.isEmpty)
    #expect(try await bench.actions() == ["evidence-asked"])
  }

  @Test func whatWasTakenBackIsNotAskedForAndItsPackGoes() async throws {
    let bench = try EvidenceBench()
    let id = try await bench.request()
    #expect(try await bench.bring(try bench.pack(), id) == 201)
    #expect(bench.files == ["\(id).zip"])
    try bench.store(eventMessage(bench.alpha, 2, prev: 1, event: "dismissed", device: nil))
    #expect(try await bench.ask(.get, "/api/1/evidence/\(id)/file", as: "alpha act").status == 404)
    #expect(try await bench.ask(.post, "/api/1/alerts/A-1/evidence", as: "alpha act").status == 409)
    let registry = bench.routes.registry
    let files = EvidenceFiles(state: (bench.routes.files.folder as NSString).deletingLastPathComponent)
    await files.sweep(keeping: try await registry.transaction { try Registry.keptEvidence($0) })
    #expect(bench.files.count == 1, "its row may just be written")
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: files.path(id))
    await files.sweep(keeping: [id])
    #expect(bench.files.count == 1)
    await files.sweep(keeping: [])
    #expect(bench.files.isEmpty)
  }

  @Test func aPackGoesWithItsAlert() async throws {
    let bench = try EvidenceBench()
    _ = try await bench.request()
    try bench.run("DELETE FROM alert WHERE gateway = '\(bench.alpha.id)'", as: CentralRole.ingest)
    let left = try PostgresConnection(bench.address, role: CentralRole.registry).run("SELECT 1 FROM evidence_request").count
    #expect(left == 0)
  }

  @Test func noMoreThanSomeWait() async throws {
    let bench = try EvidenceBench()
    let count = Registry.openEvidence + 1
    for number in 2...count + 1 { try bench.store(eventMessage(bench.alpha, number, prev: number - 1, alert: "B-\(number)")) }
    for number in 2...count { _ = try await bench.request("B-\(number)") }
    #expect(try await bench.ask(.post, "/api/1/alerts/B-\(count + 1)/evidence", as: "alpha act").status == 429)
    _ = try await bench.request(as: "beta act")
  }

  // MARK: Commands

  @Test func aBoxIsAskedAgainWhileItIsThereAndSilent() async throws {
    let bench = try EvidenceBench()
    let id = try await bench.request()
    let connection = try PostgresConnection(bench.address, role: CentralRole.ingest)
    func due() throws -> [String] { try EvidenceCommands.due(connection).map { "\($0.topic) \($0.message.id) \($0.message.alert ?? "")" } }
    let command = "lenscap/1/alpha/paris/\(bench.alpha.id)/down/command \(id) A-1"
    #expect(try due() == [command])
    #expect(try due().isEmpty)
    try bench.run("UPDATE evidence_request SET sent = now() - interval '2 minutes'")
    #expect(try due().isEmpty, "the box is away, and the broker has the command")
    try bench.store(message(bench.alpha, "health", #"{"epoch":"e1","status":"online"}"#))
    #expect(try due() == [command])
    #expect(try due().isEmpty)
    try bench.run("UPDATE evidence_request SET sent = NULL, expires = now()")
    #expect(try due().isEmpty)
    #expect(try await bench.state(id).state == "expired")
    #expect(try await bench.bring(try bench.pack(), id) == 410)
  }

  @Test func aChangeIsAboutTheAlertThatItFollows() async throws {
    let bench = try EvidenceBench()
    try bench.store(eventMessage(bench.alpha, 2, prev: 1, alert: "A-2", event: "changed", extra: #","follows":"A-1""#))
    let id = try await bench.request("A-2")
    let connection = try PostgresConnection(bench.address, role: CentralRole.ingest)
    #expect(try EvidenceCommands.due(connection).map(\.message.alert) == ["A-1"])
    #expect(try await bench.bring(try bench.pack(about: "A-1"), id) == 201)
  }

  // MARK: Packs

  @Test func aSoundPackIsStoredAndHandedOut() async throws {
    let bench = try EvidenceBench()
    let id = try await bench.request()
    let pack = try bench.pack()
    #expect(try await bench.bring(pack, id) == 201)
    #expect(try FileManager.default.attributesOfItem(atPath: bench.routes.files.path(id))[.posixPermissions] as? Int == 0o600)
    let item = try #require(try await bench.ask(.get, "/api/1/alerts/A-1/evidence", as: "alpha read").items.first)
    let sum = SHA256.hash(data: pack).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(item["state"] as? String == "made" && item["sha256"] as? String == sum && item["bytes"] as? Int == pack.count)
    #expect(item["signer"] as? String == PublicKey(bench.key.publicKey).fingerprint)
    let path = try #require(item["href"] as? String)
    #expect(path == "/api/1/evidence/\(id)/file")
    let file = try await bench.ask(.get, path, as: "alpha act")
    #expect(file.status == 200 && file.body == pack && file.headers[.contentType] == "application/zip")
    #expect(file.headers[.contentDisposition]?.hasPrefix("attachment") == true)
    #expect(try await bench.ask(.get, path, as: "alpha read").status == 403)
    #expect(try await bench.ask(.get, path, as: "beta act").status == 404)
    #expect(try await bench.ask(.get, "/api/1/evidence/ev-..%2F..%2Fca.key/file", as: "alpha act").status == 404)
    #expect(try await bench.bring(pack, id) == 409, "once")
    #expect(try await bench.actions() == ["evidence-asked", "evidence-key-pinned", "evidence-made", "evidence-taken"])
  }

  enum Fault: CaseIterable { case flipped, cut, another, guests, empty, unversioned }

  @Test(arguments: Fault.allCases) func anUnsoundPackIsNotStored(_ fault: Fault) async throws {
    let bench = try EvidenceBench()
    let id = try await bench.request()
    var pack = try bench.pack()
    switch fault {
    case .flipped: pack[pack.count / 2] ^= 1
    case .cut: pack.removeLast(40)
    case .another: pack = try bench.pack(about: "A-9")
    case .guests: pack = try bench.pack(versions: #"{"without_others":false}"#)
    case .unversioned: pack = try bench.pack(versions: "[]")
    case .empty: pack = []
    }
    #expect(try await bench.bring(pack, id) == 422)
    let state = try await bench.state(id)
    #expect(state.state == "failed" && state.reason != nil)
    #expect(bench.files.isEmpty)
    #expect(try await bench.ask(.get, "/api/1/evidence/\(id)/file", as: "alpha act").status == 404)
  }

  @Test func onlyTheGatewayThatWasAskedBringsIt() async throws {
    let bench = try EvidenceBench()
    let id = try await bench.request()
    #expect(try await bench.bring(try bench.pack(), id, from: bench.beta) == 404)
    #expect(try await bench.bring(try bench.pack(), "ev-0000000000000000") == 404)
    #expect(try await bench.ask(.put, "/gateway/1/evidence/\(id)", as: "alpha act").status == 401, "a token is no certificate")
    #expect(try await bench.bring(try bench.pack(), id, length: EvidenceLimits.packBytes + 1) == 413)
    #expect(try await bench.state(id).state == "failed")
    let second = try await bench.request()
    try PostgresConnection(bench.address, role: CentralRole.registry).transaction {
      try Registry.revoke(bench.alpha.id, by: "test", $0)
    }
    #expect(try await bench.bring(try bench.pack(), second) == 403)
    #expect(bench.files.isEmpty)
  }

  @Test func anUploadEndsAtTheLimit() async throws {
    let bench = try EvidenceBench()
    let id = try await bench.request()
    #expect(try await bench.bring([UInt8](repeating: 0, count: EvidenceLimits.packBytes + 1), id) == 413)
    #expect(bench.files.isEmpty)
    #expect(try await bench.state(id).reason?.contains("MiB") == true)
  }

  @Test func anotherKeyCountsOnceAnOperatorAcceptedIt() async throws {
    let bench = try EvidenceBench()
    #expect(try await bench.bring(try bench.pack(), try await bench.request()) == 201)
    let other = Curve25519.Signing.PrivateKey()
    let fingerprint = PublicKey(other.publicKey).fingerprint
    let id = try await bench.request()
    #expect(try await bench.bring(try bench.pack(key: other), id) == 422)
    let state = try await bench.state(id)
    #expect(state.state == "refused" && state.reason?.contains(fingerprint) == true)
    #expect(try await bench.bring(try bench.pack(key: other), try await bench.request()) == 422)
    let registry = try PostgresConnection(bench.address, role: CentralRole.registry)
    #expect(throws: RegistryError.self) { try Registry.acceptKey("SHA256:00", of: bench.alpha.id, by: "test", registry) }
    try registry.transaction { try Registry.acceptKey(fingerprint, of: bench.alpha.id, by: "test", $0) }
    #expect(try await bench.bring(try bench.pack(key: other), try await bench.request()) == 201)
    #expect(try await bench.bring(try bench.pack(), try await bench.request()) == 201, "the former one still counts")
    #expect(try Registry.evidenceKeys(registry).map { $0[3] } == ["accepted, first use", "accepted, test"])
  }

  @Test func aBoxSaysWhyThereIsNone() async throws {
    let bench = try EvidenceBench()
    let id = try await bench.request()
    let name = GatewayName(gateway: bench.alpha.id, tenant: "alpha")
    await #expect(throws: WebError.self) { try await bench.routes.answer(id, from: name, "{}") }
    await #expect(throws: WebError.self) { try await bench.routes.answer(id, from: nil, #"{"state":"refused","reason":"no"}"#) }
    let reason = #"{"state":"refused","reason":"uplink.evidence\u0000 is\u202e false"}"#
    #expect(try await bench.routes.answer(id, from: name, reason).status == .ok)
    let state = try await bench.state(id)
    #expect(state.state == "refused" && state.reason == "uplink.evidence  is  false")
    await #expect(throws: WebError.self) { try await bench.routes.answer(id, from: name, reason) }
    #expect(try await bench.actions() == ["evidence-asked", "evidence-refused"])
  }
}
