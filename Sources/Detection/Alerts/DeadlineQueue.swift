/// Deadlines of devices, the earliest first: a binary heap, so that a deadline among many later ones costs no more than one behind them.
struct DeadlineQueue {
  private var entries: [(time: Timestamp, device: Int)] = []

  var next: Timestamp { entries.first?.time ?? .distantFuture }

  mutating func add(_ device: Int, at time: Timestamp) {
    entries.append((time, device))
    var place = entries.count - 1
    while place > 0, entries[place].time < entries[(place - 1) / 2].time {
      entries.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// Removes what has fallen due, in the order of time; at the end of the input everything.
  mutating func drain(upTo now: Timestamp, isEnd: Bool) -> [(time: Timestamp, device: Int)] {
    var due: [(time: Timestamp, device: Int)] = []
    while let first = entries.first, isEnd || first.time <= now {
      due.append(first)
      removeFirst()
    }
    return due
  }

  private mutating func removeFirst() {
    let last = entries.removeLast()
    if entries.isEmpty { return }
    entries[0] = last
    var place = 0
    while true {
      var child = 2 * place + 1
      if child + 1 < entries.count, entries[child + 1].time < entries[child].time { child += 1 }
      guard child < entries.count, entries[child].time < entries[place].time else { return }
      entries.swapAt(place, child)
      place = child
    }
  }
}
