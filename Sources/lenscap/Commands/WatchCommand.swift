import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Services
import SignatureFiles
import Store
import Watch

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Watch interfaces, and report a camera as soon as it is recognised.",
    discussion: """
      Sends nothing. Ctrl-C or SIGTERM ends it; it then prints the numbers of packets captured and lost. It needs the right to \
      capture: root, or `setcap cap_net_raw,cap_net_admin+ep` on the program. Started as root, it opens interfaces and files and then \
      continues as an unprivileged user who may only capture.

      If an interface is unplugged, renamed or down, `watch` says so on standard error, continues with the others, and captures again when \
      the interface returns. At the start at least one interface must be up. It also reports which traffic each interface receives, when \
      traffic between other devices stops for ten minutes, and when packets are lost.

      Every option has a key in the configuration, and beats it. `lenscap config show` prints them all.

      At SIGHUP it reads the configuration, signatures, declared cameras and rooms again; if one is wrong, it says so and goes on with the old.

      Examples:
        lenscap watch --config /etc/lenscap/lenscap.yaml
        lenscap watch -i eth1 --database /var/lib/lenscap/lenscap.sqlite
        lenscap watch -i eth1 --known ours.yaml
        lenscap watch -i eth1 -i eth2
        lenscap watch -i eth1 --filter 'not port 22' --format jsonl
        ssh router tcpdump -i br-lan -U -w - | lenscap watch -i -
      """)

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      """
      Interface to watch; `any` for all. May be repeated; all are treated as one network. `-` reads a capture from standard input, such as \
      the output of tcpdump on another machine; timers then follow the time of its packets. (default: the configuration's interfaces)
      """, valueName: "interface"))
  var interface: [String] = []

  @Option(name: .shortAndLong, help: ArgumentHelp("Capture only packets that match this BPF expression.", valueName: "expression"))
  var filter: String?

  @Option(help: "Output format: text for people; jsonl, one object a line. (default: text)")
  var format: WatchFormat?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Also write every packet to this file, as pcapng, with the interface it arrived on.", valueName: "file"))
  var write: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Bytes to capture of each packet. (default: \(WatchKeys.defaultSnapLength))", valueName: "bytes"))
  var snapLength: Int?

  @Option(
    help: ArgumentHelp(
      """
      Kernel memory for packets that wait while this program is busy, shared among the interfaces. Raise it if packets are lost. \
      (default: \(WatchKeys.defaultBuffer))
      """, valueName: "MiB"))
  var buffer: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Monitor mode: capture all frames on the air, if the wireless card can. It is disconnected from its network meanwhile.")
  var monitor: Bool?

  @Option(
    help: ArgumentHelp(
      """
      User to switch to after opening devices, when started as root; `root` to stay root. (default: the first that exists of \
      lenscap-watch, lenscap and nobody)
      """,
      valueName: "name"))
  var user: String?

  @Flag(inversion: .prefixedNo, help: "Put the interface into promiscuous mode. (default: --promiscuous-mode)")
  var promiscuousMode: Bool?

  @Flag(inversion: .prefixedNo, help: "Print times in UTC instead of the local zone. JSON is always in UTC.")
  var utc: Bool?

  @Option(help: ArgumentHelp("Print a digest daily at this time, as `lenscap digest` does. Needs a database.", valueName: "time of day"))
  var digest: TimeOfDay?

  @Option(
    help: ArgumentHelp(
      "Name of this watch in alerts and in `status`; stored in the database. (default: this machine's name)", valueName: "name"))
  var sensorName: String?

  @OptionGroup var detection: DetectionOptions
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var retention: RetentionOptions

  func validate() throws {
    if let snapLength, !WatchKeys.snapLengths.contains(snapLength) { throw ValidationError("--snap-length: 64 to 262144 bytes.") }
    if let buffer, !WatchKeys.buffers.contains(buffer) { throw ValidationError("--buffer: 1 to 2047 MiB.") }
    if let sensorName, sensorName.isEmpty || sensorName.utf8.count > WatchKeys.longestSensorName {
      throw ValidationError("--sensor-name: 1 to 255 bytes.")
    }
    _ = try detection.networks()
  }

  /// What the options say, and what the environment says in place of options.
  private func overrides() throws -> WatchOverrides {
    var overrides = WatchOverrides()
    (overrides.interfaces, overrides.known, overrides.site) = (interface, detection.known, detection.site)
    overrides.retention = retention.settings
    overrides.watch.database = database.named
    overrides.watch.filter = filter
    overrides.watch.format = format
    overrides.watch.write = write
    overrides.watch.snapLength = snapLength
    overrides.watch.buffer = buffer
    overrides.watch.monitor = monitor
    overrides.watch.user = user
    overrides.watch.noPromiscuousMode = promiscuousMode.map { !$0 }
    overrides.watch.utc = utc
    overrides.watch.digest = digest?.text
    overrides.watch.sensorName = sensorName
    overrides.watch.lan = try detection.networks()
    overrides.watch.signatures = detection.signatures ?? environmentVariable(SignatureFolder.variable)
    overrides.watch.headersOnly = detection.headersOnly
    return overrides
  }

  /// Privileges, open, drop, run: the order matters for security. On the main thread throughout, before any other thread exists: rights are
  /// those of a thread, and the others inherit them.
  func run() throws {
    let source = WatchSettings.Source(config: database.configuration.config, options: try overrides())
    let settings = try withConfigurationErrors(source.load)
    settings.settings.property.useTimeZone()
    try WatchRun(settings: settings, source: source).run()
  }
}

