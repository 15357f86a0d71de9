import ArgumentParser
import Foundation

@main
struct Lenscap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lenscap",
    abstract: "Find hidden cameras by their network traffic.",
    discussion: """
      Passive: it sends nothing to the watched network. It reports cameras on a network that nobody declared, with their room, the time they appeared, and the \
      packets that prove it.

      Exit status: 0 no undeclared camera found, 10 undeclared camera found, 64 wrong usage, 65 unreadable input, 66 no such input, \
      69 a needed program is missing, 74 I/O error, 77 no permission to capture or to read a file.
      """,
    version: "0.1.0",
    subcommands: [
      Replay.self, WatchCommand.self, Devices.self, Alerts.self, KnownCameras.self, ShowDigest.self, Status.self, Signatures.self,
      ReportCommand.self, EvidenceCommand.self, CertificateCommand.self, Interfaces.self, ServeCommand.self, UsersCommand.self,
      TokensCommand.self, SinksCommand.self, PrivacyCommand.self, ConfigCommand.self, SetupCommand.self, BackupCommand.self,
      RestoreCommand.self, EnrollCommand.self, UpgradeCommand.self, MakePapersCommand.self,
    ])

  /// The name in files that the program writes.
  static var application: String { "lenscap \(configuration.version)" }

  static func main() {
    openStandardDescriptors()
    main(nil)
  }

  /// A recording or a database that got the number of a closed standard output would be written over by what is printed.
  private static func openStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 { _ = unsafe open("/dev/null", O_RDWR) }
  }
}
