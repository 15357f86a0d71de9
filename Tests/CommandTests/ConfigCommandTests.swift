import Foundation
import Testing

/// `config check`, `config show`, and the configuration in the other commands.
@Suite struct ConfigCommandTests {
  /// A folder with `lenscap.yaml` and, if there is text for it, `secret`.
  static func withConfiguration<R>(_ text: String, secret: String? = nil, mode: Int = 0o600, _ body: (URL, String) throws -> R) throws -> R
  {
    try withTemporaryFolder { folder in
      let (path, secretPath) = (folder.appendingPathComponent("lenscap.yaml"), folder.appendingPathComponent("secret"))
      try text.write(to: path, atomically: true, encoding: .utf8)
      if let secret {
        try secret.write(to: secretPath, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: secretPath.path)
      }
      return try body(folder, path.path)
    }
  }

  static let sink = "sinks:\n  - { name: hook, kind: webhook, url: https://example.com/sesame, secret_file: secret }\n"

  // MARK: config check

  @Test func aRightFile() throws {
    try Self.withConfiguration("interfaces: eth1\n" + Self.sink, secret: "whsec_aGVsbG8gdGhlcmUsIHdvcmxk\n") { _, path in
      let result = try Command.run("config", "check", path)
      #expect(result.status == 0 && result.output == "\(path): no mistakes\n", "\(result)")
      #expect(try Command.run("config", "check", "--config", path).status == 0)
      #expect(try Command.run(["config", "check"], environment: ["LENSCAP_CONFIG": path]).output == result.output)
    }
  }

