import Capture
import Detection

/// The recording of a watch: when it is flushed, and what is reported about it.
final class Recording {
  /// Of the wall clock.
  private static let interval = Duration.milliseconds(250)
  /// It works again only once it has worked for this long: else a disk that is always about to be full would be reported all the time.
  private static let recovery = Duration.seconds(10)

  let writer: CaptureWriter
  private var lastFlush = ContinuousClock.now
  private var lastFailure: ContinuousClock.Instant?
  private var reportedMisses: UInt64 = 0

  init(_ writer: CaptureWriter) { self.writer = writer }

  func isFlushDue(at now: ContinuousClock.Instant) -> Bool { now - lastFlush >= Self.interval }

  /// Writes what is buffered.
  ///
  /// - Returns: what there is to report: that the file cannot be written, once, and that it can again.
  func flush(at time: Timestamp) -> HealthEvent? {
    writer.flush()
    lastFlush = .now
    if let error = writer.error {
      defer { lastFailure = lastFlush }
      guard lastFailure == nil else { return nil }
      return HealthEvent(.recordingFailed, at: time, text: "\(error); packets are not recorded until it can be, detection continues")
    }
    guard let failure = lastFailure, lastFlush - failure >= Self.recovery else { return nil }
    lastFailure = nil
    defer { reportedMisses = writer.missed }
    let missed = writer.missed - reportedMisses
    let gap = missed == 0 ? "no packet is missing" : missed == 1 ? "one packet is missing" : "\(missed) packets are missing"
    return HealthEvent(.recordingBack, at: time, count: missed, text: "the recording is written again; \(gap)")
  }
}
