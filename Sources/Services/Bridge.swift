import Dispatch
import Logging
import Synchronization

/// Lets a thread wait for asynchronous work: the main thread for the whole run, the capture thread only before its first frame and after
/// its last, for it must not wait in between.
public enum Bridge {
  public static func wait<Value: Sendable, Failure: Error>(
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

/// Discards the service group's log; the services report everything of interest.
public enum Silence {
  public static let logger = Logger(label: "lenscap") { _ in SwiftLogNoOpLogHandler() }
}
