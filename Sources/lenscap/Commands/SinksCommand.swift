import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Serve
import Services
import Sinks
import Store

struct SinksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sinks",
    abstract: "Show where alerts go, test it, and repeat what failed.",
    discussion: """
      Examples:
        lenscap sinks                    what each sink has still to get, and its last error
        lenscap sinks test porter        sends a message that says that it is a test
        lenscap sinks show porter        what became of each event
        lenscap sinks retry --all        now, without waiting for the next attempt
        lenscap sinks enable desk        after its receiver said that it wants no more
      """,
    subcommands: [List.self, Show.self, Test.self, Retry.self, Enable.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List all sinks with their state. Works whether `serve` runs or not.")

    @OptionGroup var list: ListOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let settings = try database.configuration.load().settings
      let report = try database.sinkReport(settings)
      let sinks = try withStoreErrors { () throws(StoreError) in try report.sinks() }
      if list.printJSON(sinks) { return }
      guard !sinks.isEmpty else { return printOut("The configuration has no sinks: alerts go nowhere.") }
      let rows = sinks.map { [$0.name, $0.kind, $0.state, String($0.pending), $0.lastSuccess ?? "never", $0.lastError ?? ""] }
      let table = TextTable(header: ["sink", "kind", "state", "pending", "last success", "last error"], numbers: [3], rows: rows)
      printOut(table.lines(.forOutput).joined(separator: "\n"))
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show what waits for a sink, and what became of each event.")

    @Argument(help: "The sink's name.") var name: String
    @Option(help: "Deliveries to show.") var limit = 100
    @OptionGroup var list: ListOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let settings = try database.configuration.load().settings
      let sink = try settings.sink(name)
      let report = try database.sinkReport(settings)
      let deliveries = try withStoreErrors { () throws(StoreError) in try report.deliveries(of: sink, limit: max(1, limit)) }
      if list.printJSON(deliveries) { return }
      guard !deliveries.isEmpty else { return printOut("Nothing was sent to \(name), and nothing waits.") }
      let rows = deliveries.map { [$0.event, $0.state, String($0.attempts), $0.next ?? "", $0.uid, $0.error ?? ""] }
      let table = TextTable(header: ["event", "state", "attempts", "next attempt", "uid", "error"], numbers: [2], rows: rows)
      printOut(table.lines(.forOutput).joined(separator: "\n"))
    }
  }

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test",
      abstract: "Send a marked test event.",
      discussion: "It is sent at once, once, past what waits. Exit status: 0 delivered, 74 not delivered, 64 no such sink.")

    @OptionGroup var choice: ChosenSinks
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let settings = try database.configuration.loadWithSecrets().settings
      let sinks = try choice.sinks(settings)
      let sensor = (try? PropertyStore(readingOnly: database.path(settings))).flatMap { try? $0.sensor() }
      try database.becomeServe(settings)
      var hasFailed = false
      for sink in sinks {
        do {
          try Bridge.wait { try await SinkTest.send(to: sink, of: settings, sensor: sensor, make: makeSink, at: .now) }
          printOut("\(sink.name): delivered")
        } catch {
          hasFailed = true
          printOut("\(sink.name): not delivered: \((error as? DeliveryError)?.reason ?? "\(error)")")
        }
      }
      if hasFailed { throw ExitStatus.ioError.code }
    }
  }

  struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "retry", abstract: "Try again now what could not be delivered.")

    @OptionGroup var choice: ChosenSinks
    @OptionGroup var database: DatabaseOptions

    func run() throws { try database.request(choice, enables: false) }
  }

  struct Enable: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "enable", abstract: "Send again to a sink whose receiver wanted no more.")

    @OptionGroup var choice: ChosenSinks
    @OptionGroup var database: DatabaseOptions

    func run() throws { try database.request(choice, enables: true) }
  }
}

/// One sink or all.
struct ChosenSinks: ParsableArguments {
  @Argument(help: "The sink's name.") var name: String?
  @Flag(help: "All sinks.") var all = false

  func validate() throws {
    guard all != (name != nil) else { throw ValidationError("Name one sink, or say --all.") }
  }

  func sinks(_ settings: Settings) throws -> [SinkSettings] {
    guard let name else { return settings.sinks }
    return [try settings.sink(name)]
  }
}

extension Settings {
  fileprivate func sink(_ name: String) throws -> SinkSettings {
    guard let sink = sinks.first(where: { $0.name == name }) else {
      let names = sinks.isEmpty ? "the configuration has no sinks" : "there are: \(listed(sinks.map(\.name)))"
      throw usageError("There is no sink \(name); \(names).")
    }
    return sink
  }
}

extension DatabaseOptions {
  /// The databases as they are. One that does not exist yet says nothing; one that may not be read is no reason to say that all is well.
  fileprivate func sinkReport(_ settings: Settings) throws -> SinkReport {
    let (own, log) = (servePath(settings), path(settings))
    return SinkReport(
      settings, own: try existing(own) { () throws(StoreError) in try ServeStore(readingOnly: own) },
      log: try existing(log) { () throws(StoreError) in try PropertyStore(readingOnly: log) })
  }

  /// As root, becomes the owner of the folder of `serve`'s database, as the package's service is: what a sink or SQLite creates must be
  /// writable by the service, too.
  func becomeServe(_ settings: Settings) throws {
    let folder = DatabaseFile.folder(of: servePath(settings))
    guard geteuid() == 0, let facts = FileFacts(folder), facts.owner != 0, let user = unsafe getpwuid(facts.owner) else { return }
    guard unsafe initgroups(user.pointee.pw_name, user.pointee.pw_gid) == 0, setgid(facts.group) == 0, setuid(facts.owner) == 0 else {
      printError(unsafe "lenscap: cannot become the owner of \(folder): \(String(cString: strerror(errno)))")
      throw ExitStatus.noPermission.code
    }
  }

  private func existing<Value>(_ path: String, _ open: () throws(StoreError) -> Value) throws -> Value? {
    guard unsafe access(path, R_OK) != 0 else { return try withStoreErrors(open) }
    if errno == ENOENT { return nil }
    throw Self.noRights(path, "read")
  }

  static func noRights(_ path: String, _ what: String) -> ExitCode {
    printError(unsafe "lenscap: \(path): \(String(cString: strerror(errno))); only root and the service's user may \(what) it")
    return ExitStatus.noPermission.code
  }

  fileprivate func request(_ choice: ChosenSinks, enables: Bool) throws {
    let settings = try configuration.load().settings
    let sinks = try choice.sinks(settings)
    let path = servePath(settings)
    if unsafe access(path, W_OK) != 0 {
      guard errno == ENOENT else { throw Self.noRights(path, "write") }
      printError("lenscap: \(path): no such file; `lenscap serve` makes it")
      throw ExitStatus.noInput.code
    }
    try becomeServe(settings)
    try withStoreErrors { () throws(StoreError) in
      let own = try ServeStore(path: path, create: false)
      for sink in sinks { try own.requestRetry(of: sink.name, enables: enables) }
    }
    for sink in sinks { printOut("\(sink.name): \(enables ? "enabled" : "serve tries again")") }
  }
}
