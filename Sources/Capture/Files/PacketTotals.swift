import Detection

/// What the packets of a file amount to so far.
struct PacketTotals {
  var packets: UInt64 = 0
  var capturedBytes: UInt64 = 0
  var truncatedPackets: UInt64 = 0
  private var earliest = Timestamp.distantFuture
  private var latest = Timestamp.distantPast

  /// The earliest and the latest time of a packet; nil if no packet had a time.
  var firstSeen: Timestamp? { earliest <= latest ? earliest : nil }
  var lastSeen: Timestamp? { earliest <= latest ? latest : nil }

  @inline(__always)
  mutating func add(_ record: Record) {
    packets += 1
    capturedBytes += UInt64(record.capturedLength)
    if record.capturedLength < record.originalLength { truncatedPackets += 1 }
    if record.hasTime {
      earliest = min(earliest, record.time)
      latest = max(latest, record.time)
    }
  }
}
