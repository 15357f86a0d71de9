// The meaning of each operator. The index only proposes; these decide.

/// A value to be tested: text in lower case, or a payload.
struct TestedValue {
  let bytes: [UInt8]
  let length: Int
  let port: UInt16
  let peerPort: UInt16

  init(_ observation: borrowing Observation) {
    bytes = observation.field.isPayload ? observation.bytes : ASCII.lowercased(observation.text)
    length = observation.length
    port = observation.port
    peerPort = observation.peerPort
  }

  /// The value as a decimal number; nil where it is none.
  var number: Double? {
    guard bytes.count <= 24, let number = Double(String(decoding: bytes, as: UTF8.self)), number.isFinite else { return nil }
    return number
  }
}

extension ValueTest {
  func holds(for value: TestedValue) -> Bool {
    operators.allSatisfy { $0.holds(for: value) } && !unless.contains { $0.holds(for: value) }
  }
}

extension ValueOperator {
  func holds(for value: TestedValue) -> Bool {
    let bytes = value.bytes
    switch self {
    case .equals(let texts): return texts.contains(bytes)
    case .prefix(let texts): return texts.contains { bytes.starts(with: $0) }
    case .suffix(let texts): return texts.contains { bytes.count >= $0.count && bytes[(bytes.count - $0.count)...].elementsEqual($0) }
    case .contains(let texts): return Self.contains(bytes, texts)
    case .under(let domains): return domains.contains { Self.isUnder(bytes, $0) }
    case .word(let words): return words.contains { Self.containsWord(bytes, $0) }
    case .like(let patterns): return patterns.contains { Self.isLike(bytes, $0) }
    case .bytes(let patterns): return patterns.allSatisfy { Self.stands($0, in: bytes) }
    case .length(let ranges): return ranges.contains { $0.contains(value.length) }
    case .port(let ports): return ports.contains(value.port) || ports.contains(value.peerPort)
    case .above(let limit): return value.number.map { $0 > limit } ?? false
    case .below(let limit): return value.number.map { $0 < limit } ?? false
    case .between(let low, let high): return value.number.map { low <= $0 && $0 <= high } ?? false
    }
  }

  /// Payloads are compared as they are first, then without regard to case. Text is in lower case already.
  private static func contains(_ bytes: [UInt8], _ texts: [[UInt8]]) -> Bool {
    if texts.contains(where: { firstIndex(of: $0, in: bytes) != nil }) { return true }
    guard bytes.contains(where: ASCII.isUppercase) else { return false }
    let lowered = bytes.map(ASCII.lowercased)
    return texts.contains { firstIndex(of: $0, in: lowered) != nil }
  }

  private static func isUnder(_ name: [UInt8], _ domain: [UInt8]) -> Bool {
    guard name.count >= domain.count, name[(name.count - domain.count)...].elementsEqual(domain) else { return false }
    return name.count == domain.count || name[name.count - domain.count - 1] == UInt8(ascii: ".")
  }

  private static func containsWord(_ bytes: [UInt8], _ word: [UInt8]) -> Bool {
    var next = firstIndex(of: word, in: bytes)
    while let start = next {
      let end = start + word.count
      let opens = start == 0 || !ASCII.isAlphanumeric(bytes[start - 1])
      let closes = end == bytes.count || !ASCII.isAlphanumeric(bytes[end])
      if opens && closes { return true }
      next = firstIndex(of: word, in: bytes, from: start + 1)
    }
    return false
  }

  /// Linear in practice and never exponential: a mismatch goes back only to the last `*`.
  static func isLike(_ bytes: [UInt8], _ pattern: [UInt8]) -> Bool {
    var (index, at) = (0, 0)
    var star: (pattern: Int, index: Int)?
    while index < bytes.count {
      if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
        star = (at, index)
        at += 1
      } else if at < pattern.count, isOne(bytes[index], pattern[at]) {
        index += 1
        at += 1
      } else if let last = star {
        star = (last.pattern, last.index + 1)
        index = last.index + 1
        at = last.pattern + 1
      } else {
        return false
      }
    }
    while at < pattern.count, pattern[at] == UInt8(ascii: "*") { at += 1 }
    return at == pattern.count
  }

  private static func isOne(_ byte: UInt8, _ pattern: UInt8) -> Bool {
    switch pattern {
    case UInt8(ascii: "?"): true
    case UInt8(ascii: "#"): byte &- 0x30 < 10
    default: byte == pattern
    }
  }

  private static func stands(_ pattern: BytePattern, in bytes: [UInt8]) -> Bool {
    guard pattern.offset >= 0, bytes.count - pattern.offset >= pattern.bytes.count else { return false }
    for (index, byte) in pattern.bytes.enumerated() {
      if let byte, bytes[pattern.offset + index] != byte { return false }
    }
    return true
  }
}
