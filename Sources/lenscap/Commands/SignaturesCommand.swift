import ArgumentParser
import Capture
import Detection
import Documents
import SignatureFiles

struct Signatures: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "signatures",
    abstract: "Check, list, explain and draft signatures.", subcommands: [Check.self, List.self, Explain.self, New.self])
}

/// The folder of signatures that a command uses.
struct SignatureFolderOption: ParsableArguments {
  @Option(help: ArgumentHelp("Folder of signatures to use instead of the installed one.", valueName: "folder"))
  var signatures: String?

  func find() throws -> String {
    do {
      return try SignatureFolder.find(signatures)
    } catch {
      printError("lenscap: \(error)")
      throw ExitStatus.noInput.code
    }
  }
}

extension Signatures {
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Check every signature: language, examples, duplicates, and no match in captures without cameras.",
      discussion: "Each finding names its file, line and column. The exit status is 65 if there are errors.")

    @Option(help: ArgumentHelp("Captures without cameras, in which no camera signature may match.", valueName: "folder"))
    var benign: String?

    @OptionGroup var folder: SignatureFolderOption

    func run() throws {
      let folder = try folder.find()
      let (signatures, problems) = SignatureLoader.read(folder)
      let findings = SignatureLint.findings(in: signatures)
      for problem in problems { printOut("error: \(problem)") }
      for finding in findings { printOut(finding.description) }
      let hits = problems.isEmpty ? try benignHits(signatures, folder) : []
      for hit in hits { printOut("error: \(hit)") }
      let errors = problems.count + findings.count { $0.severity == .error } + hits.count
      let warnings = findings.count - findings.count { $0.severity == .error }
      let examples = signatures.reduce(0) { $0 + $1.examples.count + $1.counterexamples.count }
      printOut(
        "\(signatures.count) signatures, \(examples) examples: \(plural(errors, "error") ?? "no errors"), \(plural(warnings, "warning") ?? "no warnings")"
      )
      if errors > 0 { throw ExitStatus.unreadableInput.code }
    }

    /// Camera signatures that match in a capture without cameras and are strong enough to raise an alert.
    private func benignHits(_ signatures: [LoadedSignature], _ folder: String) throws -> [String] {
      let captures =
        benign.map { InputFiles.expand([$0]) } ?? InputFiles.expand(InputFiles.folders(beside: folder, named: "captures/benign"))
      return captures.flatMap { path -> [String] in
        let engine = Engine(signatures: SignatureSet(signatures.map(\.signature)))
        CaptureSequence(paths: [path]).run { engine.ingest($0) }
        engine.finish()
        return engine.devices().flatMap { device in
          device.evidence.filter { $0.weight >= Strength.likely.weight }.map {
            "\($0.signature.id) matches in \(path), which has no camera: packet \($0.packet.number), \($0.field.rawValue) “\($0.value)”"
          }
        }
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the signatures with their claims and reasons.")

    @Option(help: ArgumentHelp("Only signatures that name this vendor, or whose id begins with this name.", valueName: "name"))
    var vendor: String?

    @Option(help: "Output format: text for people; json, one document.")
    var format: Format = .text

    @OptionGroup var folder: SignatureFolderOption

    enum Format: String, ExpressibleByArgument, CaseIterable {
      case text, json
    }

    func run() throws {
      let (signatures, problems) = SignatureLoader.read(try folder.find())
      let chosen = signatures.filter { matches($0.signature) }
      switch format {
      case .text: printOut(chosen.isEmpty ? "No signature matches." : chosen.map { Self.line($0.signature) }.joined(separator: "\n"))
      case .json: printOut(try JSON.text(chosen.map(SignatureDocument.init), pretty: true))
      }
      for problem in problems { printError("\(problem)") }
      if !problems.isEmpty { throw ExitStatus.unreadableInput.code }
    }

    private func matches(_ signature: Signature) -> Bool {
      guard let vendor = vendor?.lowercased() else { return true }
      if case .literal(let name) = signature.vendor, name.lowercased() == vendor { return true }
      return signature.id.hasPrefix(String(vendor.map { $0 == " " ? "-" : $0 }))
    }

    private static func line(_ signature: Signature) -> String {
      let strength = signature.strength?.description ?? ""
      return
        "\(signature.id.padded(right: 44)) \(signature.says.rawValue.padded(right: 10)) \(signature.facet.rawValue.padded(right: 9)) "
        + "\(strength.padded(right: 8)) \(signature.because)"
    }
  }
}

struct SignatureDocument: Encodable {
  let id: String
  let says: String
  let facet: String
  /// Where all classes of devices have the same.
  @OrNull var strength: String?
  /// By class; null where it has no weight. Null as a whole for claims that are not weighed.
  @OrNull var strengthByClass: [String: String?]?
  @OrNull var sharedWith: String?
  /// Seconds for which a match counts.
  @OrNull var validFor: Int64?
  let because: String
  let references: [String]
  let file: String
  let line: Int

  private enum CodingKeys: String, CodingKey {
    case id, says, facet, strength, because, references, file, line
    case strengthByClass = "strength_by_class"
    case sharedWith = "shared_with"
    case validFor = "valid_for"
  }

  init(_ loaded: LoadedSignature) {
    id = loaded.signature.id
    says = loaded.signature.says.rawValue
    facet = loaded.signature.facet.rawValue
    strength = loaded.signature.strength?.uniform?.rawValue
    strengthByClass = loaded.signature.strength.map { strength in
      Dictionary(uniqueKeysWithValues: DeviceClass.allCases.map { ($0.rawValue, strength[$0]?.rawValue) })
    }
    sharedWith = loaded.signature.sharedWith?.rawValue
    validFor = loaded.signature.validFor?.components.seconds
    because = loaded.signature.because
    references = loaded.signature.references
    file = loaded.file
    line = loaded.line
  }
}
