import Detection
import Foundation

/// A list as a table for spreadsheets (RFC 4180): with a byte order mark, so that they take it for UTF-8; numbers and times that look like
/// something else stay text; and nothing in it is a formula.
public enum CSVText {
  /// - Parameter items: JSON objects.
  public static func table(_ items: [Data]) -> String {
    let rows = items.compactMap { (try? JSONDecoder().decode(Plain.self, from: $0)).flatMap(flat) }
    let columns = Set(rows.flatMap(\.keys)).sorted { order($0) < order($1) }
    let lines = [columns.map(field)] + rows.map { row in columns.map { field(row[$0] ?? "") } }
    return "\u{FEFF}" + lines.map { $0.joined(separator: ",") + "\r\n" }.joined()
  }

  /// What tells rows apart comes first.
  private static func order(_ key: String) -> String { (["id", "room", "site", "time", "number", "sink"].contains(key) ? "0" : "1") + key }

  /// The plain values of a document, and of the objects in it; lists are counted.
  private static func flat(_ value: Plain) -> [String: String]? {
    guard case .object(let object) = value else { return nil }
    var row: [String: String] = [:]
    for (key, value) in object where key != "type" {
      switch value {
      case .object(let inner):
        for (name, value) in inner { row["\(key).\(name)"] = text(value) }
      case .array(let items):
        row[key] = items.allSatisfy { $0.string != nil } ? items.compactMap(\.string).joined(separator: " ") : "\(items.count)"
      default: row[key] = text(value)
      }
    }
    return row
  }

  private static func text(_ value: Plain) -> String {
    switch value {
    case .null, .object: ""
    case .string(let text): text.plainLine
    case .array(let items): "\(items.count)"
    case .word(let text): text
    }
  }

  static func field(_ text: String) -> String {
    let quoted = text.replacing("\"", with: "\"\"")
    // An apostrophe before what spreadsheets compute (OWASP, "CSV Injection"), and before ids that they would take for numbers.
    let isFormula = text.first.map { "=+-@\t\r＝＋－＠".contains($0) } ?? false
    let isLongNumber = text.count > 11 && text.allSatisfy { $0.isHexDigit } || text.wholeMatch(of: /[0-9]+[eE][0-9]+/) != nil
    return "\"\(isFormula || isLongNumber ? "'" : "")\(quoted)\""
  }
}

extension String {
  /// Without what breaks lines or reorders text.
  fileprivate var plainLine: String { forPeople(limit: 4096) }
}

/// A value of JSON, as far as a table shows it.
private enum Plain: Decodable {
  case null
  /// A number, true or false, as JSON writes it.
  case word(String)
  case string(String)
  case array([Plain])
  case object([String: Plain])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .word("\(value)")
    } else if let value = try? container.decode(Int64.self) {
      self = .word("\(value)")
    } else if let value = try? container.decode(Double.self) {
      self = .word((try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "")
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([Plain].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: Plain].self))
    }
  }

  var string: String? {
    if case .string(let string) = self { string } else { nil }
  }
}
