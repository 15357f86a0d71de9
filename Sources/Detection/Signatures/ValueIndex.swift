/// Proposes which tests a value may pass, in a time that depends on the value's length and not on how many tests there are:
/// whole values and domains by hash, everything else by four bytes (a gram) that must stand somewhere in the value.
struct ValueIndex {
  static let gramLength = 4

  private var whole: [UInt64: [Int32]] = [:]
  private var domains: [UInt64: [Int32]] = [:]
  private var grams: [UInt32: [Int32]] = [:]
  /// Which grams may be in `grams`: most positions of most values are settled by one bit.
  private var gramFilter = GramFilter()
  /// Grams shorter than four bytes, by length: few signatures need them.
  private var shortGrams: [[UInt32: [Int32]]] = [[:], [:], [:], [:]]
  /// Payloads: four bytes at an offset, and the offsets in use.
  private var placed: [PlacedGram: [Int32]] = [:]
  private var offsets: [Int] = []
  /// Payloads of a port whose tests have nothing better to be found by.
  private var ports: [UInt16: [Int32]] = [:]
  private var always: [Int32] = []

  private struct PlacedGram: Hashable {
    let offset: Int32
    let gram: UInt32
  }

  /// Files a test under the operator that singles out the fewest values.
  mutating func add(_ test: ValueTest, atom: Int32) {
    for case .equals(let texts) in test.operators {
      for text in texts { whole[Self.hash(text[...]), default: []].append(atom) }
      return
    }
    for case .under(let names) in test.operators {
      for name in names { domains[Self.hash(name[...]), default: []].append(atom) }
      return
    }
    for case .bytes(let patterns) in test.operators {
      if let place = patterns.lazy.compactMap(Self.place).first {
        placed[place, default: []].append(atom)
        if !offsets.contains(Int(place.offset)) { offsets.append(Int(place.offset)) }
        return
      }
    }
    for case .port(let numbers) in test.operators {
      for number in numbers { ports[number, default: []].append(atom) }
      return
    }
    for literals in test.operators.compactMap(Self.literals) where literals.allSatisfy({ !$0.isEmpty }) {
      for literal in literals { addGram(of: literal, atom) }
      return
    }
    always.append(atom)
  }

  /// What must stand in the value, one for each alternative; nil for operators that say nothing of its bytes.
  private static func literals(_ test: ValueOperator) -> [[UInt8]]? {
    switch test {
    case .prefix(let texts), .suffix(let texts), .contains(let texts), .word(let texts): texts
    case .like(let patterns):
      patterns.map { pattern in
        let runs = pattern.split { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        return runs.max { $0.count < $1.count }.map(Array.init) ?? []
      }
    default: nil
    }
  }

  /// The gram of a literal that is taken least so far, so that no list grows long.
  private mutating func addGram(of literal: [UInt8], _ atom: Int32) {
    guard literal.count >= Self.gramLength else {
      let gram = literal.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      shortGrams[literal.count][gram, default: []].append(atom)
      gramFilter.insert(Self.shortKey(gram, literal.count))
      return
    }
    let candidates = (0...(literal.count - Self.gramLength)).map { start in
      literal[start..<start + Self.gramLength].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    let gram = candidates.min { grams[$0]?.count ?? 0 < grams[$1]?.count ?? 0 }
    if let gram {
      grams[gram, default: []].append(atom)
      gramFilter.insert(gram)
    }
  }

  private static func place(_ pattern: BytePattern) -> PlacedGram? {
    guard pattern.bytes.count >= gramLength else { return nil }
    for start in 0...(pattern.bytes.count - gramLength) {
      let window = pattern.bytes[start..<start + gramLength].compactMap { $0 }
      guard window.count == gramLength else { continue }
      return PlacedGram(offset: Int32(pattern.offset + start), gram: window.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
    return nil
  }

  /// Grams of different lengths share the filter.
  private static func shortKey(_ gram: UInt32, _ length: Int) -> UInt32 { gram ^ UInt32(length) << 29 }

  /// The atoms that a value may meet; none twice.
  func candidates(_ tested: TestedValue, isPayload: Bool) -> [Int32] {
    let value = tested.bytes
    var found = always
    if !ports.isEmpty {
      if let atoms = ports[tested.port] { found += atoms }
      if tested.peerPort != tested.port, let atoms = ports[tested.peerPort] { found += atoms }
    }
    if !whole.isEmpty, let atoms = whole[Self.hash(value[...])] { found += atoms }
    if !domains.isEmpty { addDomains(value, &found) }
    if !placed.isEmpty { addPlaced(value, &found) }
    addGrams(value, isPayload: isPayload, &found)
    return found.count < 2 ? found : Array(Set(found)).sorted()
  }

  private func addDomains(_ name: [UInt8], _ found: inout [Int32]) {
    var start = 0
    while start < name.count {
      if let atoms = domains[Self.hash(name[start...])] { found += atoms }
      guard let dot = name[start...].firstIndex(of: UInt8(ascii: ".")) else { return }
      start = dot + 1
    }
  }

  private func addPlaced(_ bytes: [UInt8], _ found: inout [Int32]) {
    for offset in offsets where bytes.count - offset >= Self.gramLength {
      let gram = bytes[offset..<offset + Self.gramLength].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      if let atoms = placed[PlacedGram(offset: Int32(offset), gram: gram)] { found += atoms }
    }
  }

  private func addGrams(_ value: [UInt8], isPayload: Bool, _ found: inout [Int32]) {
    let needsShort = shortGrams.contains { !$0.isEmpty }
    guard !grams.isEmpty || needsShort else { return }
    var window: UInt32 = 0
    for index in value.indices {
      window = window << 8 | UInt32(isPayload ? asciiLowercased(value[index]) : value[index])
      if index >= 3, gramFilter.mayContain(window), let atoms = grams[window] { found += atoms }
      if needsShort { addShortGrams(window, index, &found) }
    }
  }

  private func addShortGrams(_ window: UInt32, _ index: Int, _ found: inout [Int32]) {
    for length in 1...3 where index >= length - 1 && !shortGrams[length].isEmpty {
      let tail = window & ((1 << UInt32(8 * length)) - 1)
      if gramFilter.mayContain(Self.shortKey(tail, length)), let atoms = shortGrams[length][tail] { found += atoms }
    }
  }

  /// FNV-1a, 64 bits: only proposes, so collisions cost time and nothing else.
  private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }
}

/// A set of grams that may say yes by mistake and never says no by mistake: one bit each of 2^17.
private struct GramFilter {
  private var words = [UInt64](repeating: 0, count: 1 << 11)

  @inline(__always)
  private static func bit(_ gram: UInt32) -> Int { Int((gram &* 0x9E37_79B1) >> 15) }

  mutating func insert(_ gram: UInt32) { words[Self.bit(gram) >> 6] |= 1 << UInt64(Self.bit(gram) & 63) }

  @inline(__always)
  func mayContain(_ gram: UInt32) -> Bool { words[Self.bit(gram) >> 6] & 1 << UInt64(Self.bit(gram) & 63) != 0 }
}
