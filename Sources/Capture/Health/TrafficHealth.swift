import Detection

/// Checks that the watched interfaces receive traffic of other devices: samples the first seconds of each, and follows it from then on.
/// Otherwise a cable in the wrong port, or a switch that lost its mirror, would look like a property without cameras.
///
/// Has no clock: the caller passes the class and time of frames, and the time when the link is quiet.
public struct TrafficHealth: Sendable {
  /// The length of a sample.
  public static let window = Duration.seconds(10)
  /// After this long without a frame between other devices, their traffic has stopped.
  public static let longestSilence = Duration.seconds(600)
  /// While foreign traffic continues, a frame is looked at this often.
  private static let glancePeriod: Int64 = 1_000_000_000
  /// A longer step means that the clock was set; it does not count as elapsed time.
  private static let longestStep: Int64 = 60_000_000_000

  private struct Interface {
    var name: String
    var isOpen = false
    var visibility: TrafficSample.Visibility?
    /// The sample being taken, if any, and its end.
    var sample: TrafficSample?
    var until: Int64 = 0
    /// Time of the last frame between other devices.
    var lastForeign: Int64 = 0
    /// Time of the last frame of any kind that was looked at.
    var lastFrame: Int64 = 0
    /// True if foreign traffic was there and has stopped.
    var isSilent = false

    var showsForeign: Bool { visibility == .foreign || visibility == .unknown }
    var receivesForeign: Bool { showsForeign && !isSilent }
  }

  private var interfaces: [Interface]
  private var clock: Timestamp?
  /// Nanoseconds elapsed, without steps of a clock that was set.
  private var elapsed: Int64 = 0
  private var notices: [HealthNotice] = []

  public init(_ names: [String]) { interfaces = names.map { Interface(name: $0) } }

  /// Starts to follow an interface that can be read from now on.
  public mutating func opened(_ number: Int, as name: String, at time: Timestamp) {
    follow(time)
    interfaces[number] = Interface(name: name, isOpen: true)
    startSample(number)
  }

  public mutating func closed(_ number: Int) { interfaces[number].isOpen = false }

  public mutating func renamed(_ number: Int, to name: String) { interfaces[number].name = name }

  /// True if a frame is needed now: while foreign traffic continues, most need not be looked at.
  public mutating func wantsFrame(of number: Int, at time: Timestamp) -> Bool {
    follow(time)
    let interface = interfaces[number]
    return interface.sample != nil || interface.isSilent || !interface.showsForeign || elapsed - interface.lastForeign >= Self.glancePeriod
  }

  public mutating func add(_ frameClass: FrameClass, on number: Int, at time: Timestamp) {
    advance(to: time)
    let isForeign = frameClass.party == .foreign || frameClass.party == .unknown
    if interfaces[number].sample == nil, interfaces[number].visibility == .nothing || isForeign && !interfaces[number].receivesForeign {
      startSample(number)
    }
    interfaces[number].lastFrame = elapsed
    interfaces[number].sample?.add(frameClass)
    if isForeign, !interfaces[number].isSilent { interfaces[number].lastForeign = elapsed }
  }

  /// Judges the samples and silences that end at or before this time.
  public mutating func advance(to time: Timestamp) {
    follow(time)
    for number in interfaces.indices where interfaces[number].isOpen {
      if interfaces[number].sample != nil, elapsed >= interfaces[number].until { judge(number) }
      let deadline = interfaces[number].lastForeign + Self.nanoseconds(Self.longestSilence)
      if interfaces[number].receivesForeign, elapsed >= deadline {
        interfaces[number].isSilent = true
        let isSilent = interfaces[number].lastFrame <= interfaces[number].lastForeign + Self.glancePeriod
        report(number, .foreignTrafficStopped(since: self.time(of: interfaces[number].lastForeign), isSilent: isSilent), at: deadline)
      }
    }
  }

  /// Notices since the last call.
  public mutating func drainNotices() -> [HealthNotice] {
    defer { notices.removeAll() }
    return notices
  }

  private mutating func startSample(_ number: Int) {
    interfaces[number].sample = TrafficSample()
    interfaces[number].until = elapsed + Self.nanoseconds(Self.window)
  }

  private mutating func judge(_ number: Int) {
    guard let sample = interfaces[number].sample else { return }
    interfaces[number].sample = nil
    let (before, now, end) = (interfaces[number].visibility, sample.visibility, interfaces[number].until)
    let shows = now == .foreign || now == .unknown
    if interfaces[number].isSilent {
      guard shows else { return }
      interfaces[number].isSilent = false
      report(number, .foreignTrafficBack(after: .nanoseconds(end - interfaces[number].lastForeign)), at: end)
    } else if before == nil || before == .nothing || shows {
      // The first sample counts, and later ones only if they show more.
      interfaces[number].visibility = now
      if before != now { report(number, .sees(sample), at: end) }
    }
    interfaces[number].lastForeign = end
  }

  private mutating func report(_ number: Int, _ kind: HealthNotice.Kind, at moment: Int64) {
    notices.append(HealthNotice(time: time(of: moment), interface: interfaces[number].name, kind: kind))
  }

  private func time(of moment: Int64) -> Timestamp { (clock ?? .zero) - .nanoseconds(elapsed - moment) }

  private mutating func follow(_ time: Timestamp) {
    guard let clock else {
      self.clock = time
      return
    }
    let (step, overflow) = time.nanoseconds.subtractingReportingOverflow(clock.nanoseconds)
    if overflow || step > Self.longestStep || step < -Self.longestStep {
      self.clock = time
    } else if step > 0 {
      self.clock = time
      elapsed += step
    }
  }

  private static func nanoseconds(_ span: Duration) -> Int64 { span.components.seconds * 1_000_000_000 }
}
