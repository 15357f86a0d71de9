/// Proposes which tests a value may pass, in a time that depends on the value's length and not on how many tests there are:
/// whole values and domains by hash, everything else by four bytes (a gram) that must stand somewhere in the value.
///
/// Of a literal of seven bytes or more, four grams in a row are filed, one of which begins at a multiple of four wherever it stands:
/// a value is looked at in every fourth place only.
final class ValueIndex: Sendable {
  static let gramLength = 4
  private static let stride = 4

  private let whole: AtomTable
  private let domains: AtomTable
  /// Of long literals, tried at multiples of the stride; of literals of four to six bytes, tried everywhere.
  private let sparseGrams: AtomTable
  private let denseGrams: AtomTable
  /// Literals shorter than four bytes, by length: few signatures need them.
  private let shortGrams: [(length: Int, table: AtomTable)]
  /// How the grams end that are tried everywhere: a word for the last byte but one, a bit of it for the last, of six bits each.
  private let endings: [UInt64]
  /// Payloads: four bytes at an offset, and the offsets in use.
  private let placed: AtomTable
  private let offsets: [Int]
  /// Payloads of a port whose tests have nothing better to be found by.
  private let ports: AtomTable
  private let always: [Int32]

  init(_ tests: [(test: ValueTest, atom: Int32)]) {
    var filing = Filing()
    for (test, atom) in tests { filing.add(test, atom) }
    whole = filing.whole
    domains = filing.domains
    sparseGrams = filing.sparseGrams
    denseGrams = filing.denseGrams
    shortGrams = filing.shortGrams.enumerated().filter { !$0.element.isEmpty }.map { ($0.offset, $0.element) }
    endings = Self.endings(of: [(Self.gramLength, denseGrams)] + shortGrams)
    placed = filing.placed
    offsets = filing.offsets
    ports = filing.ports
    always = filing.always
  }

  /// Files each test under the operator that singles out the fewest values.
  private struct Filing {
    var whole = AtomTable()
    var domains = AtomTable()
    var sparseGrams = AtomTable()
    var denseGrams = AtomTable()
    var shortGrams = [AtomTable](repeating: AtomTable(), count: gramLength)
    var placed = AtomTable()
    var offsets: [Int] = []
    var ports = AtomTable()
    var always: [Int32] = []
    /// Of the literal at hand.
    private var grams: [UInt64] = []

    mutating func add(_ test: ValueTest, _ atom: Int32) {
      for case .equals(let texts) in test.operators {
        for text in texts { whole.add(FNV1a.hash(text), atom) }
        return
      }
      for case .under(let names) in test.operators {
        for name in names { domains.add(FNV1a.hash(name.reversed()), atom) }
        return
      }
      for case .bytes(let patterns) in test.operators {
        if let place = patterns.lazy.compactMap(ValueIndex.place).first {
          placed.add(ValueIndex.key(place.gram, at: place.offset), atom)
          if !offsets.contains(place.offset) { offsets.append(place.offset) }
          return
        }
      }
      for case .port(let numbers) in test.operators {
        for number in numbers { ports.add(UInt64(number), atom) }
        return
      }
      for literals in test.operators.compactMap(ValueIndex.literals) where literals.allSatisfy({ !$0.isEmpty }) {
        for literal in literals { addGram(of: literal, atom) }
        return
      }
      always.append(atom)
    }

    /// Of the grams of a literal those that are taken least so far, so that no list grows long.
    private mutating func addGram(of literal: [UInt8], _ atom: Int32) {
      guard literal.count >= gramLength else { return shortGrams[literal.count].add(ValueIndex.gram(literal[...]), atom) }
      var gram = ValueIndex.gram(literal[..<(gramLength - 1)])
      grams.removeAll(keepingCapacity: true)
      for byte in literal[(gramLength - 1)...] {
        gram = gram << 8 & 0xFFFF_FFFF | UInt64(byte)
        grams.append(gram)
      }
      if grams.count < ValueIndex.stride {
        let gram = grams.min { denseGrams.taken($0) < denseGrams.taken($1) }
        if let gram { denseGrams.add(gram, atom) }
      } else {
        let run = leastTakenRun()
        for place in run where !grams[run.lowerBound..<place].contains(grams[place]) { sparseGrams.add(grams[place], atom) }
      }
    }

