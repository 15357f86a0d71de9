import ArgumentParser
import CLinux
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Papers
import Services
import Store
import Watch

/// The process beside `watch` that makes papers for the page. `watch` starts it with a socket as standard input. It has no capabilities, opens no
/// internet socket, and takes from a job nothing but what it has checked; it names all files itself.
struct MakePapersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make-papers", abstract: "Make the papers that people ask for on the page. `watch` starts this by itself.",
    shouldDisplay: false)

  /// Bytes of messages of a program that are kept.
  private static let messageLimit = 2000
  private static let program = "/proc/self/exe"

  @Option(help: "Folder of signatures.") var signatures: String?
  @OptionGroup var database: DatabaseOptions

  func run() throws {
    var facts = stat()
    guard let path = database.named, unsafe fstat(STDIN_FILENO, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK else {
      throw usageError("make-papers is started by `watch`.")
    }
    Self.confine()
    let socket = MessageSocket(STDIN_FILENO)
    let folder = PaperFolder.path(besideDatabase: path)
    while let job = socket.receive(PaperJob.self) {
      let answer =
        job.isSound ? make(job, path, folder, isCancelled: { socket.hasEnded }) : PaperAnswer(problem: "it asks for something else")
      guard socket.send(answer) else { break }
    }
  }

  /// What this process and all programs that it starts have to do without.
  private static func confine() {
    lenscap_clear_ambient_capabilities()
    var problems: [String] = []
    if lenscap_set_capabilities(0) != 0 { problems.append("capabilities") }
    if lenscap_take_no_privileges() != 0 || lenscap_refuse_networks() != 0 { problems.append("the network") }
    _ = lenscap_write_no_core()
    // Capture goes first.
    _ = lenscap_yield_to_others()
    if !problems.isEmpty { printError("lenscap: papers: \(listed(problems)) could not be given up") }
  }

  private func make(_ job: PaperJob, _ path: String, _ folder: String, isCancelled: () -> Bool) -> PaperAnswer {
    // Of a name that no finished paper has.
    let part = "\(folder)/part-\(job.file)"
    unsafe unlink(part)
    defer { unsafe unlink(part) }
    let child = ChildProcess(
      command: [Self.program] + arguments(job, path, part), environment: Self.environment(who: job.who), errorLimit: Self.messageLimit)
    let outcome: ChildProcess.Outcome
    do throws(SystemError) {
      outcome = try child.run(input: [], limit: PaperLimits.time, isCancelled: isCancelled)
    } catch {
      return PaperAnswer(problem: "the program cannot be started: \(error.reason)")
    }
    let said = Self.words(outcome.errors)
    switch outcome.ending {
    // 65: a file of packets is damaged. The paper is written as far as it could be read, and says so.
    case .exited(0), .exited(ExitStatus.unreadableInput.rawValue): break
    case .exited(let status): return PaperAnswer(problem: said.isEmpty ? "it ended with status \(status)" : said)
    case .signalled(SIGKILL): return PaperAnswer(problem: "it was killed, perhaps because memory ran out")
    case .signalled(let signal): return PaperAnswer(problem: unsafe "it crashed: \(String(cString: strsignal(signal)))")
    case .late:
      return PaperAnswer(problem: "it took longer than \(DurationText.text(PaperLimits.time)); make it on the box: lenscap \(job.kind)")
    case .cancelled: return PaperAnswer(problem: "the watch ended while it was being made")
    }
    guard let sum = FileSum(of: part) else { return PaperAnswer(problem: said.isEmpty ? "it wrote nothing" : said) }
    guard sum.size <= UInt64(PaperLimits.fileBytes) else {
      return PaperAnswer(problem: "it has more than \(PaperLimits.fileBytes >> 20) MiB; make it on the box: lenscap \(job.kind)")
    }
    // Where a group may read the database, `serve` is in it.
    if DatabaseFile.isShared(folderOf: path) { unsafe chmod(part, 0o640) }
    guard unsafe rename(part, "\(folder)/\(job.file)") == 0 else {
      return PaperAnswer(problem: unsafe "\(folder): \(String(cString: strerror(errno)))")
    }
    return PaperAnswer(bytes: Int64(sum.size), sha256: sum.sum, problem: said.isEmpty ? nil : said)
  }

  /// Values that people wrote stand behind their option's name, so that they are never options themselves.
  private func arguments(_ job: PaperJob, _ path: String, _ output: String) -> [String] {
    var arguments = [job.kind]
    switch job.kind {
    case StoredPaper.Kind.certificate.rawValue: arguments.append("--month=\(job.month ?? "")")
    default:
      arguments.append(job.alert ?? "")
      arguments += signatures.map { ["--signatures=\($0)"] } ?? []
    }
    if job.isForCentral { arguments.append("--without-others") }
    if let reason = job.mediaReason, let recording = job.recording {
      arguments += ["--with-media", "--reason=\(reason)", "--capture", recording]
    }
    return arguments + ["-o", output, "--database=\(path)"] + (database.configuration.config.map { ["--config=\($0)"] } ?? [])
  }

  /// - Parameter who: stands in the history of the alert if packets have media.
  private static func environment(who: String) -> [String] {
    PaperMaker.environment.filter { !$0.hasPrefix("USER=") } + ["USER=\(who)"]
  }

  /// What this program itself said on standard error, on one line. Libraries say more, which is nothing for people.
  private static func words(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { line in
      ["lenscap: ", "Error: "].first { line.hasPrefix($0) }.map { String(line.dropFirst($0.count)) }
    }.joined(separator: "; ").forPeople(limit: 400)
  }
}
