/// A document that is one object and names its members itself.
///
/// What the compiler makes of `Encodable` asks for types at run time with each member, and a replay of a busy network has ten thousand
/// devices with twenty members each. `JSONWriter` is given the members directly; other encoders get them as from any document.
public protocol ListedDocument: Encodable {
  /// - Parameter members: takes the members, which must come sorted by key.
  func list(_ members: inout some MemberList) throws
}

public protocol MemberList {
  mutating func addNull(_ key: StaticString) throws
  mutating func add(_ key: StaticString, _ value: String) throws
  mutating func add(_ key: StaticString, _ value: Bool) throws
  mutating func add(_ key: StaticString, _ value: Int) throws
  mutating func add(_ key: StaticString, _ value: UInt64) throws
  mutating func add(_ key: StaticString, _ value: Double) throws
  mutating func add(_ key: StaticString, _ values: [String]) throws
  mutating func add(_ key: StaticString, _ document: some ListedDocument) throws
  mutating func add(_ key: StaticString, _ documents: [some ListedDocument]) throws
}

/// What a document calls `OrNull`.
extension MemberList {
  mutating func add(_ key: StaticString, _ value: String?) throws {
    if let value { try add(key, value) } else { try addNull(key) }
  }

  mutating func add(_ key: StaticString, _ value: Double?) throws {
    if let value { try add(key, value) } else { try addNull(key) }
  }

  mutating func add(_ key: StaticString, _ document: (some ListedDocument)?) throws {
    if let document { try add(key, document) } else { try addNull(key) }
  }
}

extension ListedDocument {
  public func encode(to encoder: any Encoder) throws {
    if let json = encoder as? JSONValueEncoder, json.writer.beginWhole() { return try json.writer.object(self) }
    var members = EncodedMembers(container: encoder.container(keyedBy: MemberKey.self))
    try list(&members)
  }
}

private struct MemberKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ key: StaticString) { stringValue = "\(key)" }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

private struct EncodedMembers: MemberList {
  var container: KeyedEncodingContainer<MemberKey>

  mutating func addNull(_ key: StaticString) throws { try container.encodeNil(forKey: MemberKey(key)) }
  mutating func add(_ key: StaticString, _ value: String) throws { try container.encode(value, forKey: MemberKey(key)) }
  mutating func add(_ key: StaticString, _ value: Bool) throws { try container.encode(value, forKey: MemberKey(key)) }
  mutating func add(_ key: StaticString, _ value: Int) throws { try container.encode(value, forKey: MemberKey(key)) }
  mutating func add(_ key: StaticString, _ value: UInt64) throws { try container.encode(value, forKey: MemberKey(key)) }
  mutating func add(_ key: StaticString, _ value: Double) throws { try container.encode(value, forKey: MemberKey(key)) }
  mutating func add(_ key: StaticString, _ values: [String]) throws { try container.encode(values, forKey: MemberKey(key)) }
  mutating func add(_ key: StaticString, _ document: some ListedDocument) throws { try container.encode(document, forKey: MemberKey(key)) }
  mutating func add(_ key: StaticString, _ documents: [some ListedDocument]) throws {
    try container.encode(documents, forKey: MemberKey(key))
  }
}
