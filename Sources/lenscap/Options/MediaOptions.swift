import ArgumentParser
import Capture
import Detection
import Documents
import Papers
import Services

/// Options of commands that write packets.
struct MediaOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      """
      Keep media in the packets: pictures and sound of people in a room. Without it packets are cut behind the headers of media. Needs --reason.
      """))
  var withMedia = false

  @Option(help: ArgumentHelp("Why the media is needed; written into the file.", valueName: "text"))
  var reason: String?

  func validate() throws {
    let isGiven = reason.map { !$0.allSatisfy(\.isWhitespace) } ?? false
    if withMedia, !isGiven { throw ValidationError("--with-media hands out pictures of people; say why with --reason TEXT.") }
    if !withMedia, reason != nil { throw ValidationError("--reason is for --with-media.") }
  }

  var choice: MediaChoice { withMedia ? .kept(reason: reason ?? "", who: userName) : .cut }
}

/// The file of `--write-evidence`.
struct EvidenceOutput {
  let path: String
  private let proof: ProofFile

  /// Creates the file. If that fails, prints why and ends the program.
  init(path: String, inputs: [String], media: MediaChoice, jobs: Int) throws {
    try InputFiles.checkRereading(inputs, option: "--write-evidence", output: path)
    if path == "-" { throw usageError("--write-evidence needs a file name: standard output is for the report.") }
    self.path = path
    do throws(CaptureError) {
      proof = try ProofFile(path: path, inputs: inputs, jobs: jobs, application: Lenscap.application, media: media)
    } catch {
      printError("lenscap: \(error)")
      throw ExitStatus.ioError.code
    }
  }

  func cite(_ report: ReplayReport, firstFile: Int) { proof.cite(report.cited, firstFile: firstFile) }

  func write() -> ExitStatus {
    let summary: ProofFile.Summary
    do throws(CaptureError) {
      summary = try proof.write()
    } catch {
      printError("lenscap: \(error)")
      return .ioError
    }
    if summary.missing > 0 {
      printError("lenscap: \(path): \(summary.missing) cited packets were not found again: a capture has changed meanwhile")
      return .ioError
    }
    let cut = plural(summary.cut, "is", "are").map { "; \($0) cut behind the headers of media" } ?? ""
    printError(
      "\(path): \(plural(summary.packets, "packet of evidence", "packets of evidence") ?? "no packets, because none was cited")\(cut)")
    return .nothingFound
  }

  /// States what the file does not show by itself.
  func check(_ report: ReplayReport, _ engine: Engine) {
    for loss in ProofCheck(path: path, devices: report.cited, engine: engine).losses { printError(loss.sentence(file: path)) }
  }
}

extension ReplayReport {
  /// Devices whose reasons a file of proving packets holds: undeclared ones that may be cameras, and those with an alert.
  var cited: [Device] { devices.filter { $0.mayBeCamera && $0.group == nil } + alerts.map(\.device) }
}

extension InputFiles {
  /// Refuses inputs that cannot be read twice, and an output that is one of them.
  static func checkRereading(_ inputs: [String], option: String, output: String) throws {
    let target = FileIdentity(output)
    for input in inputs {
      guard input != "-" else {
        throw usageError("\(option) reads the packets twice, which is impossible with standard input; save the capture to a file.")
      }
      guard let source = FileIdentity(input) else { continue }  // the error appears when the file is read
      if source == target { throw usageError("\(option): \(output) is one of the captures to read.") }
      if !source.isRegular { throw usageError("\(option) reads the packets twice, which is impossible with \(input); save it to a file.") }
    }
  }
}

/// The identity of a file behind any of its names.
private struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64
  let isRegular: Bool

  init?(_ path: String) {
    guard let facts = FileFacts(path) else { return nil }
    (device, inode, isRegular) = (facts.device, facts.inode, facts.isRegular)
  }
}
