import Detection

/// Writes documents as JSON (RFC 8259) on one line, the keys of each object sorted, and everything that people would not see escaped.
///
/// Foundation's encoder builds a tree of each document first and takes four times as long: a replay of a busy network has ten thousand
/// devices. Objects and arrays that a document opens by hand within itself are not supported: no document does.
final class JSONWriter {
  fileprivate enum Kind { case nothing, value, array, object }

  /// A value that is being written.
  private struct Frame {
    let start: Int
    let firstEntry: Int
    var kind = Kind.nothing
  }

  /// A key of an object, and where it begins. Its value and a comma follow.
  private struct Entry {
    let key: String
    let start: Int
  }

  private(set) var bytes: [UInt8] = []
  private var frames: [Frame] = []
  private var entries: [Entry] = []
  private var scratch: [UInt8] = []

  /// Appends a document. An array without elements is `[]`, a value that writes nothing `{}`.
  func append(_ value: some Encodable) throws {
    frames.append(Frame(start: bytes.count, firstEntry: entries.count))
    do { try value.encode(to: JSONValueEncoder(writer: self)) } catch {
      entries.removeAll()
      frames.removeAll()
      throw error
    }
    end(frames.removeLast())
  }

  func removeAll() { bytes.removeAll(keepingCapacity: true) }

  fileprivate func begin(_ kind: Kind) {
    guard let last = frames.indices.last, frames[last].kind == .nothing else { return }
    frames[last].kind = kind
    if kind == .object { bytes.append(UInt8(ascii: "{")) } else if kind == .array { bytes.append(UInt8(ascii: "[")) }
  }

  /// Nothing of the value at hand is written yet, and the caller writes all of it.
  func beginWhole() -> Bool {
    guard let last = frames.indices.last, frames[last].kind == .nothing else { return false }
    frames[last].kind = .value
    return true
  }

  func object(_ document: some ListedDocument) throws {
    bytes.append(UInt8(ascii: "{"))
    var members = WrittenMembers(writer: self)
    try document.list(&members)
    bytes.append(UInt8(ascii: "}"))
  }

  /// - Parameter key: plain ASCII.
  fileprivate func key(_ key: StaticString) {
    bytes.append(UInt8(ascii: "\""))
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  fileprivate func array<Element>(_ elements: [Element], _ write: (Element) throws -> Void) rethrows {
    bytes.append(UInt8(ascii: "["))
    for index in elements.indices {
      if index > 0 { comma() }
      try write(elements[index])
    }
    bytes.append(UInt8(ascii: "]"))
  }

  fileprivate func key(_ key: String) {
    entries.append(Entry(key: key, start: bytes.count))
    text(key)
    bytes.append(UInt8(ascii: ":"))
  }

  fileprivate func comma() { bytes.append(UInt8(ascii: ",")) }

  private func end(_ frame: Frame) {
    switch frame.kind {
    case .value: break
    case .nothing: bytes.append(contentsOf: "{}".utf8)
    case .array: close(with: "]", isEmpty: bytes.count == frame.start + 1)
    case .object:
      sort(from: frame.firstEntry)
      close(with: "}", isEmpty: entries.count == frame.firstEntry)
      entries.removeSubrange(frame.firstEntry...)
    }
  }

  private func close(with bracket: Unicode.Scalar, isEmpty: Bool) {
    if isEmpty { bytes.append(UInt8(ascii: bracket)) } else { bytes[bytes.count - 1] = UInt8(ascii: bracket) }
  }

  private func sort(from first: Int) {
    let own = first..<entries.count
    guard let start = own.first.map({ entries[$0].start }) else { return }
    let order = own.sorted { entries[$0].key < entries[$1].key }
    if order.elementsEqual(own) { return }
    scratch.removeAll(keepingCapacity: true)
    for index in order {
      let end = index + 1 < entries.count ? entries[index + 1].start : bytes.count
      scratch.append(contentsOf: bytes[entries[index].start..<end])
    }
    bytes.replaceSubrange(start..., with: scratch)
  }

  // MARK: Values

  fileprivate func null() { bytes.append(contentsOf: "null".utf8) }
  fileprivate func flag(_ value: Bool) { bytes.append(contentsOf: (value ? "true" : "false").utf8) }
  fileprivate func number(_ value: some BinaryInteger) { bytes.append(contentsOf: String(value).utf8) }

  fileprivate func number(_ value: Double) throws {
    guard value.isFinite else {
      throw EncodingError.invalidValue(value, EncodingError.Context(codingPath: [], debugDescription: "JSON has no such number"))
    }
    let text = value.description
    bytes.append(contentsOf: text.hasSuffix(".0") ? text.utf8.dropLast(2) : text.utf8[...])
  }

  fileprivate func text(_ value: String) {
    bytes.append(UInt8(ascii: "\""))
    var value = value
    let isPlain = value.withUTF8 { utf8 in
      let isPlain = unsafe Self.isPlain(utf8)
      if isPlain { unsafe bytes.append(contentsOf: utf8) }
      return isPlain
    }
    if !isPlain { escaped(value) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Stands in JSON as it is: visible ASCII, or blanks, without quotes and backslashes. Looks at eight bytes at once.
  private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let raw = UnsafeRawBufferPointer(bytes)
    var place = 0
    while raw.count - place >= 8 {
      if isSpecial(unsafe raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)) { return false }
      place += 8
    }
    // What is missing from the last eight bytes is a letter.
    var rest = UInt64(repeated: UInt8(ascii: "a"))
    while place < raw.count {
      rest = rest << 8 | UInt64(unsafe raw[place])
      place += 1
    }
    return !isSpecial(rest)
  }

  private static func isSpecial(_ bytes: UInt64) -> Bool {
    let ones = UInt64(repeated: 1)
    // Each of these sets the high bit of a byte that it is about. A borrow from one byte to the next comes from such bytes only.
    let controls = bytes &- UInt64(repeated: 0x20)
    let quotes = (bytes ^ UInt64(repeated: UInt8(ascii: "\""))) &- ones
    let backslashes = (bytes ^ UInt64(repeated: UInt8(ascii: "\\"))) &- ones
    let deletes = (bytes ^ UInt64(repeated: 0x7F)) &- ones
    return (controls | quotes | backslashes | deletes | bytes) & UInt64(repeated: 0x80) != 0
  }

  private func escaped(_ value: String) {
    let start = bytes.count
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0..<0x20: control(byte)
      default: bytes.append(byte)
      }
    }
    let visible = String(decoding: bytes[start...], as: UTF8.self).withInvisibleEscaped
    bytes.replaceSubrange(start..., with: visible.utf8)
  }

  private func control(_ byte: UInt8) {
    switch byte {
    case 0x08: bytes.append(contentsOf: "\\b".utf8)
    case 0x09: bytes.append(contentsOf: "\\t".utf8)
    case 0x0A: bytes.append(contentsOf: "\\n".utf8)
    case 0x0C: bytes.append(contentsOf: "\\f".utf8)
    case 0x0D: bytes.append(contentsOf: "\\r".utf8)
    default: bytes.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8 + Array(String(byte, radix: 16).utf8))
    }
  }
}

