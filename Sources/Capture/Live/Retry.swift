/// Schedules retries: after a second, then after twice as long each time, up to half a minute.
struct Retry {
  static let shortest = Duration.seconds(1)
  static let longest = Duration.seconds(30)

  private var pause = Retry.shortest
  /// The time of the next attempt; nil if nothing failed.
  private(set) var due: ContinuousClock.Instant?

  mutating func failed(at now: ContinuousClock.Instant) {
    due = now + pause
    pause = min(pause * 2, Self.longest)
  }

  /// Allows the next attempt at once, because something changed.
  mutating func reset() { self = Retry() }

  func isDue(at now: ContinuousClock.Instant) -> Bool { due.map { now >= $0 } ?? true }
}
