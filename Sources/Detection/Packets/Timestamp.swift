/// The time of a packet in nanoseconds since 1970-01-01 UTC. It is the only clock of the engine.
public struct Timestamp: BitwiseCopyable, Hashable, Comparable, Sendable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Converts seconds and a fraction as capture files hold them. Saturates for times beyond 292 years in damaged files.
  public init(seconds: Int64, nanoseconds fraction: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow2) = product.addingReportingOverflow(fraction)
    nanoseconds = overflow || overflow2 ? (seconds < 0 ? Int64.min : Int64.max) : sum
  }

  public static let zero = Timestamp(nanoseconds: 0)
  public static let distantPast = Timestamp(nanoseconds: .min)
  public static let distantFuture = Timestamp(nanoseconds: .max)

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Saturates, because times come from untrusted input.
  public static func + (time: Timestamp, span: Duration) -> Timestamp {
    let (seconds, attoseconds) = span.components
    let delta = Timestamp(seconds: seconds, nanoseconds: attoseconds / 1_000_000_000).nanoseconds
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(delta)
    return Timestamp(nanoseconds: overflow ? (delta < 0 ? .min : .max) : sum)
  }

  public static func - (time: Timestamp, span: Duration) -> Timestamp { time + (.zero - span) }

  /// This time is more than that many nanoseconds after `earlier`. For the packet path, since `Duration` takes 128-bit arithmetic.
  @inline(__always)
  func isAfter(_ earlier: Timestamp, by span: Int64) -> Bool {
    let (distance, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    return overflow ? self > earlier : distance > span
  }

  /// The seconds from `earlier` to this time, saturating.
  public func seconds(since earlier: Timestamp) -> Double {
    Double(nanoseconds) / 1e9 - Double(earlier.nanoseconds) / 1e9
  }
}
