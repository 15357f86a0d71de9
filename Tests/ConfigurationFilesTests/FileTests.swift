import Foundation
import Testing
import YAMLReading

@testable import ConfigurationFiles
@testable import Detection

/// Files as they are found on a disk: the configuration itself, lists, and secrets.
@Suite struct FileTests {
  static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.path + "/lenscap-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  static func write(_ text: String, _ path: String, mode: Int = 0o600) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test func filesThatCannotBeRead() throws {
    try Self.withFolder { folder throws in
      func error(_ path: String) -> ConfigurationError? {
        #expect(throws: ConfigurationError.self) { try Configuration.read(path) }
      }
      let missing = error(folder + "/none.yaml")
      #expect(missing?.kind == .missing && missing?.description == "\(folder)/none.yaml: no such file")
      #expect(error(folder)?.description == "\(folder): this is a folder, expected a file")
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(error(pipe)?.description == "\(pipe): this is a pipe, a socket or a disk, expected a file")
      let large = folder + "/large.yaml"
      try Self.write(String(repeating: "# \n", count: 400_000), large)
      #expect(error(large)?.description == "\(large): the file is too large, expected at most 1024 KiB")
    }
    #expect(try Configuration.read("/dev/null").settings == Settings())
  }

  @Test func findsTheNamedFile() throws {
    try Self.withFolder { folder throws in
      try Self.write("utc: true", folder + "/a.yaml")
      try Self.write("utc: false", folder + "/b.yaml")
      let environment = ["LENSCAP_CONFIG": folder + "/b.yaml"]
      #expect(try Configuration.find(folder + "/a.yaml", environment: environment).settings.watch.utc == true)
      #expect(try Configuration.find(nil, environment: environment).settings.watch.utc == false)
      let error = #expect(throws: ConfigurationError.self) {
        try Configuration.find(nil, environment: ["LENSCAP_CONFIG": folder + "/c.yaml"])
      }
      #expect(error?.kind == .missing)
    }
  }

  @Test func listsInOtherFiles() throws {
    try Self.withFolder { folder throws in
      let path = folder + "/lenscap.yaml"
      try Self.write("known: ours.yaml\nrooms: rooms.yaml\n", path)
      try Self.write("- lobby-*\n", folder + "/ours.yaml")
      try Self.write("- { room: A, vlan: 1 }\n", folder + "/rooms.yaml")
      var settings = try Configuration.read(path).settings
      try settings.loadLists()
      #expect(settings.known == .here(DeclaredDevices(["lobby-*"])))
      #expect(settings.rooms == .here(Site([.init(room: "A", criteria: [.vlan([1])])])))

      try FileManager.default.removeItem(atPath: folder + "/ours.yaml")
      try Self.write("- { room: A, vlna: 1 }\n", folder + "/rooms.yaml")
      var wrong = try Configuration.read(path).settings
      let error = #expect(throws: ConfigurationError.self) { try wrong.loadLists() }
      #expect(
        error?.problems.map(\.description) == [
          "\(folder)/ours.yaml: no such file",
          "\(folder)/rooms.yaml:1:14: unknown key \"vlna\", expected one of room, vlan, subnet, circuit, remote, interface, switch, port, ap, "
            + "did you mean \"vlan\"?",
        ])
    }
  }

  // MARK: Secrets

  static func load(_ rest: String, _ folder: String, environment: [String: String] = [:]) throws -> Settings {
    let text = "sinks: [{ name: a, \(rest) }]"
    var settings = try Configuration.parse(Array(text.utf8), file: "f", folder: folder).settings
    try settings.loadSecrets(environment: environment)
    return settings
  }

  @Test func secretsAreLines() throws {
    try Self.withFolder { folder throws in
      try Self.write("whsec_aGVsbG8=\r\n\n whsec_d29ybGQ= \n", folder + "/hook")
      let settings = try Self.load("kind: webhook, url: https://a/, secret_file: hook", folder)
      #expect(settings.sinks[0].secrets == ["whsec_aGVsbG8=", "whsec_d29ybGQ="])
      let other = try Self.load("kind: ntfy, url: https://a/, secret_env: T", folder, environment: ["T": "tk_1\n"])
      #expect(other.sinks[0].secrets == ["tk_1"])
    }
  }

  @Test(arguments: [
    ("", "the secret is empty, expected one secret a line"), (" \n\n", "the secret is empty, expected one secret a line"),
    ("hunter2", "the secret is not usable, expected whsec_ and base64 in each line"),
    ("whsec_", "the secret is not usable, expected whsec_ and base64 in each line"),
    ("whsec_aGVsbG8=\nwhsec_hunter2!", "the secret is not usable, expected whsec_ and base64 in each line"),
    ("whsec_aGVs\u{0}bG8=", "the secret is not text"),
    (String(repeating: "whsec_aGVsbG8=\n", count: 17), "there are 17 lines, expected at most 16 secrets, one a line"),
  ])
  func wrongSecrets(text: String, message: String) throws {
    try Self.withFolder { folder throws in
      try Self.write(text, folder + "/s")
      let error = #expect(throws: SecretError.self) { try Self.load("kind: webhook, url: https://a/, secret_file: s", folder) }
      #expect(error?.description == "sinks.a.secret_file: \(message)")
      #expect(error?.problems.first?.kind == .wrong)
    }
  }

  @Test func largeAndMissingSecrets() throws {
    try Self.withFolder { folder throws in
      let sink = "kind: ntfy, url: https://a/, secret_file: s"
      let missing = #expect(throws: SecretError.self) { try Self.load(sink, folder) }
      #expect(missing?.description == "sinks.a.secret_file: \(folder)/s: no such file")
      try Self.write(String(repeating: "x", count: 65_537), folder + "/s")
      let large = #expect(throws: SecretError.self) { try Self.load(sink, folder) }
      #expect(large?.description == "sinks.a.secret_file: \(folder)/s: the file is too large, expected at most 64 KiB")
      let unset = #expect(throws: SecretError.self) { try Self.load("kind: ntfy, url: https://a/, secret_env: T", folder) }
      #expect(unset?.problems.map(\.kind) == [.notInEnvironment])
    }
  }

  @Test(arguments: [0o604, 0o602, 0o601, 0o640, 0o620, 0o644, 0o666])
  func secretsThatOthersMayRead(mode: Int) throws {
    try Self.withFolder { folder throws in
      try Self.write("x", folder + "/s", mode: mode)
      let error = #expect(throws: SecretError.self) { try Self.load("kind: ntfy, url: https://a/, secret_file: s", folder) }
      #expect(error?.problems.map(\.kind) == [.permission])
    }
  }

  /// One wrong secret does not keep the others away.
  @Test func goodSecretsAreLoadedBesideBadOnes() throws {
    let text = "sinks: [{ name: a, kind: ntfy, url: https://a/, secret_env: A }, { name: b, kind: ntfy, url: https://a/, secret_env: B }]"
    var settings = try Configuration.parse(Array(text.utf8), file: "f", folder: "/").settings
    #expect(throws: SecretError.self) { try settings.loadSecrets(environment: ["B": "b"]) }
    #expect(settings.sinks.map(\.secrets) == [[], ["b"]])
  }
}
