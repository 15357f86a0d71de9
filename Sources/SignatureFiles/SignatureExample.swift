import Detection
import YAMLReading

/// Observations that a signature must match (examples) or must not match (counterexamples).
public struct SignatureExample: Sendable, Equatable {
  public let line: Int
  public let observations: [Observation]
  /// The values that the signature must give; nil if the example does not specify them.
  public let vendor: String?
  public let model: String?
  public let kind: String?

  public init(line: Int, observations: [Observation], vendor: String? = nil, model: String? = nil, kind: String? = nil) {
    self.line = line
    self.observations = observations
    self.vendor = vendor
    self.model = model
    self.kind = kind
  }
}

/// A signature with its place and examples from its file.
public struct LoadedSignature: Sendable, Equatable {
  public let signature: Signature
  public let file: String
  public let line: Int
  public let examples: [SignatureExample]
  public let counterexamples: [SignatureExample]

  /// Runs the examples through the compiled form of this signature alone.
  public func exampleProblems() -> [FileProblem] {
    let set = SignatureSet([signature])
    var problems: [FileProblem] = []
    func report(_ example: SignatureExample, _ message: String) {
      problems.append(FileProblem(file: file, line: example.line, message: "\(signature.id): \(message)"))
    }
    for example in examples {
      guard !set.match(example.observations).isEmpty else {
        report(example, "the signature does not match this example")
        continue
      }
      let named = [
        ("vendor", example.vendor, signature.vendor), ("model", example.model, signature.model),
        ("kind", example.kind, signature.kind),
      ]
      for (what, expected, value) in named {
        guard let expected else { continue }
        let found = given(value, in: example.observations)
        if found != expected {
          report(example, "this example gives \(what) \(found.map { "\"\($0)\"" } ?? "nothing"), not \"\(expected)\"")
        }
      }
    }
    for example in counterexamples where !set.match(example.observations).isEmpty {
      report(example, "the signature matches this counterexample")
    }
    return problems
  }

  private func given(_ value: GivenValue?, in observations: [Observation]) -> String? {
    for observation in observations {
      if let found = signature.given(value, in: observation) { return found }
    }
    return nil
  }
}
