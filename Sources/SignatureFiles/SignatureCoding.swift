import Detection

// The compiled form of signatures: every value with its length or count before it, in network order. Only the version that wrote it reads
// it, so there is no compatibility to maintain: raise `version` with every change.

/// Limit on nested conditions.
private let depthLimit = 64

package enum SignatureCoding {
  package static let version: UInt16 = 5
  private static let magic: UInt32 = 0x4C53_4947

  package static func encode(_ signatures: [Signature]) -> [UInt8] {
    var tests = TestTable()
    var list = ByteWriter()
    list.list(signatures) { $0.encode(&$1, &tests) }
    let body = tests.bytes + list.bytes
    var file = ByteWriter()
    file.u32(magic)
    file.u16(version)
    unsafe file.u64(checksum(body.span.bytes))
    return file.bytes + body
  }

  package static func decode(_ bytes: RawSpan) throws(DecodeError) -> [Signature] {
    var cursor = Cursor(bytes)
    guard try cursor.u32() == magic, try cursor.u16() == version else { throw DecodeError(.unsupported, at: 0) }
    guard try cursor.u64() == checksum(cursor.rest) else { throw DecodeError(.malformed, at: cursor.position) }
    let tests = try cursor.list { cursor throws(DecodeError) in try ValueTest(decoding: &cursor, depth: 0) }
    let signatures = try cursor.list { cursor throws(DecodeError) in try Signature(decoding: &cursor, tests) }
    guard cursor.isAtEnd else { throw DecodeError(.malformed, at: cursor.position) }
    return signatures
  }

  private static func checksum(_ bytes: RawSpan) -> UInt64 {
    var hash = ContentHash()
    hash.add(bytes)
    return hash.first
  }
}

/// Every test once: lists of models are asked of twenty fields.
private struct TestTable {
  private var places: [[UInt8]: Int] = [:]
  private var tests: [[UInt8]] = []

  mutating func place(of test: ValueTest) -> UInt32 {
    var writer = ByteWriter()
    test.encode(&writer)
    if let place = places[writer.bytes] { return UInt32(place) }
    places[writer.bytes] = tests.count
    tests.append(writer.bytes)
    return UInt32(tests.count - 1)
  }

  var bytes: [UInt8] {
    var count = ByteWriter()
    count.u32(UInt32(tests.count))
    return tests.reduce(into: count.bytes) { $0 += $1 }
  }
}

struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func u8(_ value: UInt8) { bytes.append(value) }

  mutating func u16(_ value: UInt16) {
    u8(UInt8(value >> 8))
    u8(UInt8(truncatingIfNeeded: value))
  }

  mutating func u32(_ value: UInt32) {
    u16(UInt16(value >> 16))
    u16(UInt16(truncatingIfNeeded: value))
  }

  mutating func u64(_ value: UInt64) {
    u32(UInt32(value >> 32))
    u32(UInt32(truncatingIfNeeded: value))
  }

  mutating func run(_ value: [UInt8]) {
    u32(UInt32(value.count))
    bytes += value
  }

  mutating func text(_ value: String) { run(Array(value.utf8)) }

  mutating func list<Element>(_ values: [Element], _ write: (Element, inout ByteWriter) -> Void) {
    u32(UInt32(values.count))
    for value in values { write(value, &self) }
  }

  /// A word of a closed list, as its index.
  mutating func word<Word: CaseIterable & Equatable>(_ value: Word) {
    u8(UInt8(Array(Word.allCases).firstIndex(of: value) ?? 0))
  }

  mutating func optional<Value>(_ value: Value?, _ write: (Value, inout ByteWriter) -> Void) {
    u8(value == nil ? 0 : 1)
    if let value { write(value, &self) }
  }
}

extension Cursor {
  mutating func run() throws(DecodeError) -> [UInt8] {
    let count = Int(try u32())
    return try unsafe take(count).withUnsafeBytes { unsafe Array($0) }
  }

  mutating func text() throws(DecodeError) -> String {
    let count = Int(try u32())
    return try unsafe take(count).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }

  mutating func list<Element>(_ read: (inout Cursor) throws(DecodeError) -> Element) throws(DecodeError) -> [Element] {
    let count = Int(try u32())
    var values: [Element] = []
    values.reserveCapacity(Swift.min(count, remaining))
    for _ in 0..<count { values.append(try read(&self)) }
    return values
  }

  mutating func word<Word>(of words: [Word]) throws(DecodeError) -> Word { try element(Int(try u8()), of: words) }

  func element<Element>(_ place: Int, of list: [Element]) throws(DecodeError) -> Element {
    guard place < list.count else { throw DecodeError(.malformed, at: position) }
    return list[place]
  }

