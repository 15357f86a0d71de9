/// Values by key, bounded: where there is no room, the one that was entered or touched least recently goes.
///
/// A value keeps its place for as long as it is in the table.
struct BoundedTable<Key: Hashable, Value> {
  private struct Slot {
    let key: Key
    var value: Value
    var isUsed = true
  }

  let capacity: Int
  private var index: [Key: Int] = [:]
  private var slots: [Slot] = []
  private var free: [Int] = []
  private var order = UseOrder(ranks: 1)
  private(set) var evicted = 0

  init(capacity: Int) { self.capacity = capacity }

  var count: Int { index.count }
  var isEmpty: Bool { index.isEmpty }

  /// The place that was entered or touched least recently; nil where the table is empty.
  var oldest: Int? { order.oldest(0) }
  /// In the order of age. The table may change while they are gone through.
  var places: [Int] { Array(order.entries(0)) }

  func find(_ key: Key) -> Int? { index[key] }

  func isUsed(_ place: Int) -> Bool { place < slots.count && slots[place].isUsed }

  subscript(place: Int) -> Value {
    _read { yield slots[place].value }
    _modify { yield &slots[place].value }
  }

  func key(_ place: Int) -> Key { slots[place].key }

  /// Enters a value for a key that is not there.
  mutating func insert(_ key: Key, _ value: Value) -> Int {
    if index.count >= capacity, let oldest {
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
    order.use(place, rank: 0)
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

  mutating func touch(_ place: Int) { order.use(place, rank: 0) }

  mutating func remove(_ place: Int) {
    index[slots[place].key] = nil
    slots[place].isUsed = false
    order.remove(place)
    free.append(place)
  }

  mutating func removeAll() { (index, slots, free, order) = ([:], [], [], UseOrder(ranks: 1)) }
}
