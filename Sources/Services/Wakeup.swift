import Synchronization

/// Lets one task wait for a signal or a time, whichever comes first. A signal that comes while nobody waits is kept.
public final class Wakeup: Sendable {
  private struct State {
    var isSignalled = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  public init() {}

  public func wake() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      if state.waiter == nil { state.isSignalled = true }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Waits. Only one task at a time may.
  public func wait(atMost time: Duration) async {
    let timer = Task {
      try? await Task.sleep(for: time)
      if !Task.isCancelled { wake() }
    }
    await withCheckedContinuation { continuation in
      let isSignalled = state.withLock { state in
        if !state.isSignalled { state.waiter = continuation }
        defer { state.isSignalled = false }
        return state.isSignalled
      }
      if isSignalled { continuation.resume() }
    }
    timer.cancel()
  }
}
