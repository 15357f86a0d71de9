import ArgumentParser
import Capture
import Detection

struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads captures and says which devices are cameras, and why.",
    discussion: """
      Reads pcap and pcapng, also compressed with gzip, xz or zstd. Several files and folders are read as one recording, in the order \
      of packet time, unless --separately. A damaged file is read as far as it goes; the others are read all the same.

      Examples:
        lenscap replay lobby.pcapng
        tcpdump -i eth0 -w - | lenscap replay --format jsonl -
        lenscap replay --known ours.yaml --lan 203.0.113.0/24 monday/ tuesday.pcap.gz
        lenscap replay --filter 'vlan 12' --from 14:00 --to 15:30 lobby.pcapng
        lenscap replay --write-evidence evidence.pcapng lobby.pcapng
        lenscap replay --separately hotel-a.pcapng hotel-b.pcapng
      """)

  @Argument(help: ArgumentHelp("Captures, folders of captures, or - for standard input.", valueName: "file"))
  var files: [String]

  @Option(help: "How to answer: text for people; json, one document; jsonl, one object a line.")
  var format: OutputFormat = .text

  @OptionGroup var selection: SelectionOptions

  @Flag(
    help: """
      Each file is a network of its own, whose devices have nothing to do with the other files'. One report for each; with --format \
      json one document a line.
      """)
  var separately = false

  @Option(
    help: ArgumentHelp(
      """
      Write the packets that are cited for cameras, also possible ones, to this pcapng file, each with a comment that says what it \
      shows. What takes several packets to see is cited by one, and need not be found again in that file alone. Reads the captures \
      twice, so not with standard input.
      """, valueName: "file"))
  var writeEvidence: String?

  @Flag(help: "Times in UTC; otherwise in the local zone. JSON is always in UTC.")
  var utc = false

  @OptionGroup var detection: DetectionOptions

  func run() throws {
    let paths = InputFiles.expand(files)
    let makeEngine = try detection.engineMaker()
    let evidence = try writeEvidence.map { try EvidenceFile(path: $0, inputs: paths) }
    let networks = separately ? paths.indices.map { $0..<$0 + 1 } : [paths.indices]
    var statuses: Set<ExitStatus> = []
    for network in networks {
      let report = try replay(paths[network], makeEngine())
      evidence?.cite(report, firstFile: network.lowerBound)
      if format == .text, network.lowerBound > 0 { printOut("") }
      try report.write(format, utc: utc, isOneOfSeveral: separately)
      for error in report.files.compactMap(\.error) { printError("lenscap: \(error)") }
      statuses.formUnion(report.statuses)
    }
    if let evidence { statuses.insert(evidence.write()) }
    let status = ExitStatus.foremost(of: statuses)
    if status != .nothingFound { throw status.code }
  }

  private func replay(_ paths: ArraySlice<String>, _ engine: Engine) throws -> Report {
    let sequence = CaptureSequence(paths: Array(paths), interfaces: engine.interfaces)
    let selection = try selection.selection(startingAt: sequence.start, utc: utc)
    var progress = Progress()
    do throws(PacketFilterError) {
      try sequence.run(progress: { progress.show(Self.progressText(sequence, $0)) }) { (frame: borrowing Frame) throws(PacketFilterError) in
        if try selection.admits(frame) { engine.ingest(frame) }
      }
    } catch {
      progress.clear()
      throw usageError("\(error)")
    }
    progress.clear()
    engine.finish()
    return Report(engine: engine, files: sequence.files)
  }

  private static func progressText(_ sequence: CaptureSequence, _ index: Int) -> String {
    let packets = sequence.files.reduce(0) { $0 + $1.packets }
    let place = sequence.files.count > 1 ? "file \(index + 1) of \(sequence.files.count), " : ""
    return "reading \(place)\(packets) packets so far: \(sequence.files[index].path)"
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, jsonl
}

