import Foundation
import Synchronization
import Testing

@testable import Sinks

extension DeliveryError {
  var isTemporary: Bool {
    if case .temporary = self { true } else { false }
  }

  var retryAfter: Duration? {
    if case .temporary(_, let retryAfter) = self { retryAfter } else { nil }
  }
}

extension Sink {
  /// The error of a delivery; nil if it was delivered.
  func deliveryError(_ parcel: Parcel) async -> DeliveryError? {
    do throws(DeliveryError) {
      try await deliver(parcel)
      return nil
    } catch {
      return error
    }
  }

  /// Delivers a parcel, again after each temporary error, for two minutes. `repair` runs between two deliveries.
  func deliverAtLast(_ parcel: Parcel, repair: () async throws -> Void = {}) async throws {
    let end = ContinuousClock.now + .seconds(120)
    while let error = await deliveryError(parcel) {
      guard error.isTemporary, .now < end else { throw error }
      try await repair()
    }
  }

  /// Why a delivery fails, which should fail.
  func failure(_ parcel: Parcel = Sample.parcel()) async throws -> DeliveryError { try #require(await deliveryError(parcel)) }
}

extension HTTPClient {
  /// Why a request fails, which should fail.
  func failure(_ request: HTTPRequest) async throws -> DeliveryError {
    var failure: DeliveryError?
    do throws(DeliveryError) { _ = try await send(request) } catch { failure = error }
    return try #require(failure)
  }
}

/// Runs `sink` beside `body`, and ends it.
func running(_ sink: some Sink, _ inbox: Inbox, _ body: () async throws -> Void) async throws {
  let task = Task { await sink.run(inbox) }
  do { try await body() } catch {
    task.cancel()
    throw error
  }
  task.cancel()
  await task.value
}

/// Waits for something that another thread or program does; false after two minutes.
func eventually(_ condition: () async -> Bool) async -> Bool {
  let clock = ContinuousClock()
  let end = clock.now + .seconds(120)
  while clock.now < end {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(20))
  }
  return await condition()
}

/// What came back from people.
final class Answers: Sendable {
  private let answers = Mutex<[String]>([])

  var list: [String] { answers.withLock { $0 } }

  /// Knows every alert whose id begins with `a`.
  var inbox: Inbox {
    Inbox { [self] alert, who in
      answers.withLock { $0.append("\(alert) by \(who)") }
      return alert.hasPrefix("a")
    }
  }
}
