import Detection
import YAMLReading

/// A finding about signatures that are well formed but wrong, or probably wrong.
public struct SignatureFinding: Sendable, Equatable, CustomStringConvertible {
  public enum Severity: String, Sendable {
    case error, warning
  }

  public let severity: Severity
  public let problem: FileProblem

  public var description: String { "\(severity.rawValue): \(problem)" }
}

/// Checks signatures beyond their form: examples that fail, duplicate tests, and tests that can never match.
public struct SignatureLint {
  /// A `like` with fewer literal characters matches too much.
  static let shortestLiteral = 3

  private let signatures: [LoadedSignature]
  private var findings: [SignatureFinding] = []

  /// All findings, in the order of the signatures.
  public static func findings(in signatures: [LoadedSignature]) -> [SignatureFinding] {
    var lint = SignatureLint(signatures)
    for loaded in signatures {
      for problem in loaded.exampleProblems() { lint.findings.append(SignatureFinding(severity: .error, problem: problem)) }
      lint.checkExamples(loaded)
      lint.checkGivenValues(loaded)
      lint.checkTests(loaded)
    }
    lint.checkDuplicates()
    lint.checkPeople()
    return lint.findings
  }

  private init(_ signatures: [LoadedSignature]) {
    self.signatures = signatures
  }

  private mutating func report(
    _ severity: SignatureFinding.Severity, _ loaded: LoadedSignature, line: Int? = nil, _ message: String
  ) {
    let message = "\(loaded.signature.id): \(message)"
    findings.append(
      SignatureFinding(
        severity: severity, problem: FileProblem(file: loaded.file, line: line ?? loaded.line, message: message)))
  }

  private mutating func checkExamples(_ loaded: LoadedSignature) {
    for counterexample in loaded.counterexamples
    where loaded.examples.contains(where: { $0.observations == counterexample.observations }) {
      report(.error, loaded, line: counterexample.line, "this counterexample is also an example")
    }
  }

  private mutating func checkGivenValues(_ loaded: LoadedSignature) {
    let signature = loaded.signature
    if signature.says == .vendor, signature.vendor == nil { report(.warning, loaded, "says vendor, but gives no vendor") }
    let families = Set(Field.allCases.map { $0.rawValue.prefix { $0 != "." } })
    for case .literal(let text) in [signature.vendor, signature.model, signature.kind] {
      let parts = text.split(separator: ".")
      if parts.count == 2, families.contains(parts[0]), !text.contains(" ") {
        report(.warning, loaded, unknown("field", text, expected: Field.allCases.map(\.rawValue)) + ": used as literal text")
      }
    }
  }

  private mutating func checkTests(_ loaded: LoadedSignature) {
    for (fields, test) in loaded.signature.condition.tests {
      if fields == [.ethernetOUI] {
        for literal in test.operators.flatMap(\.literals) where !Self.isMACPrefix(literal) {
          let text = String(decoding: literal, as: UTF8.self)
          report(.error, loaded, "\"\(text)\" is not the start of a MAC address: write hexadecimal digits without separators")
        }
      }
      if loaded.signature.says.isWeighed, case .like(let patterns)? = test.operators.first, test.operators.count == 1 {
        for pattern in patterns where pattern != [UInt8(ascii: "*")] {
          guard pattern.count(where: { !"*?#".utf8.contains($0) }) < Self.shortestLiteral, pattern.count < 10 else { continue }
          report(
            .warning, loaded, "\"\(String(decoding: pattern, as: UTF8.self))\" has little literal text: it will match many other values"
          )
        }
      }
    }
  }

  private static func isMACPrefix(_ literal: [UInt8]) -> Bool {
    (6...12).contains(literal.count) && literal.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }

  // MARK: Conflicts between signatures

  private struct Literal: Hashable {
    let says: Claim
    let field: Field
    let name: String
    let text: [UInt8]
  }

  /// Finds tests that occur in two signatures of the same claim: they would count twice.
  private mutating func checkDuplicates() {
    var owners: [Literal: Int] = [:]
    for (number, loaded) in signatures.enumerated() {
      var shared: [Int: [Literal]] = [:]
      for literal in Self.sufficientLiterals(of: loaded.signature) {
        if let owner = owners[literal], owner != number {
          shared[owner, default: []].append(literal)
        } else {
          owners[literal] = number
        }
      }
      for (owner, literals) in shared.sorted(by: { $0.key < $1.key }) {
        let other = signatures[owner]
        var tests: [String] = []
        for literal in literals {
          let test = "\(literal.field.rawValue) \(literal.name) \"\(String(decoding: literal.text, as: UTF8.self))\""
          if !tests.contains(test) { tests.append(test) }
        }
        report(
          .error, loaded,
          "\(other.signature.id) (\(other.file):\(other.line)) already says \(other.signature.says.rawValue) for \(tests.joined(separator: ", "))"
        )
      }
    }
  }

  /// Literals each of which suffices to make the signature match.
  private static func sufficientLiterals(of signature: Signature) -> [Literal] {
    signature.condition.sufficientTests.flatMap { fields, test -> [Literal] in
      guard test.operators.count == 1, test.unless.isEmpty, let name = test.operators[0].name else { return [] }
      return fields.flatMap { field in
        test.operators[0].literals.map { Literal(says: signature.says, field: field, name: name, text: $0) }
      }
    }
  }

  /// Checks that examples of people's devices do not match camera signatures.
  private mutating func checkPeople() {
    let accusing = SignatureSet(signatures.map(\.signature).filter { $0.says.isWeighed && $0.strength?[.personal] ?? .hints >= .likely })
    for loaded in signatures where loaded.signature.says == .notCamera || loaded.signature.says == .viewer {
      for example in loaded.examples {
        for other in accusing.match(example.observations) {
          report(.warning, loaded, line: example.line, "\(other.id) matches this example and says \(other.says.rawValue)")
        }
      }
    }
  }
}

extension Condition {
  /// All tests, at any depth.
  var tests: [([Field], ValueTest)] {
    switch self {
    case .test(let fields, let test): [(fields, test)]
    case .all(let parts), .any(let parts): parts.flatMap(\.tests)
    case .not(let part): part.tests
    }
  }

  /// Tests each of which suffices for the whole condition.
  var sufficientTests: [([Field], ValueTest)] {
    switch self {
    case .test(let fields, let test): [(fields, test)]
    case .any(let parts): parts.flatMap(\.sufficientTests)
    case .all(let parts): parts.count == 1 ? parts[0].sufficientTests : []
    case .not: []
    }
  }
}

extension ValueOperator {
  /// The operator's name; nil for operators without text.
  var name: String? {
    switch self {
    case .bytes, .length, .port, .above, .below, .between: nil
    default: keyword
    }
  }

  var literals: [[UInt8]] {
    switch self {
    case .equals(let texts), .prefix(let texts), .suffix(let texts), .contains(let texts), .under(let texts), .word(let texts),
      .like(let texts):
      texts
    case .bytes, .length, .port, .above, .below, .between: []
    }
  }
}
