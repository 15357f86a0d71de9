/// A conversation in which one side sends something small at regular times.
struct Heartbeat: Equatable {
  /// Mean time from one message to the next, in whole seconds.
  let seconds: Int64
  /// Mean deviation from it, in percent.
  let jitter: Int64
}

/// Finds keep-alives: an idle camera, like much else that waits to be called, sends little but these.
///
/// Only conversations that pause are entered, so busy ones cost nothing.
struct HeartbeatTable {
  static let capacity = 8192
  /// A pause longer than this separates one beat from the next.
  static let shortestPause = Nanoseconds.seconds(2)
  /// Deviation of an interval from the mean that is allowed in any case; of longer ones an eighth.
  private static let tolerance = Nanoseconds.seconds(1)
  static let beatsNeeded = 10
  /// Bytes of both sides, on the wire with headers, from one beat to the next: more is not a keep-alive.
  static let byteLimit: UInt64 = 2048

  private struct Beats {
    var last: Timestamp
    var bytes: UInt64
    let forward: Bool
    var count: Int64 = 0
    var missed: Int64 = 0
    /// Sum of the intervals, and of their deviations from the mean of their time, in nanoseconds.
    var sum: Int64 = 0
    var deviation: Int64 = 0
    var isReported = false

    init(at time: Timestamp, bytes: UInt64, forward: Bool) {
      last = time
      self.bytes = bytes
      self.forward = forward
    }
  }

  private var beats: [FlowKey: Beats] = [:]

  /// A packet ended a pause.
  /// - Parameters:
  ///   - flow: its conversation, in which the packet is not yet counted.
  ///   - forward: it runs from the lower end of the flow's key to the higher.
  /// - Returns: the heartbeat that the packet completes, once for each conversation.
  mutating func add(_ flow: borrowing Flow, at time: Timestamp, forward: Bool) -> Heartbeat? {
    let total = flow.bytesForward &+ flow.bytesBackward
    let first = Beats(at: time, bytes: total, forward: forward)
    guard var known = beats[flow.key] else {
      if beats.count < Self.capacity { beats[flow.key] = first }
      return nil
    }
    guard !known.isReported else { return nil }
    let interval = time.nanoseconds &- known.last.nanoseconds
    // Longer than the table remembers conversations, or a clock that was set back.
    guard total &- known.bytes <= Self.byteLimit, interval > 0, interval <= FlowTable.idleLimit.count else {
      beats[flow.key] = first
      return nil
    }
    known.last = time
    known.bytes = total
    let mean = known.count == 0 ? interval : known.sum / known.count
    let deviation = abs(interval - mean)
    if forward == known.forward, deviation <= max(Self.tolerance.count, mean / 8) {
      known.count += 1
      known.sum += interval
      known.deviation += deviation
    } else {
      known.missed += 1
      // Sent by turns, or at irregular times: counting begins anew.
      if known.missed > 1 + known.count / 8 { known = first }
    }
    known.isReported = known.count >= Self.beatsNeeded
    beats[flow.key] = known
    guard known.isReported else { return nil }
    return Heartbeat(seconds: (known.sum / known.count + 500_000_000) / 1_000_000_000, jitter: known.deviation * 100 / known.sum)
  }

  mutating func close(_ flow: borrowing Flow) {
    if !beats.isEmpty { beats[flow.key] = nil }
  }
}
