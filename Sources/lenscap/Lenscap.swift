import ArgumentParser

@main
struct Lenscap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lenscap",
    abstract: "Finds cameras by their network traffic.",
    discussion: """
      Passive: it sends nothing. It says which devices are on a network, which of them are cameras that nobody declared, and which
      packets prove it.

      Exit status: 0 nothing undeclared found, 10 an undeclared camera found, 64 wrong usage, 65 unreadable input, 66 no such input, \
      74 I/O error, 77 no permission to capture.
      """,
    version: "0.1.0",
    subcommands: [
      Replay.self, Watch.self, Devices.self, Alerts.self, KnownCameras.self, ShowDigest.self, Status.self, Signatures.self, Interfaces.self,
    ])
}

/// What the program ends with; 64 is the argument parser's own.
enum ExitStatus: Int32 {
  case nothingFound = 0
  case cameraFound = 10
  case usage = 64
  case unreadableInput = 65
  case noInput = 66
  case ioError = 74
  case noPermission = 77

  var code: ExitCode { ExitCode(rawValue) }

  /// Where several apply: a camera before all errors, then unreadable input, then input that is not there, then I/O errors.
  static func foremost(of found: Set<ExitStatus>) -> ExitStatus {
    [.cameraFound, .unreadableInput, .noInput, .ioError].first { found.contains($0) } ?? .nothingFound
  }
}
