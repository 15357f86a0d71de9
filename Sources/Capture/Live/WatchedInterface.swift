import Detection

/// One of the interfaces that are watched, whether it is there or not: what it is called, its capture, and when to try again.
///
/// An interface is followed by its index while it lasts, through renaming; once it is removed, by the name that it had last, and by the
/// one that was asked for.
final class WatchedInterface {
  private let asked: String
  private let options: CaptureOptions
  private(set) var name: String
  /// Nil while it is away.
  private(set) var capture: LiveCapture?
  /// 0 for what the system has no index of, such as `any`, which never goes away.
  private var index: UInt32 = 0
  private var state = NetworkLink.State.running
  private var retry = Retry()
  private var awaySince: ContinuousClock.Instant?
  private var lastLinkType: LinkType?
  private var lastRefusal: LiveCaptureError?
  /// Of captures that are over.
  private var earlier = CaptureStatistics()
  private var dropReporter = DropReporter()

  init(_ name: String, options: CaptureOptions) {
    asked = name
    self.name = name
    self.options = options
  }

  /// Counts over all reopenings.
  var statistics: CaptureStatistics { capture.map { earlier + $0.statistics } ?? earlier }

  /// What was lost, where it is time to speak of it.
  func lookAtDrops(at now: ContinuousClock.Instant) -> HealthNotice.Kind? { dropReporter.note(statistics, at: now).map { .dropped($0) } }

  func open() throws(LiveCaptureError) {
    let capture = try LiveCapture(interface: name, options: options)
    index = NetworkLink.index(of: name) ?? 0
    state = index == 0 ? .running : NetworkLink.state(of: name)
    lastLinkType = capture.linkType
    self.capture = capture
    awaySince = nil
    lastRefusal = nil
    retry.reset()
  }

  /// It could not be opened, or reading it failed.
  func lose(_ error: LiveCaptureError, at now: ContinuousClock.Instant) -> HealthNotice.Kind {
    earlier = statistics
    capture = nil
    state = .absent
    awaySince = now
    if !error.isAbsence { lastRefusal = error }
    retry.failed(at: now)
    return .away(error)
  }

  /// Reading it failed. libpcap says that an interface has disappeared also when it was renamed: then it is followed at once.
  func failed(_ error: LiveCaptureError, at now: ContinuousClock.Instant) -> [HealthNotice.Kind] {
    let (former, before) = (name, state)
    let away = lose(error, at: now)
    guard index != 0, let current = NetworkLink.name(of: index), current != former else { return [away] }
    name = current
    do throws(LiveCaptureError) {
      try open()
    } catch {
      return [.renamed(from: former), .away(error)]
    }
    return [.renamed(from: former)] + change(from: before)
  }

  private func change(from before: NetworkLink.State) -> [HealthNotice.Kind] {
    switch state {
    case before, .absent: []
    case .down: [.linkDown]
    case .noCarrier: [.noCarrier]
    case .running: [.linkUp]
    }
  }

  /// What has changed since the last look, about a second ago.
  func look(at now: ContinuousClock.Instant) -> [HealthNotice.Kind] { capture == nil ? lookForReturn(now) : lookAtLink(now) }

  private func lookAtLink(_ now: ContinuousClock.Instant) -> [HealthNotice.Kind] {
    guard index != 0 else { return [] }
    guard let current = NetworkLink.name(of: index) else { return [lose(.interfaceGone(name), at: now)] }
    var kinds: [HealthNotice.Kind] = []
    if current != name {
      kinds.append(.renamed(from: name))
      name = current
    }
    let before = state
    state = NetworkLink.state(of: name)
    return kinds + change(from: before)
  }

  private func lookForReturn(_ now: ContinuousClock.Instant) -> [HealthNotice.Kind] {
    name = NetworkLink.name(of: index) ?? [name, asked].first { NetworkLink.index(of: $0) != nil } ?? name
    let before = state
    state = NetworkLink.state(of: name)
    if state != before { retry.reset() }
    guard retry.isDue(at: now) else { return [] }
    let (former, since) = (lastLinkType, awaySince ?? now)
    do throws(LiveCaptureError) {
      try open()
      guard let capture else { return [] }
      return [.opened(capture.linkType, former: former, after: now - since)]
    } catch {
      retry.failed(at: now)
      guard !error.isAbsence, error != lastRefusal else { return [] }
      lastRefusal = error
      return [.refused(error)]
    }
  }
}

extension LiveCaptureError {
  /// The interface is not there, or not up: to be waited for.
  var isAbsence: Bool {
    switch self {
    case .noSuchInterface, .interfaceDown, .interfaceGone: true
    case .noPermission, .noMonitorMode, .badFilter, .other: false
    }
  }
}