extension UInt64 {
  fileprivate init(repeated byte: UInt8) { self = UInt64(byte) &* 0x0101_0101_0101_0101 }
}

/// The members of an object of a `ListedDocument`.
private struct WrittenMembers: MemberList {
  let writer: JSONWriter
  var isEmpty = true

  private mutating func begin(_ key: StaticString) {
    if !isEmpty { writer.comma() }
    isEmpty = false
    writer.key(key)
  }

  mutating func addNull(_ key: StaticString) {
    begin(key)
    writer.null()
  }

  mutating func add(_ key: StaticString, _ value: String) {
    begin(key)
    writer.text(value)
  }

  mutating func add(_ key: StaticString, _ value: Bool) {
    begin(key)
    writer.flag(value)
  }

  mutating func add(_ key: StaticString, _ value: Int) {
    begin(key)
    writer.number(value)
  }

  mutating func add(_ key: StaticString, _ value: UInt64) {
    begin(key)
    writer.number(value)
  }

  mutating func add(_ key: StaticString, _ value: Double) throws {
    begin(key)
    try writer.number(value)
  }

  mutating func add(_ key: StaticString, _ values: [String]) {
    begin(key)
    writer.array(values) { writer.text($0) }
  }

  mutating func add(_ key: StaticString, _ document: some ListedDocument) throws {
    begin(key)
    try writer.object(document)
  }

  mutating func add(_ key: StaticString, _ documents: [some ListedDocument]) throws {
    begin(key)
    try writer.array(documents) { try writer.object($0) }
  }
}

/// The value at hand, which may be an object, an array or a simple one.
struct JSONValueEncoder: Encoder, SingleValueEncodingContainer {
  let writer: JSONWriter
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    writer.begin(.object)
    return KeyedEncodingContainer(JSONObjectEncoder(writer: writer))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    writer.begin(.array)
    return JSONArrayEncoder(writer: writer)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    writer.begin(.value)
    return self
  }

  func encodeNil() { writer.null() }
  func encode(_ value: Bool) { writer.flag(value) }
  func encode(_ value: String) { writer.text(value) }
  func encode(_ value: Double) throws { try writer.number(value) }
  func encode(_ value: Float) throws { try writer.number(Double(value)) }
  func encode(_ value: some BinaryInteger & Encodable) { writer.number(value) }
  func encode(_ value: some Encodable) throws { try writer.append(value) }
}

private struct JSONObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let writer: JSONWriter
  var codingPath: [any CodingKey] { [] }

  private func member(_ key: Key, _ write: () throws -> Void) rethrows {
    writer.key(key.stringValue)
    try write()
    writer.comma()
  }

  func encodeNil(forKey key: Key) { member(key) { writer.null() } }
  func encode(_ value: Bool, forKey key: Key) { member(key) { writer.flag(value) } }
  func encode(_ value: String, forKey key: Key) { member(key) { writer.text(value) } }
  func encode(_ value: Double, forKey key: Key) throws { try member(key) { try writer.number(value) } }
  func encode(_ value: Float, forKey key: Key) throws { try member(key) { try writer.number(Double(value)) } }
  func encode(_ value: some BinaryInteger & Encodable, forKey key: Key) { member(key) { writer.number(value) } }
  func encode(_ value: some Encodable, forKey key: Key) throws { try member(key) { try writer.append(value) } }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> { unsupported() }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { unsupported() }
  func superEncoder() -> any Encoder { unsupported() }
  func superEncoder(forKey key: Key) -> any Encoder { unsupported() }
}

private struct JSONArrayEncoder: UnkeyedEncodingContainer {
  let writer: JSONWriter
  var codingPath: [any CodingKey] { [] }
  private(set) var count = 0

  init(writer: JSONWriter) { self.writer = writer }

  mutating func encodeNil() { end(writer.null()) }
  mutating func encode(_ value: String) { end(writer.text(value)) }
  mutating func encode(_ value: some Encodable) throws { end(try writer.append(value)) }

  private mutating func end(_ element: Void) {
    writer.comma()
    count += 1
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> { unsupported() }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { unsupported() }
  func superEncoder() -> any Encoder { unsupported() }
}

/// A mistake of who writes a document, which its first test shows.
private func unsupported() -> Never { fatalError("a document opens no objects and arrays by hand") }
