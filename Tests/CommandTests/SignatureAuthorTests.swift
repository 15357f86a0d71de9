import Foundation
import Testing

/// An author's work: draft signatures, check them, see what they match and why not.
@Suite struct SignatureAuthorTests {
  static let capture = Command.capture("camera-boot")
  static let camera = "00:e0:4c:36:0c:22"

  @Test func fromACaptureToASignature() throws {
    try withTemporaryFolder { (folder) throws in
      let file = folder.appendingPathComponent("homeeye.yaml").path
      let begun = try Command.run("signatures", "new", "HomeEye", Self.capture, "--device", Self.camera, "-o", file)
      #expect(begun.status == 0, Comment(rawValue: begun.errors))
      let unfinished = try Command.run("signatures", "check", "--signatures", file)
      #expect(unfinished.status == 65)
      #expect(unfinished.output.contains("counterexamples"), "missing counterexamples are reported")

      var yaml = try String(contentsOfFile: file, encoding: .utf8)
      #expect(yaml.contains("dhcp.hostname") && yaml.contains("eth.oui"))
      for (field, other) in [("eth.oui", "\"001122334455\""), ("udp.payload", "\"00112233\""), ("tcp.payload", "\"00112233\"")] {
        yaml = Self.fill(yaml, field: field, with: "{ \(field): \(other) }")
      }
      for field in Set(yaml.matches(of: /examples: \[ \{ ([a-z0-9._]+):/).map { String($0.output.1) }) {
        yaml = Self.fill(yaml, field: field, with: "{ \(field): something-else.example }")
      }
      try yaml.write(toFile: file, atomically: true, encoding: .utf8)
      let checked = try Command.run("signatures", "check", "--signatures", file)
      #expect(checked.status == 0, Comment(rawValue: checked.output))
      let explained = try Command.run("signatures", "explain", Self.capture, "--signatures", file, "--device", Self.camera)
      #expect(explained.output.contains("→ homeeye-dhcp-hostname: camera, supports"))

      #expect(try Command.run("signatures", "new", "HomeEye", "-o", file).status == 74, "existing files are not overwritten")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == yaml)
    }
  }

  /// Adds a counterexample to a draft that has none.
  private static func fill(_ yaml: String, field: String, with counterexample: String) -> String {
    var lines = yaml.components(separatedBy: "\n")
    for index in lines.indices.dropFirst()
    where lines[index] == "    counterexamples: []" && lines[index - 1].contains("examples: [ { \(field):") {
      lines[index] = "    counterexamples: [ \(counterexample) ]"
    }
    return lines.joined(separator: "\n")
  }

  @Test func withoutACaptureWritesAnExample() throws {
    let example = try Command.run("signatures", "new", "Home \"Eye\" \\ 2")
    #expect(example.status == 0)
    #expect(example.output.contains("id: home-eye-2-dhcp-hostname"))
    #expect(example.output.contains(#"vendor: "Home \"Eye\" \\ 2""#))
    #expect(try Command.run("signatures", "new", "…").status == 64)
    #expect(try Command.run("signatures", "new", "HomeEye", "--device", Self.camera).status == 64)
    let several = try Command.run("signatures", "new", "HomeEye", Self.capture)
    #expect(several.status == 64 && several.errors.contains(Self.camera), "the error lists the devices")
    #expect(try Command.run("signatures", "new", "HomeEye", Self.capture, "--device", "02:00:00:00:00:99").status == 64)
  }

  @Test func explainsMatchesAndFailures() throws {
    let met = try Command.run("signatures", "explain", Self.capture, "--signature", "dahua-p2p")
    #expect(met.output.hasPrefix("dahua-p2p: matches 1 of "))
    #expect(met.output.contains("✓ domain: { under: [ "))
    #expect(met.output.contains("easy4ipcloud.com”, packet "))
    let unmet = try Command.run("signatures", "explain", Self.capture, "--signature", "axis-dhcp-name")
    #expect(unmet.output.contains("matches 0 of 1 device"))
    #expect(unmet.output.contains("“IPC-C22”, packet 2: fails "))
    let unknown = try Command.run("signatures", "explain", Self.capture, "--signature", "dahua-p2q")
    #expect(unknown.status == 64 && unknown.errors.contains("“dahua-p2p”"))
    #expect(try Command.run("signatures", "explain", Self.capture, "--signature", "dahua-p2p", "--format", "jsonl").status == 64)
  }

  @Test func findsADeviceByEitherAddress() throws {
    let byMAC = try Command.run("signatures", "explain", Self.capture, "--device", Self.camera)
    let byIP = try Command.run("signatures", "explain", Self.capture, "--device", "192.168.88.122")
    #expect(byMAC.output == byIP.output)
    #expect(byMAC.output.contains("dhcp.hostname"), "sent before the device had the address")
  }
}
