import Detection
import YAMLReading
import Yams

/// Alternatives that the byte patterns of one test may produce.
private let alternativeLimit = 256

// `match`: the condition that one device must meet.
extension Reading {
  private static let combinators = ["any", "all", "not", "domain", "identity"]
  private static let textOperators = ["equals", "prefix", "suffix", "contains", "under", "word", "like", "unless", "port"]
  private static let numericOperators = ["above", "below", "between"]
  private static let payloadOperators = ["bytes", "text", "contains", "length", "port", "unless"]

  /// The whole of a signature's `match`.
  mutating func match(_ node: Node) -> Condition? {
    guard let condition = condition(node) else { return nil }
    guard condition.needsAnObservation else {
      report("\"not\" alone never matches: add a test that the device must pass", at: node)
      return nil
    }
    return condition
  }

  private mutating func condition(_ node: Node) -> Condition? {
    guard case .mapping(let mapping) = node else {
      report("expected a mapping of fields to tests, found \(node.sort)", at: node)
      return nil
    }
    if mapping.isEmpty {
      report("no condition: give a field and its test", at: node)
      return nil
    }
    var parts: [Condition?] = []
    for (key, value) in mapping {
      switch key.writtenText {
      case "any": parts.append(conditions(value, "any").map { $0.count == 1 ? $0[0] : .any($0) })
      case "all": parts.append(conditions(value, "all").map { $0.count == 1 ? $0[0] : .all($0) })
      case "not": parts.append(condition(value).map { .not($0) })
      case "domain": parts.append(condition(value, of: Field.domain))
      case "identity": parts.append(condition(value, of: Field.identity))
      default: parts.append(testedField(key).flatMap { condition(value, of: [$0]) })
      }
    }
    let sound = parts.compactMap { $0 }
    guard sound.count == parts.count else { return nil }
    return sound.count == 1 ? sound[0] : .all(sound)
  }

  private mutating func conditions(_ node: Node, _ what: String) -> [Condition]? {
    guard case .sequence(let sequence) = node, !sequence.isEmpty else {
      report(
        "expected a list of conditions for \"\(what)\", found \(node.sequence == nil ? node.sort : "an empty one")", at: node)
      return nil
    }
    let parts = sequence.map { condition($0) }
    return parts.contains { $0 == nil } ? nil : parts.compactMap { $0 }
  }

  private mutating func testedField(_ key: Node) -> Field? {
    let name = key.writtenText ?? ""
    guard let field = Field(rawValue: name) else {
      report(unknown("field", name, expected: Field.allCases.map(\.rawValue) + Self.combinators), at: key)
      return nil
    }
    return field
  }

  private mutating func condition(_ node: Node, of fields: [Field]) -> Condition? {
    if case .mapping(let mapping) = node, !fields[0].isNumeric {
      for (key, _) in mapping where Self.numericOperators.contains(key.writtenText ?? "") {
        let names = Field.allCases.filter(\.isNumeric).map(\.rawValue).joined(separator: ", ")
        report("\"\(key.writtenText ?? "")\" is only for numbers: \(names)", at: key)
        return nil
      }
    }
    guard let tests = tests(node, isPayload: fields[0].isPayload) else { return nil }
    return tests.count == 1 ? .test(fields, tests[0]) : .any(tests.map { .test(fields, $0) })
  }

  /// A test, or alternatives: byte patterns at several offsets have no single operator for "any of".
  private mutating func tests(_ node: Node, isPayload: Bool, excludes: Bool = false) -> [ValueTest]? {
    guard case .mapping(let mapping) = node else {
      if isPayload {
        report("a payload needs one of the operators \(Self.payloadOperators.joined(separator: ", "))", at: node)
        return nil
      }
      return literals(node, "equals").map { [ValueTest([.equals($0)])] }
    }
    let before = problems.count
    var alternatives: [[ValueOperator]] = [[]]
    var unless: [ValueTest] = []
    for (key, value) in mapping {
      let name = key.writtenText ?? ""
      guard (isPayload ? Self.payloadOperators : Self.textOperators + Self.numericOperators).contains(name) else {
        reportOperator(name, at: key, isPayload: isPayload)
        continue
      }
      switch name {
      case "unless": unless += tests(value, isPayload: isPayload, excludes: true) ?? []
      case "bytes": combine(&alternatives, patterns(value, asText: false), at: key)
      case "text": combine(&alternatives, patterns(value, asText: true), at: key)
      case "like":
        let stands = excludes || mapping.contains { !["like", "unless"].contains($0.key.writtenText ?? "") }
        if let like = patterns(like: value, standsAlone: !stands) { alternatives = alternatives.map { $0 + [.like(like)] } }
      default:
        if let one = valueOperator(name, value) { alternatives = alternatives.map { $0 + [one] } }
      }
    }
    guard problems.count == before else { return nil }
    guard alternatives.allSatisfy({ !$0.isEmpty }) else {
      report(
        unless.isEmpty ? "no operator: say how to test the value" : "\"unless\" needs another operator beside it", at: node)
      return nil
    }
    return alternatives.map { ValueTest($0, unless: unless) }
  }

  private mutating func reportOperator(_ name: String, at key: Node, isPayload: Bool) {
    if isPayload, Self.textOperators.contains(name) {
      report("\"\(name)\" is for text fields; a payload needs one of \(Self.payloadOperators.joined(separator: ", "))", at: key)
    } else if !isPayload, Self.payloadOperators.contains(name) {
      report("\"\(name)\" is only for the fields udp.payload and tcp.payload", at: key)
    } else {
      report(unknown("operator", name, expected: isPayload ? Self.payloadOperators : Self.textOperators), at: key)
    }
  }

