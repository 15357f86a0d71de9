import Detection
import YAMLReading
import Yams

// One file's signatures.
extension Reading {
  private static let signatureKeys = [
    "id", "says", "facet", "strength", "shared-with", "valid-for", "group", "points", "shows", "match", "gives",
    "because", "references", "examples", "counterexamples",
  ]
  private static let givenKeys = ["vendor", "model", "kind"]
  /// The word that stands for the matched value, where a field name could be.
  private static let matchedValue = "value"

  mutating func signatures(in root: Node) -> [LoadedSignature] {
    guard let entries = mapping(root, "the file", allowed: ["vendor", "signatures"]) else { return [] }
    let vendor = entries["vendor"].flatMap { text($0, "vendor") }
    guard let list = entries["signatures"] else {
      report("\"signatures\" is missing", at: root)
      return []
    }
    guard case .sequence(let sequence) = list, !sequence.isEmpty else {
      report("expected a list of signatures, found \(list.sequence == nil ? list.sort : "an empty one")", at: list)
      return []
    }
    return sequence.compactMap { signature($0, fileVendor: vendor) }
  }

  private mutating func signature(_ node: Node, fileVendor: String?) -> LoadedSignature? {
    let before = problems.count
    guard let entries = mapping(node, "a signature", allowed: Self.signatureKeys) else { return nil }
    let says = entries["says"].flatMap { word($0, "claim", Claim.self) }
    let side = says == .deviceClass ? "group" : "facet"
    for key in ["id", "says", side, "match", "because", "references", "examples", "counterexamples"] where entries[key] == nil {
      report("\"\(key)\" is missing", at: node)
    }
    let id = entries["id"].flatMap { identifier($0) }
    let mark = mark(entries, says: says, at: node)
    let facet = mark?.group.facet ?? entries["facet"].flatMap { word($0, "facet", Facet.self) }
    let sharedWith = sharedWith(entries["shared-with"], says: says, strength: entries["strength"])
    let strength = sharedWith == nil ? strength(entries["strength"], says: says, at: node) : nil
    let validFor = entries["valid-for"].flatMap { validity($0) }
    let condition = entries["match"].flatMap { match($0) }
    let because = entries["because"].flatMap { reason($0) }
    let references = entries["references"].map { texts($0, "references") }
    var given = entries["gives"].map { gives($0) } ?? [:]
    if let fileVendor, let says, ![.viewer, .notCamera, .deviceClass].contains(says), given["vendor"] == nil {
      given["vendor"] = .literal(fileVendor)
    }
    let examples = entries["examples"].map { self.examples($0, "examples", mayGive: true) }
    let counterexamples = entries["counterexamples"].map { self.examples($0, "counterexamples", mayGive: false) }
    if let gives = entries["gives"], given.values.contains(where: { $0.isMatchedValue }),
      condition?.tests.contains(where: { fields, _ in fields.contains { $0.isPayload } }) == true
    {
      report("for a payload, write { from: udp.payload, at: OFFSET, length: COUNT } instead of value", at: gives)
    }
    guard problems.count == before, let id, let says, let facet, let condition, let because, let references else { return nil }
    return LoadedSignature(
      signature: Signature(
        id: id, says: says, facet: facet, strength: strength, sharedWith: sharedWith, mark: mark, validFor: validFor,
        condition: condition, vendor: given["vendor"], model: given["model"], kind: given["kind"], because: because, references: references),
      file: file, line: node.line, examples: examples ?? [], counterexamples: counterexamples ?? [])
  }

