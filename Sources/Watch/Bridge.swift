import Dispatch
import Documents
import Logging
import Synchronization

/// Lets a thread wait for asynchronous work: the main thread for the whole run, the capture thread only before its first frame and after
/// its last, for it must not wait in between.
enum Bridge {
  static func wait<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () async throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Value, Failure>?>(nil)
    Task.detached {
      let outcome: Result<Value, Failure>
      do throws(Failure) { outcome = .success(try await body()) } catch { outcome = .failure(error) }
      result.withLock { $0 = outcome }
      done.signal()
    }
    done.wait()
    return try result.withLock { $0! }.get()
  }
}

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
  @Sendable func readerHasStalled(_ count: Int) {
    remark("lenscap: the reader of standard output has stalled; \(plural(count, "report") ?? "no report") did not reach it")
  }
}

/// Discards the service group's log; the services report everything of interest.
enum Silence {
  static let logger = Logger(label: "lenscap") { _ in SwiftLogNoOpLogHandler() }
}
