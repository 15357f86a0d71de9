import Detection

/// A watched interface, present or absent: its name, its capture, and the time of the next attempt to open it.
///
/// While the interface exists, it is followed by its index, even if it is renamed. After it is removed, it is found by its last name or by
/// the name given by the caller.
final class WatchedInterface {
  private let originalName: String
  private let options: CaptureOptions
  private(set) var name: String
  /// Nil while the interface is absent.
  private(set) var capture: LiveCapture?
  /// 0 if the system has no index for it, such as for `any`, which never goes away.
  private var index: UInt32 = 0
  /// Nil while it is not known.
  private var state: NetworkLink.State?
  private var retry = Retry()
  private var awaySince: ContinuousClock.Instant?
  private var lastLinkType: LinkType?
  private var lastRefusal: LiveCaptureError?
  /// Totals of earlier captures.
  private var earlier = CaptureStatistics()
  private var dropReporter = DropReporter()

  init(_ name: String, options: CaptureOptions) {
    originalName = name
    self.name = name
    self.options = options
  }

  /// Totals over all reopenings.
  var statistics: CaptureStatistics { capture.map { earlier + $0.statistics } ?? earlier }

  /// Lost packets, if they should be reported now.
  func newDrops(at now: ContinuousClock.Instant) -> HealthNotice.Kind? { dropReporter.drops(statistics, at: now).map { .dropped($0) } }

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

  /// Closes the interface after it could not be opened or read.
  func lose(_ error: LiveCaptureError, at now: ContinuousClock.Instant) -> HealthNotice.Kind {
    earlier = statistics
    capture = nil
    state = .absent
    awaySince = now
    if !error.isAbsence { lastRefusal = error }
    retry.failed(at: now)
    return .away(error)
  }

  /// Handles a failure to read. libpcap reports a renamed interface as disappeared; such an interface is opened again at once.
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

  private func change(from before: NetworkLink.State?) -> [HealthNotice.Kind] {
    switch state {
    case before, .absent, nil: []
    case .down: [.linkDown]
    case .noCarrier: [.noCarrier]
    case .running: before == nil ? [] : [.linkUp]
    }
  }

  /// Changes since the last check, about a second ago.
  func check(at now: ContinuousClock.Instant) -> [HealthNotice.Kind] { capture == nil ? reopen(now) : checkLink(now) }

  private func checkLink(_ now: ContinuousClock.Instant) -> [HealthNotice.Kind] {
    guard index != 0 else { return [] }
    guard let current = NetworkLink.name(of: index) else { return [lose(.interfaceGone(name), at: now)] }
    var kinds: [HealthNotice.Kind] = []
    if current != name {
      kinds.append(.renamed(from: name))
      name = current
    }
    let before = state
    state = NetworkLink.state(of: name) ?? state
    return kinds + change(from: before)
  }

  private func reopen(_ now: ContinuousClock.Instant) -> [HealthNotice.Kind] {
    name = NetworkLink.name(of: index) ?? [name, originalName].first { NetworkLink.index(of: $0) != nil } ?? name
    let before = state
    state = NetworkLink.state(of: name) ?? state
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
  /// True if the interface is absent or down, so that waiting may help.
  var isAbsence: Bool {
    switch self {
    case .noSuchInterface, .interfaceDown, .interfaceGone: true
    case .noPermission, .noMonitorMode, .badFilter, .other: false
    }
  }
}
