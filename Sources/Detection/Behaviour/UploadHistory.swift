/// The uploads of one device to addresses outside, so far.
struct UploadHistory {
  /// After so long without one counting begins anew: what was true in June does not accuse in November.
  static let memory = Nanoseconds.seconds(30 * 86_400)
  /// Clock hours of the last day with uploads that make a device one that uploads for hours. Two may be ten minutes.
  static let manyHours = 3
  private static let hour: Int64 = 3_600

  private(set) var sessions = 0
  /// Different clock hours.
  private(set) var hours = 0
  /// Clock hours of the last day with an upload, the latest one in the lowest bit.
  private var recent: UInt32 = 0
  private var lastHour = Int64.min
  private var last = Timestamp.distantPast
  private(set) var traffic: Traffic?

  mutating func add(_ report: UploadReport) {
    traffic = report.traffic
    if report.isLocal { return }
    if report.time.isAfter(last, by: Self.memory) { (sessions, hours) = (0, 0) }
    last = max(last, report.time)
    if report.isFirst { sessions += 1 }
    // At the end of an upload the hour may have just begun without it.
    let hour = Timestamp(nanoseconds: report.time.nanoseconds &- 1).wholeSeconds / Self.hour
    guard hour > lastHour else { return }
    hours += 1
    recent = Self.shifted(recent, from: lastHour, to: hour) | 1
    lastHour = hour
  }

  func isForHours(at now: Timestamp) -> Bool {
    let hour = now.wholeSeconds / Self.hour
    return Self.shifted(recent, from: lastHour, to: max(hour, lastHour)).nonzeroBitCount >= Self.manyHours
  }

  private static func shifted(_ bits: UInt32, from earlier: Int64, to later: Int64) -> UInt32 {
    let (distance, overflow) = later.subtractingReportingOverflow(earlier)
    return overflow || distance >= 24 ? 0 : bits << UInt32(distance) & 0xFF_FFFF
  }
}

extension UploadReport {
  var traffic: Traffic {
    Traffic(
      upBitsPerSecond: Int(clamping: sent * 8 / UInt64(seconds)), downBitsPerSecond: Int(clamping: received * 8 / UInt64(seconds)),
      since: start, picturesPerSecond: clock?.hertz, to: peer)
  }

  var watched: Watched? {
    guard !isLocal, let knock else { return nil }
    return Watched(
      peer: peer, lag: .nanoseconds(knock.lag.count), since: start, length: .seconds(seconds), bytes: sent)
  }
}