    /// Where grams in a row stand.
    private func leastTakenRun() -> Range<Int> {
      let counts = grams.map { sparseGrams.taken($0) }
      var sum = counts[..<ValueIndex.stride].reduce(0, +)
      var (best, least) = (0, sum)
      for start in 1..<max(1, grams.count - ValueIndex.stride + 1) {
        sum += counts[start + ValueIndex.stride - 1] - counts[start - 1]
        if sum < least { (best, least) = (start, sum) }
      }
      return best..<best + ValueIndex.stride
    }
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

  private static func gram(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  private static func key(_ gram: UInt64, at offset: Int) -> UInt64 { UInt64(offset) << 32 | gram }

  private static func endings(of tables: [(length: Int, table: AtomTable)]) -> [UInt64] {
    var endings = [UInt64](repeating: 0, count: 64)
    for (length, table) in tables {
      for gram in table.keys {
        let before = length == 1 ? 0..<64 : Int(gram >> 8 & 63)..<Int(gram >> 8 & 63) + 1
        for word in before { endings[word] |= 1 << (gram & 63) }
      }
    }
    return endings
  }

  private static func place(_ pattern: BytePattern) -> (gram: UInt64, offset: Int)? {
    guard pattern.bytes.count >= gramLength else { return nil }
    for start in 0...(pattern.bytes.count - gramLength) {
      let window = pattern.bytes[start..<start + gramLength].compactMap { $0 }
      if window.count == gramLength { return (gram(window[...]), pattern.offset + start) }
    }
    return nil
  }

  /// The atoms that a value may meet, in their order; none twice.
  func candidates(_ tested: TestedValue, isPayload: Bool) -> [Int32] {
    var found = always
    if !ports.isEmpty {
      ports.find(UInt64(tested.port), &found)
      if tested.peerPort != tested.port { ports.find(UInt64(tested.peerPort), &found) }
    }
    let value = tested.bytes.span
    if !whole.isEmpty { whole.find(FNV1a.hash(value), &found) }
    if !domains.isEmpty { addDomains(value, &found) }
    let bytes = unsafe value.bytes
    if !placed.isEmpty { addPlaced(bytes, &found) }
    addGrams(bytes, isPayload: isPayload, &found)
    if found.count > 1 { found.sortWithoutDuplicates() }
    return found
  }

  /// The name, and all that it is below. Hashed from the end, so that each byte is looked at once.
  private func addDomains(_ name: Span<UInt8>, _ found: inout [Int32]) {
    var hash = FNV1a()
    for index in name.indices.reversed() {
      if name[index] == UInt8(ascii: "."), index + 1 < name.count { domains.find(hash.value, &found) }
      hash.add(name[index])
    }
    domains.find(hash.value, &found)
  }

  private func addPlaced(_ bytes: RawSpan, _ found: inout [Int32]) {
    for offset in offsets where bytes.byteCount - offset >= Self.gramLength {
      placed.find(Self.key(UInt64(bytes.u32(offset)), at: offset), &found)
    }
  }

  private func addGrams(_ bytes: RawSpan, isPayload: Bool, _ found: inout [Int32]) {
    if !sparseGrams.isEmpty {
      var start = 0
      while start <= bytes.byteCount - Self.gramLength {
        let gram = bytes.u32(start)
        sparseGrams.find(UInt64(isPayload ? ASCII.lowercased(gram) : gram), &found)
        start += Self.stride
      }
    }
    if !denseGrams.isEmpty || !shortGrams.isEmpty { addShortGrams(bytes, isPayload, &found) }
  }

  /// Grams that may begin anywhere. Most places of most values end none.
  private func addShortGrams(_ bytes: RawSpan, _ isPayload: Bool, _ found: inout [Int32]) {
    var window: UInt64 = 0
    for index in 0..<bytes.byteCount {
      let byte = bytes.u8(index)
      window = window << 8 & 0xFFFF_FFFF | UInt64(isPayload ? ASCII.lowercased(byte) : byte)
      guard endings[Int(window >> 8 & 63)] >> (window & 63) & 1 != 0 else { continue }
      if index >= Self.gramLength - 1 { denseGrams.find(window, &found) }
      for (length, table) in shortGrams where index >= length - 1 {
        table.find(window & ((1 << UInt64(8 * length)) - 1), &found)
      }
    }
  }
}

extension FNV1a {
  fileprivate static func hash(_ bytes: Span<UInt8>) -> UInt64 {
    var hash = FNV1a()
    for index in bytes.indices { hash.add(bytes[index]) }
    return hash.value
  }
}

extension [Int32] {
  /// Few as they are, in place.
  fileprivate mutating func sortWithoutDuplicates() {
    sort()
    var kept = 1
    for index in 1..<count where self[index] != self[kept - 1] {
      self[kept] = self[index]
      kept += 1
    }
    removeLast(count - kept)
  }
}

/// The atoms that each hash or gram proposes: open addressing with linear probing, at most half full. Keys only propose, so collisions
/// cost time and nothing else. Most keys of most values are in no table, which one bit of a filter shows.
private struct AtomTable {
  private struct Entry {
    let key: UInt64
    /// Index of its atom added last; -1 ends the list.
    var last: Int32 = -1
    var count: Int32 = 0
  }

