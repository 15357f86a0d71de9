import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Foundation
import Serve

struct UpgradeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upgrade",
    abstract: "Install the upgrade that the chain's operator ordered. Runs as root, by lenscap-upgrade.service.",
    discussion: """
      `serve` writes down what central ordered, where `accept` in the section uplink names software. This command believes nothing of it: the \
      order must be signed by uplink.release_key, rise in number and version, and be about the package lenscap. apt fetches it from the \
      chain's repository alone, whose key is repository.asc or repository.gpg beside the configuration; the file must have the signed SHA-256, \
      and nothing else may be installed or removed. The configuration and both keys must be root's.

      Exit status: 0 installed, or nothing to do; 65 refused, 74 it may work later, 77 not root.

      Examples:
        lenscap upgrade --check
      """)

  @Flag(help: "Say what would be done, and leave the request where it is.")
  var check = false

  @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
  var config = Configuration.standardPath

  func run() throws {
    guard geteuid() == 0 else {
      printError("lenscap: only root installs packages")
      throw ExitStatus.noPermission.code
    }
    var places = Upgrader.Places()
    places.configuration = config
    let upgrader = Upgrader(places, clock: { .now })
    do {
      if check { return printOut(try upgrader.check() ?? nothing(upgrader)) }
      // What it began with apt, it ends; the unit gives it time.
      signal(SIGTERM, SIG_IGN)
      umask(0o022)
      guard let result = try upgrader.run() else { return printOut(nothing(upgrader)) }
      printOut("\(result.outcome.rawValue): \(result.text)")
      switch result.outcome {
      case .applied: break
      case .refused: throw ExitStatus.unreadableInput.code
      case .failed: throw ExitStatus.ioError.code
      }
    } catch let error as UpgradeRefusal {
      printError("lenscap: \(error)")
      throw (error.mayPass ? ExitStatus.ioError : .unreadableInput).code
    }
  }

  private func nothing(_ upgrader: Upgrader) -> String {
    "no order waits" + (upgrader.last().map { "; the last one, \($0.id), was \($0.outcome.rawValue) at \($0.time): \($0.text)" } ?? "")
  }
}
