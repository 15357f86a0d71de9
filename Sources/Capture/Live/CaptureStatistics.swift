/// The kernel's counters of a live capture.
public struct CaptureStatistics: Hashable, Sendable {
  /// Packets that passed the filter, including those dropped afterwards.
  public var received: UInt64 = 0
  /// Packets lost because this process did not read them in time.
  public var droppedByKernel: UInt64 = 0
  /// Packets lost by the interface or its driver.
  public var droppedByInterface: UInt64 = 0

  public init(received: UInt64 = 0, droppedByKernel: UInt64 = 0, droppedByInterface: UInt64 = 0) {
    self.received = received
    self.droppedByKernel = droppedByKernel
    self.droppedByInterface = droppedByInterface
  }

  public static func + (a: CaptureStatistics, b: CaptureStatistics) -> CaptureStatistics {
    var sum = a
    sum.received += b.received
    sum.droppedByKernel += b.droppedByKernel
    sum.droppedByInterface += b.droppedByInterface
    return sum
  }
}

/// Sums libpcap's 32-bit counters, which wrap within a day on a busy link.
struct StatisticsAccumulator {
  private(set) var total = CaptureStatistics()
  private var last: (received: UInt32, kernel: UInt32, interface: UInt32) = (0, 0, 0)

  mutating func add(received: UInt32, droppedByKernel kernel: UInt32, droppedByInterface interface: UInt32) {
    total.received += UInt64(received &- last.received)
    total.droppedByKernel += UInt64(kernel &- last.kernel)
    // libpcap reads this counter from /sys by name, so it falls to zero if the interface is renamed or removed.
    total.droppedByInterface += UInt64(max(0, Int32(bitPattern: interface &- last.interface)))
    last = (received, kernel, interface)
  }
}
