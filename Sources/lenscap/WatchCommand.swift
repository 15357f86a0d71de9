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
      capture: root, or `setcap cap_net_raw,cap_net_admin+ep` on the program.

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

  @Option(name: .shortAndLong, help: ArgumentHelp("Also write every packet to this capture file.", valueName: "file"))
  var write: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Bytes of each packet that are looked at.", valueName: "bytes"))
  var snapLength = 65_535

  @Flag(help: "Do not put the interface into promiscuous mode.")
  var noPromiscuousMode = false

  @Flag(help: "Times in UTC; otherwise in the local zone. JSON is always in UTC.")
  var utc = false

  @OptionGroup var detection: DetectionOptions
  @OptionGroup var memory: DatabaseOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, jsonl
  }

  /// Memory that the kernel may fill while this program is busy.
  private static let ringBytes = 64 << 20
  /// Packets may still be on their way through the ring for this long: the clock of a quiet link follows the wall clock no closer.
  private static let quietMargin = Duration.seconds(2)

  func validate() throws {
    guard (64...262_144).contains(snapLength) else { throw ValidationError("--snap-length: 64 to 262144 bytes.") }
    if let twice = interface.first(where: { name in interface.count { $0 == name } > 1 }) {
      throw ValidationError("--interface: \(twice) is named twice; its packets would count twice.")
    }
    if interface.count > 1, interface.contains("any") { throw ValidationError("--interface: any has the packets of all the others.") }
  }

  /// How often devices are kept, and people heard.
  private static let keepInterval = Duration.seconds(2)

  func run() throws {
    let signatures = try detection.loadSignatures()
    let engine = try detection.engineMaker(signatures)()
    let teller = AlertTeller(format: format, utc: utc)
    let memory = try openMemory(engine, signatures, teller)
    StopSignals.install()
    let captures: LiveCaptures
    let writer: CaptureWriter?
    do {
      captures = try LiveCaptures(
        interface, filter: filter, snapLength: snapLength, bufferBytes: Self.ringBytes, promiscuous: !noPromiscuousMode)
      writer = try write.map { try makeWriter($0, captures) }
    } catch let error as ExitCode {
      throw error
    } catch {
      printError("lenscap: \(error)")
      throw Self.status(of: error).code
    }
    printError("watching \(captures.summary); Ctrl-C ends it")
    var kept = ContinuousClock.now
    var failure: (any Error)?
    do {
      while !StopSignals.stopped {
        let packets = try captures.poll { frame in
          engine.ingest(frame)
          writer?.write(frame)
        }
        if packets == 0 { engine.advance(to: Self.quietTime) }
        if let news = memory.takeNews() { engine.take(news.known, news.dismissals) }
        memory.tell(engine.takeAlerts(), engine)
        if ContinuousClock.now - kept > Self.keepInterval {
          memory.keep(engine)
          kept = .now
        }
      }
    } catch {
      failure = error
    }
    if memory.isKept { engine.suspend() } else { engine.finish() }
    memory.tell(engine.takeAlerts(), engine)
    memory.keep(engine)
    memory.close()
    let status = try end(engine, captures.statistics, teller, writer, failure)
    if status != .nothingFound { throw status.code }
  }

  private func openMemory(_ engine: Engine, _ signatures: SignatureSet, _ teller: AlertTeller) throws -> WatchMemory {
    let path = memory.pathToKeep
    let memory = WatchMemory(path: path, known: try detection.loadKnown(), teller: teller)
    try withStoreErrors { () throws(StoreError) in try memory.restore(engine, signatures) }
    if let path { printError("memory: \(path)") }
    return memory
  }

  private func makeWriter(_ path: String, _ captures: LiveCaptures) throws -> CaptureWriter {
    guard let linkType = captures.linkType else {
      throw usageError("--write: a file has one kind of link, and these interfaces differ: \(captures.summary).")
    }
    return try CaptureWriter(path: path, linkType: linkType, snapLength: snapLength)
  }

  private func end(
    _ engine: Engine, _ statistics: CaptureStatistics, _ teller: AlertTeller, _ writer: CaptureWriter?, _ failure: (any Error)?
  ) throws -> ExitStatus {
    let coverage = engine.coverage
    teller.tell(
      CoverageDocument(coverage, droppedByKernel: statistics.droppedByKernel, droppedByInterface: statistics.droppedByInterface))
    printError(
      "\(grouped(coverage.packets)) packets seen, \(grouped(statistics.droppedByKernel)) dropped by the kernel, "
        + "\(grouped(statistics.droppedByInterface)) by the interface; \(plural(engine.devices().count, "device") ?? "no devices")")
    if let failure { printError("lenscap: \(failure)") }
    if let error = writer?.close() { printError("lenscap: \(error)") }
    if teller.toldOfCamera { return .cameraFound }
    return failure == nil ? .nothingFound : .ioError
  }

  private static func status(of error: any Error) -> ExitStatus {
    guard let error = error as? LiveCaptureError else { return .ioError }
    return ExitStatus(rawValue: error.exitStatus) ?? .ioError
  }

  private static var quietTime: Timestamp { .now - quietMargin }
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