  private var entries: [Entry] = []
  private var atoms: [(atom: Int32, before: Int32)] = []
  /// Index of an entry plus one; 0 is free.
  private var slots: [UInt32] = []
  /// A bit for each of sixteen times the slots: may be set by mistake, is never missing.
  private var filter: [UInt64] = []
  private var shift: UInt64 = 64

  var isEmpty: Bool { entries.isEmpty }
  var keys: [UInt64] { entries.map(\.key) }

  @inline(__always)
  private static func mixed(_ key: UInt64) -> UInt64 { key &* 0x9E37_79B9_7F4A_7C15 }

  @inline(__always)
  private func slot(of mixed: UInt64) -> Int { Int(truncatingIfNeeded: mixed >> shift) }

  /// Its four bits below those of the slot choose one of sixteen.
  @inline(__always)
  private func bit(of mixed: UInt64) -> UInt64 { mixed >> (shift &- 4) }

  mutating func add(_ key: UInt64, _ atom: Int32) {
    if (entries.count + 1) * 2 > slots.count { grow() }
    let number = entry(of: key) ?? insert(key)
    atoms.append((atom, entries[number].last))
    entries[number].last = Int32(atoms.count - 1)
    entries[number].count += 1
  }

  private mutating func insert(_ key: UInt64) -> Int {
    entries.append(Entry(key: key))
    place(entries.count - 1)
    return entries.count - 1
  }

  private mutating func place(_ number: Int) {
    let mixed = Self.mixed(entries[number].key)
    let bit = bit(of: mixed)
    filter[Int(bit >> 6)] |= 1 << (bit & 63)
    var slot = slot(of: mixed)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = UInt32(number + 1)
  }

  private mutating func grow() {
    let count = max(16, slots.count * 2)
    slots = [UInt32](repeating: 0, count: count)
    filter = [UInt64](repeating: 0, count: count * 16 / 64)
    shift = UInt64(64 - count.trailingZeroBitCount)
    for number in entries.indices { place(number) }
  }

  private func entry(of key: UInt64) -> Int? {
    guard !slots.isEmpty else { return nil }
    var slot = slot(of: Self.mixed(key))
    while slots[slot] != 0 {
      let number = Int(slots[slot]) - 1
      if entries[number].key == key { return number }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// How many atoms a key proposes.
  func taken(_ key: UInt64) -> Int { entry(of: key).map { Int(entries[$0].count) } ?? 0 }

  @inline(__always)
  func find(_ key: UInt64, _ found: inout [Int32]) {
    if filter.isEmpty { return }
    let bit = bit(of: Self.mixed(key))
    if filter[Int(truncatingIfNeeded: bit >> 6)] & 1 << (bit & 63) != 0 { collect(key, &found) }
  }

  @inline(never)
  private func collect(_ key: UInt64, _ found: inout [Int32]) {
    guard let number = entry(of: key) else { return }
    var next = entries[number].last
    while next >= 0 {
      found.append(atoms[Int(next)].atom)
      next = atoms[Int(next)].before
    }
  }
}
