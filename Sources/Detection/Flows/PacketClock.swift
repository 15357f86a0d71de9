/// The engine's clock: the time of the packets, which a single packet of a false time does not move.
struct PacketClock {
  /// How far one packet moves the clock by itself.
  private static let longestStep = Nanoseconds.seconds(3600)
  /// How far packets may be behind the clock, and for how long they must be to be believed.
  private static let longestDelay = Nanoseconds.seconds(60)
  private static let settledAfter = Nanoseconds.seconds(60)

  enum Turn {
    case none
    /// It leaps ahead after it was set back: where it was wrong before, that is no time that went by.
    case leap(Nanoseconds)
    /// It was wrong before, and is right now.
    case setBack(Nanoseconds)
  }

  private(set) var now = Timestamp.distantPast
  /// A time far ahead that one packet bore: believed when the next one agrees.
  private var leap: Timestamp?
  /// The first packet of those that come from far behind the clock, and no others: the clock that stamps them was set back.
  private var behind: Timestamp?
  private var wasSetBack = false

  /// Follows a packet of a little later; false if it is from before, or from far ahead.
  @inline(__always)
  mutating func follow(_ time: Timestamp) -> Bool {
    if time < now || time.isAfter(now, by: Self.longestStep) { return false }
    now = time
    leap = nil
    behind = nil
    return true
  }

  /// A packet from before, or from far ahead.
  mutating func followAnother(_ time: Timestamp) -> Turn {
    if now == .distantPast || !time.isAfter(now, by: Self.longestStep) {
      if now.isAfter(time, by: Self.longestDelay) { return fallBehind(time) }
      advance(to: time)
      leap = nil
      behind = nil
    } else if let earlier = leap, !time.isAfter(earlier, by: Self.longestStep), !earlier.isAfter(time, by: Self.longestStep) {
      let step = Nanoseconds(count: time.nanoseconds &- now.nanoseconds)
      advance(to: time)
      leap = nil
      if wasSetBack { return .leap(step) }
    } else {
      leap = time
    }
    return .none
  }

  /// A packet from more than a minute ago. Where all packets of a minute are, the clock was wrong before and is right now.
  private mutating func fallBehind(_ time: Timestamp) -> Turn {
    guard let start = behind, time >= start else {
      behind = time
      return .none
    }
    guard time.isAfter(start, by: Self.settledAfter) else { return .none }
    let step = Nanoseconds(count: time.nanoseconds &- now.nanoseconds)
    (now, leap, behind, wasSetBack) = (time, nil, nil, true)
    return .setBack(step)
  }

  mutating func advance(to time: Timestamp) { if time > now { now = time } }
}
