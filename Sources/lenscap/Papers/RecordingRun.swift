import Capture
import Detection
import Documents
import Packs
import Papers
import SignatureFiles

/// A replay of captures for a paper.
struct RecordingRun {
  let report: ReplayReport
  let paths: [String]
  private let detection: DetectionOptions
  private let configuration: EngineConfiguration

  /// - Parameter output: the paper, which must not be one of the captures.
  init(_ files: [String], _ detection: DetectionOptions, _ overlay: SignatureOverlay? = nil, output: String) throws {
    paths = InputFiles.expand(files)
    self.detection = detection
    try InputFiles.checkRereading(paths, option: "--capture", output: output)
    configuration = try detection.configuration(overlay)
    let engine = detection.engine(configuration)
    let sequence = CaptureSequence(paths: paths, interfaces: engine.interfaces)
    var progress = Progress()
    sequence.run(progress: { progress.show("reading \(sequence.files[$0].path)") }, { engine.ingest($0) })
    progress.clear()
    engine.finish()
    report = ReplayReport(engine: engine, files: sequence.files)
    for error in report.files.compactMap(\.error) { printError("lenscap: \(error)") }
    // A report about nothing would say that there is no camera.
    if report.coverage.packets == 0, let status = report.readStatuses.first { throw ExitStatus.foremost(of: [status]).code }
  }

  /// The device with this id or address. If there is none or several, prints that and ends the program.
  func device(_ text: String) throws -> Device {
    let wanted = text.lowercased()
    let found = report.devices.filter { device in
      [device.id.description, device.id.mac.description].contains(wanted) || device.addresses.contains { $0.description == wanted }
    }
    guard let device = found.first, found.count == 1 else {
      throw usageError(
        found.isEmpty
          ? "no device has the id or address “\(text)”; `lenscap replay` lists the devices of a recording."
          : "\(found.count) devices have the address “\(text)”: \(listed(found.prefix(5).map(\.id.description))); give the id.")
    }
    return device
  }

  /// The devices for a report, with their traffic and with what the proving packets do not show.
  func subjects(_ devices: [Device], losses: [ProofCheck.Loss]) -> [IncidentReport.Subject] {
    let start = report.files.compactMap(\.firstSeen).min()
    let end = report.files.compactMap(\.lastSeen).max()
    let counts = start.flatMap { start in end.map { TrafficCount.count(of: devices, in: paths, from: start, to: $0) } } ?? [:]
    let alerts = Dictionary(report.alerts.map { ($0.device.id, $0.alert) }, uniquingKeysWith: { _, last in last })
    return devices.map { device in
      var subject = IncidentReport.Subject(device: device, alert: alerts[device.id])
      subject.traffic = counts[device.id]
      subject.losses = losses.filter { $0.device == device.id }.map { $0.sentence(file: PackName.proof) }
      return subject
    }
  }

  /// The packets that prove what these devices are, and what they do not show by themselves.
  ///
  /// - Parameter others: whom they may not show; nil for nobody.
  func proof(
    _ devices: [Device], _ media: MediaChoice, without others: WithoutOthers? = nil
  ) throws -> (file: PackFile, losses: [ProofCheck.Loss]) {
    let remark = others == nil ? nil : WithoutOthers.remark
    let (file, losses) = try Proof.write(inputs: paths, media: media, remark: remark, without: others) { proof, path in
      proof.cite(devices)
      return { ProofCheck(path: path, devices: devices, engine: detection.engine(configuration)).losses }
    }
    return (file, losses)
  }

  /// `lenscap replay …`, for a shell.
  var reproduction: String { "lenscap replay " + (detection.arguments + paths).map(\.quotedForShell).joined(separator: " ") }
}

/// A file of proving packets in memory.
enum Proof {
  /// - Parameter cite: names the devices, and returns what to do with the written file.
  static func write<Result>(
    inputs: [String], media: MediaChoice, remark: String?, without others: WithoutOthers? = nil, _ cite: (ProofFile, String) -> () -> Result
  ) throws -> (file: PackFile, result: Result) {
    do {
      let folder = try TemporaryFolder()
      defer { folder.remove() }
      let path = "\(folder.path)/\(PackName.proof)"
      let proof = try ProofFile(path: path, inputs: inputs, application: Lenscap.application, media: media, remark: remark, without: others)
      let check = cite(proof, path)
      if try proof.write().missing > 0 { printError("lenscap: not all cited packets were found again: a capture has changed meanwhile") }
      let result = check()
      return (PackFile(name: PackName.proof, bytes: try PaperFile.read(path)), result)
    } catch {
      printError("lenscap: \(error)")
      throw ExitStatus.ioError.code
    }
  }

  /// The file where there are no packets.
  static func none(_ remark: String) throws -> PackFile {
    try write(inputs: [], media: .cut, remark: remark) { _, _ in {} }.file
  }
}

extension String {
  /// As one word of a shell's command.
  var quotedForShell: String {
    let isPlain =
      !isEmpty
      && utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-_./:,@=+".utf8.contains(byte)
      }
    return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}
