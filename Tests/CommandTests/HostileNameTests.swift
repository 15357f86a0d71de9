import Foundation
import Testing

/// A camera whose name steers terminals and turns lines around.
@Suite struct HostileNameTests {
  /// As long as the name in the capture: U+009B, U+202E and two letters.
  private static let name = "A\u{9B}B\u{202E}"

  private func withCapture(_ body: (_ capture: String, _ folder: URL) throws -> Void) throws {
    try withTemporaryFolder { folder throws in
      var bytes = try Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot")))
      let own = Data("IPC-C22".utf8)
      #expect(own.count == Self.name.utf8.count)
      while let place = bytes.range(of: own) { bytes.replaceSubrange(place, with: Data(Self.name.utf8)) }
      let capture = folder.appendingPathComponent("hostile.pcapng")
      try bytes.write(to: capture)
      try body(capture.path, folder)
    }
  }

  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control && $0.properties.generalCategory != .format }
  }

  @Test func noOutputForPeopleHasIt() throws {
    try withCapture { capture, folder throws in
      let database = folder.appendingPathComponent("d.sqlite").path
      let input = try Data(contentsOf: URL(fileURLWithPath: capture))
      let user = geteuid() == 0 ? ["--user", "root"] : []
      let watched = try Command.run(["watch", "-i", "-", "--database", database] + user, input: input)
      var outputs = [watched, try Command.run("replay", capture), try Command.run("signatures", "explain", capture)]
      for command in [["alerts"], ["devices"], ["devices", "192.168.88.122"], ["digest"], ["known", "adopt"]] {
        outputs.append(try Command.run(command + ["--database", database]))
      }
      for output in outputs {
        #expect(!output.output.isEmpty && isHarmless(output.output) && isHarmless(output.errors), Comment(rawValue: output.output))
      }
      #expect(outputs[1].output.contains("A B"))
    }
  }

  @Test func jsonKeepsItEscaped() throws {
    try withCapture { capture, _ throws in
      for format in ["json", "jsonl"] {
        let result = try Command.run("replay", "--format", format, capture)
        #expect(isHarmless(result.output) && result.output.contains(#"A\u009bB\u202e"#))
        if format == "json" { #expect(result.devices.contains { $0["hostname"] as? String == Self.name }) }
      }
    }
  }

  @Test func aDraftOfSignaturesLoads() throws {
    try withCapture { capture, folder throws in
      let file = folder.appendingPathComponent("new.yaml").path
      let device = SignatureAuthorTests.camera
      let begun = try Command.run("signatures", "new", "Home\u{9B}Eye", capture, "--device", device, "-o", file)
      #expect(begun.status == 0, Comment(rawValue: begun.errors))
      #expect(isHarmless(try String(contentsOfFile: file, encoding: .utf8)))
      // A draft lacks counterexamples, and nothing else.
      let checked = try Command.run("signatures", "check", "--signatures", file).output.split(separator: "\n").dropLast()
      #expect(!checked.isEmpty && checked.allSatisfy { $0.contains("counterexamples") }, "\(checked)")
      let yaml = try String(contentsOfFile: file, encoding: .utf8)
      let start = try #require(yaml.range(of: "  - id: home-eye-dhcp-hostname")?.lowerBound)
      let one = yaml[start...].prefix(through: try #require(yaml[start...].range(of: "counterexamples: []")).upperBound)
      let whole = "vendor: \"Home\\x9BEye\"\nsignatures:\n" + one.replacing("[]", with: "[ { dhcp.hostname: other } ]")
      try whole.write(toFile: file, atomically: true, encoding: .utf8)
      let explained = try Command.run("signatures", "explain", capture, "--signatures", file, "--device", device)
      #expect(explained.status == 0, Comment(rawValue: explained.errors))
      #expect(explained.output.contains("home-eye-dhcp-hostname: camera, supports"), Comment(rawValue: explained.output))
    }
  }

  @Test func adoptingAnswersInJSON() throws {
    try withTemporaryFolder { folder throws in
      let database = folder.appendingPathComponent("d.sqlite").path
      let input = try Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot")))
      let user = geteuid() == 0 ? ["--user", "root"] : []
      _ = try Command.run(["watch", "-i", "-", "--database", database] + user, input: input)
      let adopted = try Command.run("known", "adopt", "--all", "--format", "json", "--database", database)
      let declared = try JSONSerialization.jsonObject(with: Data(adopted.output.utf8)) as? [[String: Any]]
      #expect(declared?.map { $0["pattern"] as? String } == [SignatureAuthorTests.camera])
    }
  }
}
