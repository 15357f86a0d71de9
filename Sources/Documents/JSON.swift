import Foundation

/// A line of JSON Lines output: an object's keys and its `type`.
public struct Line<Body: Encodable>: Encodable {
  let type: String
  let body: Body

  public init(_ type: String, _ body: Body) {
    self.type = type
    self.body = body
  }

  private enum Key: String, CodingKey { case type }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(type, forKey: .type)
    try body.encode(to: encoder)
  }
}

/// Encodes documents with sorted keys. Each document type names its keys in snake_case; a property missing in its `CodingKeys` is not
/// written.
public struct JSON {
  private let pretty: JSONEncoder?
  private let writer = JSONWriter()

  public init(pretty: Bool = false) {
    self.pretty = pretty ? JSONEncoder() : nil
    self.pretty?.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  }

  /// UTF-8; without line breaks unless pretty.
  public func bytes(_ value: some Encodable) throws -> Data {
    if let pretty { return try pretty.encode(value).withInvisibleEscaped }
    try writer.append(value)
    return Data(writer.take())
  }

  public static func text(_ value: some Encodable, pretty: Bool = false) throws -> String {
    String(decoding: try JSON(pretty: pretty).bytes(value), as: UTF8.self)
  }
}

/// Several documents on one line each, and what stands between them.
public struct JSONText {
  private let writer = JSONWriter()

  public init() {}

  /// Bytes at hand.
  public var count: Int { writer.count }

  public func append(_ value: some Encodable) throws { try writer.append(value) }

  /// - Parameter text: plain ASCII.
  public func append(_ text: String) { writer.append(plain: text) }

  /// UTF-8. What comes next begins anew.
  public func take() -> [UInt8] { writer.take() }
}

/// A key that is written as null if there is no value.
@propertyWrapper
public struct OrNull<Value: Encodable>: Encodable {
  public var wrappedValue: Value?
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension OrNull: Sendable where Value: Sendable {}

/// Documents write their `OrNull` keys through these: an encoder of its own for each would take several times as long.
extension KeyedEncodingContainer {
  public mutating func encode<Value>(_ value: OrNull<Value>, forKey key: Key) throws {
    if let value = value.wrappedValue { try encode(value, forKey: key) } else { try encodeNil(forKey: key) }
  }

  public mutating func encode(_ value: OrNull<String>, forKey key: Key) throws {
    if let value = value.wrappedValue { try encode(value, forKey: key) } else { try encodeNil(forKey: key) }
  }
}
