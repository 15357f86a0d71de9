/// Deadlines of devices, in the order of time.
struct DeadlineQueue {
  private var entries: [(time: Timestamp, device: Int)] = []
  private var first = 0

  var next: Timestamp { first < entries.count ? entries[first].time : .distantFuture }

  mutating func add(_ device: Int, at time: Timestamp) {
    // Nearly always near the end: it is the clock that does not go back.
    let place = entries[first...].lastIndex { $0.time <= time }.map { $0 + 1 } ?? first
    entries.insert((time, device), at: place)
  }

  /// Removes what has fallen due; at the end of the input everything.
  mutating func drain(upTo now: Timestamp, isEnd: Bool) -> [(time: Timestamp, device: Int)] {
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
