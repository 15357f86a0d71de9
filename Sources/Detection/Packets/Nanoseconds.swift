/// A span of packet time. For comparisons on the packet path: arithmetic with `Duration` is 128 bits wide.
struct Nanoseconds: Hashable, Sendable {
  let count: Int64

  @inline(__always)
  static func seconds(_ seconds: Int64) -> Nanoseconds { Nanoseconds(count: seconds * 1_000_000_000) }
}

extension Timestamp {
  /// This time is more than a span after `earlier`.
  @inline(__always)
  func isAfter(_ earlier: Timestamp, by span: Nanoseconds) -> Bool { isAfter(earlier, by: span.count) }

  /// This time is a span or more after `earlier`.
  @inline(__always)
  func isDue(since earlier: Timestamp, after span: Nanoseconds) -> Bool { isAfter(earlier, by: span.count - 1) }

  /// Saturates.
  static func + (time: Timestamp, span: Nanoseconds) -> Timestamp {
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(span.count)
    return Timestamp(nanoseconds: overflow ? (span.count < 0 ? .min : .max) : sum)
  }
}
