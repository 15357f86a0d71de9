import ArgumentParser
import Capture
import Detection
import Glibc

extension Signatures {
  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Begins a file of signatures for a vendor, from what a device said in a capture.",
      discussion: """
        Without a capture it writes an example to change. With one, a signature for each thing that the device said of itself and each \
        domain that it turned to: strike what other devices say as well, add counterexamples, and run `lenscap signatures check`.

          lenscap signatures new HomeEye lobby.pcapng --device 7c:a7:b0:11:22:33 -o signatures/homeeye.yaml
        """)

    @Argument(help: ArgumentHelp("Who makes the device.", valueName: "vendor"))
    var vendor: String

    @Argument(help: ArgumentHelp("Captures in which it starts up, or folders of them.", valueName: "file"))
    var files: [String] = []

    @Option(
      help: ArgumentHelp("The device: its MAC or IP address. May be left out where the capture holds one device.", valueName: "address"))
    var device: String?

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("The file to write, which must not be there yet; standard output otherwise.", valueName: "file"))
    var output: String?

    @OptionGroup var detection: DetectionOptions

    func validate() throws {
      if SignatureScaffold.slug(vendor).isEmpty { throw ValidationError("“\(vendor)”: a vendor's name has letters or digits.") }
      if files.isEmpty, device != nil { throw ValidationError("--device needs a capture in which it is.") }
    }

    func run() throws {
      let items = files.isEmpty ? [] : try observedItems()
      let scaffold = SignatureScaffold(vendor: vendor, capture: files.map(Self.fileName).joined(separator: ", "), items.map(\.first))
      if !files.isEmpty, scaffold.signatures.isEmpty {
        throw usageError("the device says nothing that a signature could rest on; `lenscap signatures explain` shows all that was seen.")
      }
      try write(files.isEmpty ? SignatureScaffold.example(vendor: vendor).yaml : scaffold.yaml)
    }

    private static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private func observedItems() throws -> [Explanation.Item] {
      let (explanation, errors) = Explanation.observe(files, with: try detection.makeEngine())
      for error in errors { printError("lenscap: \(error)") }
      let items = explanation.items(ofDevice: device?.lowercased()).filter { SignatureScaffold.isOfUse($0.first) }
      let devices = Set(items.map(\.device))
      if devices.isEmpty { throw usageError(device.map { "\($0) says nothing in this capture." } ?? "nothing is said in this capture.") }
      if device == nil, devices.count > 1 {
        throw usageError("the capture holds several devices; choose one by --device: " + listed(devices.map(\.description).sorted()) + ".")
      }
      return items
    }

    private func write(_ yaml: String) throws {
      guard let output else { return printOut(yaml) }
      let descriptor = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        printError("lenscap: \(output): \(errno == EEXIST ? "is there already; it is not written over" : String(cString: strerror(errno)))")
        throw ExitStatus.ioError.code
      }
      defer { close(descriptor) }
      guard writeAll(Array(yaml.utf8), to: descriptor) else {
        printError("lenscap: \(output): \(String(cString: strerror(errno)))")
        throw ExitStatus.ioError.code
      }
      printError("\(output): check it with `lenscap signatures check --signatures \(output)`.")
    }
  }
}
