import CLinux
import Dispatch
import Foundation
import Glibc
import Synchronization

/// Work that waits for others gets a thread of its own: it must not hold one of the shared pool.
enum OwnThread {
  /// The thread gets no signals; a write to a reader that has gone is then an error and does not end the program.
  static func start(_ name: String, _ work: @escaping @Sendable () -> Void) {
    let thread = Thread {
      var all = sigset_t()
      unsafe sigfillset(&all)
      unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
      work()
    }
    thread.name = name
    thread.start()
  }

  static func run<Value: Sendable>(_ name: String, _ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      start(name) { continuation.resume(returning: work()) }
    }
  }
}

/// Work that waits, and looks now and then whether the task that asked for it was cancelled.
enum CancellableWork {
  /// Runs `body` on `queue`. `isCancelled` becomes true when the calling task is cancelled.
  static func run<Value: Sendable, Failure: Error>(
    on queue: DispatchQueue, _ body: @escaping @Sendable (_ isCancelled: () -> Bool) throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    try await run(by: { work in queue.async { work() } }, body)
  }

  /// The same on a thread of its own.
  static func run<Value: Sendable, Failure: Error>(
    onThread name: String, _ body: @escaping @Sendable (_ isCancelled: () -> Bool) throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    try await run(by: { OwnThread.start(name, $0) }, body)
  }

  private static func run<Value: Sendable, Failure: Error>(
    by start: (@escaping @Sendable () -> Void) -> Void,
    _ body: @escaping @Sendable (_ isCancelled: () -> Bool) throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let flag = Flag()
    let result: Result<Value, Failure> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        start {
          let result: Result<Value, Failure>
          do throws(Failure) {
            result = .success(try body { flag.isSet.load(ordering: .relaxed) })
          } catch { result = .failure(error) }
          continuation.resume(returning: result)
        }
      }
    } onCancel: {
      flag.isSet.store(true, ordering: .relaxed)
    }
    return try result.get()
  }

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }
}
