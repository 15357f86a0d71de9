import ArgumentParser
import Capture
import Detection
import Documents
import Glibc

struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Read captures, and report which devices are cameras and why.",
    discussion: """
      Reads pcap and pcapng, plain or compressed with gzip, xz or zstd. Several files and folders are read as one recording, in the order \
      of packet time, unless --separately. A damaged file is read up to the damage; the other files are read completely.

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

  @Option(help: "Output format: text for people; json, one document; jsonl, one object a line.")
  var format: OutputFormat = .text

  @OptionGroup var selection: SelectionOptions

  @Flag(
    help: """
      Treat each file as a separate network, with a separate report. With --format json, write one document a line.
      """)
  var separately = false

  @Option(
    help: ArgumentHelp(
      """
      Write the packets that prove cameras, including possible ones, to this pcapng file, each with a comment. If it takes several \
      packets to show a fact, the file has only one of them, so replaying it may not repeat the result. Reads the captures twice, so it \
      does not work with standard input.
      """, valueName: "file"))
  var writeEvidence: String?

  @Flag(help: "Print times in UTC instead of the local zone. JSON is always in UTC.")
  var utc = false

  @OptionGroup var detection: DetectionOptions

  func run() throws {
    let paths = InputFiles.expand(files)
    let configuration = try detection.configuration()
    let evidence = try writeEvidence.map { try EvidenceFile(path: $0, inputs: paths) }
    let networks = separately ? paths.indices.map { $0..<$0 + 1 } : [paths.indices]
    var statuses: Set<ExitStatus> = []
    for network in networks {
      let report = try replay(paths[network], detection.engine(configuration))
      evidence?.cite(report, firstFile: network.lowerBound)
      // Before the report: a reader that takes only its first line ends the program.
      if network == networks.last, let evidence { statuses.insert(evidence.write()) }
      if format == .text, network.lowerBound > 0 { printOut("") }
      switch format {
      case .text: printOut(TextReport(report, utc: utc, style: .forOutput).text)
      case .json: try JSONReport(report).writeDocument(onOneLine: separately)
      case .jsonl: try JSONReport(report).writeLines()
      }
      for error in report.files.compactMap(\.error) { printError("lenscap: \(error)") }
      statuses.formUnion(report.statuses)
    }
    // The signatures last until the process ends: to free them one by one takes as long as a small capture.
    withExtendedLifetime(configuration) { Glibc.exit(ExitStatus.foremost(of: statuses).rawValue) }
  }

  private func replay(_ paths: ArraySlice<String>, _ engine: Engine) throws -> ReplayReport {
    let sequence = CaptureSequence(paths: Array(paths), interfaces: engine.interfaces)
    let selection = try selection.selection(startingAt: sequence.start, utc: utc)
    var progress = Progress()
    do throws(PacketFilterError) {
      try sequence.run(
        progress: { progress.show(Self.progressText(sequence, $0)) },
        { (frame: borrowing Frame) throws(PacketFilterError) in
          if try selection.admits(frame) { engine.ingest(frame) }
        })
    } catch {
      progress.clear()
      throw usageError("\(error)")
    }
    progress.clear()
    engine.finish()
    return ReplayReport(engine: engine, files: sequence.files)
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
