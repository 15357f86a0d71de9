import ArgumentParser
import Capture
import Detection
import Glibc
import Store
import Synchronization

struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watches interfaces and says so at the moment a camera is known.",
    discussion: """
      Sends nothing. Stops on Ctrl-C or SIGTERM and then says how many packets it saw and how many it missed. It needs the right to \
      capture: root, or `setcap cap_net_raw,cap_net_admin+ep` on the program. Started as root it opens interfaces and files, and then goes on \
      as an unprivileged user who may only capture.

      An interface that is unplugged, renamed or down does not end the watch: it says so on standard error, goes on with the others, and \
      reads the interface again once it is back. At the start at least one must be there. It also says what each interface lets be seen, \
      when other devices' traffic stops for ten minutes, and when packets are lost.

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
      Interface to watch; `any` for all. May be repeated: all are one network. `-` reads a capture from standard input, as another \
      machine's tcpdump writes it; what falls due then goes by the time of its packets.
      """, valueName: "interface"))
  var interface: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("Capture only what this BPF expression lets through.", valueName: "expression"))
  var filter: String?

  @Option(help: "How to tell: text for people; jsonl, one object a line.")
  var format: Format = .text

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Also write every packet to this file, as pcapng, with the interface it came in on.", valueName: "file"))
  var write: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Bytes of each packet that are looked at.", valueName: "bytes"))
  var snapLength = 65_535

  @Option(
    help: ArgumentHelp(
      "Memory for packets that wait while this program is busy, shared among the interfaces: more where packets are dropped.",
      valueName: "MiB"))
  var buffer = 64

  @Flag(
    help: ArgumentHelp(
      "Monitor mode: all frames on the air, of cards that have it. Such a card is connected to no network meanwhile."))
  var monitor = false

  @Option(
    help: ArgumentHelp(
      "Whom to become once all is open, when started as root; `root` to stay it. (default: lenscap if there is such a user, else nobody)",
      valueName: "name"))
  var user: String?

  @Flag(help: "Do not put the interface into promiscuous mode.")
  var noPromiscuousMode = false

  @Flag(help: "Times in UTC; otherwise in the local zone. JSON is always in UTC.")
  var utc = false

  @Option(
    help: ArgumentHelp(
      "Also tell once a day, at this time, what happened and what still waits, as `lenscap digest` does. It needs a database.",
      valueName: "time of day"))
  var digest: TimeOfDay?

  @OptionGroup var detection: DetectionOptions
  @OptionGroup var memory: DatabaseOptions
  @OptionGroup var retention: RetentionOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, jsonl
  }

  func validate() throws {
    guard (64...262_144).contains(snapLength) else { throw ValidationError("--snap-length: 64 to 262144 bytes.") }
    if detection.headersOnly, write != nil {
      throw ValidationError("--write keeps whole packets, and --headers-only promises not to look at them: leave one out.")
    }
    guard (1...2047).contains(buffer) else { throw ValidationError("--buffer: 1 to 2047 MiB.") }
    if let twice = interface.first(where: { name in interface.count { $0 == name } > 1 }) {
      throw ValidationError("--interface: \(twice) is named twice; its packets would count twice.")
    }
    if interface.contains(Self.pipe), interface.count > 1 || monitor {
      throw ValidationError("--interface: - is watched alone, and without --monitor.")
    }
    if let filter, interface == [Self.pipe] {
      do { try LinkFilters.check(filter) } catch { throw ValidationError("\(error)") }
    }
    if interface.count > 1, interface.contains("any") { throw ValidationError("--interface: any has the packets of all the others.") }
  }

  /// The interface that is standard input.
  static let pipe = "-"

  func run() throws {
    let signatures = try detection.loadSignatures()
    let engine = try detection.engineMaker(signatures)()
    let teller = AlertTeller(format: format, utc: utc)
    StopSignals.install()
    if interface == [Self.pipe] { return try watchPipe(engine, signatures, teller) }
    let privileges = try orExplain { () throws(PrivilegeError) in try Privileges(user: user, monitors: monitor) }
    let captures: LiveCaptures
    let writer: CaptureWriter?
    do {
      captures = try LiveCaptures(
        interface,
        options: CaptureOptions(
          filter: filter, snapLength: snapLength, bufferBytes: buffer << 20, isPromiscuous: !noPromiscuousMode,
          monitors: monitor), interfaces: engine.interfaces)
      writer = try write.map { path throws(CaptureError) in try makeWriter(path, engine) }
    } catch {
      printError("lenscap: \(error)")
      throw Self.status(of: error).code
    }
    privileges.giveDatabase(memory.pathToKeep)
    let memory = try openMemory(engine, signatures, teller, WatchClock())
    let became = try orExplain(privileges.drop).map { " as user \($0)" } ?? ""
    printError("watching \(captures.summary)\(became); Ctrl-C ends it")
    let loop = WatchLoop(engine, memory, writer)
    memory.tell(captures.takeNotices())
    while !StopSignals.stopped {
      let packets = captures.poll { loop.take($0) }
      if packets == 0 { engine.advance(to: LiveCaptures.quietTime) }
      memory.tell(captures.takeNotices())
      loop.serve()
    }
    loop.end()
    let status = end(engine, captures.statistics, teller, writer, away: captures.away)
    if status != .nothingFound { throw status.code }
  }

  func openMemory(
    _ engine: Engine, _ signatures: SignatureSet, _ teller: AlertTeller, _ clock: WatchClock
  ) throws -> WatchMemory {
    let path = memory.pathToKeep
    if digest != nil, path == nil { throw usageError("--digest needs the property's memory: name its file with --database.") }
    let memory = WatchMemory(
      path: path, known: try detection.loadKnown(), signatures: signatures, teller: teller, clock: clock, digestTime: digest,
      retention: retention.retention)
    try withStoreErrors { () throws(StoreError) in try memory.restore(engine) }
    if let path { printError("memory: \(path)") }
    return memory
  }

  func orExplain<R>(_ body: () throws(PrivilegeError) -> R) throws -> R {
    do {
      return try body()
    } catch {
      printError("lenscap: \(error)")
      throw error.status.code
    }
  }

  func makeWriter(_ path: String, _ engine: Engine) throws(CaptureError) -> CaptureWriter {
    try CaptureWriter(
      path: path, application: "lenscap \(Lenscap.configuration.version)", snapLength: snapLength, interfaces: engine.interfaces)
  }

  func end(
    _ engine: Engine, _ statistics: CaptureStatistics, _ teller: AlertTeller, _ writer: CaptureWriter?, away: [String] = []
  ) -> ExitStatus {
    let coverage = engine.coverage
    teller.tell(
      CoverageDocument(coverage, droppedByKernel: statistics.droppedByKernel, droppedByInterface: statistics.droppedByInterface))
    printError(
      "\(grouped(coverage.packets)) packets seen, \(grouped(statistics.droppedByKernel)) dropped by the kernel, "
        + "\(grouped(statistics.droppedByInterface)) by the interface; \(plural(engine.devices().count, "device") ?? "no devices")")
    if !away.isEmpty { printError("lenscap: \(listed(away)) could not be read at the end") }
    if let error = writer?.close() { printError("lenscap: \(error)") }
    if teller.toldOfCamera { return .cameraFound }
    return away.isEmpty ? .nothingFound : .ioError
  }

  private static func status(of error: any Error) -> ExitStatus {
    guard let error = error as? LiveCaptureError else { return .ioError }
    return ExitStatus(rawValue: error.exitStatus) ?? .ioError
  }

}

/// SIGINT and SIGTERM ask the program to end; the loop looks at least ten times a second.
enum StopSignals {
  private static let flag = Atomic<Bool>(false)
  static var stopped: Bool { flag.load(ordering: .relaxed) }

  static func install() {
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in StopSignals.flag.store(true, ordering: .relaxed) }
      sigaction(number, &action, nil)
    }
  }
}
