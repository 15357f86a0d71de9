/// Values by key, bounded: where there is no room, the one that was entered or touched least recently goes.
///
/// A value keeps its place for as long as it is in the table.
struct BoundedTable<Key: Hashable, Value> {
  private struct Slot {
    let key: Key
    var value: Value
    var isUsed = true
    var older = -1
    var newer = -1
  }

  let capacity: Int
  private var index: [Key: Int] = [:]
  private var slots: [Slot] = []
  private var free: [Int] = []
  /// The place that was entered or touched least recently; -1 where the table is empty.
  private(set) var oldest = -1
  private var newest = -1
  private(set) var evicted = 0

  init(capacity: Int) { self.capacity = capacity }

  var count: Int { index.count }
  var isEmpty: Bool { index.isEmpty }

  func find(_ key: Key) -> Int? { index[key] }

  func isUsed(_ place: Int) -> Bool { place < slots.count && slots[place].isUsed }

  subscript(place: Int) -> Value {
    _read { yield slots[place].value }
    _modify { yield &slots[place].value }
  }

  func key(_ place: Int) -> Key { slots[place].key }

  /// The next place in the order of age; nil behind the last one.
  func next(after place: Int) -> Int? { slots[place].newer < 0 ? nil : slots[place].newer }

  /// Enters a value for a key that is not there.
  mutating func insert(_ key: Key, _ value: Value) -> Int {
    if index.count >= capacity, oldest >= 0 {
      evicted += 1
      remove(oldest)
    }
    let slot = Slot(key: key, value: value)
    let place: Int
    if let spare = free.popLast() {
      slots[spare] = slot
      place = spare
    } else {
      slots.append(slot)
      place = slots.count - 1
    }
    index[key] = place
    append(place)
    return place
  }

  /// Enters a value, or replaces the one that is there, as the newest.
  mutating func set(_ key: Key, _ value: Value) {
    guard let place = find(key) else {
      _ = insert(key, value)
      return
    }
    slots[place].value = value
    touch(place)
  }

  mutating func touch(_ place: Int) {
    guard place != newest else { return }
    unlink(place)
    append(place)
  }

  mutating func remove(_ place: Int) {
    index[slots[place].key] = nil
    slots[place].isUsed = false
    unlink(place)
    free.append(place)
  }

  mutating func removeAll() {
    (index, slots, free) = ([:], [], [])
    (oldest, newest) = (-1, -1)
  }

  private mutating func unlink(_ place: Int) {
    let (older, newer) = (slots[place].older, slots[place].newer)
    if older >= 0 { slots[older].newer = newer } else { oldest = newer }
    if newer >= 0 { slots[newer].older = older } else { newest = older }
  }

  private mutating func append(_ place: Int) {
    slots[place].older = newest
    slots[place].newer = -1
    if newest >= 0 { slots[newest].newer = place } else { oldest = place }
    newest = place
  }
}
