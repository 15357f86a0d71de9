/// Finds entries of a slab by hash: open addressing with linear probing, seeded per run because the keys are chosen by strangers.
/// The entries themselves, and what makes two keys equal, are the caller's.
struct HashIndex {
  /// Low half: entry index plus one, zero is free. High half: the hash, so that growing and most misses touch no entry.
  private var slots: [UInt64]
  private var mask: Int
  private(set) var count = 0
  private let seed: UInt64

  init(minimumCapacity: Int = 1024) {
    var capacity = 16
    while capacity < minimumCapacity * 2 { capacity *= 2 }
    slots = Array(repeating: 0, count: capacity)
    mask = capacity - 1
    seed = UInt64.random(in: .min ... .max)
  }

  @inline(__always)
  func hash(_ a: UInt64, _ b: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: multiplied(a ^ seed, b) >> 16) }

  /// 256 bits, likewise.
  func hash(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> UInt32 { hash(multiplied(a ^ seed, b) ^ c, d) }

  @inline(__always)
  func find(hash: UInt32, where isEqual: (Int) -> Bool) -> Int? {
    var slot = Int(hash) & mask
    while true {
      let word = slots[slot]
      if word == 0 { return nil }
      if UInt32(truncatingIfNeeded: word >> 32) == hash {
        let entry = Int(word & 0xFFFF_FFFF) - 1
        if isEqual(entry) { return entry }
      }
      slot = (slot + 1) & mask
    }
  }

  /// Adds an entry that is not there yet.
  mutating func insert(_ entry: Int, hash: UInt32) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    place(UInt64(hash) << 32 | UInt64(entry + 1))
    count += 1
  }

  private mutating func place(_ word: UInt64) {
    var slot = Int(word >> 32) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = word
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: 0, count: old.count * 2)
    mask = slots.count - 1
    for word in old where word != 0 { place(word) }
  }

  /// Takes an entry out and moves those behind it up (backward-shift deletion), so that no tombstones gather.
  mutating func remove(_ entry: Int, hash: UInt32) {
    let word = UInt64(hash) << 32 | UInt64(entry + 1)
    var hole = Int(hash) & mask
    while slots[hole] != word {
      guard slots[hole] != 0 else { return }
      hole = (hole + 1) & mask
    }
    var next = (hole + 1) & mask
    while slots[next] != 0 {
      let home = Int(slots[next] >> 32) & mask
      if (next - home) & mask >= (next - hole) & mask {
        slots[hole] = slots[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    slots[hole] = 0
    count -= 1
  }
}
