import Detection

/// A source of frames for `watch`: interfaces of this machine, or another machine's capture on standard input. Not thread-safe.
public protocol FrameSource: AnyObject {
  /// Delivers frames until the input or the caller ends it. The frames' bytes are borrowed.
  ///
  /// - Parameters:
  ///   - frame: called for each frame.
  ///   - turn: called at least ten times a second, and after at most a few thousand frames; its argument is true if nothing arrived
  ///     since the last call. False ends the run.
  /// - Throws: `CaptureError` if the input is damaged, after all frames before the damage; `PacketFilterError` if the filter cannot apply
  ///   to a link of the input.
  func run(frame: (borrowing Frame) -> Void, turn: (_ isQuiet: Bool) -> Bool) throws

  /// The time that has certainly passed when nothing arrives; nil if only packets give the time.
  var quietTime: Timestamp? { get }
  /// Events about the interfaces since the last call, in the order of time.
  func drainNotices() -> [HealthNotice]
  /// Sums since the capture began.
  var statistics: CaptureStatistics { get }
  /// Interfaces that cannot be read at this moment.
  var away: [String] { get }
  /// Link addresses of this machine, as far as they are known.
  var ownAddresses: Set<MACAddress> { get }
  /// `eth1 (ethernet), tun0 (raw ip)`, for people.
  var summary: String { get }
}

extension LiveCaptures: FrameSource {
  public func run(frame: (borrowing Frame) -> Void, turn: (_ isQuiet: Bool) -> Bool) {
    var isQuiet = true
    while turn(isQuiet) { isQuiet = poll(frame) == 0 }
    // The kernel delivers what arrived before the end only now.
    let end = ContinuousClock.now + .milliseconds(2 * LiveCapture.timeout)
    while ContinuousClock.now < end, poll(frame) > 0 {}
  }

  public var quietTime: Timestamp? { Self.quietTime }
}
