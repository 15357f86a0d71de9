import Detection
import Documents

/// A condition and its result for a device, a line for each part, in the words of the signature language.
struct ConditionText {
  /// Values shown for one field; a device may look up hundreds of names.
  private static let valueLimit = 5

  private(set) var lines: [String] = []

  init(_ check: ConditionCheck, indent: Int = 0) { add(check, indent) }

  private mutating func add(_ check: ConditionCheck, _ indent: Int) {
    switch check {
    case .all(let parts) where parts.count == 1, .any(let parts) where parts.count == 1: add(parts[0], indent)
    case .all(let parts): add("all of these", check.holds, parts, indent)
    case .any(let parts): add("any of these", check.holds, parts, indent)
    case .not(let part): add("not this", check.holds, [part], indent)
    case .test(let fields, let test, let passed, let failed):
      add("\(Self.name(fields)): \(test.spelling)", check.holds, [], indent)
      if let passed {
        add("“\(passed.shownValue.forPeople(limit: 60))”, packet \(passed.packet.number)", indent)
      } else if failed.isEmpty {
        add("no value seen", indent)
      }
      for (value, obstacle) in failed.prefix(Self.valueLimit) {
        add("“\(value.shownValue.forPeople(limit: 60))”, packet \(value.packet.number): \(obstacle.spelling(for: value))", indent)
      }
      if failed.count > Self.valueLimit { add("and \(failed.count - Self.valueLimit) more values", indent) }
    }
  }

  private static func name(_ fields: [Field]) -> String {
    fields == Field.domain ? "domain" : fields == Field.identity ? "identity" : fields.map(\.rawValue).joined(separator: ", ")
  }

  private mutating func add(_ text: String, _ holds: Bool, _ parts: [ConditionCheck], _ indent: Int) {
    let mark = holds ? "✓" : Style.forOutput.warning("✗")
    lines.append(String(repeating: " ", count: indent) + "\(mark) \(text)")
    for part in parts { add(part, indent + 2) }
  }

  private mutating func add(_ detail: String, _ indent: Int) {
    lines.append(String(repeating: " ", count: indent + 4) + Style.forOutput.faint(detail))
  }
}

extension ConditionCheck.Obstacle {
  fileprivate func spelling(for value: Observation) -> String {
    switch self {
    case .fails(.length): "its length is \(value.length)"
    case .fails(.port): value.port == 0 ? "it has no port" : "its ports are \(value.port) and \(value.peerPort)"
    case .fails(let test): "fails \(test.keyword)"
    case .excepted: "excluded by unless"
    }
  }
}

extension ValueTest {
  /// The test in the form of a signature file: `{ prefix: dcs-, unless: { contains: plug } }`, texts in lower case.
  fileprivate var spelling: String {
    let parts = operators.map(\.spelling) + unless.map { "unless: \($0.spelling)" }
    return "{ " + parts.joined(separator: ", ") + " }"
  }
}

extension ValueOperator {
  fileprivate var spelling: String { "\(keyword): \(values)" }

  private var values: String {
    switch self {
    case .equals(let texts), .prefix(let texts), .suffix(let texts), .contains(let texts), .under(let texts), .word(let texts),
      .like(let texts):
      Self.list(texts)
    case .bytes(let patterns): "{ " + patterns.map { "\($0.offset): \($0.spelling)" }.joined(separator: ", ") + " }"
    case .length(let ranges): Self.list(ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)..\($0.upperBound)" })
    case .port(let ports): Self.list(ports.map(String.init))
    case .above(let limit), .below(let limit): Self.number(limit)
    case .between(let low, let high): "\(Self.number(low))..\(Self.number(high))"
    }
  }

  private static func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? String(value) }

  private static func list(_ texts: [[UInt8]]) -> String { list(texts.map { String(decoding: $0, as: UTF8.self) }) }

  private static func list(_ texts: [String]) -> String {
    texts.count == 1 ? texts[0] : "[ " + texts.joined(separator: ", ") + " ]"
  }
}

extension BytePattern {
  fileprivate var spelling: String {
    bytes.map { byte in byte?.hexDigits ?? ".." }.joined(separator: " ")
  }
}
