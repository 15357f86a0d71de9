/// Packets that were lost since it was last told.
public struct Drops: Hashable, Sendable {
  /// Those that came, the ones that the kernel dropped included.
  public let received: UInt64
  public let byKernel: UInt64
  public let byInterface: UInt64

  public init(received: UInt64, byKernel: UInt64, byInterface: UInt64) {
    self.received = received
    self.byKernel = byKernel
    self.byInterface = byInterface
  }

  /// 0 to 1, of all packets.
  public var part: Double {
    let all = received + byInterface
    return all == 0 ? 0 : Double(byKernel + byInterface) / Double(all)
  }
}

/// Decides when to speak of lost packets: at the first, then at most once an hour, where there are more.
struct DropReporter {
  static let period = Duration.seconds(3600)

  private var told = CaptureStatistics()
  private var toldAt: ContinuousClock.Instant?

  /// - Parameter total: counts since the capture began.
  mutating func note(_ total: CaptureStatistics, at now: ContinuousClock.Instant) -> Drops? {
    let drops = Drops(
      received: total.received &- told.received, byKernel: total.droppedByKernel &- told.droppedByKernel,
      byInterface: total.droppedByInterface &- told.droppedByInterface)
    guard drops.byKernel + drops.byInterface > 0 else { return nil }
    if let toldAt, now - toldAt < Self.period { return nil }
    told = total
    toldAt = now
    return drops
  }
}
