import Synchronization

/// An outcome that one task waits for and a thread brings about.
package final class Completion: Sendable {
  private struct State {
    var outcome: Result<Void, DeliveryError>?
    var waiting: CheckedContinuation<Result<Void, DeliveryError>, Never>?
  }

  private let state = Mutex(State())

  /// The first outcome counts.
  func finish(_ outcome: Result<Void, DeliveryError>) {
    let waiting = state.withLock { state -> CheckedContinuation<Result<Void, DeliveryError>, Never>? in
      guard state.outcome == nil else { return nil }
      state.outcome = outcome
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: outcome)
  }

  /// Waits for the outcome, but not beyond the limit, and not once the task is cancelled.
  ///
  /// - Throws: the outcome's error; a temporary one with the text `late` at the limit.
  package func wait(limit: Duration, late: String) async throws(DeliveryError) {
    let timer = Task {
      try? await Task.sleep(for: limit)
      if !Task.isCancelled { finish(.failure(.temporary(late))) }
    }
    defer { timer.cancel() }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let known = state.withLock { state -> Result<Void, DeliveryError>? in
          if state.outcome == nil { state.waiting = continuation }
          return state.outcome
        }
        if let known { continuation.resume(returning: known) }
      }
    } onCancel: {
      finish(.failure(.temporary("cancelled")))
    }
    try outcome.get()
  }
}