/// Everything that is to be said at the end of a run.
struct Report {
  let files: [CaptureSequence.Summary]
  let devices: [Device]
  /// The latest state of each alert, in the order in which they were raised.
  let alerts: [Alert]
  let coverage: Coverage
  let makers: OUIRegistry

  init(engine: Engine, files: [CaptureSequence.Summary]) {
    self.files = files
    devices = engine.devices()
    alerts = Self.latest(engine.takeAlerts())
    coverage = engine.coverage
    makers = OUIRegistry(of: devices.map(\.id.mac))
  }

  private static func latest(_ alerts: [Alert]) -> [Alert] {
    var result: [Alert] = []
    var places: [String: Int] = [:]
    for alert in alerts {
      if let index = places[alert.id] {
        result[index] = alert
      } else {
        places[alert.id] = result.count
        result.append(alert)
      }
    }
    return result
  }

  /// All that apply; none where nothing was found and all could be read.
  var statuses: Set<ExitStatus> {
    let isFound = alerts.contains { $0.kind == .unknownCamera }
    return Set(files.compactMap(\.error).compactMap { ExitStatus(rawValue: $0.exitStatus) }).union(isFound ? [.cameraFound] : [])
  }

  /// Device by device: in a flood there are a hundred thousand. A document that is one of several takes one line.
  func write(_ format: OutputFormat, utc: Bool, isOneOfSeveral: Bool) throws {
    switch format {
    case .text: printOut(TextReport(self, utc: utc, style: .forOutput).text)
    case .json: try isOneOfSeveral ? writeLine() : writeDocument()
    case .jsonl: try writeLines()
    }
  }

  private var paths: [String] { files.map(\.path) }
  private var source: SourceDocument { SourceDocument(files: files.map(SourceDocument.File.init)) }

  /// The keys stand in the order of their names, as within.
  private func writeDocument() throws {
    let paths = paths
    printOut("{")
    try writeList("alerts", alerts) { AlertDocument($0, files: paths) }
    try printOut("  \"coverage\" : \(JSON.text(CoverageDocument(coverage), indent: 2)),")
    try writeList("devices", devices) { DeviceDocument($0, makers: makers, files: paths) }
    try printOut("  \"schema\" : \(JSON.text(SourceDocument.schema)),")
    try printOut("  \"source\" : \(JSON.text(source, indent: 2))\n}")
  }

  private func writeLine() throws {
    let paths = paths
    let alerts = try alerts.map { try JSON.text(AlertDocument($0, files: paths)) }.joined(separator: ",")
    let devices = try devices.map { try JSON.text(DeviceDocument($0, makers: makers, files: paths)) }.joined(separator: ",")
    try printOut(
      "{\"alerts\":[\(alerts)],\"coverage\":\(JSON.text(CoverageDocument(coverage))),\"devices\":[\(devices)],"
        + "\"schema\":\(JSON.text(SourceDocument.schema)),\"source\":\(JSON.text(source))}")
  }

  private func writeList<Item>(_ name: String, _ items: [Item], _ body: (Item) -> some Encodable) throws {
    if items.isEmpty { return printOut("  \"\(name)\" : [\n\n  ],") }
    printOut("  \"\(name)\" : [")
    for (index, item) in items.enumerated() {
      try printOut("    \(JSON.text(body(item), indent: 4))\(index == items.count - 1 ? "" : ",")")
    }
    printOut("  ],")
  }

  private func writeLines() throws {
    let paths = paths
    printOut(try JSON.text(Line(type: "source", body: source)))
    for device in devices { printOut(try JSON.text(Line(type: "device", body: DeviceDocument(device, makers: makers, files: paths)))) }
    for alert in alerts { printOut(try JSON.text(Line(type: "alert", body: AlertDocument(alert, files: paths)))) }
    printOut(try JSON.text(Line(type: "coverage", body: CoverageDocument(coverage))))
  }
}
