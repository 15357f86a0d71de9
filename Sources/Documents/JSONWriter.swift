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

  private var bytes = JSONBytes()
  private var frames: [Frame] = []
  private var entries: [Entry] = []

  /// Appends a document. An array without elements is `[]`, a value that writes nothing `{}`.
  func append(_ value: some Encodable) throws {
    let start = bytes.count
    frames.append(Frame(start: start, firstEntry: entries.count))
    do { try value.encode(to: JSONValueEncoder(writer: self)) } catch {
      bytes.truncate(to: start)
      entries.removeAll()
      frames.removeAll()
      throw error
    }
    end(frames.removeLast())
  }

  /// Appends what stands between documents: plain ASCII.
  func append(plain text: String) {
    var text = text
    text.withUTF8 { unsafe bytes.append($0) }
  }

  var count: Int { bytes.count }

  /// Hands over what was written, and forgets it.
  func take() -> [UInt8] {
    defer { bytes.truncate(to: 0) }
    return bytes[0..<bytes.count]
  }

  fileprivate func begin(_ kind: Kind) {
    guard let last = frames.indices.last, frames[last].kind == .nothing else { return }
    frames[last].kind = kind
    if kind == .object { bytes.append(character: "{") } else if kind == .array { bytes.append(character: "[") }
  }

  /// Nothing of the value at hand is written yet, and the caller writes all of it.
  func beginWhole() -> Bool {
    guard let last = frames.indices.last, frames[last].kind == .nothing else { return false }
    frames[last].kind = .value
    return true
  }

  func object(_ document: some ListedDocument) throws {
    bytes.append(character: "{")
    var members = WrittenMembers(writer: self)
    try document.list(&members)
    bytes.append(character: "}")
  }

  /// - Parameter key: plain ASCII.
  @inline(__always)
  fileprivate func key(_ key: StaticString) {
    unsafe bytes.append(UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount), within: "\"")
    bytes.append(character: ":")
  }

  fileprivate func array<Element>(_ elements: [Element], _ write: (Element) throws -> Void) rethrows {
    bytes.append(character: "[")
    for index in elements.indices {
      if index > 0 { comma() }
      try write(elements[index])
    }
    bytes.append(character: "]")
  }

  fileprivate func key(_ key: String) {
    entries.append(Entry(key: key, start: bytes.count))
    text(key)
    bytes.append(character: ":")
  }

  fileprivate func comma() { bytes.append(character: ",") }

  private func end(_ frame: Frame) {
    switch frame.kind {
    case .value: break
    case .nothing: bytes.append("{}")
    case .array: close(with: "]", isEmpty: bytes.count == frame.start + 1)
    case .object:
      sort(from: frame.firstEntry)
      close(with: "}", isEmpty: entries.count == frame.firstEntry)
      entries.removeSubrange(frame.firstEntry...)
    }
  }

  /// Behind each element is a comma.
  private func close(with bracket: Unicode.Scalar, isEmpty: Bool) {
    if !isEmpty { bytes.truncate(to: bytes.count - 1) }
    bytes.append(character: bracket)
  }

  private func sort(from first: Int) {
    let own = first..<entries.count
    guard let start = own.first.map({ entries[$0].start }) else { return }
    let order = own.sorted { entries[$0].key < entries[$1].key }
    if order.elementsEqual(own) { return }
    var sorted: [UInt8] = []
    sorted.reserveCapacity(bytes.count - start)
    for index in order {
      let end = index + 1 < entries.count ? entries[index + 1].start : bytes.count
      sorted += bytes[entries[index].start..<end]
    }
    bytes.truncate(to: start)
    bytes.append(sorted)
  }

  // MARK: Values

  fileprivate func null() { bytes.append("null") }
  fileprivate func flag(_ value: Bool) { bytes.append(value ? "true" : "false") }

  fileprivate func number(_ value: some BinaryInteger) {
    if value < 0 { bytes.append(character: "-") }
    bytes.append(decimal: UInt64(value.magnitude))
  }

  fileprivate func number(_ value: Double) throws {
    guard value.isFinite else {
      throw EncodingError.invalidValue(value, EncodingError.Context(codingPath: [], debugDescription: "JSON has no such number"))
    }
    // Most numbers are whole ones.
    if value >= 1 || value == 0 && value.sign == .plus, value < 1e15, value.rounded() == value {
      bytes.append(decimal: UInt64(value))
      return
    }
    let text = value.description
    append(plain: text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  fileprivate func text(_ value: String) {
    var value = value
    let isPlain = value.withUTF8 { utf8 in
      let isPlain = unsafe Self.isPlain(utf8)
      if isPlain { unsafe bytes.append(utf8, within: "\"") }
      return isPlain
    }
    if !isPlain { escaped(value) }
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
    var text: [UInt8] = []
    text.reserveCapacity(value.utf8.count + 16)
    text.append(UInt8(ascii: "\""))
    var isASCII = true
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        text.append(UInt8(ascii: "\\"))
        text.append(byte)
      case 0..<0x20: text += Self.escaped(control: byte).utf8
      case 0x7F...:
        isASCII = false
        text.append(byte)
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
    if !isASCII { text = Array(String(decoding: text, as: UTF8.self).withInvisibleEscaped.utf8) }
    bytes.append(text)
  }

  private static func escaped(control byte: UInt8) -> String {
    switch byte {
    case 0x08: "\\b"
    case 0x09: "\\t"
    case 0x0A: "\\n"
    case 0x0C: "\\f"
    case 0x0D: "\\r"
    default: (byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16)
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
