/// Packets lost since the last report.
public struct Drops: Hashable, Sendable {
  /// Packets that arrived, including those that the kernel dropped.
  public let received: UInt64
  public let byKernel: UInt64
  public let byInterface: UInt64

  public init(received: UInt64, byKernel: UInt64, byInterface: UInt64) {
    self.received = received
    self.byKernel = byKernel
    self.byInterface = byInterface
  }

  /// The lost part of all packets, 0 to 1.
  public var part: Double {
    let all = received + byInterface
    return all == 0 ? 0 : Double(byKernel + byInterface) / Double(all)
  }
}

/// Decides when to report lost packets: the first time, then at most once an hour.
struct DropReporter {
  static let period = Duration.seconds(3600)

  private var reported = CaptureStatistics()
  private var reportTime: ContinuousClock.Instant?

  /// The drops to report now; nil if there are none, or the last report is too recent.
  ///
  /// - Parameter total: counts since the capture began.
  mutating func drops(_ total: CaptureStatistics, at now: ContinuousClock.Instant) -> Drops? {
    let drops = Drops(
      received: total.received &- reported.received, byKernel: total.droppedByKernel &- reported.droppedByKernel,
      byInterface: total.droppedByInterface &- reported.droppedByInterface)
    guard drops.byKernel + drops.byInterface > 0 else { return nil }
    if let reportTime, now - reportTime < Self.period { return nil }
    reported = total
    reportTime = now
    return drops
  }
}
