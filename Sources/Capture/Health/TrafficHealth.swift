import Detection

/// Whether the watched interfaces show the traffic of other devices: judged once from the first seconds of each, and followed from then
/// on. A cable in the wrong port, or a switch that forgot its mirror, shows no camera and would look like a property without one.
///
/// A value without a clock: it is fed with the frames' facts and times, and with the time where it is quiet.
public struct TrafficHealth: Sendable {
  /// What an interface shows is judged by so much of its traffic.
  public static let window = Duration.seconds(10)
  /// After so long without a frame between others, they are said to have stopped.
  public static let longestSilence = Duration.seconds(600)
  /// One that goes on is looked at again after this.
  private static let glancePeriod: Int64 = 1_000_000_000
  /// A step of the clock that is longer was none of time, but of the clock being set.
  private static let longestStep: Int64 = 60_000_000_000

  private struct Interface {
    var name: String
    var isOpen = false
    var visibility: TrafficSample.Visibility?
    /// While something is listened to: what was heard, and until when.
    var heard: TrafficSample?
    var until: Int64 = 0
    /// When the last frame between others came.
    var lastOthers: Int64 = 0
    /// Others had been heard, and stopped.
    var isSilent = false

    var showsOthers: Bool { visibility == .others || visibility == .unknown }
    var isHearingOthers: Bool { showsOthers && !isSilent }
  }

  private var interfaces: [Interface]
  private var clock: Timestamp?
  /// Nanoseconds that passed, without steps of a clock that is set.
  private var elapsed: Int64 = 0
  private var notices: [HealthNotice] = []

  public init(_ names: [String]) { interfaces = names.map { Interface(name: $0) } }

  /// An interface can be read from now on.
  public mutating func opened(_ number: Int, as name: String, at time: Timestamp) {
    follow(time)
    interfaces[number] = Interface(name: name, isOpen: true)
    listen(number)
  }

  public mutating func closed(_ number: Int) { interfaces[number].isOpen = false }

  public mutating func renamed(_ number: Int, to name: String) { interfaces[number].name = name }

  /// Whether a frame that comes now can tell anything: where others' traffic goes on, most need not be looked at.
  public mutating func wantsFrame(of number: Int, at time: Timestamp) -> Bool {
    follow(time)
    let interface = interfaces[number]
    return interface.heard != nil || interface.isSilent || !interface.showsOthers || elapsed - interface.lastOthers >= Self.glancePeriod
  }

  public mutating func note(_ frameClass: FrameClass, on number: Int, at time: Timestamp) {
    advance(to: time)
    let isOfOthers = frameClass.party == .others || frameClass.party == .unknown
    if interfaces[number].heard == nil, interfaces[number].visibility == .nothing || isOfOthers && !interfaces[number].isHearingOthers {
      listen(number)
    }
    interfaces[number].heard?.note(frameClass)
    if isOfOthers, !interfaces[number].isSilent { interfaces[number].lastOthers = elapsed }
  }

  /// Tells what falls due until this time.
  public mutating func advance(to time: Timestamp) {
    follow(time)
    for number in interfaces.indices where interfaces[number].isOpen {
      if interfaces[number].heard != nil, elapsed >= interfaces[number].until { judge(number) }
      let deadline = interfaces[number].lastOthers + Self.nanoseconds(Self.longestSilence)
      if interfaces[number].isHearingOthers, elapsed >= deadline {
        interfaces[number].isSilent = true
        tell(number, .othersStopped(since: self.time(of: interfaces[number].lastOthers)), at: deadline)
      }
    }
  }

  /// What is to be told since the last call.
  public mutating func takeNotices() -> [HealthNotice] {
    defer { notices.removeAll() }
    return notices
  }

  private mutating func listen(_ number: Int) {
    interfaces[number].heard = TrafficSample()
    interfaces[number].until = elapsed + Self.nanoseconds(Self.window)
  }

  private mutating func judge(_ number: Int) {
    guard let heard = interfaces[number].heard else { return }
    interfaces[number].heard = nil
    let (before, now, end) = (interfaces[number].visibility, heard.visibility, interfaces[number].until)
    let shows = now == .others || now == .unknown
    if interfaces[number].isSilent {
      guard shows else { return }
      interfaces[number].isSilent = false
      tell(number, .othersBack(after: .nanoseconds(end - interfaces[number].lastOthers)), at: end)
    } else if before == nil || before == .nothing || shows {
      // What was heard the first time, and what is better than it: a second look at less is none of its business.
      interfaces[number].visibility = now
      if before != now { tell(number, .sees(heard), at: end) }
    }
    interfaces[number].lastOthers = end
  }

  private mutating func tell(_ number: Int, _ kind: HealthNotice.Kind, at moment: Int64) {
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
