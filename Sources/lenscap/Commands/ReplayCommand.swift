import ArgumentParser
import CLinux
import Capture
import Detection
import Documents
import Glibc
import Services

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
  @OptionGroup var threads: JobsOptions

  @Flag(
    help: """
      Treat each file as a separate network, with a separate report. With --format json, write one document a line.
      """)
  var separately = false

  @Option(
    help: ArgumentHelp(
      """
      Write the packets that prove cameras, including possible ones, to this pcapng file, each with a comment. Media is cut behind its \
      headers: no pictures of guests. If it takes several packets or the media to show a fact, replaying the file does not repeat the \
      result; a line on standard error then says so. Reads the captures twice, so it does not work with standard input.
      """, valueName: "file"))
  var writeEvidence: String?

  @OptionGroup var media: MediaOptions

  @Flag(help: "Print times in UTC instead of the local zone. JSON is always in UTC.")
  var utc = false

  @OptionGroup var detection: DetectionOptions

  func validate() throws {
    if media.withMedia, writeEvidence == nil { throw ValidationError("--with-media is for --write-evidence.") }
  }

  func run() throws {
    lenscap_expect_large_heap()
    let (paths, jobs) = (InputFiles.expand(files), threads.number)
    let configuration = try detection.configuration()
    let evidence = try writeEvidence.map { try EvidenceOutput(path: $0, inputs: paths, media: media.choice, jobs: jobs) }
    let networks = separately ? paths.map { [$0] } : [paths]
    let threads = Self.threads(jobs, for: networks)
    let replaying = Replaying(
      configuration: configuration, headersOnly: detection.headersOnly == true, selection: selection, utc: utc, jobs: jobs / threads,
      showsProgress: threads == 1)
    let reports = OrderedWork(count: networks.count, threads: threads) { replaying.result(of: networks[$0]) }
    var progress = Progress()
    var statuses: [ExitStatus] = []
    for index in networks.indices {
      if threads > 1 { progress.show("reported \(index) of \(networks.count) captures") }
      let result = reports.take(index)
      progress.clear()
      let report: ReplayReport
      do throws(UsageError) { report = try result.get() } catch { throw usageError(error.message) }
      evidence?.cite(report, firstFile: index)
      // Before the report: a reader that takes only its first line ends the program.
      if index == networks.count - 1, let evidence {
        statuses.append(evidence.write())
        if !separately { evidence.check(report, detection.engine(configuration)) }
      }
      if format == .text, index > 0 { printOut("") }
      switch format {
      case .text: printOut(TextReport(report, utc: utc, style: .forOutput).text)
      case .json: try JSONReport(report).writeDocument(onOneLine: separately)
      case .jsonl: try JSONReport(report).writeLines()
      }
      for error in report.files.compactMap(\.error) { printError("lenscap: \(error)") }
      statuses += report.statuses
    }
    // The signatures last until the process ends: to free them one by one takes as long as a small capture.
    withExtendedLifetime(configuration) { Glibc.exit(ExitStatus.foremost(of: statuses).rawValue) }
  }

  /// Threads that replay a network each. What is not a file may give each reader other bytes.
  private static func threads(_ jobs: Int, for networks: [[String]]) -> Int {
    let areFiles = networks.joined().allSatisfy { $0 != "-" && FileFacts($0)?.isRegular != false }
    return areFiles ? max(1, min(jobs, networks.count)) : 1
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, jsonl
}
