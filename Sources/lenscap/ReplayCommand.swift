import ArgumentParser
import Capture
import Detection

struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads captures and says which devices are cameras, and why.",
    discussion: """
      Reads pcap and pcapng, also compressed with gzip, xz or zstd. Several files and folders are read as one recording, in the order \
      of packet time. A damaged file is read as far as it goes; the others are read all the same.

      Examples:
        lenscap replay lobby.pcapng
        tcpdump -i eth0 -w - | lenscap replay --format jsonl -
        lenscap replay --known ours.yaml --lan 203.0.113.0/24 monday/ tuesday.pcap.gz
      """)

  @Argument(help: ArgumentHelp("Captures, folders of captures, or - for standard input.", valueName: "file"))
  var files: [String]

  @Option(name: [.short, .long], help: "How to answer: text for people; json, one document; jsonl, one object a line.")
  var format: OutputFormat = .text

  @Flag(help: "Times in UTC; otherwise in the local zone. JSON is always in UTC.")
  var utc = false

  @OptionGroup var detection: DetectionOptions

  func run() throws {
    let engine = try detection.makeEngine()
    let sequence = CaptureSequence(paths: InputFiles.expand(files))
    var progress = Progress()
    sequence.run(progress: { progress.show(Self.progressText(sequence, $0)) }) { engine.ingest($0) }
    progress.clear()
    engine.finish()
    let report = Report(engine: engine, files: sequence.files)
    try report.write(format, utc: utc)
    for error in sequence.files.compactMap(\.error) { printError("lenscap: \(error)") }
    let status = report.exitStatus
    if status != .nothingFound { throw status.code }
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
  let makers: Makers

  init(engine: Engine, files: [CaptureSequence.Summary]) {
    self.files = files
    devices = engine.devices()
    alerts = Self.latest(engine.takeAlerts())
    coverage = engine.coverage
    makers = Makers(of: devices.map(\.id.mac))
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

  /// 10 before all others, then unreadable input, then input that is not there, then I/O errors.
  var exitStatus: ExitStatus {
    if alerts.contains(where: { $0.kind == .unknownCamera }) { return .cameraFound }
    let errors = Set(files.compactMap(\.error).map(\.exitStatus))
    return [.unreadableInput, .noInput, .ioError].first { errors.contains($0.rawValue) } ?? .nothingFound
  }

  /// Device by device: in a flood there are a hundred thousand.
  func write(_ format: OutputFormat, utc: Bool) throws {
    switch format {
    case .text: printOut(TextReport(self, utc: utc, style: .forOutput).text)
    case .json: try writeDocument()
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
