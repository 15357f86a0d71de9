import SignatureFiles
import YAMLReading

/// Signature files for tests: one signature, with defaults for all parts that a test does not set.
enum Document {
  static func text(
    id: String = "test-one", says: String = "camera", facet: String = "name", strength: String? = "strong",
    match: String = "{ dhcp.hostname: { prefix: CAM- } }", gives: String? = nil, because: String = "is called {value}",
    references: String = "[ a capture ]", examples: String = "[ { dhcp.hostname: CAM-1 } ]",
    counterexamples: String = "[ { dhcp.hostname: phone } ]", vendor: String? = nil
  ) -> String {
    var lines = ["signatures:", "  - id: \(id)", "    says: \(says)", "    facet: \(facet)", "    match: \(match)"]
    if let vendor { lines.insert("vendor: \(vendor)", at: 0) }
    if let strength { lines.append("    strength: \(strength)") }
    if let gives { lines.append("    gives: \(gives)") }
    lines += [
      "    because: \(because)", "    references: \(references)", "    examples: \(examples)",
      "    counterexamples: \(counterexamples)",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The problems of a text, as a file named `test.yaml`.
  static func problems(_ text: String) -> [String] {
    SignatureLoader.read(yaml: text, file: "test.yaml").problems.map(\.description)
  }
}
