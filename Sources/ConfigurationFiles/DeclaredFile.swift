import Detection
import YAMLReading
import Yams

/// Reads declared cameras: a YAML list whose items are a MAC address or name, or a mapping with `mac` or `name`.
public enum DeclaredFile {
  public static func read(_ path: String) throws(ConfigurationError) -> DeclaredDevices {
    try parse(try Configuration.bytes(path), path)
  }

  static func parse(_ bytes: [UInt8], _ path: String) throws(ConfigurationError) -> DeclaredDevices {
    var reading = Reading(file: path)
    let declared = try reading.list(bytes, key: "known") { $0.declared($1) } ?? DeclaredDevices()
    guard reading.problems.isEmpty else { throw ConfigurationError(.wrong, reading.problems) }
    return declared
  }
}

extension Reading {
  /// What a camera may have beside its pattern, for whoever reads the file.
  private static let remarks = ["place", "owner", "note"]

  /// A list that is a file's root, or below one key there; nil if the file is empty.
  mutating func list<Value>(_ bytes: [UInt8], key: String, _ read: (inout Reading, Node) -> Value) throws(ConfigurationError) -> Value? {
    do throws(FileProblem) {
      guard let root = try YAMLDocument.root(bytes, file: file), !root.isMissing else { return nil }
      return read(&self, root.mapping?.first { $0.key.writtenText == key }?.value ?? root)
    } catch {
      throw ConfigurationError(.wrong, [error])
    }
  }

  mutating func declared(_ node: Node) -> DeclaredDevices {
    guard let items = node.sequence else {
      report("known is \(node.sort), expected a list, such as [ \"b0:c5:54:25:5b:0e\", { name: \"lobby-cam-*\" } ]", at: node)
      return DeclaredDevices()
    }
    return DeclaredDevices(items.compactMap { declared(item: $0) })
  }

  private mutating func declared(item: Node) -> String? {
    let entry: Node
    if item.mapping != nil {
      guard let entries = mapping(item, "a camera", allowed: ["mac", "name"] + Self.remarks) else { return nil }
      guard let value = entries["mac"] ?? entries["name"] else {
        report("expected a MAC address, a name, or a mapping with \"mac\" or \"name\"", at: item)
        return nil
      }
      entry = value
    } else {
      entry = item
    }
    guard let text = entry.writtenText, !text.isEmpty else {
      report("expected a MAC address, a name, or a mapping with \"mac\" or \"name\"", at: item)
      return nil
    }
    guard text.contains(where: { $0 != "*" && $0 != " " }) else {
      report("\(text.quoted) would declare everything, expected a MAC address or a name", at: entry)
      return nil
    }
    return text
  }
}