extension WatchFormat: ExpressibleByArgument {}

/// One run of `watch`.
private struct WatchRun {
  let settings: WatchSettings
  /// For reading the configuration again.
  let source: WatchSettings.Source

  private var interfaces: [String] { settings.settings.interfaces }
  private var keys: WatchKeys { settings.settings.watch }
  private var isPiped: Bool { interfaces == [Settings.standardInput] }
  private var database: String? { DatabaseOptions.pathToKeep(settings.settings) }
  private var utc: Bool { keys.utc == true }
  private var snapLength: Int { keys.snapLength ?? WatchKeys.defaultSnapLength }

  func run() throws {
    guard !interfaces.isEmpty else {
      throw usageError("no interface: name it with -i, or with interfaces in \(settings.file ?? Configuration.standardPath).")
    }
    if let filter = keys.filter, isPiped {
      do { try LinkFilters.check(filter) } catch { throw usageError("\(error)") }
    }
    Confinement.begin()
    let engine = Engine(settings.engine, headersOnly: keys.headersOnly == true)
    let privileges = try orExplain { () throws(PrivilegeError) in try Privileges(user: keys.user, monitors: keys.monitor == true) }
    let (frames, writer) = try open(engine)
    privileges.giveDatabase(database, standard: DatabaseOptions.standard)
    if let ringFolder { privileges.makeFolder(ringFolder) }
    if let database {
      privileges.makeFolder(PaperFolder.path(besideDatabase: database), isShared: DatabaseFile.isShared(folderOf: database))
    }
    var service = try service(engine, frames, writer)
    let became = try orExplain(privileges.drop).map { " as user \($0)" } ?? ""
    // As the user that owns its files.
    service.ring = ring(engine)
    // Before this process forbids itself to start others.
    service.papers = paperMaker()
    service.recording = keys.write
    Confinement.filterSystemCalls()
    if let path = database { printError("database: \(path)") }
    let remark = "watching \(frames.summary)\(became); \(isPiped ? "its end or " : "")Ctrl-C ends it"
    let (outcome, reportedCamera) = try service.run { printError(remark) }
    guard let outcome else { throw ExitStatus.ioError.code }
    let status = report(outcome, reportedCamera: reportedCamera)
    if status != .nothingFound { throw status.code }
  }

  private func open(_ engine: Engine) throws -> (any FrameSource, CaptureWriter?) {
    do {
      let source: any FrameSource =
        isPiped
        ? PipedCapture(interfaces: engine.interfaces, filter: keys.filter)
        : try LiveCaptures(
          interfaces,
          options: CaptureOptions(
            filter: keys.filter, snapLength: snapLength, bufferBytes: (keys.buffer ?? WatchKeys.defaultBuffer) << 20,
            isPromiscuous: keys.noPromiscuousMode != true, monitors: keys.monitor == true),
          interfaces: engine.interfaces)
      let writer = try keys.write.map { path throws(CaptureError) in
        try CaptureWriter(
          path: path, application: "lenscap \(Lenscap.configuration.version)", snapLength: snapLength, interfaces: engine.interfaces)
      }
      return (source, writer)
    } catch {
      printError("lenscap: \(error)")
      throw ExitStatus(for: error).code
    }
  }

