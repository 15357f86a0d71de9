import Detection

/// Notices that the watch gives no sign of life: quiet must not be taken for safety.
///
/// What counts is when this program saw the sign change. The times in the signs, and steps of the clock, count for nothing: a box without a
/// clock of its own starts in the past.
struct WatchMonitor {
  /// The watch gives a sign of life every ten seconds.
  static let patience = Duration.seconds(60)
  /// The watch is looked at several times a second; a longer time between two looks is a step of the clock, or the machine slept.
  static let step = Duration.seconds(30)

  enum Change: Equatable {
    /// Nil if it never ran.
    case silent(since: Timestamp?)
    case back
  }

  private(set) var isTold: Bool
  private var last: (sign: Timestamp?, seen: Timestamp, looked: Timestamp)?

  /// - Parameter isTold: true if others were told that it is silent, before a restart.
  init(isTold: Bool = false) { self.isTold = isTold }

  /// - Parameter alive: the last sign of life.
  mutating func check(alive: Timestamp?, at now: Timestamp) -> Change? {
    // A watch that starts with this program gets its time; one that was missed must show itself.
    var seen = last?.seen ?? now
    if let last, last.sign != alive || now < last.looked || now > last.looked + Self.step { seen = now }
    let isNews = last.map { $0.sign != alive } ?? (alive.map { now < $0 + Self.patience } ?? false)
    last = (alive, seen, now)
    let isSilent = now >= seen + Self.patience
    guard isSilent != isTold, isSilent || isNews else { return nil }
    isTold = isSilent
    return isSilent ? .silent(since: alive) : .back
  }

  /// False before the first look.
  func isSilent(at now: Timestamp) -> Bool { last.map { now >= $0.seen + Self.patience } ?? false }
}
