import YAMLReading

/// A failure to load signatures: all problems, in the order of the files.
public struct SignatureError: Error, Equatable, Sendable, CustomStringConvertible {
  public let problems: [FileProblem]

  public init(_ problems: [FileProblem]) {
    self.problems = problems
  }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