  mutating func optional<Value>(_ read: (inout Cursor) throws(DecodeError) -> Value) throws(DecodeError) -> Value? {
    try u8() == 0 ? nil : try read(&self)
  }
}

private let fields = Field.allCases
private let claims = Claim.allCases
private let facets = Facet.allCases
private let classes = DeviceClass.allCases
private let strengths = Strength.allCases
private let sharers = SharedWith.allCases

extension Signature {
  fileprivate func encode(_ out: inout ByteWriter, _ tests: inout TestTable) {
    out.text(id)
    out.word(says)
    out.word(facet)
    out.optional(strength) { strength, out in
      for deviceClass in DeviceClass.allCases { out.optional(strength[deviceClass]) { $1.word($0) } }
    }
    out.optional(sharedWith) { $1.word($0) }
    out.optional(mark) { $1.text($0.coded) }
    out.u64(UInt64(clamping: validFor?.components.seconds ?? 0))
    condition.encode(&out, &tests)
    for value in [vendor, model, kind] { out.optional(value) { $0.encode(&$1) } }
    out.text(because)
    out.list(references) { $1.text($0) }
  }

  fileprivate init(decoding cursor: inout Cursor, _ tests: [ValueTest]) throws(DecodeError) {
    let given = { (cursor: inout Cursor) throws(DecodeError) in try GivenValue(decoding: &cursor) }
    self.init(
      id: try cursor.text(),
      says: try cursor.word(of: claims),
      facet: try cursor.word(of: facets),
      strength: try cursor.optional { cursor throws(DecodeError) in
        var strength = Strengths([:])
        for deviceClass in classes {
          strength[deviceClass] = try cursor.optional { cursor throws(DecodeError) in try cursor.word(of: strengths) }
        }
        return strength
      },
      sharedWith: try cursor.optional { cursor throws(DecodeError) in try cursor.word(of: sharers) },
      mark: try cursor.optional { cursor throws(DecodeError) in
        guard let mark = ClassMark(coded: try cursor.text()) else { throw DecodeError(.malformed, at: cursor.position) }
        return mark
      },
      validFor: try Self.validity(&cursor),
      condition: try Condition(decoding: &cursor, tests, depth: 0),
      vendor: try cursor.optional(given),
      model: try cursor.optional(given),
      kind: try cursor.optional(given),
      because: try cursor.text(),
      references: try cursor.list { cursor throws(DecodeError) in try cursor.text() })
  }

  private static func validity(_ cursor: inout Cursor) throws(DecodeError) -> Duration? {
    let seconds = try cursor.u64()
    return seconds == 0 ? nil : .seconds(Int64(clamping: seconds))
  }
}

extension ClassMark {
  /// `syn 6`, `mdns -10 media`.
  fileprivate var coded: String { "\(group.rawValue) \(points)" + (shows.map { " \($0.rawValue)" } ?? "") }

  fileprivate init?(coded: String) {
    let words = coded.split(separator: " ").map(String.init)
    guard (2...3).contains(words.count), let group = Group(rawValue: words[0]), let points = Int(words[1]) else { return nil }
    self.init(group, points: points, shows: words.count == 3 ? DeviceClass(rawValue: words[2]) : nil)
  }
}

extension Condition {
  fileprivate func encode(_ out: inout ByteWriter, _ tests: inout TestTable) {
    switch self {
    case .test(let fields, let test):
      out.u8(0)
      out.list(fields) { $1.word($0) }
      out.u32(tests.place(of: test))
    case .all(let parts):
      out.u8(1)
      out.list(parts) { $0.encode(&$1, &tests) }
    case .any(let parts):
      out.u8(2)
      out.list(parts) { $0.encode(&$1, &tests) }
    case .not(let part):
      out.u8(3)
      part.encode(&out, &tests)
    }
  }

  fileprivate init(decoding cursor: inout Cursor, _ tests: [ValueTest], depth: Int) throws(DecodeError) {
    guard depth < depthLimit else { throw DecodeError(.limit, at: cursor.position) }
    let part = { (cursor: inout Cursor) throws(DecodeError) in try Condition(decoding: &cursor, tests, depth: depth + 1) }
    switch try cursor.u8() {
    case 0:
      let tested = try cursor.list { cursor throws(DecodeError) in try cursor.word(of: fields) }
      self = .test(tested, try cursor.element(Int(try cursor.u32()), of: tests))
    case 1: self = .all(try cursor.list(part))
    case 2: self = .any(try cursor.list(part))
    case 3: self = .not(try part(&cursor))
    default: throw DecodeError(.malformed, at: cursor.position)
    }
  }
}

extension ValueTest {
  fileprivate func encode(_ out: inout ByteWriter) {
    out.list(operators) { $0.encode(&$1) }
    out.list(unless) { $0.encode(&$1) }
  }

