import ArgumentParser
import Capture
import Detection
import Documents
import Glibc

extension Signatures {
  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new",
      abstract: "Draft signatures for a vendor from a capture of one of its devices.",
      discussion: """
        Without a capture, writes an example to edit. With one, drafts a signature for each value by which the device identifies itself \
        and each domain it looks up. Delete those that other devices share, add counterexamples, and run `lenscap signatures check`.

          lenscap signatures new HomeEye lobby.pcapng --device 7c:a7:b0:11:22:33 -o signatures/homeeye.yaml
        """)

    @Argument(help: ArgumentHelp("Maker of the device.", valueName: "vendor"))
    var vendor: String

    @Argument(help: ArgumentHelp("Captures of the device starting up, or folders of captures.", valueName: "file"))
    var files: [String] = []

    @Option(
      help: ArgumentHelp("MAC or IP address of the device. Not needed if the capture holds only one device.", valueName: "address"))
    var device: String?

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("File to create; it must not exist yet. (default: standard output)", valueName: "file"))
    var output: String?

    @OptionGroup var detection: DetectionOptions

    func validate() throws {
      if SignatureScaffold.slug(vendor).isEmpty { throw ValidationError("“\(vendor)”: a vendor's name needs letters or digits.") }
      if files.isEmpty, device != nil { throw ValidationError("--device needs a capture.") }
    }

    func run() throws {
      let items = files.isEmpty ? [] : try observedItems()
      let scaffold = SignatureScaffold(vendor: vendor, capture: files.map(Self.fileName).joined(separator: ", "), items.map(\.first))
      if !files.isEmpty, scaffold.signatures.isEmpty {
        throw usageError("the capture shows nothing that identifies the device; `lenscap signatures explain` lists all observations.")
      }
      try write(files.isEmpty ? SignatureScaffold.example(vendor: vendor).yaml : scaffold.yaml)
    }

    private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private func observedItems() throws -> [Explanation.Item] {
      let (explanation, errors) = Explanation.observe(files, with: detection.engine(try detection.configuration()))
      for error in errors { printError("lenscap: \(error)") }
      let items = explanation.items(ofDevice: device?.lowercased()).filter { SignatureScaffold.isOfUse($0.first) }
      let devices = Set(items.map(\.device))
      if devices.isEmpty {
        throw usageError(
          "\(device ?? "the capture") shows nothing that identifies a device; `lenscap signatures explain` lists all observations.")
      }
      if device == nil, devices.count > 1 {
        throw usageError("the capture holds several devices; choose one by --device: " + listed(devices.map(\.description).sorted()) + ".")
      }
      return items
    }

    private func write(_ yaml: String) throws {
      guard let output else { return printOut(yaml) }
      let descriptor = unsafe open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        printError(
          unsafe "lenscap: \(output): \(errno == EEXIST ? "exists already and was not overwritten" : String(cString: strerror(errno)))")
        throw ExitStatus.ioError.code
      }
      defer { close(descriptor) }
      guard writeAll(Array(yaml.utf8), to: descriptor) else {
        printError(unsafe "lenscap: \(output): \(String(cString: strerror(errno)))")
        throw ExitStatus.ioError.code
      }
      printError("\(output): check it with `lenscap signatures check --signatures \(output)`.")
    }
  }
}
