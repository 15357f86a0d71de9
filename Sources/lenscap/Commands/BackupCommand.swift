import ArgumentParser
import Documents
import Foundation

struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Write the box into one file: databases, configuration, and lists of rooms and cameras.",
    discussion: """
      The services may run meanwhile. The file holds names and addresses of guests' devices, and with --with-secrets also passwords: only its \
      owner may read it. `lenscap restore` puts it back, here or on another box.

      Example:
        sudo lenscap backup /root/lenscap-backup.tar
      """)

  @Argument(help: ArgumentHelp("The file to write; an existing one is replaced.", valueName: "file"))
  var file: String

  @Flag(help: "Include the secrets of the sinks: tokens and passwords.")
  var withSecrets = false

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    do {
      let files = try BoxFiles(database)
      let manifest = try BackupWriter(box: files, withSecrets: withSecrets).write(to: file)
      printOut("\(file): \(listed(manifest.files.map(\.name)))")
      if !withSecrets { printError("without secrets: tokens and passwords must be entered again on another box") }
      for path in files.secrets where withSecrets && BoxFiles.folder(of: path) != files.secretsFolder {
        printError("not in the backup, because it is not in \(files.secretsFolder): \(path)")
      }
    } catch {
      printError("lenscap: \(error)")
      throw error.status.code
    }
  }
}
