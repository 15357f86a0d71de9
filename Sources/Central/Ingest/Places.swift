/// How far a gateway's epoch is stored, and what becomes of its next event.
struct Place: Sendable, Equatable {
  enum Judgement: Sendable, Equatable {
    /// It is the next one.
    case stored
    /// It is stored already.
    case duplicate
    /// Something before it is missing: the box has to send again from what is stored.
    case hole
  }

  /// The last event that is stored; 0 for none.
  private(set) var seq: Int64

  init(seq: Int64 = 0) { self.seq = seq }

  /// Judges an event, and moves to it if it is the next.
  ///
  /// - Parameter isLost: true if the box has nothing left of what is missing.
  mutating func take(_ next: Int64, prev: Int64?, isLost: Bool = false) -> Judgement {
    if next <= seq { return .duplicate }
    // A box that does not say what it sent before is believed.
    guard let prev, prev != seq, !isLost else {
      seq = next
      return .stored
    }
    return .hole
  }
}

/// Events that were refused because something before them is missing.
///
/// A box keeps events for a week after they were acknowledged. Where central was restored from an older backup, the box cannot fill the
/// hole: it sends the same event again, however often it is asked. Then the event is taken, and the hole is written down.
struct Holes: Sendable {
  private struct Hole {
    let seq: Int64
    let first: ContinuousClock.Instant
    var asked = 0
  }

  /// How often and how long a box is asked before what is missing counts as lost.
  static let attempts = 3
  static let patience = Duration.seconds(60)
  private static let limit = 10_000

  private var holes: [String: Hole] = [:]

  /// True if the box was asked often enough.
  func isLost(_ gateway: String, _ event: UpEvent, at now: ContinuousClock.Instant) -> Bool {
    guard let hole = holes[gateway], hole.seq == event.seq else { return false }
    return hole.asked >= Self.attempts && hole.first.duration(to: now) >= Self.patience
  }

  mutating func ask(_ gateway: String, _ event: UpEvent, at now: ContinuousClock.Instant) {
    if let hole = holes[gateway] {
      // What follows the first that is refused is refused for the same reason.
      guard event.seq <= hole.seq else { return }
      if event.seq == hole.seq {
        holes[gateway]?.asked += 1
        return
      }
    }
    if holes.count >= Self.limit { holes.removeAll() }
    holes[gateway] = Hole(seq: event.seq, first: now, asked: 1)
  }

  mutating func close(_ gateway: String) { holes[gateway] = nil }
}
