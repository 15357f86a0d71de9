/// The state of a condition for one device's observations: shows signature authors why theirs was not met.
public indirect enum ConditionCheck: Sendable {
  /// A test of these fields' values: what passes it, and for each value that does not, the first operator in the way.
  case test([Field], ValueTest, passed: Observation?, failed: [(value: Observation, at: Obstacle)])
  case all([ConditionCheck])
  case any([ConditionCheck])
  case not(ConditionCheck)

  public enum Obstacle: Sendable {
    /// This operator does not hold.
    case fails(ValueOperator)
    /// This exception does.
    case excepted(ValueTest)
  }

  public var holds: Bool {
    switch self {
    case .test(_, _, let passed, _): passed != nil
    case .all(let parts): parts.allSatisfy(\.holds)
    case .any(let parts): parts.contains(where: \.holds)
    case .not(let part): !part.holds
    }
  }

  /// Something of what the condition asks for, other than what must be absent, was shown.
  public var isPartlyMet: Bool {
    switch self {
    case .test(_, _, let passed, _): passed != nil
    case .all(let parts), .any(let parts): parts.contains(where: \.isPartlyMet)
    case .not: false
    }
  }

  /// Values were seen that the condition looks at.
  public var hasValues: Bool {
    switch self {
    case .test(_, _, let passed, let failed): passed != nil || !failed.isEmpty
    case .all(let parts), .any(let parts): parts.contains(where: \.hasValues)
    case .not(let part): part.hasValues
    }
  }
}

extension Condition {
  /// Tests what one device showed, part by part.
  public func check(_ observations: [Observation]) -> ConditionCheck {
    switch self {
    case .test(let fields, let test):
      var failed: [(Observation, ConditionCheck.Obstacle)] = []
      for observation in observations where fields.contains(observation.field) {
        guard let obstacle = test.obstacle(for: observation) else { return .test(fields, test, passed: observation, failed: []) }
        failed.append((observation, obstacle))
      }
      return .test(fields, test, passed: nil, failed: failed)
    case .all(let conditions): return .all(conditions.map { $0.check(observations) })
    case .any(let conditions): return .any(conditions.map { $0.check(observations) })
    case .not(let condition): return .not(condition.check(observations))
    }
  }
}

extension ValueTest {
  /// The reason why a value does not pass; nil where it passes.
  fileprivate func obstacle(for observation: Observation) -> ConditionCheck.Obstacle? {
    let value = TestedValue(observation)
    if let failing = operators.first(where: { !$0.holds(for: value) }) { return .fails(failing) }
    return unless.first { $0.holds(for: value) }.map { .excepted($0) }
  }
}
