/// Limits notices about a flapping interface: after 20 in an hour, only the latest is held back. It is reported, with the number left out, once
/// the interface has been quiet for ten minutes.
struct FlapDamper {
  static let hourlyLimit = 20
  static let hour = Duration.seconds(3600)
  /// The interface must be quiet this long before the latest notice is reported.
  static let calm = Duration.seconds(600)

  private var reported: [ContinuousClock.Instant] = []
  private var held: (notice: HealthNotice, since: ContinuousClock.Instant, count: Int)?

  /// True if a notice may be reported now.
  mutating func admits(_ notice: HealthNotice, at now: ContinuousClock.Instant) -> Bool {
    // `DropReporter` limits these.
    if case .dropped = notice.kind { return true }
    reported.removeAll { now - $0 >= Self.hour }
    guard reported.count < Self.hourlyLimit else {
      held = (notice, now, (held?.count ?? 0) + 1)
      return false
    }
    reported.append(now)
    held = nil
    return true
  }

  /// The latest notice held back, and the number of those left out, once the interface is quiet.
  mutating func takeHeld(at now: ContinuousClock.Instant) -> [HealthNotice] {
    guard let held, now - held.since >= Self.calm else { return [] }
    self.held = nil
    let suppressed = HealthNotice(time: held.notice.time, interface: held.notice.interface, kind: .suppressed(held.count - 1))
    return held.count > 1 ? [suppressed, held.notice] : [held.notice]
  }
}
