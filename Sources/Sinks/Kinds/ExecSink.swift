import ConfigurationFiles
import Detection
import Foundation
import Services

/// Runs a program for each parcel, without a shell.
///
/// It sends one line of JSON for each event, on standard input: one line, unless events were gathered. How the program ends confirms it:
///
/// | the program ends with | meaning |
/// |---|---|
/// | 0 | delivered |
/// | 65 (EX_DATAERR of sysexits.h) | this parcel will never be accepted |
/// | anything else, a signal, or not in time | tried again later |
///
/// Limits: `time_limit`, at which its process group gets SIGTERM, and two seconds later SIGKILL; what is left of the group when the program
/// itself ended is killed as well. The program works in the current folder of this program, with an environment that holds no text of a stranger.
final class ExecSink: Sink {
  static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  static let refused: Int32 = 65
  /// Bytes of an id in the environment.
  static let valueLimit = 128

  private let command: [String]
  private let limit: Duration

  /// Uses `command`, whose first element is an absolute path, or else `path` alone, and `timeLimit`.
  /// - Throws: without such a command.
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    command = settings.command.isEmpty ? [settings.path ?? ""] : settings.command
    guard command[0].hasPrefix("/"), command.allSatisfy({ !$0.utf8.contains(0) }) else {
      throw SinkConfigurationError("command", "a list is expected that begins with the absolute path of a program")
    }
    limit = settings.timeLimit
  }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    let program = command[0]
    let child = ChildProcess(command: command, environment: Self.environment(of: parcel))
    let input = parcel.events.flatMap { Array($0.line.escapedBytes) + [UInt8(ascii: "\n")] }
    let limit = limit
    let outcome: ChildProcess.Outcome
    do throws(SystemError) {
      outcome = try await CancellableWork.run(onThread: "lenscap exec") { isCancelled throws(SystemError) in
        try child.run(input: input, limit: limit, isCancelled: isCancelled)
      }
    } catch {
      throw .temporary("\(program) cannot be started: \(error.reason)")
    }
    try judge(outcome, of: program)
  }

  private func judge(_ outcome: ChildProcess.Outcome, of program: String) throws(DeliveryError) {
    let errors = String(decoding: outcome.errors.map { ASCII.isPrintable($0) ? $0 : UInt8(ascii: " ") }, as: UTF8.self)
    let said = errors.oneLine.isEmpty ? "" : ": \(errors.oneLine)"
    switch outcome.ending {
    case .exited(0): return
    case .exited(Self.refused): throw .refused("\(program) refused it\(said)")
    case .exited(let status): throw .temporary("\(program) ended with \(status)\(said)")
    case .signalled(let signal): throw .temporary("\(program) was ended by signal \(signal)\(said)")
    case .late: throw .temporary("\(program) did not end within \(limit)\(said)")
    case .cancelled: throw .temporary("cancelled")
    }
  }

  /// All that the program gets of this program's environment, and of the event: words that were made here, and ids.
  static func environment(of parcel: Parcel) -> [String] {
    let values = [("LENSCAP_EVENT", parcel.event.kind.rawValue), ("LENSCAP_UID", parcel.uid), ("LENSCAP_ALERT", parcel.event.alert ?? "")]
    return ["PATH=\(path)", "LANG=C.UTF-8"] + values.map { "\($0)=\(safe($1))" }
  }

  /// Letters, digits, dots and hyphens.
  private static func safe(_ value: String) -> String {
    let kept = value.utf8.filter { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    return String(decoding: kept.prefix(valueLimit), as: UTF8.self)
  }
}
