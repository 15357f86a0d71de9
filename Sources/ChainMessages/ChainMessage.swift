import Foundation

/// Why a message of the chain cannot be read or written.
public enum ChainError: Error, Equatable, Sendable, CustomStringConvertible {
  case tooLong(bytes: Int, limit: Int)
  /// It is not one JSON object, or has numbers that are too large.
  case notJSON
  /// A key that must be there, or a part of a name or topic, is missing or no such value.
  case wrong(String)

  public var description: String {
    switch self {
    case .tooLong(let bytes, let limit): "the message has \(bytes) bytes, more than \(limit)"
    case .notJSON: "the message is no JSON object of this kind"
    case .wrong(let what): "\(what) is missing or wrong"
    }
  }
}

/// Limits of what the chain carries. Both sides refuse what is beyond them.
public enum ChainLimits {
  /// Bytes of an alert on its way up.
  public static let event = 256 << 10
  public static let state = 256 << 10
  public static let health = 4 << 10
  public static let acknowledgement = 1 << 10
  public static let command = 4 << 10
  /// A release of signatures is the largest.
  public static let configuration = 4 << 20
  /// Bytes of an id or an epoch.
  public static let id = 64
  /// Bytes of any other text beside the alert.
  public static let text = 1024
  /// Entries of a list or a map beside the alert.
  public static let entries = 64
}

/// One message. Reading it is lenient: unknown keys are ignored, and so are values of optional keys that are no such values. What must be
/// there is checked, with its limits.
public protocol ChainMessage: Codable, Sendable {
  static var byteLimit: Int { get }
  /// - Throws: what is wrong with it.
  func check() throws(ChainError)
}

extension ChainMessage {
  public init(bytes: Data) throws(ChainError) {
    guard bytes.count <= Self.byteLimit else { throw .tooLong(bytes: bytes.count, limit: Self.byteLimit) }
    do {
      self = try JSONDecoder().decode(Self.self, from: bytes)
    } catch let error as ChainError {
      throw error
    } catch DecodingError.keyNotFound(let key, _) {
      throw .wrong(key.stringValue)
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      guard let key = context.codingPath.first else { throw .notJSON }
      throw .wrong(key.stringValue)
    } catch DecodingError.dataCorrupted(let context) {
      guard let key = context.codingPath.first else { throw .notJSON }
      throw .wrong(key.stringValue)
    } catch { throw .notJSON }
    try check()
  }

  /// UTF-8 in one line, with sorted keys.
  public func bytes() throws(ChainError) -> Data {
    try check()
    let bytes = try ChainText.canonical(self)
    guard bytes.count <= Self.byteLimit else { throw .tooLong(bytes: bytes.count, limit: Self.byteLimit) }
    return bytes
  }
}

enum ChainText {
  static func canonical(_ value: some Encodable) throws(ChainError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return try encoder.encode(value) } catch { throw .notJSON }
  }

  /// An id: 1 to 64 letters, digits, dots, hyphens and underscores.
  static func isID(_ text: String) -> Bool {
    (1...ChainLimits.id).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  static func check(id: String, _ key: String) throws(ChainError) {
    guard isID(id) else { throw .wrong(key) }
  }

  static func check(_ text: String?, _ key: String) throws(ChainError) {
    if let text, text.utf8.count > ChainLimits.text { throw .wrong(key) }
  }
}

extension KeyedDecodingContainer {
  /// The value, or nil where it is missing, null, or no such value.
  func lenient<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? { (try? decodeIfPresent(type, forKey: key)) ?? nil }
}
