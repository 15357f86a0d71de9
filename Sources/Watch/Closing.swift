import Documents
import Synchronization

/// What happens when the reader of standard output goes away or stalls.
final class Closing: Sendable {
  private let isFatal: Bool
  private let remark: @Sendable (String) -> Void
  private let stopping = Mutex<(@Sendable () -> Void)?>(nil)

  /// - Parameter isFatal: ends the run, because it has no other output.
  init(isFatal: Bool, remark: @escaping @Sendable (String) -> Void) {
    self.isFatal = isFatal
    self.remark = remark
  }

  var stop: (@Sendable () -> Void)? {
    get { stopping.withLock { $0 } }
    set { stopping.withLock { $0 = newValue } }
  }

  @Sendable func readerHasGone() {
    remark("lenscap: the reader of standard output has gone; " + (isFatal ? "the watch ends" : "the watch continues without it"))
    if isFatal { stop?() }
  }

  /// - Parameter count: reports that it did not take before the end.
  @Sendable func readerHasStalled(_ count: Int, isFailing: Bool) {
    let reason = isFailing ? "standard output cannot be written" : "the reader of standard output has stalled"
    remark("lenscap: \(reason); \(plural(count, "report") ?? "no report") did not reach it")
  }
}
