/// The facts that a conversation has reported, so that it reports each of them once. Bounded: beyond its limit no fact is new.
///
/// Keeps hashes only, because texts may be long and are not needed again.
struct Reported {
  let limit: Int
  /// Few: they are found faster one after the other than by hash.
  private var facts: [Int] = []

  init(limit: Int = 64) { self.limit = limit }

  var isFull: Bool { facts.count >= limit }

  /// Records a fact: a field, or a field with one of its values. True unless it was recorded before or the limit is reached.
  mutating func firstTime(_ field: Field, _ text: String? = nil) -> Bool {
    if isFull { return false }
    let fact = Self.hash(field, text)
    if facts.contains(fact) { return false }
    facts.append(fact)
    return true
  }

  func contains(_ field: Field, _ text: String? = nil) -> Bool { facts.contains(Self.hash(field, text)) }

  private static func hash(_ field: Field, _ text: String?) -> Int {
    var hasher = Hasher()
    hasher.combine(field)
    hasher.combine(text)
    return hasher.finalize()
  }
}

extension ObservationSink {
  /// Emits a text about the sender unless the conversation has reported it. Returns whether it did.
  @discardableResult
  mutating func emit(_ field: Field, _ text: String, once reported: inout Reported, shown: PacketReference? = nil) -> Bool {
    guard !text.isEmpty, reported.firstTime(field, text) else { return false }
    emit(field, text, shown: shown)
    return true
  }
}
