import Foundation
import Testing

/// `lenscap backup` and `lenscap restore`.
@Suite struct BackupTests {
  /// A box with an alert, a place in deliveries, a configuration and a secret.
  private struct Box {
    let folder: URL

    var configuration: String { folder.appending(path: "etc/lenscap.yaml").path }
    var secret: String { folder.appending(path: "etc/secrets/webhook").path }
    var database: String { folder.appending(path: "lenscap.sqlite").path }
    var serve: String { folder.appending(path: "serve.sqlite").path }

    init(_ folder: URL) throws {
      self.folder = folder
      try FileManager.default.createDirectory(at: folder.appending(path: "etc/secrets"), withIntermediateDirectories: true)
    }

    func fill() throws {
      let result = try Command.run(
        "setup", "--yes", "--interface", "lo", "--property", "Hotel", "--time-zone", "UTC", "--sink", "webhook=https://example.com/x",
        "--no-start", "--no-test", "--config", configuration, "--database", database)
      try #require(result.status == 0, "\(result.errors)")
      try #require(try Command.run("known", "add", "b0:c5:54:25:5b:0e", "--name", "lobby", "--database", database).status == 0)
      try #require(try shell("sqlite3 '\(serve)' 'CREATE TABLE delivery (uid TEXT); INSERT INTO delivery VALUES (7)'") == 0)
    }

    func backup(_ file: URL, _ options: String...) throws -> Command.Result {
      try Command.run(["backup", file.path, "--config", configuration, "--database", database] + options)
    }

    func restore(_ file: URL) throws -> Command.Result {
      try Command.run("restore", file.path, "--config", configuration, "--database", database)
    }

    var declared: String { get throws { try Command.run("known", "list", "--database", database).output } }
  }

  private func mode(_ path: String) throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test(.needs(.tool("sqlite3"))) func aBoxMovesWithoutLosingItsHistory() throws {
    try withTemporaryFolder { folder throws in
      let (old, new) = (try Box(folder.appending(path: "old")), try Box(folder.appending(path: "new")))
      try old.fill()
      let file = folder.appending(path: "box.tar")
      #expect(try old.backup(file, "--with-secrets").status == 0)
      #expect(try mode(file.path) == 0o600)
      #expect(try new.restore(file).status == 0)
      #expect(try new.declared.contains("lobby"))
      #expect(try String(contentsOfFile: new.configuration, encoding: .utf8) == String(contentsOfFile: old.configuration, encoding: .utf8))
      #expect(try String(contentsOfFile: new.secret, encoding: .utf8) == String(contentsOfFile: old.secret, encoding: .utf8))
      #expect(try shell("test \"$(sqlite3 '\(new.serve)' 'SELECT uid FROM delivery')\" = 7") == 0)
    }
  }

  @Test(.needs(.tool("sqlite3"))) func secretsAreOnlyInABackupThatAsksForThem() throws {
    try withTemporaryFolder { folder throws in
      let (old, new) = (try Box(folder.appending(path: "old")), try Box(folder.appending(path: "new")))
      try old.fill()
      let file = folder.appending(path: "box.tar")
      #expect(try old.backup(file).status == 0)
      let secret = try Data(contentsOf: URL(filePath: old.secret))
      #expect(try Data(contentsOf: file).range(of: secret) == nil)
      let result = try new.restore(file)
      #expect(result.status == 0 && result.errors.contains("no secrets"))
      #expect(!FileManager.default.fileExists(atPath: new.secret))
    }
  }

  @Test(.needs(.tool("sqlite3"))) func whatWasThereIsKept() throws {
    try withTemporaryFolder { folder throws in
      let (old, new) = (try Box(folder.appending(path: "old")), try Box(folder.appending(path: "new")))
      try old.fill()
      try new.fill()
      try #require(try Command.run("known", "add", "attic", "--database", new.database).status == 0)
      let file = folder.appending(path: "box.tar")
      #expect(try old.backup(file).status == 0)
      #expect(try new.restore(file).status == 0)
      #expect(try !new.declared.contains("attic"))
      #expect(try Command.run("known", "list", "--database", new.database + ".old").output.contains("attic"))
      #expect(FileManager.default.fileExists(atPath: new.configuration + ".old"))
    }
  }

  @Test(.needs(.tool("sqlite3"))) func aDatabaseInUseIsNotReplaced() throws {
    try withTemporaryFolder { folder throws in
      let box = try Box(folder.appending(path: "box"))
      try box.fill()
      let file = folder.appending(path: "box.tar")
      #expect(try box.backup(file).status == 0)
      // A reader that stays: the shell's standard input is a pipe that nobody writes to.
      let reader = Process()
      reader.executableURL = URL(filePath: "/bin/sh")
      reader.arguments = ["-c", "exec sqlite3 -cmd 'BEGIN; SELECT count(*) FROM declaration;' '\(box.database)'"]
      let (input, output) = (Pipe(), Pipe())
      (reader.standardInput, reader.standardOutput) = (input, output)
      try reader.run()
      defer {
        input.fileHandleForWriting.closeFile()
        reader.waitUntilExit()
      }
      _ = output.fileHandleForReading.availableData
      let result = try box.restore(file)
      #expect(result.status == 74 && result.errors.contains("in use"))
      #expect(!FileManager.default.fileExists(atPath: box.configuration + ".old"))
    }
  }

