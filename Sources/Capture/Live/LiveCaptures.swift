import Detection

/// Several interfaces as one: their packets as they arrive, numbered together. For one thread.
public final class LiveCaptures {
  private let captures: [LiveCapture]
  private var packets: UInt64 = 0

  /// Begins to capture on all of them; see `LiveCapture`.
  public init(
    _ interfaces: [String], filter: String? = nil, snapLength: Int = 262_144, bufferBytes: Int = 64 << 20, promiscuous: Bool = true
  ) throws(LiveCaptureError) {
    var captures: [LiveCapture] = []
    for interface in interfaces {
      captures.append(
        try LiveCapture(
          interface: interface, filter: filter, snapLength: snapLength, bufferBytes: bufferBytes / interfaces.count,
          promiscuous: promiscuous))
    }
    self.captures = captures
  }

  /// Delivers what has arrived, waiting at most about 100 ms for the first, and says how many. The frames' bytes are borrowed.
  /// Between interfaces the order is that of time only to within such a wait. Throws where one of them is removed.
  public func poll(_ body: (borrowing Frame) -> Void) throws(LiveCaptureError) -> Int {
    LiveCapture.wait(for: captures)
    let before = packets
    for capture in captures {
      _ = try capture.takeArrived { frame in
        packets += 1
        body(
          Frame(
            bytes: frame.bytes, originalLength: frame.originalLength, linkType: frame.linkType, time: frame.time,
            reference: PacketReference(file: 0, number: packets)))
      }
    }
    return Int(packets - before)
  }

  /// Sums of the counts since the capture began.
  public var statistics: CaptureStatistics {
    captures.reduce(into: CaptureStatistics()) { total, capture in
      let part = capture.statistics
      total.received += part.received
      total.droppedByKernel += part.droppedByKernel
      total.droppedByInterface += part.droppedByInterface
    }
  }

  /// Nil where interfaces differ.
  public var linkType: LinkType? {
    let types = Set(captures.map(\.linkType))
    return types.count == 1 ? types.first : nil
  }

  /// `eth1 (ethernet), tun0 (raw ip)`
  public var summary: String { captures.map { "\($0.interface) (\($0.linkType.name))" }.joined(separator: ", ") }
}
