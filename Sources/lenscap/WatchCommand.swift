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
      """)

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Interface to watch; `any` for all. May be repeated: all are one network.", valueName: "interface"))
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

  @OptionGroup var detection: DetectionOptions
  @OptionGroup var memory: DatabaseOptions

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
    if interface.count > 1, interface.contains("any") { throw ValidationError("--interface: any has the packets of all the others.") }
  }

  /// How often devices are kept, and people heard.
  private static let keepInterval = Duration.seconds(2)
  /// … and no more often than takes this part of the time.
  private static let keepShare = 20

  func run() throws {
    let signatures = try detection.loadSignatures()
    let engine = try detection.engineMaker(signatures)()
    let teller = AlertTeller(format: format, utc: utc)
    StopSignals.install()
    let privileges = try orExplain { () throws(PrivilegeError) in try Privileges(user: user, monitors: monitor) }
    let captures: LiveCaptures
    let writer: CaptureWriter?
    do {
      captures = try LiveCaptures(
        interface,
        options: CaptureOptions(
          filter: filter, snapLength: snapLength, bufferBytes: buffer << 20, isPromiscuous: !noPromiscuousMode,
          monitors: monitor), interfaces: engine.interfaces)
      writer = try write.map { path throws(CaptureError) in
        try CaptureWriter(
          path: path, application: "lenscap \(Lenscap.configuration.version)", snapLength: snapLength, interfaces: engine.interfaces)
      }
    } catch {
      printError("lenscap: \(error)")
      throw Self.status(of: error).code
    }
    privileges.giveDatabase(memory.pathToKeep)
    let memory = try openMemory(engine, signatures, teller)
    let became = try orExplain(privileges.drop).map { " as user \($0)" } ?? ""
    printError("watching \(captures.summary)\(became); Ctrl-C ends it")
    memory.tell(captures.takeNotices())
    var keepDue = ContinuousClock.now
    while !StopSignals.stopped {
      let packets = captures.poll { frame in
        engine.ingest(frame)
        writer?.write(frame)
      }
      if packets == 0 { engine.advance(to: LiveCaptures.quietTime) }
      memory.tell(captures.takeNotices())
      memory.takeNews()?.tell(engine)
      memory.tell(engine.takeAlerts(), engine)
      let start = ContinuousClock.now
      if start > keepDue {
        memory.keep(engine)
        // Where there are very many devices, capture goes first.
        keepDue = .now + max(Self.keepInterval, (.now - start) * Self.keepShare)
      }
    }
    if memory.isKept { engine.suspend() } else { engine.finish() }
    memory.tell(engine.takeAlerts(), engine)
    memory.close(engine)
    let status = try end(engine, captures, teller, writer)
    if status != .nothingFound { throw status.code }
  }

  private func openMemory(_ engine: Engine, _ signatures: SignatureSet, _ teller: AlertTeller) throws -> WatchMemory {
    let path = memory.pathToKeep
    let memory = WatchMemory(path: path, known: try detection.loadKnown(), teller: teller)
    try withStoreErrors { () throws(StoreError) in try memory.restore(engine, signatures) }
    if let path { printError("memory: \(path)") }
    return memory
  }

  private func orExplain<R>(_ body: () throws(PrivilegeError) -> R) throws -> R {
    do {
      return try body()
    } catch {
      printError("lenscap: \(error)")
      throw error.status.code
    }
  }

  private func end(
    _ engine: Engine, _ captures: LiveCaptures, _ teller: AlertTeller, _ writer: CaptureWriter?
  ) throws -> ExitStatus {
    let (coverage, statistics) = (engine.coverage, captures.statistics)
    teller.tell(
      CoverageDocument(coverage, droppedByKernel: statistics.droppedByKernel, droppedByInterface: statistics.droppedByInterface))
    printError(
      "\(grouped(coverage.packets)) packets seen, \(grouped(statistics.droppedByKernel)) dropped by the kernel, "
        + "\(grouped(statistics.droppedByInterface)) by the interface; \(plural(engine.devices().count, "device") ?? "no devices")")
    let away = captures.away
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
