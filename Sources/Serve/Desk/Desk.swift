import ConfigurationFiles
import Detection
import Foundation
import Hummingbird
import NIOSSL
import ServiceLifecycle
import Services
import Store
import WebDesk

/// The page and its API, on an address of their own.
///
///     request ─▶ WebHeaders ─▶ Gate ─▶ SignInRoutes, PageRoutes, APIRoutes ─▶ DeskDatabase ─ reads the watch's database, writes serve's
///                                                             EventHub ─ what changed ─▶ everybody who has the page open
struct Desk: Sendable {
  /// Two hundred pages that stay open, and those who come and go.
  private static let connections = 512
  private static let renewalInterval = Duration.seconds(3600)
  /// Under this key of the own database stands where the page is, for the command that prints invitations.
  static let addressKey = "page"

  private let settings: DashboardSettings
  private let options: ServeOptions
  private let store: ServeStore
  private let listen: ListenAddress
  private let certificate: DeskCertificate?
  private let decided: @Sendable () -> Void

  /// - Parameter decided: called after somebody decided something.
  init(_ settings: DashboardSettings, _ options: ServeOptions, store: ServeStore, decided: @escaping @Sendable () -> Void) throws {
    listen = try Self.listenAddress(settings)
    self.settings = settings
    self.options = options
    self.store = store
    self.decided = decided
    certificate = try Self.certificate(
      settings, publicURL: options.settings.serve.publicURL, serveDatabase: store.path, clock: options.clock)
  }

  private static func listenAddress(_ settings: DashboardSettings) throws -> ListenAddress {
    let isPlain = settings.listen.hasPrefix(DashboardSettings.plainScheme)
    let text = isPlain ? String(settings.listen.dropFirst(DashboardSettings.plainScheme.count)) : settings.listen
    guard let listen = ListenAddress(text), !isPlain || listen.isLoopback else {
      throw CertificateProblem(path: "dashboard.listen", reason: "“\(settings.listen)” is no address and port")
    }
    return listen
  }

  /// The certificate that was given, or one beside the database, which is made where there is none; nil without TLS.
  static func certificate(
    _ settings: DashboardSettings, publicURL: String?, serveDatabase: String, clock: @escaping @Sendable () -> Timestamp
  ) throws -> DeskCertificate? {
    let listen = try listenAddress(settings)
    if settings.listen.hasPrefix(DashboardSettings.plainScheme) { return nil }
    if let path = settings.certificate {
      return try DeskCertificate(.given(certificate: path, key: settings.key ?? path), clock: clock)
    }
    let folder = DatabaseFile.folder(of: serveDatabase)
    return try DeskCertificate(.own(folder: folder, names: names(listen, publicURL)), clock: clock)
  }

  /// What the certificate is for.
  private static func names(_ listen: ListenAddress, _ publicURL: String?) -> [String] {
    var names = [publicURL.flatMap { URL(string: $0)?.host() }, ProcessInfo.processInfo.hostName].compactMap { $0 }
    if listen.isLoopback { names += ["localhost", "127.0.0.1", "::1"] }
    if let address = IPAddress(listen.host), !address.isUnspecified { names.append(listen.host) }
    let hosts = names.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "[]")).lowercased() }
    return Set(hosts.filter { !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }).sorted()
  }

  /// - Parameter listens: called with a line about it once it listens.
  func services(_ deliverer: Deliverer, listens: @escaping @Sendable (String) -> Void) throws -> [any Service] {
    let (store, certificate, publicURL) = (store, certificate, options.settings.serve.publicURL)
    let database = DeskDatabase(store: store, watchDatabase: options.watchDatabase, clock: options.clock)
    let hub = EventHub(database: database)
    let listener = try Listener(
      listen, router: router(database, hub, deliverer), connections: Self.connections, tls: certificate?.configuration
    ) { address in
      let own = "\(certificate == nil ? "http" : "https")://\(address)"
      try? store.set(Self.addressKey, to: publicURL ?? own)
      listens("ready, \(own)" + (certificate.map { " sha256 \($0.fingerprint)" } ?? " without TLS"))
    }
    return [hub, listener, Renewal(desk: self, interval: Self.renewalInterval)]
  }

  func router(_ database: DeskDatabase, _ hub: EventHub, _ deliverer: Deliverer?) -> Router<DeskContext> {
    let router = Router(context: DeskContext.self)
    let cookies = CookieForm("lenscap", hasTLS: certificate != nil)
    let (property, zone) = (options.settings.property.name ?? "Lenscap", options.settings.property.zone)
    let remark = options.remark
    router.middlewares.add(
      WebHeaders(
        hasTLS: certificate != nil, brand: "Lenscap", isForPrograms: \.isForPrograms, methods: APIRoutes.methods
      ) { error, request in
        // What follows the first part of a path may be a secret.
        let place = request.components.first.map { String($0).forPeople(limit: 20) } ?? ""
        remark("serve: the page failed at /\(place): \(error)")
        return .failed("lenscap-serve")
      })
    router.middlewares.add(
      Gate(database: database, names: HostNames(listen: listen, publicURL: options.settings.serve.publicURL), cookies: cookies))
    SignInRoutes(database: database, cookies: cookies, property: property).add(to: router)
    PageRoutes(database: database, property: property, zone: zone, twoPeople: settings.twoPeople, decided: decided).add(to: router)
    APIRoutes(database: database, hub: hub, zone: zone, twoPeople: settings.twoPeople, decided: decided).add(to: router)
    if let deliverer { AcknowledgementRoutes.add(to: router, deliverer) }
    return router
  }

  /// Reads a certificate again that was given, and makes a new one in time. What fails leaves the present one in force.
  func refreshCertificate() {
    guard let certificate else { return }
    do {
      if try certificate.refresh() { options.remark("serve: new certificate of the page, sha256 \(certificate.fingerprint)") }
    } catch {
      options.remark("serve: the page keeps its certificate: \(error)")
    }
  }
}

/// Looks every hour whether the certificate ends soon.
private struct Renewal: Service {
  let desk: Desk
  let interval: Duration

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: interval)
        desk.refreshCertificate()
      }
    }
  }
}

extension ServeStore {
  /// Where the page was when `serve` last began; nil if it never did.
  public func pageAddress() throws(StoreError) -> String? { try value(Desk.addressKey) }
}
