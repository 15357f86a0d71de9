/// When to try again what failed: after a second, then after twice as long each time, at most half a minute.
struct Retry {
  static let shortest = Duration.seconds(1)
  static let longest = Duration.seconds(30)

  private var pause = Retry.shortest
  /// Nil while nothing failed.
  private(set) var due: ContinuousClock.Instant?

  mutating func failed(at now: ContinuousClock.Instant) {
    due = now + pause
    pause = min(pause * 2, Self.longest)
  }

  /// Something changed: the next attempt need not wait.
  mutating func reset() { self = Retry() }

  func isDue(at now: ContinuousClock.Instant) -> Bool { due.map { now >= $0 } ?? true }
}
