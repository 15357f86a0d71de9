/// A setting with which a sink can never work. Its texts contain no secret.
public struct SinkConfigurationError: Error, Equatable, CustomStringConvertible {
  /// The key below the sink in lenscap.yaml.
  public let key: String
  /// What is wrong with it, and what is expected.
  public let problem: String

  public init(_ key: String, _ problem: String) {
    self.key = key
    self.problem = problem
  }

  public var description: String { "\(key): \(problem)" }
}
