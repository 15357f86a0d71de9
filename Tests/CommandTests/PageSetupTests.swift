import Foundation
import Testing

/// What `lenscap setup` does about the page, with its services left alone.
@Suite struct PageSetupTests {
  private func arguments(_ folder: URL) -> [String] {
    [
      "setup", "--no-start", "--no-test", "--yes", "--config", folder.appending(path: "lenscap.yaml").path, "--database",
      folder.appending(path: "l.sqlite").path,
    ]
  }

  private func setUp(_ folder: URL, _ options: String...) throws -> Command.Result {
    try Command.run(arguments(folder) + ["--interface", "lo"] + options)
  }

  private func configuration(_ folder: URL) throws -> String {
    try String(contentsOf: folder.appending(path: "lenscap.yaml"), encoding: .utf8)
  }

  @Test(.needs(.tool("openssl"))) func thePageIsForThisMachineAndHasACertificate() throws {
    try withTemporaryFolder { folder throws in
      let result = try setUp(folder)
      #expect(result.status == 0, "\(result.errors)")
      let page = try #require(result.output.firstMatch(of: /the page: +https:\/\/(127\.0\.0\.1:84[0-9]{2}) sha256 ([0-9A-F:]{95})\n/))
      #expect(try configuration(folder).contains("dashboard:\n  listen: \"\(page.1)\"\n"))
      #expect(result.output.contains("lenscap users invite NAME --role manager"))
      let print = "openssl x509 -in '\(folder.path)/dashboard.pem' -noout -fingerprint -sha256 | grep -q '\(page.2)'"
      #expect(try shell(print) == 0, "the fingerprint is that of the certificate")
      let mode = try FileManager.default.attributesOfItem(atPath: folder.appending(path: "dashboard.key").path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let shown = try Command.run(
        "users", "page", "--config", folder.appending(path: "lenscap.yaml").path, "--database", folder.appending(path: "l.sqlite").path)
      #expect(shown.status == 0 && shown.output == "https://\(page.1) sha256 \(page.2)\n")
    }
  }

  @Test func theFirstManagerIsInvited() throws {
    try withTemporaryFolder { folder throws in
      let result = try setUp(folder, "--manager", "maria", "--dashboard", "127.0.0.1:8499")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains(/maria, for 30 minutes, once: +https:\/\/127\.0\.0\.1:8499\/invite\/[A-Za-z0-9_-]{20,}\n/))
      let users = try Command.run(
        "users", "--config", folder.appending(path: "lenscap.yaml").path, "--database", folder.appending(path: "l.sqlite").path)
      #expect(users.output.contains(/maria +manager +invited/))
      let wrong = try setUp(folder, "--manager", "<b>")
      #expect(wrong.status == 0 && wrong.output.contains("no link for <b>"), "the box is set up all the same")
    }
  }

  @Test func noneIsNoPage() throws {
    try withTemporaryFolder { folder throws in
      let result = try setUp(folder, "--dashboard", "none")
      #expect(result.status == 0 && !result.output.contains("the page:"))
      #expect(try !configuration(folder).contains("\ndashboard:"))
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "dashboard.pem").path))
    }
  }

  /// A second setup is no way around the second manager, nor does it move the page.
  @Test func whatWasDecidedAboutThePageStays() throws {
    try withTemporaryFolder { folder throws in
      let former = "serve: { public_url: 'https://desk.example' }\ndashboard: { listen: '127.0.0.1:8777', two_people: true }\n"
      try former.write(to: folder.appending(path: "lenscap.yaml"), atomically: true, encoding: .utf8)
      let result = try setUp(folder)
      #expect(result.status == 0, "\(result.errors)")
      let text = try configuration(folder)
      for line in ["  listen: \"127.0.0.1:8777\"", "  two_people: true", "  public_url: \"https://desk.example\""] {
        #expect(text.contains("\n\(line)\n"), "\(line)")
      }
      #expect(try setUp(folder, "--dashboard", "127.0.0.1:8778").status == 0)
      #expect(try configuration(folder).contains("8778") && configuration(folder).contains("two_people: true"))
    }
  }

  @Test(arguments: [
    ("0.0.0.0", "every address"), ("[::]:8443", "every address"), ("203.0.113.9", "no address of this machine"), ("x", "is no address"),
    ("127.0.0.1:0", "no port"), ("127.0.0.1:99999", "no port"), ("127.0.0.1:x", "no port"),
  ])
  func wrongAddressesAreUsage(address: String, reason: String) throws {
    try withTemporaryFolder { folder throws in
      let result = try setUp(folder, "--dashboard", address)
      #expect(result.status == 64 && result.errors.contains(reason), "\(result.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  /// Guests must not reach the page: the interface that is watched is refused, another one is not.
  @Test(.needs(.namespaces)) func theWatchedInterfaceIsRefused() throws {
    try withTemporaryFolder { folder throws in
      let addresses = "ip address add 192.0.2.1/24 dev lenscap-t0; ip address add 198.51.100.1/24 dev lenscap-t1"
      func run(_ watched: String, _ page: String) throws -> (status: Int32, output: String, errors: String) {
        let words = arguments(folder) + ["--interface", watched, "--dashboard", page]
        return try inANamespace("\(addresses); '\(Command.binary)' \(words.map { "'\($0)'" }.joined(separator: " "))")
      }
      let refused = try run("lenscap-t0", "192.0.2.1")
      #expect(refused.status == 64 && refused.errors.contains("192.0.2.1 is the address of lenscap-t0"), "\(refused.errors)")
      #expect(try run("any", "192.0.2.1").status == 64)
      let taken = try run("lenscap-t0", "198.51.100.1:9443")
      #expect(taken.status == 0 && taken.output.contains("https://198.51.100.1:9443 sha256 "), "\(taken.errors)")
    }
  }
}
