import ConfigurationFiles
import Detection
import Foundation
import Hummingbird
import ServiceLifecycle
import Services
import Sinks
import Store
import UnixSignals

/// Options of `lenscap serve`.
public struct ServeOptions: Sendable {
  public var settings: Settings
  /// The database of the watch, read-only.
  public var watchDatabase: String
  public var serveDatabase: String
  public var listen: ListenAddress
  public var ackListen: ListenAddress?
  public var version: String
  public var makeSink: SinkMaker
  /// Reads the configuration again, for SIGHUP; nil where there is no file.
  public var reload: (@Sendable () throws -> Settings)?
  /// Writes one line to standard error.
  public var remark: @Sendable (String) -> Void
  public var clock: @Sendable () -> Timestamp

  public init(
    settings: Settings, watchDatabase: String, serveDatabase: String, listen: ListenAddress, version: String,
    makeSink: @escaping SinkMaker, remark: @escaping @Sendable (String) -> Void, clock: @escaping @Sendable () -> Timestamp
  ) {
    self.settings = settings
    self.watchDatabase = watchDatabase
    self.serveDatabase = serveDatabase
    self.listen = listen
    self.version = version
    self.makeSink = makeSink
    self.remark = remark
    self.clock = clock
  }
}

/// Everything that goes outward: delivery, health and metrics, acknowledgements. It captures nothing.
///
///     watch ─ lenscap.sqlite (event log) ─▶ Deliverer ─ Parcel ─▶ sinks
///           ◀─ serve.sqlite (commands) ────     ▲ answers of people ┘
public struct ServeService: Sendable {
  private let options: ServeOptions
  private let deliverer: Deliverer
  private let nudges: Nudges
  private let desk: Desk?
  private let uplink: Uplink?

  /// Opens the databases and makes the sinks.
  ///
  /// - Throws: `StoreError`, what a sink says of its settings, or why the page cannot have its certificate.
  public init(_ options: ServeOptions) throws {
    self.options = options
    let store = try ServeStore(path: options.serveDatabase, create: true)
    if let remark = store.remark { options.remark("lenscap: \(remark)") }
    nudges = Nudges(serveDatabase: options.serveDatabase, watchDatabase: options.watchDatabase)
    deliverer = try Deliverer(options, store: store, nudge: nudges)
    uplink = try options.settings.uplink.map { [deliverer] in try Uplink($0, options, store: store, deliverer: deliverer) }
    desk = try options.settings.dashboard.map { [nudges] in
      try Desk($0, options, store: store) { nudges.sendToWatch() }
    }
  }

  /// Runs until SIGTERM or SIGINT.
  public func run() async throws {
    let (options, deliverer) = (options, deliverer)
    let manager = ServiceManager()
    let status = Router(options: .autoGenerateHeadEndpoints)
    StatusRoutes.add(to: status, deliverer, version: options.version)
    let acknowledgements = Router(options: .autoGenerateHeadEndpoints)
    AcknowledgementRoutes.add(to: acknowledgements, deliverer)

    // Lines in the order that readers rely on: the local listener first.
    let listeners = 1 + (options.ackListen == nil ? 0 : 1) + (desk == nil ? 0 : 1)
    let announcer = Announcer(expected: listeners, remark: options.remark) { manager.ready(status: "delivering") }
    var services: [any Service] = [
      nudges, try Listener(options.listen, router: status) { announcer.listens("ready, http://\($0)", rank: 0) },
      Reloader(options, deliverer, manager, desk), Watchdog(manager: manager, deliverer: deliverer),
    ]
    if let desk { services += try desk.services(deliverer) { announcer.listens($0, rank: 1) } }
    if let address = options.ackListen {
      services.append(
        try Listener(address, router: acknowledgements) { announcer.listens("acknowledgements on http://\($0)/ack/", rank: 2) })
    }
    // Services end in the opposite order: first what is being delivered.
    if let uplink { services.append(uplink) }
    services.append(deliverer)
    var configuration = ServiceGroupConfiguration(
      services: services.map {
        .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup)
      }, logger: Silence.logger)
    configuration.gracefulShutdownSignals = [.sigterm, .sigint]
    configuration.maximumGracefulShutdownDuration = .seconds(9)
    let group = ServiceGroup(configuration: configuration)
    do {
      try await group.run()
    } catch is CancellationError {
      // It was told to end, and something took too long.
    }
    manager.stopping()
  }
}
