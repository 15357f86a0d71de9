import Foundation
import Synchronization

/// Does items of work on several threads, and hands over their results in order. With one thread the caller's does it, when it asks.
final class OrderedWork<Result: Sendable>: Sendable {
  /// The engine's recursion is bounded for the stack of a main thread.
  private static var stackSize: Int { 8 << 20 }

  private let work: @Sendable (Int) -> Result
  private let count: Int
  private let isThreaded: Bool
  private let begun = Atomic<Int>(0)
  private let results = Mutex<[Int: Result]>([:])
  private let done: [DispatchSemaphore]
  /// Items that may be begun: two for each thread, of those that nobody took.
  private let permits = DispatchSemaphore(value: 0)

  init(count: Int, threads: Int, _ work: @escaping @Sendable (Int) -> Result) {
    (self.work, self.count, isThreaded) = (work, count, threads > 1)
    done = isThreaded ? (0..<count).map { _ in DispatchSemaphore(value: 0) } : []
    guard isThreaded else { return }
    for _ in 0..<2 * threads { permits.signal() }
    for _ in 0..<min(threads, count) {
      let thread = Thread { self.run() }
      thread.stackSize = Self.stackSize
      thread.start()
    }
  }

  private func run() {
    while true {
      permits.wait()
      let index = begun.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      let result = work(index)
      results.withLock { $0[index] = result }
      done[index].signal()
    }
  }

  /// The result of an item: of each once, in order.
  func take(_ index: Int) -> Result {
    guard isThreaded else { return work(index) }
    done[index].wait()
    defer { permits.signal() }
    return results.withLock { $0.removeValue(forKey: index)! }
  }
}
