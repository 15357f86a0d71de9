import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Packs
import Papers
import SignatureFiles
import Store

struct EvidenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evidence",
    abstract: "Write a signed pack of everything about an alert, or verify one.",
    discussion: """
      A pack is a ZIP archive with the report, the alert as JSON, the packets that prove it, the signatures, the configuration without secrets, \
      and a list of check sums that the box signs. `sha256sum -c manifest.sha256` and `openssl pkeyutl` check it where there is no Lenscap.

      The signature says: unchanged since a box with this key wrote it. It does not say that what the box saw is true, nor whose box it was: \
      for that, keep the key's fingerprint elsewhere from the first day on.

      Examples:
        sudo lenscap evidence 3f2a -o case-3f2a.zip
        sudo lenscap evidence 3f2a --capture lobby.pcapng -o case-3f2a.zip
        lenscap evidence verify case-3f2a.zip --key box.pem
      """,
    subcommands: [Write.self, Verify.self], defaultSubcommand: Write.self)

  struct Write: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "write",
      abstract: "Write the pack of an alert.",
      discussion: """
        The key that signs lies beside the database, and is made at the first use. Only the owner of the database may read it; nobody else can \
        write a pack. Its packets are those that `watch` keeps of suspected devices beside the database, or those of the recordings given with \
        --capture. Where there are none, proof.pcapng is empty and says so. Media (--with-media) is in recordings only; who asked for it stands in \
        the alert's history. --without-others makes the pack that central may have (docs/chain.md): what the camera itself sent and shows, and \
        nothing of guests, viewers and people who decided.

        Exit status: 0 written, 64 no such alert, 66 no such capture or database, 74 it cannot be written, 77 the key may not be read.
        """)

    @Argument(help: "The alert's id, or its first digits.")
    var alert: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The pack to write; an existing file is replaced.", valueName: "file"))
    var output: String

    @Flag(help: "Leave out everything about others than the camera, and the configuration.")
    var withoutOthers = false

    @OptionGroup var media: MediaOptions
    @OptionGroup var paper: PaperOptions
    @OptionGroup var database: DatabaseOptions

    /// What the watch keeps of suspected devices has lost its media already.
    private var hasMedia: Bool { media.withMedia && !paper.captures.isEmpty }

    func validate() throws {
      if withoutOthers, media.withMedia { throw ValidationError("--without-others: pictures show others; leave --with-media away.") }
    }

    func run() throws {
      let configuration = try database.configuration.load()
      // That somebody took pictures stands in the alert's history.
      let store = try media.withMedia ? database.open() : database.openToRead()
      _ = try store.alert(matching: alert)
      let key = try SigningKey.ofBox(store)
      let overlay = SignatureOverlay(store, configuration.settings)
      let signatures = try paper.detection.signatureFiles(overlay)
      let papers = try AlertPapers(
        alert, store, configuration.settings.property.name, paper, media: hasMedia ? media.choice : .cut, signatures: signatures,
        overlay, output: output, withoutOthers: withoutOthers)
      let sign = papers.alert.signOfLife
      let versions = VersionsDocument(
        papers.report.origin, system: Self.system, packets: sign?.packets, dropped: sign?.dropped, withoutOthers: withoutOthers)
      let entries = try ConfigurationPaper.text(configuration.entries(database: database))
      let files = [
        try papers.document, PackFile(name: PackName.report, bytes: ReportPage(papers.report).bytes), papers.proof,
        PackFile(name: PackName.configuration, text: withoutOthers ? ConfigurationPaper.none : entries),
        PackFile(name: PackName.versions, bytes: Array(try JSON(pretty: true).bytes(versions)) + [0x0A]),
      ]
      guard let archive = EvidencePack.archive(files + signatures, signedBy: key) else {
        printError("lenscap: \(output): the pack would be larger than 1 GiB")
        throw ExitStatus.ioError.code
      }
      if case .kept(var reason, let who) = media.choice {
        if !hasMedia {
          printError("lenscap: the packets that the watch keeps hold no media: name what `watch -w` wrote with --capture")
          reason += " (there was none)"
        }
        try withStoreErrors { () throws(StoreError) in
          try store.recordMedia(of: papers.alert.alert.id, who: who, reason: reason, at: .now)
        }
      }
      try withPaperErrors { try PaperFile.write(archive, to: output) }
      printOut("\(output): signed by \(key.publicKey.fingerprint)")
      let status = ExitStatus.foremost(of: papers.statuses)
      if status != .nothingFound { throw status.code }
    }

    private static var system: String {
      var names = utsname()
      guard unsafe uname(&names) == 0 else { return "unknown" }
      func text<T>(_ field: T) -> String {
        unsafe withUnsafeBytes(of: field) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      }
      return [text(names.sysname), text(names.release), text(names.machine)].joined(separator: " ")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Say whether a pack is as a box wrote it.",
      discussion: """
        Prints a line FILE: changed, missing or added for each file that is not as it was. Without --key the pack is checked with the key that \
        it brings along: whoever changes a pack and signs it anew with another key is found only by comparing the fingerprint, or with --key.

        Exit status: 0 verified, 65 not, 66 no such file.
        """)

    @Argument(help: ArgumentHelp("The pack.", valueName: "file"))
    var pack: String

    @Option(help: ArgumentHelp("The key that must have signed it: public.pem of an earlier pack of this box.", valueName: "file"))
    var key: String?

    func run() throws {
      let known = try key.map(publicKey)
      let bytes = try read(pack, limit: ZipWriter.limit)
      let name = (pack as NSString).lastPathComponent
      let verification = PackVerification(of: bytes, name: name, key: known)
      for remark in verification.remarks { printError("lenscap: \(pack): \(remark)") }
      guard verification.isVerified else {
        for finding in verification.findings { printOut(finding.line) }
        throw ExitStatus.unreadableInput.code
      }
      let signer = verification.signer?.fingerprint ?? ""
      printOut("\(pack): verified, signed by \(signer)" + (known == nil ? ", which is not known here" : ""))
    }

    private func publicKey(_ path: String) throws -> PublicKey {
      guard let key = PublicKey(pem: try read(path, limit: PublicKey.sizeLimit)) else {
        printError("lenscap: \(path): it is no public key of Ed25519 (PEM)")
        throw ExitStatus.unreadableInput.code
      }
      return key
    }

    private func read(_ path: String, limit: Int) throws -> [UInt8] {
      do throws(PaperFile.Failure) {
        return try PaperFile.read(path, limit: limit)
      } catch {
        printError("lenscap: \(error)")
        throw unsafe (access(path, F_OK) == 0 ? ExitStatus.unreadableInput : .noInput).code
      }
    }
  }
}

/// `configuration.yaml` of a pack: each setting that holds, by its full name, without secrets.
enum ConfigurationPaper {
  static let none = "# It stays at the property: this pack was made without others.\n"

  static func text(_ entries: [ConfigurationEntry]) throws -> String {
    var lines = ["# What held when this pack was written. Secrets are ***, and so is what follows the host in the address of a sink."]
    for entry in entries {
      // JSON is YAML: a value on one line, quoted.
      let value = try JSON.text(["v": entry.value]).dropFirst(#"{"v":"#.count).dropLast()
      lines.append("\(entry.key): \(value)  # \(entry.origin.rawValue)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
