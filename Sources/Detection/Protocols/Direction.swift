/// The direction of a message in its conversation, named after the sender.
public enum Direction: Sendable, Hashable {
  /// Sent by the side that opened the conversation: with the SYN, or else with the first packet seen.
  case originator
  case responder

  public init(fromOriginator: Bool) { self = fromOriginator ? .originator : .responder }

  public var opposite: Direction { self == .originator ? .responder : .originator }
}

/// One value for each direction of a conversation.
struct PerDirection<Value> {
  /// An array, because its elements are read in place: a choice between two properties copies the whole value for each field that is read.
  /// An `InlineArray` would do the same, but Swift 6.3 compiles copies of its elements wrongly (`PPPPParser.data` lost video by it).
  private var values: [Value]

  /// Starts with the same value for both directions.
  init(_ value: Value) { values = [value, value] }

  subscript(direction: Direction) -> Value {
    @inline(__always) _read { yield values[direction == .originator ? 0 : 1] }
    @inline(__always) _modify { yield &values[direction == .originator ? 0 : 1] }
  }

  func allSatisfy(_ predicate: (Value) -> Bool) -> Bool { predicate(values[0]) && predicate(values[1]) }
  func contains(where predicate: (Value) -> Bool) -> Bool { predicate(values[0]) || predicate(values[1]) }
}

extension PerDirection: Sendable where Value: Sendable {}
