import ArgumentParser
import Capture
import Detection
import Documents
import Foundation
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

      Examples:
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
      the output of tcpdump on another machine; timers then follow the time of its packets.
      """, valueName: "interface"))
  var interface: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("Capture only packets that match this BPF expression.", valueName: "expression"))
  var filter: String?

  @Option(help: "Output format: text for people; jsonl, one object a line.")
  var format: Format = .text

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Also write every packet to this file, as pcapng, with the interface it arrived on.", valueName: "file"))
  var write: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Bytes to capture of each packet.", valueName: "bytes"))
  var snapLength = 65_535

  @Option(
    help: ArgumentHelp(
      "Kernel memory for packets that wait while this program is busy, shared among the interfaces. Raise it if packets are lost.",
      valueName: "MiB"))
  var buffer = 64

  @Flag(help: "Monitor mode: capture all frames on the air, if the wireless card can. It is disconnected from its network meanwhile.")
  var monitor = false

  @Option(
    help: ArgumentHelp(
      "User to switch to after opening devices, when started as root; `root` to stay root. (default: lenscap if it exists, else nobody)",
      valueName: "name"))
  var user: String?

  @Flag(help: "Do not put the interface into promiscuous mode.")
  var noPromiscuousMode = false

  @Flag(help: "Print times in UTC instead of the local zone. JSON is always in UTC.")
  var utc = false

  @Option(help: ArgumentHelp("Print a digest daily at this time, as `lenscap digest` does. Needs a database.", valueName: "time of day"))
  var digest: TimeOfDay?

  @Option(
    help: ArgumentHelp(
      "Name of this watch in alerts and in `status`; stored in the database. (default: this machine's name)", valueName: "name"))
  var sensorName: String?

  @OptionGroup var detection: DetectionOptions
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var retention: RetentionOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, jsonl
  }

  /// The name that stands for standard input.
  private static let pipe = "-"
  private var isPiped: Bool { interface == [Self.pipe] }

  func validate() throws {
    guard (64...262_144).contains(snapLength) else { throw ValidationError("--snap-length: 64 to 262144 bytes.") }
    if detection.headersOnly, write != nil {
      throw ValidationError("--write stores whole packets, but --headers-only promises not to read them: use only one of the two.")
    }
    guard (1...2047).contains(buffer) else { throw ValidationError("--buffer: 1 to 2047 MiB.") }
    if let twice = interface.first(where: { name in interface.count { $0 == name } > 1 }) {
      throw ValidationError("--interface: \(twice) is named twice; its packets would count twice.")
    }
    if interface.contains(Self.pipe), interface.count > 1 || monitor {
      throw ValidationError("--interface: - excludes other interfaces and --monitor.")
    }
    if let filter, isPiped {
      do { try LinkFilters.check(filter) } catch { throw ValidationError("\(error)") }
    }
    if interface.count > 1, interface.contains("any") { throw ValidationError("--interface: any includes all the others.") }
    if let sensorName, sensorName.isEmpty || sensorName.utf8.count > 255 { throw ValidationError("--sensor-name: 1 to 255 bytes.") }
  }

  /// Privileges, open, drop, run: the order matters for security. On the main thread throughout, before any other thread exists: rights are
  /// those of a thread, and the others inherit them.
  func run() throws {
    let configuration = try detection.configuration()
    let engine = detection.engine(configuration)
    let privileges = try orExplain { () throws(PrivilegeError) in try Privileges(user: user, monitors: monitor) }
    let (source, writer) = try open(engine)
    privileges.giveDatabase(database.pathToKeep, standard: DatabaseOptions.standard)
    let service = try service(engine, source, writer, configuration)
    let became = try orExplain(privileges.drop).map { " as user \($0)" } ?? ""
    if let path = database.pathToKeep { printError("database: \(path)") }
    let remark = "watching \(source.summary)\(became); \(isPiped ? "its end or " : "")Ctrl-C ends it"
    let (outcome, reportedCamera) = try service.run { printError(remark) }
    guard let outcome else { throw ExitStatus.ioError.code }
    let status = report(outcome, reportedCamera: reportedCamera)
    if status != .nothingFound { throw status.code }
  }

  private func open(_ engine: Engine) throws -> (any FrameSource, CaptureWriter?) {
    do {
      let source: any FrameSource =
        isPiped
        ? PipedCapture(interfaces: engine.interfaces, filter: filter)
        : try LiveCaptures(
          interface,
          options: CaptureOptions(
            filter: filter, snapLength: snapLength, bufferBytes: buffer << 20, isPromiscuous: !noPromiscuousMode, monitors: monitor),
          interfaces: engine.interfaces)
      let writer = try write.map { path throws(CaptureError) in
        try CaptureWriter(
          path: path, application: "lenscap \(Lenscap.configuration.version)", snapLength: snapLength, interfaces: engine.interfaces)
      }
      return (source, writer)
    } catch {
      printError("lenscap: \(error)")
      throw ExitStatus(for: error).code
    }
  }

  private func service(
    _ engine: Engine, _ source: any FrameSource, _ writer: CaptureWriter?, _ configuration: EngineConfiguration
  ) throws -> WatchService {
    let path = database.pathToKeep
    if digest != nil, path == nil { throw usageError("--digest needs a database: name its file with --database.") }
    var options = RecorderOptions(
      path: path, signatures: configuration.signatures, defaultSensorName: ProcessInfo.processInfo.hostName, clock: { .now })
    options.declared = configuration.declared
    options.rooms = configuration.site.rooms
    options.retention = retention.retention
    options.sensorName = sensorName
    options.followsPackets = isPiped
    if !isPiped { options.isClockSynchronised = { !SystemClock.isUnsynchronised } }
    if let digest { options.nextDigest = { [utc] in digest.first(after: $0, utc: utc) } }
    let format: any ReportFormat = format == .text ? TextFormat(utc: utc) : JSONLinesFormat(utc: utc)
    return try withStoreErrors { () throws(StoreError) in
      try WatchService(engine: engine, source: source, writer: writer, options: options, format: format, remark: printError)
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
