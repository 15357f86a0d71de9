import Foundation
import Testing

/// `evidence` and `report` of an alert of the watch.
@Suite struct PackCommandTests {
  static let camera = Command.capture("mjpeg-camera")

  /// A database with an alert, and its id.
  static func withAlert(_ body: (_ database: String, _ alert: String, _ folder: URL) throws -> Void) throws {
    try withTemporaryFolder { (folder) throws in
      let database = folder.appendingPathComponent("lenscap.sqlite").path
      let capture = try Data(contentsOf: URL(fileURLWithPath: camera))
      #expect(try Command.run("watch", "-i", "-", "--database", database, input: capture).status == 10)
      let list = try Command.run("alerts", "list", "--format", "jsonl", "--database", database).output
      let alert = try #require(list.firstMatch(of: /"id":"([0-9a-f]{16})"/)).1
      try body(database, String(alert), folder)
    }
  }

  @Test func aPackIsWrittenAndVerified() throws {
    try Self.withAlert { (database, alert, folder) throws in
      let pack = folder.appendingPathComponent("case.zip").path
      let written = try Command.run("evidence", alert, "--database", database, "--capture", Self.camera, "-o", pack)
      #expect(written.status == 0, "\(written.errors)")
      let verified = try Command.run("evidence", "verify", pack)
      #expect(verified.status == 0)
      #expect(verified.output.contains("signed by SHA256:") && verified.output.contains(", which is not known here"))
      // On a machine without Lenscap.
      let out = folder.appendingPathComponent("out").path
      #expect(try shell("mkdir '\(out)' && cd '\(out)' && python3 -m zipfile -e '\(pack)' .") == 0)
      #expect(try shell("cd '\(out)' && sha256sum --quiet -c manifest.sha256") == 0)
      let check = "openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in manifest.sha256 -sigfile manifest.sig"
      #expect(try shell("cd '\(out)' && \(check) > /dev/null") == 0)
      let names = Set(try FileManager.default.contentsOfDirectory(atPath: out))
      #expect(
        names == [
          "manifest.sha256", "manifest.sig", "public.pem", "alert.json", "report.html", "proof.pcapng", "signatures", "configuration.yaml",
          "versions.json",
        ])
      let key = try Command.run("evidence", "verify", pack, "--key", out + "/public.pem")
      #expect(key.status == 0 && !key.output.contains("not known"))
      // It reaches the verdict again, with the signatures that it brings along.
      #expect(try Command.run("replay", "--signatures", out + "/signatures", out + "/proof.pcapng").status == 10)
      let document = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: out + "/alert.json"))) as? [String: Any]
      #expect(document?["id"] as? String == alert)
      #expect(document?["history"] is [Any] && document?["subject"] is [String: Any])
      if Requirement.jsonSchema.isMet {
        for (file, definition) in [("alert.json", "alert"), ("versions.json", "versions")] {
          try SchemaTests.expectValid(try String(contentsOfFile: "\(out)/\(file)", encoding: .utf8), definition)
        }
      }
      let report = try String(contentsOfFile: out + "/report.html", encoding: .utf8)
      #expect(report.contains("that nobody declared") && report.contains("<svg ") && report.contains(alert))
      let versions =
        try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: out + "/versions.json"))) as? [String: Any]
      #expect(versions?["lenscap"] as? String == "0.1.0" && versions?["dropped"] != nil)
      #expect(
        try shell("python3 -c 'import yaml, sys; assert yaml.safe_load(open(sys.argv[1]))[\"database\"]' '\(out)/configuration.yaml'") == 0)
    }
  }

  /// Those that the watch kept, without a recording.
  @Test func packetsOfTheWatch() throws {
    try Self.withAlert { (database, alert, folder) throws in
      let (pack, out) = (folder.appendingPathComponent("case.zip").path, folder.appendingPathComponent("out").path)
      #expect(try Command.run("evidence", alert, "--database", database, "-o", pack).status == 0)
      #expect(try Command.run("evidence", "verify", pack).status == 0)
      #expect(try shell("mkdir '\(out)' && cd '\(out)' && python3 -m zipfile -e '\(pack)' .") == 0)
      #expect(try !PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: out + "/proof.pcapng"))).packets.isEmpty)
    }
  }

  /// A pack as central may have it. The browser that looks at it is in the recording, and in the usual pack.
  @Test func aPackWithoutOthers() throws {
    try withTemporaryFolder { (folder) throws in
      let database = folder.appendingPathComponent("lenscap.sqlite").path
      let camera = Self.camera
      #expect(
        try Command.run("watch", "-i", "-", "--database", database, input: Data(contentsOf: URL(fileURLWithPath: camera))).status == 10)
      // A machine that is busy may add alerts about the watch itself.
      let list = try Command.run("alerts", "list", "--format", "jsonl", "--database", database).output
      let line = try #require(list.split(separator: "\n").first { $0.contains("unknown-camera") })
      let alert = try #require(line.firstMatch(of: /"id":"([0-9a-f]{16})"/)).1
      let (pack, out) = (folder.appendingPathComponent("case.zip").path, folder.appendingPathComponent("out").path)
      let written = try Command.run(
        "evidence", String(alert), "--without-others", "--database", database, "--capture", camera, "-o", pack)
      #expect(written.status == 0, "\(written.errors)")
      #expect(try Command.run("evidence", "verify", pack).status == 0)
      let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Live").standardized.path
      let look =
        "import sys; sys.path.insert(0, sys.argv[1]); import packs; print(packs.others_in(open(sys.argv[2], 'rb').read(), *sys.argv[3:]))"
      let found = folder.appendingPathComponent("found").path
      #expect(try shell("python3 -B -c \"\(look)\" '\(program)' '\(pack)' '\(database)' \(alert) > '\(found)'") == 0)
      #expect(try String(contentsOfFile: found, encoding: .utf8) == "[]\n")
      #expect(try shell("mkdir '\(out)' && cd '\(out)' && python3 -m zipfile -e '\(pack)' .") == 0)
      #expect(try Command.run("replay", out + "/proof.pcapng").status != 65)
      #expect(try String(contentsOfFile: out + "/versions.json", encoding: .utf8).contains(/"without_others" ?: ?true/))
      #expect(try String(contentsOfFile: out + "/configuration.yaml", encoding: .utf8).hasPrefix("# It stays"))
      if Requirement.jsonSchema.isMet {
        for (file, definition) in [("alert.json", "alert"), ("versions.json", "versions")] {
          try SchemaTests.expectValid(try String(contentsOfFile: "\(out)/\(file)", encoding: .utf8), definition)
        }
      }
      let both = try Command.run(
        "evidence", String(alert), "--without-others", "--with-media", "--reason", "x", "--database", database, "-o", pack)
      #expect(both.status == 64)
    }
  }

  @Test func withoutPacketsThePackSaysSo() throws {
    try Self.withAlert { (database, alert, folder) throws in
      try FileManager.default.removeItem(atPath: database + "-packets")
      let pack = folder.appendingPathComponent("case.zip").path
      #expect(try Command.run("evidence", alert, "--database", database, "-o", pack).status == 0)
      #expect(try Command.run("evidence", "verify", pack).status == 0)
      let out = folder.appendingPathComponent("out").path
      #expect(try shell("mkdir '\(out)' && cd '\(out)' && python3 -m zipfile -e '\(pack)' .") == 0)
      #expect(try Command.run("replay", out + "/proof.pcapng").status == 0)
      #expect(try String(contentsOfFile: out + "/report.html", encoding: .utf8).contains("The watch has kept no packets"))
      // Other recordings do not hold them either.
      let browser = Command.capture("benign/browser")
      #expect(try Command.run("evidence", alert, "--database", database, "--capture", browser, "-o", pack).status == 0)
    }
  }

  @Test func secretsStayOnTheBox() throws {
    try Self.withAlert { (database, alert, folder) throws in
      let (pack, config) = (folder.appendingPathComponent("case.zip").path, folder.appendingPathComponent("lenscap.yaml").path)
      let sink = "{ name: hook, kind: webhook, url: 'https://example.com/sesame', secret_file: secret }"
      try "property: { name: Hotel Lux, time_zone: Europe/Berlin }\nsinks:\n  - \(sink)\n".write(
        toFile: config, atomically: true, encoding: .utf8)
      try "whsec_aGVsbG8gdGhlcmUsIHdvcmxk\n".write(toFile: folder.path + "/secret", atomically: true, encoding: .utf8)
      let result = try Command.run("evidence", alert, "--config", config, "--database", database, "-o", pack)
      #expect(result.status == 0, "\(result.errors)")
      let data = try Data(contentsOf: URL(fileURLWithPath: pack))
      for secret in ["sesame", "whsec_", "aGVsbG8"] { #expect(data.range(of: Data(secret.utf8)) == nil, "\(secret)") }
      for text in ["sinks.hook.secret: \"***\"", "Hotel Lux", "CET, UTC+01:00"] {
        #expect(data.range(of: Data(text.utf8)) != nil, "\(text)")
      }
    }
  }

  @Test func changedPacks() throws {
    try Self.withAlert { (database, alert, folder) throws in
      let pack = folder.appendingPathComponent("case.zip")
      #expect(try Command.run("evidence", alert, "--database", database, "-o", pack.path).status == 0)
      let data = try Data(contentsOf: pack)
      let place = try #require(data.range(of: Data("Incident report".utf8))).lowerBound
      var changed = data
      changed[place] ^= 1
      try changed.write(to: pack)
      let result = try Command.run("evidence", "verify", pack.path)
      #expect(result.status == 65)
      #expect(result.output == "report.html: changed\n")
      try data.prefix(5000).write(to: pack)
      #expect(try Command.run("evidence", "verify", pack.path).status == 65)
      #expect(try Command.run("evidence", "verify", Self.camera).status == 65)
      #expect(try Command.run("evidence", "verify", folder.path + "/none.zip").status == 66)
      try data.write(to: pack)
      #expect(try Command.run("evidence", "verify", pack.path, "--key", Self.camera).status == 65)
      #expect(
        try shell(
          "cd '\(folder.path)' && openssl genpkey -algorithm ed25519 -out other.key && openssl pkey -in other.key -pubout -out other.pem")
          == 0)
      let other = try Command.run("evidence", "verify", pack.path, "--key", folder.path + "/other.pem")
      #expect(other.status == 65 && other.output == "public.pem: changed\n")
      // Another program adds a file.
      #expect(
        try shell(
          "cd '\(folder.path)' && echo x > more.txt && python3 -c 'import zipfile; zipfile.ZipFile(\"case.zip\", \"a\").write(\"more.txt\")'"
        ) == 0)
      #expect(try Command.run("evidence", "verify", pack.path).output == "more.txt: added\n")
    }
  }

  @Test func takingPicturesIsRecorded() throws {
    try Self.withAlert { (database, alert, folder) throws in
      let pack = folder.appendingPathComponent("case.zip").path
      let write = ["evidence", alert, "--database", database, "--capture", Self.camera, "-o", pack]
      #expect(try Command.run(write + ["--with-media"]).status == 64)
      let none = try Command.run("evidence", alert, "--database", database, "-o", pack, "--with-media", "--reason", "x")
      #expect(none.status == 0 && none.errors.contains("the packets that the watch keeps hold no media"), "\(none.errors)")
      #expect(try Command.run(write + ["--with-media", "--reason", "order 17 of the court"]).status == 0)
      let history = try Command.run("alerts", "show", alert, "--database", database).output
      #expect(history.contains("handed-out") && history.contains("x (there was none)") && history.contains("order 17 of the court"))
    }
  }

  @Test(.needs(.tool("setpriv"))) func othersCannotSign() throws {
    guard geteuid() == 0 else { return }
    try Self.withAlert { (database, alert, folder) throws in
      // The database belongs to the user that `watch` becomes; another one may read it here.
      #expect(try shell("chmod 755 '\(folder.path)' && chmod 644 '\(database)'*") == 0)
      let pack = "/tmp/lenscap-\(UUID().uuidString).zip"
      defer { try? FileManager.default.removeItem(atPath: pack) }
      let run =
        "LENSCAP_SIGNATURES='\(Command.root.path)/signatures' '\(Command.binary)' evidence \(alert) --database '\(database)' -o \(pack)"
      let errors = folder.appendingPathComponent("errors").path
      let status = try shell("setpriv --reuid=12345 --regid=12345 --clear-groups sh -c \"\(run)\" 2> '\(errors)'")
      #expect(status == 77)
      #expect(try String(contentsOfFile: errors, encoding: .utf8).contains("only nobody may read the key"))
      #expect(!FileManager.default.fileExists(atPath: pack))
    }
  }

  @Test func reportOfAnAlert() throws {
    try Self.withAlert { (database, alert, folder) throws in
      let path = folder.appendingPathComponent("report.html").path
      try FileManager.default.removeItem(atPath: database + "-packets")
      #expect(try Command.run("alerts", "acknowledge", alert, "--note", "<b>Maria</b> searches", "--database", database).status == 0)
      let result = try Command.run("report", String(alert.prefix(6)), "--database", database, "-o", path)
      #expect(result.status == 0, "\(result.errors)")
      let page = try String(contentsOfFile: path, encoding: .utf8)
      for text in [
        "that nobody declared", "What was done, and by whom", "&lt;b&gt;Maria&lt;/b&gt; searches", "acknowledged",
        "Traffic over time", "Custody", "Clock synchronised", "not recorded",
      ] {
        #expect(page.contains(text), "\(text)")
      }
      #expect(!page.contains("<b>Maria"))
      #expect(try Command.run("report", "ffffffffffffffff", "--database", database, "-o", path).status == 64)
      #expect(try Command.run("evidence", "ffffffffffffffff", "--database", database, "-o", path).status == 64)
      #expect(try Command.run("evidence", alert, "--database", database, "-o", "/nowhere/case.zip").status == 74)
    }
  }
}
