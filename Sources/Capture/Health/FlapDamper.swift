/// Keeps an interface that comes and goes without end, with a loose plug say, from being told of without end: after so many notices in an
/// hour only the last is kept, and told once it has held for a while.
struct FlapDamper {
  static let hourlyLimit = 20
  static let hour = Duration.seconds(3600)
  /// For so long nothing new must come before the last is told.
  static let calm = Duration.seconds(600)

  private var told: [ContinuousClock.Instant] = []
  private var held: (notice: HealthNotice, since: ContinuousClock.Instant)?

  /// Whether it is to be told now.
  mutating func admits(_ notice: HealthNotice, at now: ContinuousClock.Instant) -> Bool {
    // Losses keep their own measure.
    if case .dropped = notice.kind { return true }
    told.removeAll { now - $0 >= Self.hour }
    guard told.count < Self.hourlyLimit else {
      held = (notice, now)
      return false
    }
    told.append(now)
    held = nil
    return true
  }

  /// The one that was kept, once it has held.
  mutating func takeHeld(at now: ContinuousClock.Instant) -> HealthNotice? {
    guard let held, now - held.since >= Self.calm else { return nil }
    self.held = nil
    return held.notice
  }
}
