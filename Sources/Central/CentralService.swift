import Detection
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import NIOCore
import NIOPosix
import NIOSSL
import Releases
import ServiceLifecycle
import Services
import Synchronization
import UnixSignals
import WebDesk

/// `lenscap-central serve`: takes what gateways send, enrols them, and answers the page and the API.
///
///     boxes ─ MQTT ─▶ broker ─▶ Consumer ─▶ PostgreSQL ◀─ PostgresPool ◀─ page and API ◀─ people, programs
///     boxes ─ HTTPS ─▶ GatewayRoutes ─▶ Registry ─┘
public struct CentralService: Sendable {
  /// Connections to PostgreSQL for the page and the API, for the registry, and for what people do about cases.
  private static let readers = 4
  private static let registrars = 2
  private static let clerks = 2
  /// Open connections of browsers, programs and gateways. libmosquitto's socket needs a low number.
  private static let connections = 512
  private static let idleTimeout = TimeAmount.seconds(15)
  private static let headerLimit = 16 << 10

  private let settings: CentralSettings
  private let address: String
  private let remark: @Sendable (String) -> Void
  private let authority: CertificateAuthority
  private let certificate: ServerCertificate
  /// PEM; nil for none.
  private let releaseKey: String?

  /// - Parameters:
  ///   - database: as libpq takes it.
  ///   - remark: writes one line to standard error.
  /// - Throws: `PostgresError`, `SchemaMismatch`, `CertificateProblem`.
  public init(_ settings: CentralSettings, database: String, remark: @escaping @Sendable (String) -> Void) throws {
    self.settings = settings
    address = database
    self.remark = remark
    try Migrations.check(database)
    let authority = try CertificateAuthority(folder: settings.state)
    self.authority = authority
    releaseKey = try settings.releaseKey.map { path in
      do throws(ReleaseProblem) { return try ReleaseKey(file: path).pem } catch { throw CertificateProblem(path: path, reason: "\(error)") }
    }
    certificate = try ServerCertificate(authority) {
      if let certificate = settings.certificate { return (certificate, settings.key ?? certificate) }
      return try authority.own("central", .server(names: Self.names(settings)))
    }
  }

  /// What its own certificate is for.
  static func names(_ settings: CentralSettings) -> [String] {
    var names = [settings.url.flatMap { URL(string: $0)?.host() }, ProcessInfo.processInfo.hostName].compactMap { $0 }
    if !["0.0.0.0", "::"].contains(settings.listen.host) { names.append(settings.listen.host) }
    names += ["localhost", "127.0.0.1"]
    var seen: Set<String> = []
    return names.map { $0.lowercased() }.filter { !$0.isEmpty && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && seen.insert($0).inserted }
  }

