/// When something falls due for which device, in the order of time.
struct DeadlineQueue {
  private var entries: [(time: Timestamp, device: Int)] = []
  private var first = 0

  var next: Timestamp { first < entries.count ? entries[first].time : .distantFuture }

  mutating func add(_ device: Int, at time: Timestamp) {
    // Nearly always near the end: it is the clock that does not go back.
    let place = entries[first...].lastIndex { $0.time <= time }.map { $0 + 1 } ?? first
    entries.insert((time, device), at: place)
  }

  /// What has fallen due, or at the end of the input everything, is taken out.
  mutating func take(upTo now: Timestamp, isEnd: Bool) -> [(time: Timestamp, device: Int)] {
    let end = entries[first...].firstIndex { $0.time > now && !isEnd } ?? entries.count
    let due = Array(entries[first..<end])
    first = end
    if first * 2 >= entries.count {
      entries.removeFirst(first)
      first = 0
    }
    return due
  }
}

/// When packets came. Where none came at all, nobody is silent but the capture.
struct CaptureActivity {
  /// Without any packet for so long, the capture is not hearing.
  static let longestGap = Duration.seconds(1800)
  private static let longestGapNanoseconds: Int64 = 1_800_000_000_000

  /// The last packet.
  private(set) var last = Timestamp.distantPast
  /// The first packet after the last long gap.
  private(set) var since = Timestamp.distantPast

  @inline(__always)
  mutating func note(_ time: Timestamp) {
    guard time > last else { return }
    if time.isAfter(last, by: Self.longestGapNanoseconds) { since = time }
    last = time
  }

  /// As an earlier run left it.
  mutating func resume(last: Timestamp) { self.last = last }

  /// No packet came for long before this time.
  func isStalled(at time: Timestamp) -> Bool { time.isAfter(last, by: Self.longestGapNanoseconds - 1) }
}
