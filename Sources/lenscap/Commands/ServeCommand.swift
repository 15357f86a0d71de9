import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Foundation
import Serve
import Services
import Sinks
import Store
import YAMLReading

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Deliver alerts, and answer whether all is well. Runs beside `watch`.",
    discussion: """
      Sends what `watch` records to the sinks of the configuration, repeats what could not be delivered, and reports when `watch` falls \
      silent. It captures nothing, and only reads the database of `watch`.

      GET /healthz on its local address answers 200 while all is well, else 503; /metrics is for Prometheus. Both name no device.

      SIGHUP reads the configuration again; SIGTERM ends it.

      Examples:
        lenscap serve --config /etc/lenscap/lenscap.yaml
        lenscap serve --config lenscap.yaml --listen 127.0.0.1:0
      """)

  @Option(
    help: ArgumentHelp(
      "Local address of /healthz and /metrics; port 0 for any. (default: the key serve.listen, or \(ServeSettings().listen))",
      valueName: "address:port"))
  var listen: String?

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let configuration = try database.configuration.loadWithSecrets()
    let settings = configuration.settings
    var options = ServeOptions(
      settings: settings, watchDatabase: database.path(settings), serveDatabase: database.servePath(settings),
      listen: try address(listen, settings.serve.listen, of: "listen", mustBeLocal: true), version: Lenscap.configuration.version,
      makeSink: makeSink, remark: printError, clock: { .now })
    options.ackListen = try settings.serve.ackListen.map { try address(nil, $0, of: "serve.ack_listen", mustBeLocal: false) }
    if let file = configuration.file {
      options.reload = {
        var new = try Configuration.read(file)
        try new.settings.loadSecrets()
        return new.settings
      }
    }
    if settings.sinks.isEmpty { printError("serve: the configuration has no sinks: nothing is delivered") }
    let service = try openService(options, configuration)
    do {
      try Bridge.wait { try await service.run() }
    } catch {
      printError("lenscap: serve ended: \(error)")
      throw ExitStatus.ioError.code
    }
  }

  private func openService(_ options: ServeOptions, _ configuration: Configuration) throws -> ServeService {
    do {
      return try ServeService(options)
    } catch let error as StoreError {
      throw DatabaseOptions.ended(error)
    } catch {
      printError("\(configuration.file ?? "lenscap"): \(error)")
      throw ExitStatus.unreadableInput.code
    }
  }

  private func address(_ option: String?, _ setting: String, of key: String, mustBeLocal: Bool) throws -> ListenAddress {
    guard let address = ListenAddress(option ?? setting) else {
      throw usageError("--\(key): “\(option ?? setting)” is not an address and a port; write 127.0.0.1:9476.")
    }
    guard !mustBeLocal || address.isLoopback else {
      throw usageError("--\(key): \(address) can be reached by others; choose a local address such as 127.0.0.1:9476.")
    }
    return address
  }
}

/// Makes a sink, for `serve` and for tests of sinks.
@Sendable func makeSink(_ settings: SinkSettings) throws -> any Sink {
  do {
    return try settings.makeSink(version: Lenscap.configuration.version)
  } catch {
    throw SinkProblem(sink: settings.name, reason: "\(error)")
  }
}

/// A sink whose settings cannot work.
struct SinkProblem: Error, CustomStringConvertible {
  let sink: String
  let reason: String
  var description: String { "sinks.\(sink).\(reason)" }
}

extension DatabaseOptions {
  /// The database of `serve`.
  func servePath(_ settings: Settings) -> String { settings.serve.database ?? DatabaseFile.serve(beside: path(settings)) }
}
