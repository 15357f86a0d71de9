import Detection
import YAMLReading
import Yams

// How much a signature weighs, for whom, and for how long.
extension Reading {
  /// Hours in each unit of `valid-for`.
  private static let validityUnits: [(letter: Character, hours: Int)] = [("h", 1), ("d", 24)]
  private static let longestValidity = 9999

  /// `strength`: one for all devices, or a mapping from classes to strengths. Classes that are not named give it no weight.
  mutating func strength(_ node: Node?, says: Claim?, at signature: Node) -> Strengths? {
    guard let node else {
      if let says, says.isWeighed {
        let words = Strength.allCases.map(\.rawValue).joined(separator: ", ")
        report("\"strength\" is missing: says \(says.rawValue) needs one of \(words)", at: signature)
      }
      return nil
    }
    if let says, !says.isWeighed {
      report("says \(says.rawValue) takes no strength: only camera and recorder do", at: node)
      return nil
    }
    guard case .mapping = node else { return word(node, "strength", Strength.self).map { Strengths($0) } }
    guard let entries = mapping(node, "strength", allowed: DeviceClass.allCases.map(\.rawValue)), !entries.isEmpty else { return nil }
    var strengths = Strengths([:])
    for (name, value) in entries {
      if let deviceClass = DeviceClass(rawValue: name) { strengths[deviceClass] = word(value, "strength", Strength.self) }
    }
    return strengths
  }

  /// `shared-with`: takes the place of a strength.
  mutating func sharedWith(_ node: Node?, says: Claim?, strength: Node?) -> SharedWith? {
    guard let node, let shared = word(node, "shared-with", SharedWith.self) else { return nil }
    if let says, !says.isWeighed {
      report("says \(says.rawValue) takes no shared-with: only camera and recorder do", at: node)
      return nil
    }
    if let strength {
      report("give shared-with or strength: the strength follows from who else shows the value", at: strength)
      return nil
    }
    return shared
  }

  /// `valid-for`: `12h`, `30d`.
  mutating func validity(_ node: Node) -> Duration? {
    guard let text = text(node, "valid-for") else { return nil }
    guard let unit = Self.validityUnits.first(where: { text.last == $0.letter }), let count = Int(text.dropLast()),
      (1...Self.longestValidity).contains(count)
    else {
      report("expected hours or days for valid-for, such as 12h or 30d, found \"\(text)\"", at: node)
      return nil
    }
    return .seconds(count * unit.hours * 3600)
  }
}
