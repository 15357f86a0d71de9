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
  var originator: Value
  var responder: Value

  /// Starts with the same value for both directions.
  init(_ value: Value) {
    originator = value
    responder = value
  }

  subscript(direction: Direction) -> Value {
    _read {
      if direction == .originator { yield originator } else { yield responder }
    }
    _modify {
      if direction == .originator { yield &originator } else { yield &responder }
    }
  }

  func allSatisfy(_ predicate: (Value) -> Bool) -> Bool { predicate(originator) && predicate(responder) }
  func contains(where predicate: (Value) -> Bool) -> Bool { predicate(originator) || predicate(responder) }
}

extension PerDirection: Sendable where Value: Sendable {}