  private mutating func valueOperator(_ name: String, _ node: Node) -> ValueOperator? {
    switch name {
    case "equals": return literals(node, name).map { .equals($0) }
    case "prefix": return literals(node, name).map { .prefix($0) }
    case "suffix": return literals(node, name).map { .suffix($0) }
    case "contains": return literals(node, name).map { .contains($0) }
    case "under": return domains(node).map { .under($0) }
    case "word": return literals(node, name).map { .word($0) }
    case "length":
      let ranges = items(node, "length").compactMap { range($0, "length") }
      return ranges.isEmpty ? nil : .length(ranges)
    case "port":
      let ports = items(node, "port").compactMap { number($0, "port", in: 0...65535) }
      return ports.isEmpty ? nil : .port(ports.map { UInt16($0) })
    case "above": return decimal(node, name).map { .above($0) }
    case "below": return decimal(node, name).map { .below($0) }
    case "between": return between(node)
    default: return nil
    }
  }

  private mutating func decimal(_ node: Node, _ what: String) -> Double? {
    guard let text = text(node, what) else { return nil }
    guard let number = Double(text), number.isFinite else {
      report("expected a number for \(what), found \"\(text)\"", at: node)
      return nil
    }
    return number
  }

  /// `4..45`: both ends included.
  private mutating func between(_ node: Node) -> ValueOperator? {
    guard let text = text(node, "between") else { return nil }
    let ends = text.split(separator: "..").compactMap { Double($0) }
    guard ends.count == 2, ends[0].isFinite, ends[1].isFinite, ends[0] <= ends[1] else {
      report("expected two numbers for between, the smaller one first, such as 4..45, found \"\(text)\"", at: node)
      return nil
    }
    return .between(ends[0], ends[1])
  }

  private mutating func literals(_ node: Node, _ what: String) -> [[UInt8]]? {
    let texts = texts(node, what)
    return texts.isEmpty ? nil : texts.map { lowered($0) }
  }

  private func lowered(_ text: String) -> [UInt8] { text.utf8.map(ASCII.lowercased) }

  private mutating func domains(_ node: Node) -> [[UInt8]]? {
    var names: [[UInt8]] = []
    for item in items(node, "under") {
      guard let name = text(item, "under") else { continue }
      guard !name.hasPrefix("."), !name.hasSuffix("."), !name.contains("*"), !name.contains(" ") else {
        report("expected a domain such as example.com for under, found \"\(name)\"", at: item)
        continue
      }
      names.append(lowered(name))
    }
    return names.isEmpty ? nil : names
  }

  private mutating func patterns(like node: Node, standsAlone: Bool) -> [[UInt8]]? {
    var patterns: [[UInt8]] = []
    for item in items(node, "like") {
      guard let text = text(item, "like") else { continue }
      let hasLiteral = text.contains { !"*?#".contains($0) }
      if !hasLiteral, standsAlone, text != "*" {
        report("\"\(text)\" has no literal text: add another operator, or use \"*\" for any value", at: item)
        continue
      }
      patterns.append(lowered(text))
    }
    return patterns.isEmpty ? nil : patterns
  }

  /// Byte patterns: one at the start of the payload, a list of alternatives there, or a mapping from offsets to these.
  private mutating func patterns(_ node: Node, asText: Bool) -> [[BytePattern]]? {
    let what = asText ? "text" : "bytes"
    guard case .mapping(let mapping) = node else {
      let alternatives = items(node, what).compactMap { pattern($0, at: 0, asText: asText) }
      return alternatives.isEmpty ? nil : alternatives.map { [$0] }
    }
    var combined: [[BytePattern]] = [[]]
    for (key, value) in mapping {
      guard let offset = number(key, "an offset", in: 0...Observation.payloadLimit - 1) else { continue }
      let alternatives = items(value, what).compactMap { pattern($0, at: offset, asText: asText) }
      combined = combined.flatMap { patterns in alternatives.map { patterns + [$0] } }
    }
    return combined.allSatisfy { $0.isEmpty } ? nil : combined
  }

  private mutating func pattern(_ node: Node, at offset: Int, asText: Bool) -> BytePattern? {
    let bytes: [UInt8?]?
    if asText {
      bytes = text(node, "text").map { $0.utf8.map { UInt8?($0) } }
    } else {
      bytes = hexadecimal(node, "bytes", wildcards: true)
    }
    guard let bytes else { return nil }
    guard bytes.contains(where: { $0 != nil }) else {
      report("bytes needs at least one byte that is not a wildcard", at: node)
      return nil
    }
    guard offset + bytes.count <= Observation.payloadLimit else {
      report("only the first \(Observation.payloadLimit) bytes of a payload can be tested", at: node)
      return nil
    }
    return BytePattern(offset: offset, bytes: bytes)
  }

  private mutating func combine(_ alternatives: inout [[ValueOperator]], _ patterns: [[BytePattern]]?, at key: Node) {
    guard let patterns, !patterns.isEmpty else { return }
    guard alternatives.count * patterns.count <= alternativeLimit else {
      report("byte patterns with more than \(alternativeLimit) combinations", at: key)
      return
    }
    alternatives = alternatives.flatMap { operators in patterns.map { operators + [.bytes($0)] } }
  }
}

extension Condition {
  /// True if the condition cannot hold for a device without observations.
  var needsAnObservation: Bool {
    switch self {
    case .test: true
    case .all(let parts): parts.contains { $0.needsAnObservation }
    case .any(let parts): parts.allSatisfy { $0.needsAnObservation }
    case .not: false
    }
  }
}
