import ArgumentParser
import Central

struct Repository: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Keep the Debian repository that boxes get upgrades from.",
    discussion: """
      `repository: FOLDER` in the configuration makes `serve` hand it out under /debian/, to everybody: what is in it is signed.

      Example:
        lenscap-central repository add lenscap_0.2.0_amd64.deb --folder /var/lib/lenscap-central/debian --key releases@chain.example
      """,
    subcommands: [Add.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add packages, and sign the repository anew.",
      discussion: """
        Takes lenscap and lenscap-central only, and never another content under the same version. Older versions stay. Who reads the \
        folder meanwhile sees what was before, or what is now. Prints name, version, architecture and SHA-256 of each.

        GPG signs with KEY, as the user who runs this has it; the folder can be made on another machine and copied. The public half goes \
        into FOLDER/repository.asc.

        Exit status: 0 done, 65 a package is refused, 69 a program is missing, 74 GPG failed, or a file cannot be written.
        """)

    @Argument(help: ArgumentHelp("The packages.", valueName: "file")) var files: [String]
    @Option(help: ArgumentHelp("The folder of the repository; it is made if it is missing.", valueName: "folder")) var folder: String
    @Option(help: ArgumentHelp("The key of GPG: its fingerprint, or a name that GPG knows.", valueName: "key")) var key: String

    func run() throws {
      do {
        for package in try PackageRepository(folder: folder).add(files, key: key) {
          print("\(package.name) \(package.version) \(package.architecture) sha256 \(package.sha256)\(package.isNew ? "" : " (was there)")")
        }
      } catch let error as RepositoryError {
        printError("lenscap-central: \(error)")
        switch error {
        case .refused: throw ExitStatus.configuration
        case .missing: throw ExitStatus.unavailable
        case .failed, .file, .busy: throw ExitStatus.ioError
        }
      }
    }
  }
}