  private func service(_ engine: Engine, _ source: any FrameSource, _ writer: CaptureWriter?) throws -> WatchService {
    let digest = keys.digest.flatMap(TimeOfDay.init)
    if digest != nil, database == nil { throw usageError("--digest needs a database: name its file with --database.") }
    var options = RecorderOptions(
      path: database, signatures: settings.engine.signatures, defaultSensorName: ProcessInfo.processInfo.hostName, clock: { .now })
    options.declared = settings.engine.declared
    (options.site, options.lan) = (settings.engine.site, settings.engine.lan)
    options.retention = settings.retention
    options.central = settings.central
    options.sensorName = keys.sensorName
    options.followsPackets = isPiped
    options.serveDatabase = settings.settings.serve.database ?? database.map(DatabaseFile.serve)
    options.reload = { [source = self.source, settings] in
      let new = try source.load()
      let changes = new.changesThatNeedARestart(since: settings)
      let remarks = changes.isEmpty ? [] : ["what changed in \(listed(changes)) needs a restart"]
      var reloaded = Reloaded(new.engine, retention: new.retention, remarks: remarks)
      reloaded.central = new.central
      return reloaded
    }
    if !isPiped { options.isClockSynchronised = { !SystemClock.isUnsynchronised } }
    if let digest { options.nextDigest = { [utc] in digest.first(after: $0, utc: utc) } }
    let format: any ReportFormat = keys.format == .jsonl ? JSONLinesFormat(utc: utc) : TextFormat(utc: utc)
    return try withStoreErrors { () throws(StoreError) in
      try WatchService(engine: engine, source: source, writer: writer, options: options, format: format, remark: printError)
    }
  }

  /// Without a database nobody asks for packets; with headers only there are none that prove anything.
  private var ringFolder: String? {
    keys.evidence == false || keys.headersOnly == true ? nil : database.map(EvidenceRing.folder)
  }

  private func ring(_ engine: Engine) -> EvidenceRing? {
    guard let ringFolder else { return nil }
    var limits = EvidenceRing.Limits()
    if let age = settings.settings.retention.evidence { limits.age = age }
    do {
      return try EvidenceRing(folder: ringFolder, limits: limits, application: Lenscap.application, interfaces: engine.interfaces)
    } catch {
      printError("lenscap: no packets are kept for evidence packs: \(error.localizedDescription)")
      return nil
    }
  }

  /// Makes the papers that people ask for on the page.
  private func paperMaker() -> PaperMaker? {
    guard let database else { return nil }
    var command = ["lenscap", "make-papers", "--database=\(database)"]
    command += source.config.map { ["--config=\($0)"] } ?? []
    command += keys.signatures.map { ["--signatures=\($0)"] } ?? []
    do throws(SystemError) {
      // The program that runs, also where another one lies at its path by now.
      return try PaperMaker(program: "/proc/self/exe", arguments: command, environment: PaperMaker.environment)
    } catch {
      printError("lenscap: no papers can be made for the page: \(error.reason)")
      return nil
    }
  }

  private func orExplain<R>(_ body: () throws(PrivilegeError) -> R) throws -> R {
    do {
      return try body()
    } catch {
      printError("lenscap: \(error)")
      throw (error.isUsage ? ExitStatus.usage : .noPermission).code
    }
  }

  private func report(_ outcome: CaptureOutcome, reportedCamera: Bool) -> ExitStatus {
    var statuses: Set<ExitStatus> = reportedCamera ? [.cameraFound] : []
    if let failure = outcome.failure {
      printError("lenscap: \(failure)")
      statuses.insert(ExitStatus(for: failure))
    }
    printError(
      "\(grouped(outcome.coverage.packets)) packets captured, \(grouped(outcome.statistics.droppedByKernel)) dropped by the kernel, "
        + "\(grouped(outcome.statistics.droppedByInterface)) by the interface; \(plural(outcome.devices, "device") ?? "no devices")")
    if !outcome.away.isEmpty {
      printError("lenscap: \(listed(outcome.away)) could not be read at the end")
      statuses.insert(.ioError)
    }
    if let error = outcome.writeFailure {
      printError("lenscap: \(error)")
      statuses.insert(ExitStatus(for: error))
    }
    return ExitStatus.foremost(of: statuses)
  }
}
