/// The times of packets. Where none came at all, it is the capture that is silent, and not a device.
struct CaptureActivity {
  /// Without any packet for this long, the capture has stalled.
  static let longestGap = Nanoseconds.seconds(1800)

  /// The last packet.
  private(set) var last = Timestamp.distantPast
  /// The first packet after the last long gap.
  private(set) var since = Timestamp.distantPast

  @inline(__always)
  mutating func record(_ time: Timestamp) {
    guard time > last else { return }
    if time.isAfter(last, by: Self.longestGap) { since = time }
    last = time
  }

  /// Restores the state of an earlier run.
  mutating func resume(last: Timestamp) { self.last = last }

  /// No packet came for `longestGap` before this time.
  func isStalled(at time: Timestamp) -> Bool { time.isDue(since: last, after: Self.longestGap) }
}