  @Test func everyMistakeHasALine() throws {
    let text = "interface: eth1\nbuffer: 9999\nfilter: not prot 22\nknown: ours.yaml\nsinks:\n  - { name: a, kind: wbhook }\n"
    try Self.withConfiguration(text) { _, path in
      let result = try Command.run("config", "check", path)
      #expect(result.status == 65)
      #expect(
        result.output.split(separator: "\n").map(String.init) == [
          "\(path):1:1: unknown key \"interface\", did you mean \"interfaces\"?",
          "\(path):2:9: buffer is \"9999\", expected a number from 1 to 2047",
          "\(path):6:22: kind is \"wbhook\", expected one of webhook, http, mail, mqtt, file, syslog, exec, heartbeat, ntfy, telegram, "
            + "dingtalk, feishu, did you mean \"webhook\"?",
        ])
    }
  }

  /// What only shows once the file itself is right.
  @Test func mistakesBeyondTheFile() throws {
    let text = "filter: not prot 22\nknown: ours.yaml\n" + Self.sink
    try Self.withConfiguration(text, secret: "sesame") { folder, path in
      let result = try Command.run("config", "check", path)
      #expect(result.status == 65)
      #expect(result.output.contains("\(path):1:9: "))
      #expect(result.output.contains("\(path):2:8: \(folder.path)/ours.yaml: no such file\n"))
      #expect(result.output.contains("\(path):4:80: the secret is not usable, expected whsec_ and base64 in each line"))
      #expect(!result.output.contains("sesame"))
    }
  }

  @Test func noFile() throws {
    for arguments in [["config", "check", "/nowhere/lenscap.yaml"], ["config", "show", "--config", "/nowhere/lenscap.yaml"]] {
      let result = try Command.run(arguments)
      #expect(result.status == 66 && (result.output + result.errors).contains("/nowhere/lenscap.yaml: no such file"), "\(result)")
    }
  }

  @Test(arguments: [0o644, 0o604, 0o660])
  func secretsThatOthersMayRead(mode: Int) throws {
    try Self.withConfiguration(Self.sink, secret: "whsec_aGVsbG8gdGhlcmUsIHdvcmxk\n", mode: mode) { _, path in
      let result = try Command.run("config", "check", path)
      #expect(result.status == 77 && result.output.hasPrefix("\(path):2:80: "), "\(result)")
    }
  }

  @Test func notesAreNoMistakes() throws {
    let text =
      "serve: { ack_listen: 127.0.0.1:1 }\nsinks:\n  - { name: n, kind: ntfy, url: https://ntfy.sh/x, secret_env: LENSCAP_TEST_UNSET }\n"
    try Self.withConfiguration(text) { _, path in
      let result = try Command.run("config", "check", path)
      #expect(result.status == 0)
      #expect(result.output.contains("\(path):1:22: note: serve.ack_listen has no effect without public_url"))
      #expect(result.output.contains("\(path):3:64: note: the variable LENSCAP_TEST_UNSET is not set"))
    }
  }

  // MARK: config show

  @Test func everyKeyHasItsOrigin() throws {
    try Self.withConfiguration("snap-length: 128\ndatabase: here.sqlite\n" + Self.sink, secret: "whsec_aGVsbG8gdGhlcmUsIHdvcmxk\n") {
      folder, path in
      func entries(_ more: [String] = [], environment: [String: String] = [:]) throws -> [String: [String]] {
        let result = try Command.run(["config", "show", path, "--format", "json"] + more, environment: environment)
        #expect(result.status == 0 && !result.output.contains("aGVs") && !result.output.contains("sesame"), "\(result)")
        #expect(result.json["schema"] as? String == "lenscap/1")
        let config = result.json["config"] as? [String: [String: Any]] ?? [:]
        return config.mapValues { ["\($0["value"] ?? "")", $0["origin"] as? String ?? ""] }
      }
      let shown = try entries()
      #expect(shown["snap-length"] == ["128", "file"])
      #expect(shown["buffer"] == ["64", "default"])
      #expect(shown["retention.devices"] == ["30d", "default"])
      #expect(shown["serve.listen"] == ["127.0.0.1:9476", "default"])
      #expect(shown["database"] == [folder.path + "/here.sqlite", "file"])
      #expect(shown["sinks.hook.secret"] == ["***", "file"])
      #expect(shown["sinks.hook.url"] == ["https://example.com/***", "file"])
      #expect(shown["sinks.hook.alarm_after"] == ["1h", "default"])
      let environment = ["LENSCAP_DATABASE": "/e.sqlite"]
      #expect(try entries(environment: environment)["database"] == ["/e.sqlite", "environment"])
      #expect(try entries(["--database", "/o.sqlite"], environment: environment)["database"] == ["/o.sqlite", "option"])
      let text = try Command.run("config", "show", path).output
      #expect(text.contains(/snap-length +128 +file/) && text.contains(/sinks\.hook\.secret +\*\*\* +file/), "\(text)")
    }
  }

  @Test(.needs(.jsonSchema)) func shownAsTheSchemaSays() throws {
    try Self.withConfiguration(Self.sink, secret: "whsec_aGVsbG8gdGhlcmUsIHdvcmxk\n") { _, path in
      try SchemaTests.expectValid(try Command.run("config", "show", path, "--format", "json").output, "configuration")
      try SchemaTests.expectValid(try Command.run("config", "show", "/dev/null", "--format", "json").output, "configuration")
    }
  }

  // MARK: Other commands

  static func watch(_ arguments: [String], environment: [String: String] = [:]) throws -> Command.Result {
    try Command.run(
      ["watch"] + arguments, input: Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot"))), environment: environment)
  }

  @Test func watchTakesEverythingFromTheFile() throws {
    let text = """
      interfaces: "-"
      format: jsonl
      database: watch.sqlite
      sensor-name: east wing
      rooms: [ { room: Room 7, subnet: 192.168.0.0/16 } ]
      """
    try Self.withConfiguration(text) { folder, path in
      let watched = try Self.watch(["--config", path])
      #expect(watched.status == 10 && watched.errors.contains("database: \(folder.path)/watch.sqlite"), "\(watched.errors)")
      #expect(watched.output.contains("\"Room 7\"") && watched.output.hasPrefix("{"))
      // The commands find the same database.
      let status = try Command.run("status", "--config", path)
      #expect(status.status == 0 && status.output.contains("east wing"), "\(status)")
      #expect(try Command.run(["alerts"], environment: ["LENSCAP_CONFIG": path]).output.contains("Room 7"))
      // Options and the environment beat the file.
      let other = folder.appendingPathComponent("other.sqlite").path
      #expect(try Self.watch(["--config", path, "--database", other, "--format", "text"]).output.contains("CAMERA"))
      #expect(try Command.run("status", "--config", path, "--database", folder.path + "/none.sqlite").status == 66)
      #expect(try Command.run(["status", "--config", path], environment: ["LENSCAP_DATABASE": folder.path + "/none.sqlite"]).status == 66)
    }
  }

  @Test func declaredCamerasOfTheFile() throws {
    try Self.withConfiguration("interfaces: [\"-\"]\nknown: [ { name: IPC-C22 } ]\n") { folder, path in
      #expect(try Self.watch(["--config", path]).status == 0)
      let none = folder.appendingPathComponent("none.yaml")
      try "- 00:00:5e:00:53:01\n".write(to: none, atomically: true, encoding: .utf8)
      #expect(try Self.watch(["--config", path, "--known", none.path]).status == 10)
    }
  }

  /// The property's zone, whatever the machine's.
  @Test func timesAreThoseOfTheProperty() throws {
    try Self.withConfiguration("interfaces: \"-\"\nproperty: { time_zone: Asia/Tokyo }\n") { (_, path) throws in
      #expect(try Self.watch(["--config", path], environment: ["TZ": "America/New_York"]).output.contains("03:47"))
      #expect(try Self.watch(["--config", path, "--utc"]).output.contains("18:47"))
    }
  }

  @Test func wrongConfigurationsEndTheProgram() throws {
    try Self.withConfiguration("interfaces: \"-\"\nheaders-only: true\n") { _, path in
      let contradiction = try Self.watch(["--config", path, "--write", "/nowhere/x.pcapng"])
      #expect(contradiction.status == 64 && contradiction.errors.contains("--headers-only promises not to read"), "\(contradiction)")
    }
    try Self.withConfiguration("utc: true\n") { _, path in
      let none = try Self.watch(["--config", path])
      #expect(none.status == 64 && none.errors.contains("no interface: name it with -i, or with interfaces in \(path)"), "\(none)")
    }
    try Self.withConfiguration("utc: maybe\n") { _, path in
      for command in [["watch"], ["status"], ["devices"], ["alerts"], ["known"], ["digest"], ["config", "show"]] {
        let result = try Command.run(command + ["--config", path])
        #expect(result.status == 65 && result.errors == "\(path):1:6: utc is \"maybe\", expected true or false\n", "\(command) \(result)")
      }
    }
    #expect(try Command.run("alerts", "--config", "/nowhere/lenscap.yaml").status == 66)
  }

  // MARK: Documents

  /// The example that the package installs, and the one in docs/configuration.md, with all lines that begin with `#`-signs that hide keys.
  @Test(arguments: ["packaging/examples/lenscap.yaml", "docs/configuration.md"])
  func examplesAreRight(document: String) throws {
    var text = try String(contentsOf: Command.root.appendingPathComponent(document), encoding: .utf8)
    if document.hasSuffix(".md") { text = String(try #require(text.firstMatch(of: /(?s)```yaml\n(.*?)```/)).1) }
    // `#key: value` is an example that is switched off; `# Text` is a comment.
    let all = text.replacing(/(?m)^( *)#(?=[^ \n])/) { $0.1 }
    for text in [text, all] {
      try Self.withConfiguration(text) { folder, path in
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("secrets"), withIntermediateDirectories: true)
        for match in all.matches(of: /secret_file: (secrets\/[a-z-]+)/) {
          let file = folder.appendingPathComponent(String(match.1))
          try "whsec_aGVsbG8gdGhlcmUsIHdvcmxk\n".write(to: file, atomically: true, encoding: .utf8)
          try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
        let result = try Command.run("config", "check", path)
        #expect(result.status == 0, "\(result.output)")
      }
    }
    for secret in ["whsec_", "tk_", "password"] { #expect(!all.contains(secret)) }
  }
}
