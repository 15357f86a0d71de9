/// What the kernel says about a live capture so far.
public struct CaptureStatistics: Hashable, Sendable {
  /// Packets that passed the filter, those dropped afterwards included.
  public var received: UInt64 = 0
  /// Packets lost because this process did not take them in time.
  public var droppedByKernel: UInt64 = 0
  /// Packets lost by the interface or its driver.
  public var droppedByInterface: UInt64 = 0
}

/// Makes totals of libpcap's 32-bit counters, which wrap within a day on a busy link.
struct StatisticsAccumulator {
  private(set) var total = CaptureStatistics()
  private var last: (received: UInt32, kernel: UInt32, interface: UInt32) = (0, 0, 0)

  mutating func add(received: UInt32, droppedByKernel kernel: UInt32, droppedByInterface interface: UInt32) {
    total.received += UInt64(received &- last.received)
    total.droppedByKernel += UInt64(kernel &- last.kernel)
    total.droppedByInterface += UInt64(interface &- last.interface)
    last = (received, kernel, interface)
  }
}
