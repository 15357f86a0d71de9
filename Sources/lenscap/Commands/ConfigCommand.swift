import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation
import YAMLReading

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check the configuration, or show what holds.",
    discussion: """
      Examples:
        lenscap config check
        lenscap config check new.yaml
        lenscap config show --format json
      """,
    subcommands: [Check.self, Show.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "List every mistake in the configuration and in the files that it names.",
      discussion: """
        A line for each mistake: FILE:LINE:COLUMN: what is wrong, what is expected, and what you may have meant.

        Exit status: 0 no mistake, 65 mistakes, 66 no such file, 77 the file cannot be read, or others may read a file of secrets.
        """)

    @Argument(help: ArgumentHelp("The configuration, in place of --config.", valueName: "file"))
    var file: String?

    @OptionGroup var database: DatabaseOptions

    func run() throws {
      var configuration: Configuration
      do throws(ConfigurationError) {
        configuration = try Configuration.find(file ?? database.configuration.config)
        if configuration.file == nil { configuration = try Configuration.read(Configuration.standardPath) }
      } catch {
        printOut("\(error)")
        throw ExitStatus(for: error).code
      }
      var check = ConfigurationCheck()
      check.check(configuration)
      for note in configuration.notes + check.notes {
        printOut("\(FileProblem(file: note.file, line: note.line, column: note.column, message: "note: " + note.message))")
      }
      if !check.problems.isEmpty { printOut("\(ConfigurationError(.wrong, check.problems))") }
      if let status = check.status { throw status.code }
      printOut("\(configuration.file ?? ""): no mistakes")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show every setting, and where it comes from: an option, the environment, the file, or the default.",
      discussion: "Secrets are shown as ***, and so is what follows the host in the address of a sink.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
      case text, json
    }

    @Argument(help: ArgumentHelp("The configuration, in place of --config.", valueName: "file"))
    var file: String?

    @Option(help: "Output format: text for people; json, one object.")
    var format: Format = .text

    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let configuration = try withConfigurationErrors { () throws(ConfigurationError) in
        try Configuration.find(file ?? database.configuration.config)
      }
      let entries = configuration.entries(database: database)
      switch format {
      case .json: if let text = try? JSON.text(ConfigurationDocument(configuration, entries), pretty: true) { printOut(text) }
      case .text:
        let rows = entries.map { [$0.key, "\($0.value)", $0.origin.rawValue] }
        printOut(TextTable(header: ["key", "value", "from"], rows: rows).lines(.forOutput).joined(separator: "\n"))
      }
    }
  }
}
