import Foundation
import Testing

/// `lenscap certificate`, and what a telephone reads from paper.
@Suite struct CertificateCommandTests {
  private static let month: String = {
    let formatter = DateFormatter()
    (formatter.locale, formatter.timeZone, formatter.dateFormat) = (Locale(identifier: "en_US_POSIX"), .gmt, "yyyy-MM")
    return formatter.string(from: Date())
  }()

  private func withKey(_ body: (_ folder: URL, _ key: String, _ write: (String...) throws -> Command.Result) throws -> Void) throws {
    try PackCommandTests.withAlert { (database, _, folder) throws in
      let key = folder.appending(path: "box.pem").path
      let printed = try Command.run("certificate", "key", "--database", database)
      #expect(printed.status == 0 && printed.output.hasPrefix("-----BEGIN PUBLIC KEY-----"), "\(printed)")
      try printed.output.write(toFile: key, atomically: true, encoding: .utf8)
      try body(folder, key) { arguments in try Command.run(["certificate"] + arguments + ["--utc", "--database", database]) }
    }
  }

  @Test func aPageIsWrittenAndVerified() throws {
    try withKey { (folder, key, write) throws in
      let page = folder.appending(path: "c.html").path
      let written = try write("--month", "2026-11", "-o", page)
      #expect(written.status == 0 && written.output.contains("too few watched hours"), "\(written)")
      let verified = try Command.run("certificate", "verify", page, "--key", key)
      #expect(verified.status == 0 && verified.output.hasPrefix("verified, signed by SHA256:"), "\(verified)")
      let html = try String(contentsOfFile: page, encoding: .utf8)
      let text = String(try #require(html.firstMatch(of: /<pre id="certificate">([^<]*)</)).1)
      #expect(try Command.run("certificate", "verify", text, "--key", key).status == 0, "the text alone")
      #expect(try Command.run("certificate", "verify", text.replacing("rooms: 0", with: "rooms: 9"), "--key", key).status == 65)
      #expect(try Command.run("certificate", "verify", folder.path + "/none.html", "--key", key).status == 65)
      #expect(try Command.run("certificate", "verify", page, "--key", page).status == 65)
    }
  }

  @Test func monthsThatCannotBe() throws {
    try withKey { (folder, _, write) throws in
      let page = folder.appending(path: "c.html").path
      for month in ["2999-01", "2026-13", "november"] {
        #expect(try write("--month", month, "-o", page).status == 64, "\(month)")
        #expect(!FileManager.default.fileExists(atPath: page))
      }
      #expect(try write("--month", "2026-11", "-o", folder.path + "/c.txt").status == 64)
      #expect(try write("--month", Self.month, "-o", page).output.contains("which is not over"))
    }
  }

  @Test(.needs(.tool("weasyprint")), .needs(.tool("pdftoppm")), .needs(.tool("zbarimg")), .needs(.tool("pdfdetach")))
  func aTelephoneReadsThePDF() throws {
    try withKey { (folder, key, write) throws in
      let pdf = folder.appending(path: "c.pdf").path
      #expect(try write("--month", "2026-11", "-o", pdf).status == 0)
      #expect(try Command.run("certificate", "verify", pdf, "--key", key).errors.contains("pdfdetach"))
      // zbarimg ends with 4 where a page has no code.
      let commands = """
        cd '\(folder.path)' && pdfdetach -saveall c.pdf > /dev/null && pdftoppm -r 150 -png c.pdf page \
        && { zbarimg -q --raw -Sdisable -Sqrcode.enable page-*.png > read.txt || test -s read.txt; }
        """
      #expect(try shell(commands) == 0)
      for name in ["certificate.txt", "read.txt"] {
        #expect(try Command.run("certificate", "verify", "\(folder.path)/\(name)", "--key", key).status == 0, "\(name)")
      }
    }
  }
}
