import Detection
import Yams

extension Node {
  /// The text of a scalar as written: `100` and `yes` are text, too. Nil for lists, mappings and missing values.
  var writtenText: String? {
    guard case .scalar(let scalar) = self else { return nil }
    return scalar.string.isEmpty && scalar.style == .plain ? nil : scalar.string
  }

  var isMissing: Bool {
    guard case .scalar(let scalar) = self else { return false }
    return scalar.string.isEmpty && scalar.style == .plain
  }

  /// The kind of node, for messages.
  var sort: String {
    switch self {
    case .scalar: isMissing ? "nothing" : "text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .alias: "an alias"
    }
  }

  var line: Int { mark?.line ?? 0 }
}

/// Reads parts of a file and collects problems with their places.
struct Reading {
  let file: String
  var problems: [SignatureProblem] = []

  mutating func report(_ message: String, at node: Node) {
    problems.append(SignatureProblem(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message: message))
  }

  /// The entries of a mapping by key. Reports keys that are not in `allowed`.
  mutating func mapping(_ node: Node, _ what: String, allowed: [String]) -> [String: Node]? {
    guard case .mapping(let mapping) = node else {
      report("expected a mapping for \(what), found \(node.sort)", at: node)
      return nil
    }
    var entries: [String: Node] = [:]
    for (key, value) in mapping {
      guard let name = key.writtenText, allowed.contains(name) else {
        report(unknown("key", key.writtenText ?? key.sort, expected: allowed), at: key)
        continue
      }
      entries[name] = value
    }
    return entries
  }

  /// Non-empty text.
  mutating func text(_ node: Node, _ what: String) -> String? {
    guard let text = node.writtenText else {
      report("expected text for \(what), found \(node.sort)", at: node)
      return nil
    }
    guard text.contains(where: { !$0.isWhitespace }) else {
      report("\(what) is empty", at: node)
      return nil
    }
    return text
  }

  /// One text or a list of them.
  mutating func texts(_ node: Node, _ what: String) -> [String] {
    items(node, what).compactMap { text($0, what) }
  }

  /// The items of a non-empty list; any other node counts as a list of one.
  mutating func items(_ node: Node, _ what: String) -> [Node] {
    guard case .sequence(let sequence) = node else { return [node] }
    if sequence.isEmpty { report("the list of \(what) is empty", at: node) }
    return Array(sequence)
  }

  mutating func number(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
    guard let text = node.writtenText, let number = Int(text), range.contains(number) else {
      report(
        "expected a number from \(range.lowerBound) to \(range.upperBound) for \(what), found \(node.writtenText.map { "\"\($0)\"" } ?? node.sort)",
        at: node)
      return nil
    }
    return number
  }

  /// `lower..upper` or one number.
  mutating func range(_ node: Node, _ what: String) -> ClosedRange<Int>? {
    let limits = (node.writtenText ?? "").split(separator: ".", omittingEmptySubsequences: true).map { Int($0) }
    let text = node.writtenText ?? ""
    if limits.count == 1, let number = limits[0], String(number) == text, number >= 0 { return number...number }
    if limits.count == 2, let low = limits[0], let high = limits[1], text == "\(low)..\(high)", 0 <= low, low <= high {
      return low...high
    }
    report(
      "expected a number or a range such as 24..28 for \(what), found \(node.writtenText.map { "\"\($0)\"" } ?? node.sort)",
      at: node)
    return nil
  }

  /// Bytes in hexadecimal; `..` stands for any byte.
  mutating func hexadecimal(_ node: Node, _ what: String, wildcards: Bool) -> [UInt8?]? {
    guard let text = text(node, what) else { return nil }
    let digits = Array(text.utf8.filter { $0 != UInt8(ascii: " ") })
    var bytes: [UInt8?] = []
    var index = 0
    while index + 1 < digits.count {
      if wildcards, digits[index] == UInt8(ascii: "."), digits[index + 1] == UInt8(ascii: ".") {
        bytes.append(nil)
      } else if let high = Self.digit(digits[index]), let low = Self.digit(digits[index + 1]) {
        bytes.append(high << 4 | low)
      } else {
        break
      }
      index += 2
    }
    guard index == digits.count else {
      report("expected pairs of hexadecimal digits\(wildcards ? " or \"..\"" : "") for \(what), found \"\(text)\"", at: node)
      return nil
    }
    return bytes
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// A field by its name; nil, and a problem, if there is none.
  mutating func field(_ node: Node) -> Field? {
    let name = node.writtenText ?? ""
    guard let field = Field(rawValue: name) else {
      report(unknown("field", name, expected: Field.allCases.map(\.rawValue)), at: node)
      return nil
    }
    return field
  }
}
