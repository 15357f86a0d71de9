import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Releases
import Synchronization

@testable import Central
@testable import WebDesk

/// The page and the API without a network: requests go through every middleware and route, to a database of their own.
final class CentralHarness: Sendable {
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
  /// Of scope read by tenant; of scope act as `alpha act` and `beta act`.
  let tokens: [String: String]
  /// Methods and paths, as `GET /api/1/alerts/{id}`.
  let routes: [String]
  let events: CentralEvents
  let reader: PostgresPool
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
      tokens["\(tenant) act"] = try connection.transaction {
        try Registry.addToken("night-desk", tenant: tenant, scope: .act, by: "test", $0)
      }
    }
    self.tokens = tokens
    let registry = PostgresPool(address, role: CentralRole.registry, connections: 1)
    reader = PostgresPool(address, role: CentralRole.reader, connections: 1)
    events = CentralEvents(reader: reader)
    let router = CentralService.router(
      registry: registry, reader: reader, clerk: PostgresPool(address, role: CentralRole.clerk, connections: 1), events: events,
      gateways: GatewayRoutes(registry: registry, authority: authority, broker: BrokerSettings(), url: { "https://central.example" }),
      figures: { Consumer.Figures() }, remark: { _ in })
    routes = router.routes.map { "\($0.method.rawValue) \($0.path)" }
    responder = router.buildResponder()
  }

  deinit { try? FileManager.default.removeItem(atPath: authority.folder) }

  func store(_ messages: BrokerMessage...) throws {
    var reception = Reception()
    _ = try reception.store(messages, try PostgresConnection(address, role: CentralRole.ingest))
  }

  func release(tenant: String, by who: String = "test") throws {
    try PostgresConnection(address, role: CentralRole.registry).transaction {
      _ = try Registry.add(
        .software(version: "1.2", sha256: String(repeating: "0", count: 64)), key: ReleaseSigningKey(), soak: 0, tenant: tenant, by: who, $0
      )
    }
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

  // MARK: People

  /// A browser with its cookie.
  final class Browser: Sendable {
    let secret = Mutex<String?>(nil)

    var headers: HTTPFields {
      secret.withLock { $0 }.map { [.cookie: "\(CentralGate.cookies.name)=\($0)"] } ?? [:]
    }
    var formToken: String { secret.withLock { $0 }.map(OneTimeSecret.formToken) ?? "" }
  }

  static let password = "correct horse battery"

  /// As a browser does: keeps the cookie, and sends the token of forms.
  func browse(
    _ browser: Browser, _ method: HTTPRequest.Method = .get, _ path: String, _ form: [String: String]? = nil, headers: HTTPFields = [:]
  ) async throws -> Answer {
    var fields = browser.headers
    for field in headers { fields.append(field) }
    var body = ""
    if var form {
      if form["csrf"] == nil { form["csrf"] = browser.formToken }
      body = form.map { "\($0.key)=\(Pages.queryEscaped($0.value))" }.joined(separator: "&")
    }
    let answer = try await ask(method, path, headers: fields, body: body)
    if let cookie = answer.headers[.setCookie] {
      let value = String(cookie.prefix { $0 != ";" }.drop { $0 != "=" }.dropFirst())
      browser.secret.withLock { $0 = value.isEmpty ? nil : value }
    }
    return answer
  }

  func invite(_ name: String, _ role: DeskRole, tenant: String = "alpha") throws -> String {
    try PostgresConnection(address, role: CentralRole.registry).transaction {
      "/invite/" + (try Registry.invite(name, tenant: tenant, role: role, by: "test", $0))
    }
  }

  /// A person who has signed in.
  func person(_ name: String, _ role: DeskRole, tenant: String = "alpha") async throws -> Browser {
    let (browser, path) = (Browser(), try invite(name, role, tenant: tenant))
    _ = try await browse(browser, .get, path)
    let entered = try await browse(browser, .post, path, ["password": Self.password])
    guard entered.status == 303 else { throw CancellationError() }
    return browser
  }

  func signIn(_ browser: Browser, _ name: String, tenant: String = "alpha", password: String = password) async throws -> Answer {
    _ = try await browse(browser, .get, "/sign-in")
    return try await browse(browser, .post, "/sign-in", ["tenant": tenant, "name": name, "password": password])
  }
}
