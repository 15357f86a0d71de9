import ArgumentParser
import Central
import Foundation

struct Evidence: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Get the evidence pack of an alert from its box.",
    discussion: """
      The box makes a signed pack without anybody but the camera, and brings it; central verifies it. `lenscap evidence verify` does so again, \
      anywhere.

      Examples:
        lenscap-central evidence 3f2a9c0144d8e7b1 -o case.zip
        lenscap-central evidence keys
        lenscap-central evidence accept gw-0123456789abcdef SHA256:…
      """,
    subcommands: [Ask.self, Keys.self, Accept.self], defaultSubcommand: Ask.self)

  struct Ask: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ask for it, wait, and write it to a file.",
      discussion: """
        A central that serves passes the request on. A box that is away answers when it is back, within 7 days: ask again then, and the same \
        request goes on. Ctrl-C ends only the waiting.

        Exit status: 0 written, 64 no such alert, 65 the box refuses or fails, or its pack is not sound, 69 the database is not there, 74 it \
        cannot be written, 75 there is no answer yet.
        """)

    @Argument(help: "The alert's id.") var alert: String
    @Option(help: ArgumentHelp("The gateway, where several have an alert of this id.", valueName: "name")) var gateway: String?
    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("The pack to write; evidence-ALERT.zip if missing. An existing file is replaced.", valueName: "file"))
    var output: String?
    @Option(help: ArgumentHelp("Seconds to wait for the box.", valueName: "seconds")) var wait = 600
    @OptionGroup var config: ConfigOption

    func validate() throws {
      guard (0...86_400).contains(wait) else { throw ValidationError("--wait: expected 0 to 86400.") }
    }

    func run() throws {
      try withErrors {
        let settings = try config.load()
        let id = try CentralOperations.askEvidence(alert, gateway: gateway, by: operatorName, database: databaseAddress)
        let request = try answer(id)
        let file = output ?? "evidence-\(request.alert.prefix(16).filter { $0.isLetter || $0.isNumber || $0 == "-" }).zip"
        let data = try CentralOperations.evidenceFile(request, by: operatorName, settings: settings, database: databaseAddress)
        try write(data, to: file)
        print("\(file): \(data.count) bytes, SHA-256 \(request.sha256 ?? "")")
      }
    }

    private func answer(_ id: String) throws -> EvidenceRequest {
      let until = Date().addingTimeInterval(Double(wait))
      var said = ""
      while true {
        guard let request = try CentralOperations.evidence(id, database: databaseAddress) else {
          printError("lenscap-central: the property took the alert back")
          throw ExitStatus.configuration
        }
        switch request.state {
        case .made: return request
        case .failed, .refused, .expired:
          printError("lenscap-central: \(id): \(request.state.rawValue)\(request.reason.map { ": \($0)" } ?? "")")
          throw ExitStatus.configuration
        case .asked:
          let words =
            request.isSent ? "\(id): \(request.gateway) was asked; waiting for its pack" : "\(id): waiting for a central that serves"
          if words != said { printError(words) }
          said = words
        }
        guard Date() < until else {
          printError("lenscap-central: \(id): no answer yet; ask again, and the same request goes on")
          throw ExitStatus.later
        }
        Thread.sleep(forTimeInterval: 0.5)
      }
    }

    /// For its owner alone.
    private func write(_ data: Data, to path: String) throws {
      let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard file >= 0 else {
        printError(unsafe "lenscap-central: \(path): \(String(cString: strerror(errno)))")
        throw ExitStatus.ioError
      }
      try FileHandle(fileDescriptor: file, closeOnDealloc: true).write(contentsOf: data)
    }
  }

  struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the keys that packs were signed with.",
      discussion: "The first key of a gateway counts. Packs that another one signed are refused until you accept it.")

    func run() throws {
      try withErrors {
        let rows = try CentralOperations.evidenceKeys(database: databaseAddress)
        print(rows.isEmpty ? "No keys." : rows.map { $0.joined(separator: "  ") }.joined(separator: "\n"))
      }
    }
  }

  struct Accept: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take packs that another key of a gateway signs.",
      discussion: "A restored or replaced box has another key. Compare the fingerprint with what `lenscap evidence` prints there.")

    @Argument(help: ArgumentHelp("Its name.", valueName: "gateway")) var gateway: String
    @Argument(help: "SHA256:…, as `evidence keys` lists it.") var fingerprint: String

    func run() throws {
      try withErrors {
        try CentralOperations.acceptKey(fingerprint, of: gateway, by: operatorName, database: databaseAddress)
        print("\(gateway): \(fingerprint) accepted")
      }
    }
  }
}