  fileprivate init(decoding cursor: inout Cursor, depth: Int) throws(DecodeError) {
    guard depth < depthLimit else { throw DecodeError(.limit, at: cursor.position) }
    let operators = try cursor.list { cursor throws(DecodeError) in try ValueOperator(decoding: &cursor) }
    let unless = try cursor.list { cursor throws(DecodeError) in try ValueTest(decoding: &cursor, depth: depth + 1) }
    self.init(operators, unless: unless)
  }
}

extension ValueOperator {
  fileprivate func encode(_ out: inout ByteWriter) {
    func texts(_ kind: UInt8, _ texts: [[UInt8]]) {
      out.u8(kind)
      out.list(texts) { $1.run($0) }
    }
    switch self {
    case .equals(let values): texts(0, values)
    case .prefix(let values): texts(1, values)
    case .suffix(let values): texts(2, values)
    case .contains(let values): texts(3, values)
    case .under(let values): texts(4, values)
    case .word(let values): texts(5, values)
    case .like(let values): texts(6, values)
    case .bytes(let patterns):
      out.u8(7)
      out.list(patterns) { $0.encode(&$1) }
    case .length(let ranges):
      out.u8(8)
      out.list(ranges) { range, out in
        out.u64(UInt64(range.lowerBound))
        out.u64(UInt64(range.upperBound))
      }
    case .port(let ports):
      out.u8(9)
      out.list(ports) { $1.u16($0) }
    case .above(let limit):
      out.u8(10)
      out.u64(limit.bitPattern)
    case .below(let limit):
      out.u8(11)
      out.u64(limit.bitPattern)
    case .between(let low, let high):
      out.u8(12)
      out.u64(low.bitPattern)
      out.u64(high.bitPattern)
    }
  }

  fileprivate init(decoding cursor: inout Cursor) throws(DecodeError) {
    let run = { (cursor: inout Cursor) throws(DecodeError) in try cursor.run() }
    switch try cursor.u8() {
    case 0: self = .equals(try cursor.list(run))
    case 1: self = .prefix(try cursor.list(run))
    case 2: self = .suffix(try cursor.list(run))
    case 3: self = .contains(try cursor.list(run))
    case 4: self = .under(try cursor.list(run))
    case 5: self = .word(try cursor.list(run))
    case 6: self = .like(try cursor.list(run))
    case 7: self = .bytes(try cursor.list { cursor throws(DecodeError) in try BytePattern(decoding: &cursor) })
    case 8:
      self = .length(
        try cursor.list { cursor throws(DecodeError) in
          guard let low = Int(exactly: try cursor.u64()), let high = Int(exactly: try cursor.u64()), low <= high else {
            throw DecodeError(.malformed, at: cursor.position)
          }
          return low...high
        })
    case 9: self = .port(try cursor.list { cursor throws(DecodeError) in try cursor.u16() })
    case 10: self = .above(Double(bitPattern: try cursor.u64()))
    case 11: self = .below(Double(bitPattern: try cursor.u64()))
    case 12: self = .between(Double(bitPattern: try cursor.u64()), Double(bitPattern: try cursor.u64()))
    default: throw DecodeError(.malformed, at: cursor.position)
    }
  }
}

extension BytePattern {
  fileprivate func encode(_ out: inout ByteWriter) {
    out.u32(UInt32(offset))
    out.list(bytes) { byte, out in out.u16(byte.map { UInt16($0) } ?? 0x100) }
  }

  fileprivate init(decoding cursor: inout Cursor) throws(DecodeError) {
    self.init(
      offset: Int(try cursor.u32()),
      bytes: try cursor.list { cursor throws(DecodeError) in UInt8(exactly: try cursor.u16()) })
  }
}

extension GivenValue {
  fileprivate func encode(_ out: inout ByteWriter) {
    switch self {
    case .literal(let text):
      out.u8(0)
      out.text(text)
    case .text(let field, let after, let until):
      out.u8(1)
      out.word(field)
      out.text(after)
      out.text(until)
    case .payload(let field, let at, let length):
      out.u8(2)
      out.word(field)
      out.u32(UInt32(at))
      out.u32(UInt32(length))
    case .value(let after, let until):
      out.u8(3)
      out.text(after)
      out.text(until)
    }
  }

  fileprivate init(decoding cursor: inout Cursor) throws(DecodeError) {
    switch try cursor.u8() {
    case 0: self = .literal(try cursor.text())
    case 1: self = .text(try cursor.word(of: fields), after: try cursor.text(), until: try cursor.text())
    case 2: self = .payload(try cursor.word(of: fields), at: Int(try cursor.u32()), length: Int(try cursor.u32()))
    case 3: self = .value(after: try cursor.text(), until: try cursor.text())
    default: throw DecodeError(.malformed, at: cursor.position)
    }
  }
}