  /// Changed bytes, cut ends and foreign archives change nothing.
  @Test(.needs(.tool("sqlite3")), arguments: ["middle", "end", "garbage", "tar"]) func aDamagedBackupIsRefused(damage: String) throws {
    try withTemporaryFolder { folder throws in
      let box = try Box(folder.appending(path: "box"))
      try box.fill()
      let file = folder.appending(path: "box.tar")
      #expect(try box.backup(file).status == 0)
      var bytes = try Data(contentsOf: file)
      switch damage {
      case "middle": bytes[bytes.count / 2] ^= 0xFF
      case "end": bytes.removeLast(2_000)
      case "garbage": bytes = Data("no archive".utf8)
      default:
        try #require(try shell("cd '\(folder.path)' && tar cf foreign.tar box/etc/lenscap.yaml") == 0)
        bytes = try Data(contentsOf: folder.appending(path: "foreign.tar"))
      }
      try bytes.write(to: file)
      let before = try Data(contentsOf: URL(filePath: box.database))
      #expect(try box.restore(file).status == 65)
      #expect(try Data(contentsOf: URL(filePath: box.database)) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: box.folder.path).allSatisfy { !$0.contains("restoring") })
    }
  }

  /// Names that lead out of the box's folders, or to another file in them.
  @Test(
    .needs(.tool("python3")),
    arguments: [
      "../evil", "lists/../../evil.yaml", "/tmp/evil", "secrets/../evil", "lists/a/b.yaml", "lists/.hidden.yaml", "secrets/",
      "lenscap.sqlite-wal",
      "lists/lenscap.sqlite", "lists/lenscap.yaml", "lists/x\u{0}.yaml",
    ]) func namesLeadNowhere(name: String) throws
  {
    try withTemporaryFolder { folder throws in
      let box = try Box(folder.appending(path: "box"))
      let file = folder.appending(path: "evil.tar")
      try archive([(name, "evil"), ("lenscap.yaml", "database: \(box.database)\n")], to: file)
      let result = try box.restore(file)
      #expect(result.status == 65, "\(result.errors)")
      let found = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
      #expect(Set(found) == ["box", "box/etc", "box/etc/secrets", "evil.tar"])
    }
  }

  /// The same archive with a name that is right is restored, with the list beside the configuration.
  @Test(.needs(.tool("python3"))) func listsGoToTheFolderOfTheConfiguration() throws {
    try withTemporaryFolder { folder throws in
      let box = try Box(folder.appending(path: "box"))
      let file = folder.appending(path: "good.tar")
      try archive([("lists/ours.yaml", "- lobby-cam-*\n"), ("lenscap.yaml", "database: \(box.database)\nknown: ours.yaml\n")], to: file)
      let result = try box.restore(file)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try String(contentsOf: folder.appending(path: "box/etc/ours.yaml"), encoding: .utf8) == "- lobby-cam-*\n")
      // A box that has it takes it into its own backup.
      #expect(try box.backup(folder.appending(path: "again.tar")).output.contains("lists/ours.yaml"))
    }
  }

  /// Whoever made the backup does not choose which files of the box are replaced.
  @Test(
    .needs(.tool("python3")),
    arguments: [
      "database: /elsewhere/lenscap.sqlite", "serve: { database: ../../elsewhere.sqlite }", "interfaces: eth1: [", "nonsense: true",
    ])
  func aConfigurationThatDoesNotFitIsRefused(configuration: String) throws {
    try withTemporaryFolder { folder throws in
      let box = try Box(folder.appending(path: "box"))
      let file = folder.appending(path: "evil.tar")
      let own = "database: \(box.database)\n"
      try own.write(toFile: box.configuration, atomically: true, encoding: .utf8)
      try archive([("lenscap.yaml", (configuration.hasPrefix("database") ? "" : own) + configuration + "\n")], to: file)
      #expect(try Command.run("restore", file.path, "--config", box.configuration).status == 65)
      #expect(try String(contentsOfFile: box.configuration, encoding: .utf8) == own)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "box/etc").path).sorted() == ["lenscap.yaml", "secrets"])
    }
  }

  @Test func aMissingBackupIsNoInput() throws {
    try withTemporaryFolder { folder throws in
      #expect(try Box(folder.appending(path: "box")).restore(folder.appending(path: "none.tar")).status == 66)
    }
  }

  /// A backup as a stranger would make it, whose manifest fits its files.
  private func archive(_ files: [(name: String, text: String)], to file: URL) throws {
    let program = """
      import hashlib, io, json, sys, tarfile
      files = json.loads(sys.argv[2])
      manifest = {"format": "lenscap-backup/1", "version": "0", "created": "now", "files": [
          {"name": name, "size": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()} for name, text in files]}
      with tarfile.open(sys.argv[1], "w", format=tarfile.USTAR_FORMAT) as out:
          for name, text in [["manifest.json", json.dumps(manifest)]] + files:
              entry = tarfile.TarInfo(name)
              entry.size = len(text)
              out.addfile(entry, io.BytesIO(text.encode()))
      """
    let list = String(decoding: try JSONEncoder().encode(files.map { [$0.name, $0.text] }), as: UTF8.self)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program, file.path, list]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }
}
