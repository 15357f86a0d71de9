import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Packs
import Papers
import Releases
import Serve
import SignatureFiles
import Store
import Watch

/// Options of all papers.
struct PaperOptions: ParsableArguments {
  @Option(
    name: .customLong("capture"), parsing: .upToNextOption,
    help: ArgumentHelp("Captures, or folders of captures, that hold the packets. They are read several times.", valueName: "file"))
  var captures: [String] = []

  @Option(
    help: ArgumentHelp(
      "How far the clock that gave the packets their times was off, as you measured it, such as '+2.5 s'. The report states it.",
      valueName: "text"))
  var clockOffset: String?

  @Flag(help: "Print times in UTC instead of the property's zone, or the local one.")
  var utc = false

  @OptionGroup var detection: DetectionOptions

  /// - Parameter withSignatures: their files, for a check sum.
  func origin(signatures: [PackFile], count: Int?) -> IncidentReport.Origin {
    IncidentReport.Origin(
      version: Lenscap.configuration.version,
      command: CommandLine.arguments.enumerated().map { $0 == 0 ? "lenscap" : $1.quotedForShell }.joined(separator: " "),
      signatures: count.map { SignatureSum(count: $0, files: signatures) }, written: .now, utc: utc,
      clock: clockOffset.map { "off by \($0), as stated by who wrote this report; times here are not corrected" }
        ?? "times are those of the clock that captured; how far it was off is not known")
  }
}

/// What a paper about an alert of the watch is made of.
struct AlertPapers {
  let alert: AlertCase
  let report: IncidentReport
  let proof: PackFile
  /// Of the captures.
  let statuses: Set<ExitStatus>
  /// What was left out; nil for nothing.
  let others: WithoutOthers?

  /// If there is no such alert, or a file is wrong, prints that and ends the program.
  init(
    _ id: String, _ store: PropertyStore, _ property: String?, _ options: PaperOptions, media: MediaChoice, signatures: [PackFile],
    _ overlay: SignatureOverlay?, output: String, withoutOthers: Bool = false
  ) throws {
    let found = try store.alert(matching: id)
    if found.kind == "health" { throw usageError("\(found.id) is about the watch itself; papers are about devices.") }
    let alert = try withStoreErrors { () throws(StoreError) in try AlertCase(found, in: store, at: .now) }
    self.alert = alert
    let others = withoutOthers ? try alert.others(in: store) : nil
    self.others = others
    if withoutOthers, others == nil { throw usageError("the device of \(found.id) was deleted, so nobody knows what is another's.") }
    var origin = options.origin(signatures: signatures, count: try options.detection.signatureCount(overlay))
    origin.property = property
    let captures = options.captures.isEmpty ? EvidenceRing.files(besideDatabase: store.path) : options.captures
    guard !captures.isEmpty else {
      let remark =
        "The watch has kept no packets that this user can read, and no recording was given (--capture), so there are none of this alert."
      origin.remarks.append(remark)
      var report = alert.report(origin)
      if let others { report.leaveOut(others) }
      self.report = report
      proof = try Proof.none(remark)
      statuses = []
      return
    }
    let run = try RecordingRun(captures, options.detection, overlay, output: output)
    statuses = run.report.readStatuses
    origin.reproduction = run.reproduction
    var report = alert.report(origin)
    report.inputs = run.report.files.map(IncidentReport.Input.init)
    report.coverage = run.report.coverage
    let shown = run.report.devices.filter { $0.id.description == alert.alert.device && !$0.evidence.isEmpty }
    if let device = shown.first, let subject = report.subjects.first {
      let proof = try run.proof([device], media, without: others)
      self.proof = proof.file
      report.subjects = [Self.merged(subject, run.subjects([device], losses: proof.losses).first)]
      if device.verdict < subject.device.verdict {
        report.origin.remarks.append(
          "By these recordings alone the verdict is “\(device.verdict.rawValue)”; the watch saw more, and its verdict is “\(subject.device.verdict.rawValue)”."
        )
      }
    } else {
      let remark = "These recordings hold no packets that show what the device of this alert is."
      report.origin.remarks.append(remark)
      proof = try Proof.none(remark)
    }
    if let others { report.leaveOut(others) }
    self.report = report
  }

  /// What the database says, with the packets of the recordings.
  private static func merged(_ subject: IncidentReport.Subject, _ captured: IncidentReport.Subject?) -> IncidentReport.Subject {
    guard let captured else { return subject }
    var subject = subject
    subject.reasons = captured.reasons
    subject.traffic = captured.traffic
    subject.losses = captured.losses
    subject.hasPackets = true
    return subject
  }

  var document: PackFile {
    get throws {
      let document = try JSON(pretty: true).bytes(alert.document)
      let bytes = try others.map { try AlertWithoutOthers.document(document, $0) } ?? Array(document)
      return PackFile(name: PackName.alert, bytes: bytes + [0x0A])
    }
  }
}

extension AlertCase {
  /// What a paper about it must leave out of others; nil if the device is not known any more.
  fileprivate func others(in store: PropertyStore) throws -> WithoutOthers? {
    guard let device = subject?.device else { return nil }
    return try withStoreErrors { () throws(StoreError) in
      WithoutOthers(
        device, names: try store.namesOfOthers(limit: WithoutOthers.deviceLimit, but: device.id),
        addresses: try store.addressesOfOthers(limit: WithoutOthers.deviceLimit, but: device.id))
    }
  }
}

extension SignatureOverlay {
  /// The release of central that the watch of this database uses: papers about its alerts are made with the same signatures.
  init?(_ store: PropertyStore, _ settings: Settings) {
    guard settings.uplink?.accept.contains(.signatures) == true, let packed = (try? store.signatureRelease())?.archive,
      let archive = try? ReleaseArchive(bytes: packed)
    else { return nil }
    self.init(archive.files.map { ($0.name, $0.bytes) })
  }
}

extension DetectionOptions {
  /// The files of the signatures, for a pack; named as in their folder.
  func signatureFiles(_ overlay: SignatureOverlay? = nil) throws -> [PackFile] {
    do {
      let folder = try SignatureFolder.find(signatures)
      return try (overlay?.sources(over: folder) ?? SignatureSource.files(folder)).map { source in
        // Names of files are anything; those of a pack are not.
        let name = String(
          source.name.unicodeScalars.map {
            $0.isASCII && $0.value > 0x20 && $0.value < 0x7F && !"\\:".unicodeScalars.contains($0) ? Character($0) : "_"
          })
        return PackFile(name: PackName.signatures + name, bytes: source.bytes)
      }
    } catch {
      printError("\(error)")
      throw ExitStatus.unreadableInput.code
    }
  }

  /// Their number.
  func signatureCount(_ overlay: SignatureOverlay? = nil) throws -> Int { try configuration(overlay).signatures.signatures.count }

  /// What was given, as arguments of a command.
  var arguments: [String] {
    [("--known", known), ("--site", site), ("--signatures", signatures)].flatMap { name, value in value.map { [name, $0] } ?? [] }
      + lan.flatMap { ["--lan", $0] } + (headersOnly == true ? ["--headers-only"] : [])
  }
}
