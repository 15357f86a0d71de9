import Yams

/// Reads the only document of a YAML file, safely for any bytes.
///
/// A few nested aliases can stand for more nodes than any memory holds, so their number is bounded. Local tags such as `!secret`, which
/// would otherwise pass unnoticed, are refused.
package enum YAMLDocument {
  /// Nodes that all aliases of a file may stand for.
  static let mostAliased = 100_000
  /// Stands for `*` while aliases are counted. A private character; as wide as `*` in the parser's columns.
  private static let aliasMark: Unicode.Scalar = "\u{E000}"
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The root; nil if the file is empty.
  package static func root(_ bytes: [UInt8], file: String) throws(FileProblem) -> Node? {
    let text = try text(bytes, file: file)
    // With `*` replaced, an alias is read as plain text that begins with the mark, and nothing is expanded.
    let marked = text.utf8.contains(UInt8(ascii: "*")) ? text.replacingScalars("*", with: aliasMark) : nil
    var root: Node?
    try compose(marked ?? text, file: file) { node throws(FileProblem) in
      var count = AliasCount(mark: aliasMark, file: file)
      try count.add(node)
      root = node
    }
    if marked != nil { try compose(text, file: file) { root = $0 } }
    return root
  }

  private static func text(_ bytes: [UInt8], file: String) throws(FileProblem) -> String {
    let bytes = bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(byteOrderMark.count)) : bytes
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var (line, column) = (1, 1)
    while true {
      switch decoder.decode(&iterator) {
      case .emptyInput: return String(decoding: bytes, as: UTF8.self)
      case .error: throw FileProblem(file: file, line: line, column: column, message: "this is not UTF-8, expected UTF-8 text")
      case .scalarValue("\n"): (line, column) = (line + 1, 1)
      case .scalarValue(let scalar):
        guard isAllowed(scalar) else {
          let code = String(scalar.value, radix: 16, uppercase: true)
          let name =
            scalar.value == 0 ? "a NUL byte" : "the control character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code)"
          throw FileProblem(file: file, line: line, column: column, message: "\(name), expected text")
        }
        column += 1
      }
    }
  }

  /// YAML 1.1 section 5.1.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  /// Parses a text and hands its root over, if it has one. Anchors live only as long as the parser.
  private static func compose(_ text: String, file: String, _ body: (Node) throws(FileProblem) -> Void) throws(FileProblem) {
    let root: Node?
    let parser: Parser
    do {
      parser = try Parser(yaml: text)
      root = try parser.singleRoot()
    } catch let error as YamlError {
      throw FileProblem(file: file, text: text, error)
    } catch {
      throw FileProblem(file: file, message: "not YAML: \(error)")
    }
    guard let root else { return }
    try withExtendedLifetime(parser) { () throws(FileProblem) in try body(root) }
  }
}

/// Counts the nodes that aliases stand for.
private struct AliasCount {
  let mark: Unicode.Scalar
  let file: String
  /// The number of nodes of each anchor, with what its aliases stand for.
  private var sizes: [String: Int] = [:]
  private var aliased = 0

  init(mark: Unicode.Scalar, file: String) { (self.mark, self.file) = (mark, file) }

  /// Returns the number of nodes.
  @discardableResult
  mutating func add(_ node: Node) throws(FileProblem) -> Int {
    let tag = node.tag.description
    if tag.hasPrefix("!"), tag.count > 1 { throw problem("unknown tag \(tag.quoted), expected a value without a tag", node) }
    var size = 1
    var anchor: Anchor?
    switch node {
    case .scalar(let scalar):
      anchor = scalar.anchor
      if scalar.style == .plain, scalar.string.unicodeScalars.first == mark {
        size = sizes[String(scalar.string.unicodeScalars.dropFirst())] ?? 1
        aliased += size
        guard aliased <= YAMLDocument.mostAliased else {
          throw problem("the aliases up to here stand for more than \(YAMLDocument.mostAliased) values, expected fewer", node)
        }
      }
    case .sequence(let sequence):
      anchor = sequence.anchor
      for item in sequence { size += try add(item) }
    case .mapping(let mapping):
      anchor = mapping.anchor
      for (key, value) in mapping { size += try add(key) + add(value) }
    case .alias: break
    }
    if let anchor { sizes[anchor.rawValue] = size }
    return size
  }

  private func problem(_ message: String, _ node: Node) -> FileProblem {
    FileProblem(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message: message)
  }
}

extension FileProblem {
  fileprivate init(file: String, text: String, _ error: YamlError) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let indentation = text.lineIndentation(mark.line)
      if indentation.contains("\t") {
        self.init(file: file, line: mark.line, column: mark.column, message: "not YAML: a tab indents this line, expected spaces")
        return
      }
      let context = context.map { "\($0.text) in line \($0.mark.line): " } ?? ""
      self.init(file: file, line: mark.line, column: mark.column, message: "not YAML: \(context)\(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map(\.quoted).joined(separator: ", ")
      self.init(file: file, line: context.mark.line, column: context.mark.column, message: "duplicate key \(keys)")
    case .reader(let problem, _, _, _):
      self.init(file: file, message: "not YAML: \(problem)")
    default:
      self.init(file: file, message: "not YAML")
    }
  }
}

extension String {
  fileprivate func replacingScalars(_ old: Unicode.Scalar, with new: Unicode.Scalar) -> String {
    var scalars = UnicodeScalarView()
    scalars.append(contentsOf: unicodeScalars.lazy.map { $0 == old ? new : $0 })
    return String(scalars)
  }

  /// The spaces and tabs at the start of a line, counted from 1.
  fileprivate func lineIndentation(_ number: Int) -> Substring {
    let lines = split(separator: "\n", maxSplits: max(0, number), omittingEmptySubsequences: false)
    guard lines.indices.contains(number - 1) else { return "" }
    return lines[number - 1].prefix { $0 == " " || $0 == "\t" }
  }
}
