import ArgumentParser
import Documents
import Foundation

struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put back what `lenscap backup` wrote.",
    discussion: """
      Checks the whole file first. What was there is kept beside it, with .old behind its name. The services must not run:

        sudo systemctl stop lenscap-watch lenscap-serve
        sudo lenscap restore /root/lenscap-backup.tar
        sudo systemctl start lenscap-watch lenscap-serve

      The databases go where this box has them: a backup whose configuration has them elsewhere is refused unless --database agrees. Lists \
      and secrets go to the folder of the configuration.
      """)

  @Argument(help: ArgumentHelp("A backup.", valueName: "file"))
  var file: String

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    do {
      let reader = try BackupReader(path: file)
      var restoration = Restoration(reader: reader, box: try BoxFiles(database))
      let restored = try restoration.run()
      printOut("restored from \(reader.manifest.created): \(listed(restored))")
      if !reader.manifest.files.contains(where: { $0.name.hasPrefix(BackupManifest.secrets) }) {
        printError("the backup has no secrets: put tokens and passwords into \(restoration.box.secretsFolder) again")
      }
      if let remark = restoration.remark { printError("correct \(restoration.box.configuration): \(remark)") }
      for path in restoration.box.lists where !restored.contains(path) {
        printError("the configuration names \(path), which is not there unless you put it there")
      }
      printError("next: systemctl start lenscap-watch lenscap-serve")
    } catch {
      printError("lenscap: \(error)")
      throw error.status.code
    }
  }
}
