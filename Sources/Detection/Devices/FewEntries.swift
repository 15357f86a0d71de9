/// A dictionary of few entries, in the order in which they came.
///
/// One of the standard library hashes each key, and keeps room for twice as many entries: strangers who make up devices by the ten thousand
/// would fill memory with room.
struct FewEntries<Key: Equatable, Value> {
  /// Entries up to which there is room for no more than there are.
  private static var few: Int { 8 }

  private var entries: [(key: Key, value: Value)] = []

  var count: Int { entries.count }
  var isEmpty: Bool { entries.isEmpty }
  var keys: [Key] { entries.map(\.key) }
  var values: some Collection<Value> { entries.lazy.map(\.value) }

  func place(of key: Key) -> Int? { entries.firstIndex { $0.key == key } }

  /// The value at a place that `place(of:)` gave.
  subscript(at place: Int) -> Value {
    get { entries[place].value }
    _modify { yield &entries[place].value }
  }

  subscript(key: Key) -> Value? { place(of: key).map { entries[$0].value } }

  /// Adds an entry, or replaces the value of the one with this key.
  mutating func set(_ key: Key, _ value: Value) {
    if let place = place(of: key) {
      entries[place].value = value
      return
    }
    if entries.count < Self.few { entries.reserveCapacity(entries.count + 1) }
    entries.append((key, value))
  }
}
