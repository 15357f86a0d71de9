import Yams

extension Node {
  /// The text of a scalar as written: `100` and `yes` are text, too. Nil for lists, mappings and missing values.
  package var writtenText: String? {
    guard case .scalar(let scalar) = self else { return nil }
    return scalar.string.isEmpty && scalar.style == .plain ? nil : scalar.string
  }

  package var isMissing: Bool {
    guard case .scalar(let scalar) = self else { return false }
    return scalar.string.isEmpty && scalar.style == .plain
  }

  /// The kind of node, for messages.
  package var sort: String {
    switch self {
    case .scalar: isMissing ? "nothing" : "text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .alias: "an alias"
    }
  }

  package var line: Int { mark?.line ?? 0 }
}

/// Reads parts of a file and collects problems with their places.
package struct Reading {
  package let file: String
  package var problems: [FileProblem] = []

  package init(file: String) { self.file = file }

  package mutating func report(_ message: String, at node: Node) {
    problems.append(FileProblem(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message: message))
  }

  /// The entries of a mapping by key. Reports keys that are not in `allowed`.
  package mutating func mapping(_ node: Node, _ what: String, allowed: [String]) -> [String: Node]? {
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
  package mutating func text(_ node: Node, _ what: String) -> String? {
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
  package mutating func texts(_ node: Node, _ what: String) -> [String] {
    items(node, what).compactMap { text($0, what) }
  }

  /// The items of a non-empty list; any other node counts as a list of one.
  package mutating func items(_ node: Node, _ what: String) -> [Node] {
    guard case .sequence(let sequence) = node else { return [node] }
    if sequence.isEmpty { report("the list of \(what) is empty", at: node) }
    return Array(sequence)
  }

  package mutating func number(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
    guard let text = node.writtenText, let number = Int(text), range.contains(number) else {
      report(
        "expected a number from \(range.lowerBound) to \(range.upperBound) for \(what), found \(node.writtenText.map { "\"\($0)\"" } ?? node.sort)",
        at: node)
      return nil
    }
    return number
  }

  /// `lower..upper` or one number.
  package mutating func range(_ node: Node, _ what: String) -> ClosedRange<Int>? {
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
}
