import ArgumentParser
import ConfigurationFiles
import Documents
import Foundation
import Serve
import Services

struct EnrollCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enroll",
    abstract: "Make this box a gateway of a chain.",
    discussion: """
      Makes a private key, which stays on this box, and has central certify it by a code that `lenscap-central enroll` printed. The key, the \
      certificate and central's authority go into the folder uplink beside the configuration, for `lenscap serve` alone; the section `uplink` \
      goes into the configuration, and the key of central's releases, if it has one, beside it as release.pem. Then restart lenscap-serve and lenscap-watch.

      What goes up, and what never does: /usr/share/doc/lenscap/docs/chain.md.

      Exit status: 0 enrolled, 64 the code is wrong, used or expired, 65 the configuration is wrong, 74 central cannot be reached or is not \
      trusted, 77 no permission to write.

      Examples:
        lenscap enroll K7QM-2XPD --url https://central.example.com
        lenscap enroll K7QM-2XPD --url https://192.0.2.10:8443 --fingerprint 5f:0a:…
      """)

  @Argument(help: "The code. It works once.")
  var code: String

  @Option(help: ArgumentHelp("The address of central.", valueName: "url"))
  var url: String

  @Option(help: ArgumentHelp("Certificate authorities to trust instead of the system's, PEM.", valueName: "file"))
  var ca: String?

  @Option(
    help: ArgumentHelp(
      "SHA-256 of central's certificate, or of its authority's, where no authority is known yet. Compare it with what central prints.",
      valueName: "sha256"))
  var fingerprint: String?

  @Flag(help: "Print the section of the configuration instead of writing it.")
  var `print` = false

  @Flag(help: "Enrol again, as another gateway.")
  var replace = false

  @OptionGroup var configuration: ConfigOptions

  func validate() throws {
    guard ca == nil || fingerprint == nil else { throw ValidationError("--ca and --fingerprint say the same; name one of them.") }
    guard Self.isAddress(url) else { throw ValidationError("--url: “\(url)” is no address such as https://central.example.com.") }
    if let fingerprint, !Enrolling.isFingerprint(fingerprint) {
      throw ValidationError("--fingerprint: 64 hexadecimal digits are expected, with or without colons.")
    }
  }

  /// Of https and without a path: the code must not be read on the way.
  private static func isAddress(_ text: String) -> Bool {
    guard let address = HTTPAddress(of: text), ["", "/"].contains(address.rest) else { return false }
    return text.lowercased().hasPrefix("https://")
  }

  func run() throws {
    let configuration = try configuration.load()
    let file = ConfigurationEdit(configuration)
    let files = Enrolling.Files(folder: file.folder + "/uplink")
    if !replace, let former = files.all.first(where: { unsafe access($0, F_OK) == 0 }) {
      throw usageError("\(former) is there: this box is enrolled. To enrol it again as another gateway, add --replace.")
    }
    let trust: Enrolling.Trust = ca.map { .authorities($0) } ?? fingerprint.map { .fingerprint($0) } ?? .system
    let (code, url) = (code.trimmingCharacters(in: .whitespaces), String(url.reversed().drop { $0 == "/" }.reversed()))
    let enrolment: EnrolledGateway
    do {
      enrolment = try Bridge.wait {
        try await Enrolling.enroll(code: code, url: url, trust: trust, files: files, version: Lenscap.configuration.version)
      }
    } catch let failure as EnrolmentFailure {
      printError("lenscap: \(failure)")
      throw failure.status.code
    }
    printOut("enrolled as \(enrolment.name) of \(enrolment.tenant)/\(enrolment.site)")
    let section = UplinkSection(broker: enrolment.broker, files: files, hasReleaseKey: enrolment.hasReleaseKey).text
    if !self.print, file.append(section) {
      printOut("\(file.path): the section uplink was added; restart lenscap-serve and lenscap-watch")
    } else {
      printOut("put this into \(file.path), and restart lenscap-serve and lenscap-watch:\n\n\(section)")
    }
  }
}

extension EnrolmentFailure {
  fileprivate var status: ExitStatus {
    switch self {
    case .code: .usage
    case .unreachable, .untrusted, .answer: .ioError
    case .file: .noPermission
    }
  }
}

/// The section of the configuration.
private struct UplinkSection {
  let broker: String
  let files: Enrolling.Files
  let hasReleaseKey: Bool

  var text: String {
    """
    uplink:
      url: \(broker)
      certificate: \(files.certificate)
      key: \(files.key)
      ca: \(files.ca)\(hasReleaseKey ? "\n  release_key: \(files.releaseKey)" : "")
      # What central may send for this box to use: declared, rooms, signatures, software. Nothing, unless it is named here.
      accept: []

    """
  }
}

/// Adds a section at the end of the configuration.
private struct ConfigurationEdit {
  let path: String
  private let configuration: Configuration

  init(_ configuration: Configuration) {
    self.configuration = configuration
    path = configuration.file ?? Configuration.standardPath
  }

  /// The folder of the file.
  var folder: String {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return (absolute as NSString).deletingLastPathComponent
  }

  /// - Returns: false if it cannot be written, or would not say the same but for the section. Then it is as it was.
  func append(_ section: String) -> Bool {
    guard configuration.file != nil, configuration.settings.uplink == nil, let facts = FileFacts(path),
      let former = try? String(contentsOfFile: path, encoding: .utf8)
    else { return false }
    let draft = path + ".new"
    unsafe unlink(draft)
    let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { return false }
    defer { unsafe unlink(draft) }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    let text = former + (former.hasSuffix("\n") || former.isEmpty ? "" : "\n") + "\n" + section
    guard (try? handle.write(contentsOf: Data(text.utf8))) != nil, fchown(file, facts.owner, facts.group) == 0,
      fchmod(file, facts.mode & 0o7777) == 0, fsync(file) == 0, var new = try? Configuration.read(draft).settings, new.uplink != nil
    else { return false }
    new.uplink = nil
    return unsafe new == configuration.settings && rename(draft, path) == 0
  }
}
