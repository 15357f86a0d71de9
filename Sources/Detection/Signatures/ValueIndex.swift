/// Proposes which tests a value may pass, in a time that depends on the value's length and not on how many tests there are:
/// whole values and domains by hash, everything else by four bytes (a gram) that must stand somewhere in the value.
///
/// Of a literal of seven bytes or more, four grams in a row are filed, one of which begins at a multiple of four wherever it stands:
/// a value is looked at in every fourth place only.
struct ValueIndex {
  static let gramLength = 4
  private static let stride = 4

  private var whole = FilteredTable()
  private var domains = FilteredTable()
  /// Of long literals, tried at multiples of the stride; of literals of four to six bytes, tried everywhere.
  private var sparseGrams = FilteredTable()
  private var denseGrams = FilteredTable()
  /// Literals shorter than four bytes, by length: few signatures need them.
  private var shortGrams = [FilteredTable](repeating: FilteredTable(), count: gramLength)
  /// Payloads: four bytes at an offset, and the offsets in use.
  private var placed: [PlacedGram: [Int32]] = [:]
  private var offsets: [Int] = []
  /// Payloads of a port whose tests have nothing better to be found by.
  private var ports: [UInt16: [Int32]] = [:]
  private var always: [Int32] = []

  private struct PlacedGram: Hashable {
    let offset: Int32
    let gram: UInt64
  }

  /// Files a test under the operator that singles out the fewest values.
  mutating func add(_ test: ValueTest, atom: Int32) {
    for case .equals(let texts) in test.operators {
      for text in texts { whole.add(Self.hash(text[...]), atom) }
      return
    }
    for case .under(let names) in test.operators {
      for name in names { domains.add(Self.hash(name[...]), atom) }
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

  /// Literals of which a value must contain one, one for each alternative; nil for operators that do not look at its bytes.
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

  /// Of the grams of a literal those that are taken least so far, so that no list grows long.
  private mutating func addGram(of literal: [UInt8], _ atom: Int32) {
    guard literal.count >= Self.gramLength else { return shortGrams[literal.count].add(Self.gram(literal[...]), atom) }
    let grams = (0...(literal.count - Self.gramLength)).map { Self.gram(literal[$0..<$0 + Self.gramLength]) }
    if grams.count < Self.stride {
      let gram = grams.min { denseGrams.taken($0) < denseGrams.taken($1) }
      if let gram { denseGrams.add(gram, atom) }
    } else {
      let counts = grams.map { sparseGrams.taken($0) }
      let runs = (0...(grams.count - Self.stride)).map { $0..<$0 + Self.stride }
      let run = runs.min { counts[$0].reduce(0, +) < counts[$1].reduce(0, +) } ?? 0..<Self.stride
      for gram in Set(grams[run]) { sparseGrams.add(gram, atom) }
    }
  }

  private static func gram(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  private static func place(_ pattern: BytePattern) -> PlacedGram? {
    guard pattern.bytes.count >= gramLength else { return nil }
    for start in 0...(pattern.bytes.count - gramLength) {
      let window = pattern.bytes[start..<start + gramLength].compactMap { $0 }
      guard window.count == gramLength else { continue }
      return PlacedGram(offset: Int32(pattern.offset + start), gram: gram(window[...]))
    }
    return nil
  }

  /// The atoms that a value may meet; none twice.
  func candidates(_ tested: TestedValue, isPayload: Bool) -> [Int32] {
    let value = tested.bytes
    var found = always
    if !ports.isEmpty {
      if let atoms = ports[tested.port] { found += atoms }
      if tested.peerPort != tested.port, let atoms = ports[tested.peerPort] { found += atoms }
    }
    if !whole.isEmpty { whole.find(Self.hash(value[...]), &found) }
    if !domains.isEmpty { addDomains(value, &found) }
    if !placed.isEmpty { addPlaced(value, &found) }
    addGrams(value, isPayload: isPayload, &found)
    return found.count < 2 ? found : Array(Set(found)).sorted()
  }

  private func addDomains(_ name: [UInt8], _ found: inout [Int32]) {
    var start = 0
    while start < name.count {
      domains.find(Self.hash(name[start...]), &found)
      guard let dot = name[start...].firstIndex(of: UInt8(ascii: ".")) else { return }
      start = dot + 1
    }
  }

  private func addPlaced(_ bytes: [UInt8], _ found: inout [Int32]) {
    for offset in offsets where bytes.count - offset >= Self.gramLength {
      let gram = Self.gram(bytes[offset..<offset + Self.gramLength])
      if let atoms = placed[PlacedGram(offset: Int32(offset), gram: gram)] { found += atoms }
    }
  }

  private func addGrams(_ value: [UInt8], isPayload: Bool, _ found: inout [Int32]) {
    let bytes = value.span
    if !sparseGrams.isEmpty, bytes.count >= Self.gramLength {
      for start in Swift.stride(from: 0, through: bytes.count - Self.gramLength, by: Self.stride) {
        sparseGrams.find(Self.gram(in: bytes, at: start, isPayload), &found)
      }
    }
    if !denseGrams.isEmpty || shortGrams.contains(where: { !$0.isEmpty }) { addShortGrams(bytes, isPayload, &found) }
  }

  /// Grams that may begin anywhere.
  private func addShortGrams(_ bytes: Span<UInt8>, _ isPayload: Bool, _ found: inout [Int32]) {
    var window: UInt64 = 0
    for index in bytes.indices {
      window = window << 8 & 0xFFFF_FFFF | UInt64(isPayload ? ASCII.lowercased(bytes[index]) : bytes[index])
      if index >= Self.gramLength - 1 { denseGrams.find(window, &found) }
      for length in 1..<Self.gramLength where index >= length - 1 && !shortGrams[length].isEmpty {
        shortGrams[length].find(window & ((1 << UInt64(8 * length)) - 1), &found)
      }
    }
  }

  @inline(__always)
  private static func gram(in bytes: Span<UInt8>, at start: Int, _ isPayload: Bool) -> UInt64 {
    var gram: UInt64 = 0
    for index in start..<start + gramLength {
      gram = gram << 8 | UInt64(isPayload ? ASCII.lowercased(bytes[index]) : bytes[index])
    }
    return gram
  }

  /// Only proposes atoms, so collisions cost time and nothing else.
  private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 { FNV1a.hash(bytes) }
}

/// The atoms that each hash or gram proposes. Most hashes of most values are in no table, which one bit of a small filter shows.
private struct FilteredTable {
  private var atoms: [UInt64: [Int32]] = [:]
  /// One bit each of 2^14: may be set by mistake, is never missing.
  private var filter: [UInt64] = []

  var isEmpty: Bool { atoms.isEmpty }

  @inline(__always)
  private static func bit(_ key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> 50) }

  mutating func add(_ key: UInt64, _ atom: Int32) {
    if filter.isEmpty { filter = [UInt64](repeating: 0, count: 1 << 8) }
    filter[Self.bit(key) >> 6] |= 1 << UInt64(Self.bit(key) & 63)
    atoms[key, default: []].append(atom)
  }

  /// How many atoms a key proposes.
  func taken(_ key: UInt64) -> Int { atoms[key]?.count ?? 0 }

  @inline(__always)
  func find(_ key: UInt64, _ found: inout [Int32]) {
    guard !filter.isEmpty, filter[Self.bit(key) >> 6] & 1 << UInt64(Self.bit(key) & 63) != 0 else { return }
    if let more = atoms[key] { found += more }
  }
}
