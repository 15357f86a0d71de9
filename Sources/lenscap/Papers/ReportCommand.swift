import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Packs
import Papers
import SignatureFiles
import Store

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write an incident report for those who were not there: of an alert, or of captures.",
    discussion: """
      The report begins with the answer in one sentence. It says what was seen, where and when, why it is a camera and by which packets, who \
      watched, what was not seen and what else could explain it, and how all that can be checked. A page (.html) needs nothing beside itself. \
      A document (.pdf) needs WeasyPrint, and has alert.json, proof.pcapng and manifest.sha256 attached; media is cut from the packets.

      With --capture alone no database is needed; --device chooses a device of the recording, otherwise the report is about all of it.

      Exit status: 0 written, also where it reports a camera; 64 no such alert or device, 65 a capture is damaged (the report is written as far \
      as it could be read), 66 no such capture or database, 69 WeasyPrint is missing, 74 the report cannot be written.

      Examples:
        lenscap report 3f2a -o incident.pdf
        lenscap report 3f2a --capture lobby.pcapng -o incident.html
        lenscap report --capture lobby.pcapng -o lobby.html
        lenscap report --capture monday/ tuesday.pcap.gz --device 192.168.1.37 -o camera.pdf
      """)

  /// Cameras that a report about a recording describes; a flood can have more.
  private static let subjectLimit = 100

  @Argument(help: "The alert's id, or its first digits. Without it the report is about captures.")
  var alert: String?

  @Option(help: ArgumentHelp("Only this device of the captures: its MAC or IP address, or its id.", valueName: "id"))
  var device: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The report to write: NAME.html or NAME.pdf.", valueName: "file"))
  var output: String

  @OptionGroup var paper: PaperOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard isPDF || output.lowercased().hasSuffix(".html") else { throw ValidationError("-o names a file that ends with .html or .pdf.") }
    if alert == nil, paper.captures.isEmpty { throw ValidationError("Name an alert, or captures with --capture.") }
    if alert != nil, device != nil { throw ValidationError("--device is for a report about captures alone.") }
  }

  private var isPDF: Bool { output.lowercased().hasSuffix(".pdf") }

  func run() throws {
    let printer = try isPDF ? PDFPrinter.found(for: "report") : nil
    let made = try alert.map(ofAlert) ?? ofRecording()
    try withPaperErrors {
      let page = ReportPage(made.report).bytes
      guard let printer else { return try PaperFile.write(page, to: output) }
      let manifest = PackFile(name: PackName.manifest, text: PackManifest(of: [made.document, made.proof]).text)
      try PaperFile.write(try printer.pdf(of: page, attachments: [made.document, made.proof, manifest]), to: output)
    }
    printOut("\(output): \(ReportPage(made.report).answer)")
    let status = ExitStatus.foremost(of: made.statuses)
    if status != .nothingFound { throw status.code }
  }

  private struct Made {
    let report: IncidentReport
    let document: PackFile
    let proof: PackFile
    let statuses: Set<ExitStatus>
  }

  private func ofAlert(_ id: String) throws -> Made {
    let settings = try database.configuration.load().settings
    let store = try database.openToRead()
    let overlay = SignatureOverlay(store, settings)
    let signatures = try paper.detection.signatureFiles(overlay)
    let papers = try AlertPapers(id, store, settings.property.name, paper, media: .cut, signatures: signatures, overlay, output: output)
    return Made(report: papers.report, document: try papers.document, proof: papers.proof, statuses: papers.statuses)
  }

  private func ofRecording() throws -> Made {
    let signatures = try paper.detection.signatureFiles()
    let run = try RecordingRun(paper.captures, paper.detection, output: output)
    let chosen = try device.map { [try run.device($0)] }
    let cameras = run.report.cameras
    let devices = chosen ?? Array(cameras.prefix(Self.subjectLimit))
    let proof = try run.proof(devices, .cut)
    var origin = paper.origin(signatures: signatures, count: try paper.detection.signatureCount())
    origin.reproduction = run.reproduction
    if chosen == nil, cameras.count > devices.count {
      origin.remarks.append("Of \(cameras.count) cameras the \(devices.count) most certain ones are described.")
    }
    let headline = run.report.headline
    let report = IncidentReport(
      subjects: run.subjects(devices, losses: proof.losses), inputs: run.report.files.map(IncidentReport.Input.init), origin: origin,
      coverage: run.report.coverage,
      recording: chosen == nil ? ("\(headline.finding)\(headline.declared).", run.report.devices.count) : nil)
    let document = try JSON(pretty: true).bytes(RecordingDocument(run.report, about: devices))
    return Made(
      report: report, document: PackFile(name: PackName.alert, bytes: Array(document) + [0x0A]), proof: proof.file,
      statuses: run.report.readStatuses)
  }
}

/// Runs work on papers, and ends the program with a clear message if it fails.
func withPaperErrors<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch {
    printError("lenscap: \(error)")
    throw ((error as? PDFPrinter.Failure) == .missing ? ExitStatus.unavailable : .ioError).code
  }
}
