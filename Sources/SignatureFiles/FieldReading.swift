import Detection
import YAMLReading
import Yams

extension Reading {
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
