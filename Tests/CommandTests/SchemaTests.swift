import Foundation
import Testing

/// Real output of every command against `docs/lenscap-1.schema.json`, with a validator that is not this project's. A key that the schema
/// does not list is an error.
@Suite(.needs(.jsonSchema)) struct SchemaTests {
  /// - Parameter definition: the schema's name for each object; `document` for its root, `lines` for JSON Lines with a `type`.
  static func expectValid(_ text: String, _ definition: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try withTemporaryFolder { (folder) throws in
      let (file, problem) = (folder.appendingPathComponent("output.json"), folder.appendingPathComponent("problem"))
      try text.write(to: file, atomically: true, encoding: .utf8)
      let validator = Command.root.appendingPathComponent("Tests/CommandTests/schema.py").path
      let schema = Command.root.appendingPathComponent("docs/lenscap-1.schema.json").path
      let status = try shell("python3 '\(validator)' '\(schema)' \(definition) '\(file.path)' 2> '\(problem.path)'")
      let lines = try String(contentsOf: problem, encoding: .utf8).split(separator: "\n")
      #expect(status == 0, "\(definition): \(lines.suffix(25).joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
  }

  static let site = """
    - { room: Room 1, subnet: 192.168.0.0/16 }
    - { room: Room 2, interface: port2 }
    """
  static let known = "- name: IPC-C22\n- 00:00:5e:00:53:01\n"

  @Test func replayDocuments() throws {
    let names = ["camera-boot", "rtsp-ipv6-camera", "mjpeg-camera", "link-announcements", "benign/browser", "encapsulations/capwap-802-11"]
    let documents = try names.map { try Command.run("replay", "--format", "json", Command.capture($0)).output }
    try Self.expectValid("[\(documents.joined(separator: ","))]", "document")
  }

  @Test func replayOfDamagedAndSelectedInput() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Command.capture("rtsp-two-cameras")))
    let cut = try Command.run("replay", "--format", "json", "-", input: data.dropLast(7))
    #expect(cut.output.contains("\"error\" : \"") || cut.output.contains("\"error\":\""))
    let selected = try Command.run("replay", "--format", "json", "--headers-only", "--filter", "udp", Command.capture("camera-boot"))
    let apart = try Command.run(
      "replay", "--format", "json", "--separately", Command.capture("camera-boot"), Command.capture("onvif-discovery"))
    let lines = apart.output.split(separator: "\n")
    #expect(lines.count == 2)
    try Self.expectValid("[\(([cut.output, selected.output] + lines.map(String.init)).joined(separator: ","))]", "document")
  }

  @Test func replayLines() throws {
    try withFiles { _, options in
      for name in ["camera-boot", "rtsp-http-camera"] {
        try Self.expectValid(try Command.run("replay", "--format", "jsonl", Command.capture(name)).output, "lines")
        let placed = try Command.run(["replay", "--format", "jsonl"] + options + [Command.capture(name)]).output
        #expect(placed.contains("Room 1"))
        try Self.expectValid(placed, "lines")
      }
    }
  }

  @Test func watchAndTheCommandsOnItsDatabase() throws {
    try withFiles { folder, options in
      let database = ["--database", folder.appendingPathComponent("memory.sqlite").path]
      func run(_ arguments: String...) throws -> Command.Result { try Command.run(arguments + database) }
      // From 18:50 and 22:47 of one day, with the digest between them.
      let captures = try ["onvif-discovery", "rtsp-http-camera"].map { try Data(contentsOf: URL(fileURLWithPath: Command.capture($0))) }
      let watch = ["watch", "-i", "-", "--utc", "--format", "jsonl", "--digest", "20:00"] + options + database
      let watched = try Command.run(watch, input: captures[0] + captures[1]).output
      for type in ["alert", "digest", "coverage"] { #expect(watched.contains("\"type\":\"\(type)\""), "\(type)") }
      try Self.expectValid(watched, "lines")

      let alerts = try run("alerts", "list", "--all", "--format", "jsonl").output.split(separator: "\n").map {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
      }
      let id = try #require(alerts.first?["id"] as? String)
      try Self.expectValid(try run("alerts", "show", id, "--format", "json").output, "alert")
      #expect(try run("alerts", "dismiss", id, "--reason", "a test").status == 0)
      try Self.expectValid(try run("alerts", "list", "--all", "--format", "json").output, "alert")
      try Self.expectValid(try run("alerts", "show", id, "--format", "json").output, "alert")

      try Self.expectValid(try run("devices", "--format", "json").output, "device")
      try Self.expectValid(try run("known", "adopt", "--format", "json").output, "device")
      let declaration = ["--name", "a", "--place", "lobby", "--owner", "us", "--note", "n", "--expires", "30d"]
      #expect(try Command.run(["known", "add", "00:00:5e:00:53:02"] + declaration + database).status == 0)
      #expect(try run("known", "adopt", "--all").status == 0)
      try Self.expectValid(try run("known", "list", "--format", "json").output, "declaration")
      try Self.expectValid(try run("digest", "--since", "2026-11-01", "--format", "json").output, "digest")
      try Self.expectValid(try run("status", "--format", "json").output, "status")
    }
  }

  @Test func signatures() throws {
    let explained = try Command.run("signatures", "explain", "--format", "jsonl", Command.capture("camera-boot"))
    try Self.expectValid(explained.output, "lines")
    try Self.expectValid(try Command.run("signatures", "list", "--format", "json").output, "signature")
  }

  /// A site file and declared cameras, as options.
  private func withFiles(_ body: (URL, [String]) throws -> Void) throws {
    try withTemporaryFolder { (folder) throws in
      let (site, known) = (folder.appendingPathComponent("site.yaml"), folder.appendingPathComponent("known.yaml"))
      try Self.site.write(to: site, atomically: true, encoding: .utf8)
      try Self.known.write(to: known, atomically: true, encoding: .utf8)
      try body(folder, ["--site", site.path, "--known", known.path])
    }
  }
}