  private mutating func identifier(_ node: Node) -> String? {
    guard let id = text(node, "id") else { return nil }
    let parts = id.split(separator: "-", omittingEmptySubsequences: false)
    let isKebabCase = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { ASCII.isAlphanumeric($0) && ASCII.lowercased($0) == $0 }
    }
    guard isKebabCase else {
      report("expected an id in lower case with single hyphens, such as d-link-dhcp-name, found \"\(id)\"", at: node)
      return nil
    }
    return id
  }

  mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ node: Node, _ what: String, _: Word.Type) -> Word? {
    guard let text = text(node, what) else { return nil }
    guard let word = Word(rawValue: text) else {
      report(unknown(what, text, expected: Word.allCases.map(\.rawValue)), at: node)
      return nil
    }
    return word
  }

  private mutating func reason(_ node: Node) -> String? {
    guard let because = text(node, "because") else { return nil }
    let rest = because.split(separator: "{value}", omittingEmptySubsequences: false).joined()
    guard !rest.contains("{"), !rest.contains("}") else {
      report("the only placeholder in because is {value}", at: node)
      return nil
    }
    return because
  }

  // MARK: Given values

  private mutating func gives(_ node: Node) -> [String: GivenValue] {
    (mapping(node, "gives", allowed: Self.givenKeys) ?? [:]).compactMapValues { givenValue($0) }
  }

  private mutating func givenValue(_ node: Node) -> GivenValue? {
    guard case .mapping = node else {
      guard let text = text(node, "gives") else { return nil }
      if text == Self.matchedValue { return .value(after: "", until: "") }
      guard let field = Field(rawValue: text) else { return .literal(text) }
      if field.isPayload {
        report("for a payload, write { from: \(text), at: OFFSET, length: COUNT }", at: node)
        return nil
      }
      return .text(field, after: "", until: "")
    }
    guard let entries = mapping(node, "gives", allowed: ["from", "after", "until", "at", "length"]) else { return nil }
    guard let from = entries["from"] else {
      report("\"from\" is missing: the field to take the value from", at: node)
      return nil
    }
    let isMatchedValue = from.writtenText == Self.matchedValue
    guard let field = isMatchedValue ? Field.dhcpHostname : field(from) else { return nil }
    let (allowed, sort) = field.isPayload ? (["at", "length"], "a payload") : (["after", "until"], "text")
    for (key, value) in entries where key != "from" && !allowed.contains(key) {
      report("a value from \(sort) takes \(allowed.joined(separator: " and ")), not \"\(key)\"", at: value)
    }
    guard field.isPayload else {
      let (after, until) = (mark(entries["after"], "after"), mark(entries["until"], "until"))
      if isMatchedValue { return .value(after: after, until: until) }
      return .text(field, after: after, until: until)
    }
    guard let at = entries["at"], let length = entries["length"] else {
      report("a value from a payload needs \"at\" and \"length\"", at: node)
      return nil
    }
    guard let start = number(at, "at", in: 0...Observation.payloadLimit - 1),
      let count = number(length, "length", in: 1...Observation.payloadLimit)
    else { return nil }
    return .payload(field, at: start, length: count)
  }

  /// Text before or after a value; may be a single space.
  private mutating func mark(_ node: Node?, _ what: String) -> String {
    guard let node else { return "" }
    guard let text = node.writtenText, !text.isEmpty else {
      report("expected text for \(what), found \(node.sort)", at: node)
      return ""
    }
    return text
  }

  // MARK: Examples

  private mutating func examples(_ node: Node, _ what: String, mayGive: Bool) -> [SignatureExample] {
    guard case .sequence(let sequence) = node, !sequence.isEmpty else {
      report(
        "expected a list with at least one of the \(what), found \(node.sequence == nil ? node.sort : "an empty one")", at: node)
      return []
    }
    return sequence.compactMap { example($0, mayGive: mayGive) }
  }

  private mutating func example(_ node: Node, mayGive: Bool) -> SignatureExample? {
    guard case .mapping(let mapping) = node, !mapping.isEmpty else {
      report("expected a mapping of fields to values, found \(node.mapping == nil ? node.sort : "an empty one")", at: node)
      return nil
    }
    var port: UInt16 = 0
    var length: Int?
    var given: [String: String] = [:]
    var values: [(field: Field, node: Node)] = []
    for (key, value) in mapping {
      switch key.writtenText ?? "" {
      case "port": port = UInt16(number(value, "port", in: 0...65535) ?? 0)
      case "length": length = number(value, "length", in: 0...Int(UInt32.max))
      case "gives":
        guard mayGive else {
          report("a counterexample cannot have gives", at: key)
          continue
        }
        given = (self.mapping(value, "gives", allowed: Self.givenKeys) ?? [:]).compactMapValues { text($0, "gives") }
      case "domain": report("name one field: \(Field.domain.map(\.rawValue).joined(separator: ", "))", at: key)
      case "identity": report("name one field, such as rtsp.realm", at: key)
      default:
        guard let field = field(key) else { continue }
        values += items(value, field.rawValue).map { (field, $0) }
      }
    }
    if values.isEmpty { report("expected at least one field with its value", at: node) }
    if length != nil, !values.contains(where: { $0.field.isPayload }) { report("length applies to payloads only", at: node) }
    return SignatureExample(
      line: node.line, observations: values.compactMap { observation($0.field, $0.node, port: port, length: length) },
      vendor: given["vendor"], model: given["model"], kind: given["kind"])
  }

  private mutating func observation(_ field: Field, _ node: Node, port: UInt16, length: Int?) -> Observation? {
    guard field.isPayload else {
      guard let text = text(node, field.rawValue) else { return nil }
      if field == .ethernetOUI, !(text.utf8.count == 12 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }) {
        report("expected the twelve hexadecimal digits of a MAC address in lower case, found \"\(text)\"", at: node)
      }
      return Observation(field: field, text: text, length: text.utf8.count, subject: Station(), port: port)
    }
    guard let bytes = hexadecimal(node, field.rawValue, wildcards: false)?.compactMap({ $0 }) else { return nil }
    if let length, length < bytes.count {
      report("length \(length) is less than the \(bytes.count) bytes given", at: node)
    }
    return Observation(
      field: field, bytes: Array(bytes.prefix(Observation.payloadLimit)), length: length ?? bytes.count, subject: Station(),
      port: port)
  }
}
