import YAMLReading
import Yams

/// The values of a mapping by their documented names.
struct Section {
  /// What the names of its keys begin with in messages and places, such as `serve.`.
  let path: String
  let node: Node
  var entries: [String: Node] = [:]
}

/// Reads settings from YAML, and collects every problem.
struct SettingsReader {
  private static let longestText = 4096
  static let longestTemplate = 16_384

  var reading: Reading
  /// The folder that paths in the file are relative to.
  let folder: String
  var places: [String: Configuration.Place] = [:]
  var notes: [FileProblem] = []

  init(file: String, folder: String) {
    reading = Reading(file: file)
    self.folder = folder
  }

  mutating func report(_ message: String, at node: Node) { reading.report(message, at: node) }

  mutating func note(_ message: String, at node: Node) {
    notes.append(FileProblem(file: reading.file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message: message))
  }

  /// Keys are the same with hyphens and with underscores.
  static func folded(_ key: String) -> String { key.replacing("_", with: "-") }

  /// The entries of a mapping; a missing value counts as an empty one.
  ///
  /// - Parameters:
  ///   - keys: the documented names.
  ///   - instead: what to say about other names, folded.
  mutating func section(_ node: Node, _ path: String, keys: [String], instead: [String: String] = [:]) -> Section {
    var section = Section(path: path.isEmpty ? "" : path + ".", node: node)
    guard case .mapping(let mapping) = node else {
      if !node.isMissing { report("\(path.isEmpty ? "the file" : path) is \(node.sort), expected a mapping", at: node) }
      return section
    }
    for (key, value) in mapping {
      let name = key.writtenText ?? key.sort
      guard let known = keys.first(where: { Self.folded($0) == Self.folded(name) }) else {
        if let hint = instead[Self.folded(name)] {
          report("unknown key \(name.quoted), \(hint)", at: key)
        } else {
          // Suggestions take time, and nobody sees them beyond that number.
          let isShown = reading.problems.count < ConfigurationError.mostProblems
          report(unknown("key", name, expected: isShown ? keys : [], listAtMost: .max), at: key)
        }
        continue
      }
      guard section.entries[known] == nil else {
        report("the key \(name.quoted) is there twice, expected once", at: key)
        continue
      }
      section.entries[known] = value
      let mark = value.mark ?? key.mark
      places[section.path + known] = Configuration.Place(line: mark?.line ?? 0, column: mark?.column ?? 0)
    }
    return section
  }

  mutating func value<Value>(_ section: Section, _ key: String, _ form: ValueForm<Value>) -> Value? {
    section.entries[key].flatMap { value($0, section.path + key, form) }
  }

  mutating func value<Value>(_ node: Node, _ what: String, _ form: ValueForm<Value>) -> Value? {
    guard let text = node.writtenText else {
      report("\(what) is \(node.sort), expected \(form.expected)", at: node)
      return nil
    }
    let longest = form.mayHaveLines ? Self.longestTemplate : Self.longestText
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      scalar.properties.generalCategory != .control || form.mayHaveLines && (scalar == "\n" || scalar == "\t")
    }
    guard isPlain, text.utf8.count <= longest else {
      report("\(what) is \(isPlain ? "longer than \(longest) bytes" : "text with control characters"), expected \(form.expected)", at: node)
      return nil
    }
    guard let value = form.parse(text) else {
      let found = form.isHidden || Self.mayBeSecret(text) ? "not usable" : text.quoted
      let nearest = text.nearest(in: form.words).map { ", did you mean \"\($0)\"?" } ?? ""
      report("\(what) is \(found), expected \(form.expected)\(nearest)", at: node)
      return nil
    }
    return value
  }

  /// One value or a list of them, without repetitions.
  mutating func values<Value>(_ section: Section, _ key: String, _ form: ValueForm<Value>, most: Int = 1000) -> [Value] {
    guard let node = section.entries[key] else { return [] }
    let what = section.path + key
    let items = node.sequence.map(Array.init) ?? [node]
    guard (1...most).contains(items.count) else {
      report("\(what) is a list of \(items.count), expected 1 to \(most)", at: node)
      return []
    }
    return items.compactMap { value($0, what, form) }
  }

  /// Text that must not be printed.
  static func mayBeSecret(_ text: String) -> Bool { text.contains("whsec_") }

  /// Reports secrets of webhooks anywhere in the file.
  mutating func refuseSecrets(in node: Node) {
    switch node {
    case .scalar(let scalar) where Self.mayBeSecret(scalar.string):
      report("this is a secret, \(Self.secretHint)", at: node)
    case .sequence(let sequence): for item in sequence { refuseSecrets(in: item) }
    case .mapping(let mapping): for item in mapping.values { refuseSecrets(in: item) }
    case .scalar, .alias: break
    }
  }

  static let secretHint =
    "which must not be in the configuration: write it into a file that only lenscap-serve may read, and name that file with secret_file"
}
