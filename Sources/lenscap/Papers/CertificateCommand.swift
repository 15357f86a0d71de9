import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Packs
import Papers
import Store

struct CertificateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certificate",
    abstract: "Write the inspection certificate of a month, or verify one.",
    discussion: """
      It says which rooms were watched how long and how well, and which were blind; which kinds of cameras would have been seen and which not; \
      and what was found, decided and erased, by whom. The box signs it. A code on it holds a short text that anybody can check.

      Examples:
        sudo lenscap certificate --month 2026-11 -o november.pdf
        sudo lenscap certificate key > box.pem
        lenscap certificate verify november.html --key box.pem
      """,
    subcommands: [Write.self, Verify.self, Key.self], defaultSubcommand: Write.self)

  struct Write: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "write",
      abstract: "Write the certificate of a month.",
      discussion: """
        A month that is not over is written as far as it went, and its title says so; it also says so where too few hours were watched. The key \
        that signs is that of evidence packs: only the owner of the database may read it.

        Exit status: 0 written, 64 no such month or a month to come, 66 no such database, 69 WeasyPrint is missing, 74 it cannot be written, \
        77 the key may not be read.
        """)

    @Option(help: ArgumentHelp("The month: 2026-11.", valueName: "month"))
    var month: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The certificate to write: NAME.html or NAME.pdf.", valueName: "file"))
    var output: String

    @Flag(help: "The month and all times in UTC instead of the property's zone, or the local one.")
    var utc = false

    @OptionGroup var database: DatabaseOptions

    private var isPDF: Bool { output.lowercased().hasSuffix(".pdf") }

    func validate() throws {
      guard isPDF || output.lowercased().hasSuffix(".html") else { throw ValidationError("-o names a file that ends with .html or .pdf.") }
      guard CertificateMonth(month) != nil else { throw ValidationError("--month: “\(month)” is no month; write it as 2026-11.") }
    }

    func run() throws {
      guard let month = CertificateMonth(month) else { return }
      let settings = try database.configuration.load().settings
      guard month.span(utc: utc).from <= .now else { throw usageError("\(month.name) is still to come.") }
      let printer = try isPDF ? PDFPrinter.found(for: "certificate") : nil
      let store = try database.openToRead()
      let key = try SigningKey.ofBox(store)
      var record = try withStoreErrors { () throws(StoreError) in try InspectionRecord(of: month, in: store, utc: utc, at: .now) }
      record.property = settings.property.name
      record.headersOnly = settings.watch.headersOnly == true
      record.version = Lenscap.configuration.version
      guard let signed = CertificatePage(record).signed(by: key) else {
        printError("lenscap: the certificate could not be signed")
        throw ExitStatus.ioError.code
      }
      try withPaperErrors {
        guard let printer else { return try PaperFile.write(signed.page, to: output) }
        let attachments = [
          PackFile(name: CertificatePage.textName, text: signed.text), PackFile(name: PackName.key, text: key.publicKey.pem),
        ]
        try PaperFile.write(try printer.pdf(of: signed.page, attachments: attachments), to: output)
      }
      printOut("\(output): \(record.title); signed by \(key.publicKey.fingerprint)")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Say whether a certificate is as a box wrote it. Needs neither the box nor a network.",
      discussion: "Exit status: 0 verified, 65 not.")

    @Argument(help: "The text that the code of the certificate gives, or a file with it, or the page (.html).")
    var certificate: String

    @Option(help: ArgumentHelp("The key that must have signed it, as `certificate key` prints it.", valueName: "file"))
    var key: String

    func run() throws {
      guard let key = PublicKey(pem: try read(key, limit: PublicKey.sizeLimit)) else {
        throw refused("\(key): it is no public key of Ed25519 (PEM)")
      }
      let isFile = unsafe certificate.utf8.count < PATH_MAX && access(certificate, F_OK) == 0
      let verification = CertificateVerification(of: isFile ? try read(certificate) : Array(certificate.utf8), key: key)
      if let problem = verification.problem { throw refused("not verified: \(problem)") }
      printOut((["verified, signed by \(key.fingerprint)"] + verification.lines.map { $0.forPeople(limit: 200) }).joined(separator: "\n"))
    }

    private func refused(_ message: String) -> ExitCode {
      printError("lenscap: \(message)")
      return ExitStatus.unreadableInput.code
    }

    private func read(_ path: String, limit: Int = 64 << 20) throws -> [UInt8] {
      do throws(PaperFile.Failure) {
        return try PaperFile.read(path, limit: limit)
      } catch {
        throw refused("\(error)")
      }
    }
  }

  struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "key",
      abstract: "Print the public key of this box, which checks its certificates and evidence packs. Keep it elsewhere.")

    @OptionGroup var database: DatabaseOptions

    func run() throws { printOut(try SigningKey.ofBox(try database.openToRead()).publicKey.pem) }
  }
}

extension SigningKey {
  /// The key beside a database. If it cannot be had, prints why and ends the program.
  static func ofBox(_ store: PropertyStore) throws -> SigningKey {
    do throws(SigningKey.Failure) {
      return try SigningKey(besideDatabase: store.path)
    } catch {
      printError("lenscap: \(error)")
      switch error {
      case .noPermission, .exposed: throw ExitStatus.noPermission.code
      case .damaged: throw ExitStatus.unreadableInput.code
      case .io: throw ExitStatus.ioError.code
      }
    }
  }
}

extension PDFPrinter {
  /// If WeasyPrint is missing, prints that and ends the program.
  static func found(for paper: String) throws -> PDFPrinter {
    do throws(PDFPrinter.Failure) {
      return try PDFPrinter()
    } catch {
      printError("lenscap: \(error); -o NAME.html writes the same \(paper) as a page")
      throw ExitStatus.unavailable.code
    }
  }
}