  /// Runs until SIGTERM or SIGINT.
  public func run() async throws {
    let registry = PostgresPool(address, role: CentralRole.registry, connections: Self.registrars)
    let reader = PostgresPool(address, role: CentralRole.reader, connections: Self.readers)
    let clerk = PostgresPool(address, role: CentralRole.clerk, connections: Self.clerks)
    let events = CentralEvents(reader: reader)
    let consumer = Consumer(
      address, settings.broker, certificate: try brokerCertificate(), keepDays: settings.keepDays, remark: remark)
    let manager = ServiceManager()
    let own = Mutex<String?>(nil)
    let (settings, remark, certificate) = (settings, remark, certificate)
    let url: @Sendable () -> String = { settings.url ?? own.withLock { $0 } ?? "https://\(settings.listen)" }
    let router = Self.router(
      registry: registry, reader: reader, clerk: clerk, events: events,
      gateways: GatewayRoutes(registry: registry, authority: authority, broker: settings.broker, url: url, releaseKey: releaseKey),
      repository: settings.repository, figures: { consumer.figures }, remark: remark)
    let application = Application(
      responder: router.buildResponder(),
      server: try .tls(
        .http1(
          configuration: .init(
            idleTimeout: Self.idleTimeout,
            httpDecoderConfiguration: .init(
              maxHeaderFieldSize: Self.headerLimit, maxHeaderListSize: Self.headerLimit, maxHeaderFieldCount: 64))),
        tlsConfiguration: try certificate.configuration()),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.listen.host, port: settings.listen.port), serverName: nil, backlog: 64,
        availableConnectionsDelegate: MaximumAvailableConnections(Self.connections, logger: Silence.logger)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? settings.listen.port
        let listens = "https://\(ListenAddress(host: settings.listen.host, port: port))"
        own.withLock { $0 = listens }
        remark("central: certificate sha256 \(certificate.fingerprint)")
        remark("central: ready, \(listens)")
        manager.ready(status: "ready")
      },
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), logger: Silence.logger)
    let upkeep = Upkeep(
      certificate: certificate, authority: authority, registry: registry, manager: manager, folder: settings.state, remark: remark)
    let staging = StagingService(registry: registry, remark: remark)
    let services: [any Service] = [ConsumerService(consumer: consumer), upkeep, staging, events, application]
    var configuration = ServiceGroupConfiguration(
      services: services.map {
        .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup)
      }, logger: Silence.logger)
    configuration.gracefulShutdownSignals = [.sigterm, .sigint]
    configuration.maximumGracefulShutdownDuration = .seconds(9)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch is CancellationError {
      // It was told to end, and something took too long.
    }
    manager.stopping()
  }

  /// - Parameters:
  ///   - repository: the folder of a Debian repository; nil for none.
  ///   - figures: what the consumer does, for `/healthz`.
  static func router(
    registry: PostgresPool, reader: PostgresPool, clerk: PostgresPool, events: CentralEvents, gateways: GatewayRoutes,
    repository: String? = nil, figures: @escaping @Sendable () -> Consumer.Figures,
    clock: @escaping @Sendable () -> Timestamp = CentralClock.now,
    remark: @escaping @Sendable (String) -> Void
  ) -> Router<CentralContext> {
    let router = Router(context: CentralContext.self)
    router.middlewares.add(
      WebHeaders(
        hasTLS: true, brand: CentralPages.brand, isForPrograms: \.isForPrograms, methods: CentralAPI.methods
      ) { error, _ in
        remark("central: \(error is PostgresError ? "" : "a request failed: ")\(error)")
        return error is PostgresError ? .busy : .failed("lenscap-central")
      })
    router.middlewares.add(CentralGate(registry: registry))
    gateways.add(to: router)
    EvidenceRoutes(registry: registry, reader: reader, files: EvidenceFiles(state: gateways.authority.folder)).add(to: router)
    ReleaseRoutes(registry: registry).add(to: router)
    if let repository { RepositoryRoutes(folder: repository).add(to: router) }
    CentralSignIn(registry: registry, clock: clock).add(to: router)
    let api = CentralAPI(reader: reader, clerk: clerk, registry: registry, events: events, clock: clock)
    api.add(to: router)
    CentralPageRoutes(api: api).add(to: router)
    router.get("healthz") { _, _ in
      let figures = figures()
      return Response.text(
        figures.isActive && !figures.isConnected ? .serviceUnavailable : .ok, "application/json",
        #"{"active":\#(figures.isActive),"broker":\#(figures.isConnected)}"# + "\n")
    }
    return router
  }

  private func brokerCertificate() throws -> BrokerCertificate? {
    guard settings.broker.usesTLS else { return nil }
    let own = try authority.own("client", .client(settings.broker.client))
    return BrokerCertificate(ca: settings.broker.ca ?? authority.folder + "/ca.pem", certificate: own.certificate, key: own.key)
  }
}

/// Starts and ends the consumer with the others.
private struct ConsumerService: Service {
  let consumer: Consumer

  func run() async throws {
    consumer.start()
    try? await gracefulShutdown()
    let consumer = consumer
    await Task.detached { consumer.stop() }.value
  }
}

/// Keeps certificates fresh, writes the list of revoked ones, and tells the service manager that all goes well.
private struct Upkeep: Service {
  /// A revoked gateway stands in the broker's list within this time.
  private static let interval = Duration.seconds(5)
  private static let listAge = 3600.0
  /// Packs of alerts that were taken back go within this time.
  private static let sweepInterval = 60.0

  let certificate: ServerCertificate
  let authority: CertificateAuthority
  let registry: PostgresPool
  let manager: ServiceManager
  let folder: String
  let remark: @Sendable (String) -> Void

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var written: (serials: [String], at: Date)?
      var said = ""
      let evidence = EvidenceFiles(state: folder)
      var swept = Date.distantPast
      while true {
        do {
          let revoked = try await registry.transaction { try Registry.revokedCertificates($0) }
          let serials = revoked.map(\.serial)
          if written == nil || written?.serials != serials || abs(written?.at.timeIntervalSinceNow ?? 0) > Self.listAge {
            try PrivateFile.write(try authority.revocationList(revoked), to: folder + "/crl.pem", mode: 0o644)
            try certificate.refresh()
            written = (serials, Date())
          }
          if abs(swept.timeIntervalSinceNow) > Self.sweepInterval {
            await evidence.sweep(keeping: try await registry.transaction { try Registry.keptEvidence($0) })
            swept = Date()
          }
          said = ""
        } catch {
          if "\(error)" != said { remark("central: \(error)") }
          said = "\(error)"
        }
        manager.keepAlive()
        try await Task.sleep(for: Self.interval)
      }
    }
  }
}

enum CentralClock {
  @Sendable static func now() -> Timestamp { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) }
}
