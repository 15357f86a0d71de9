import Detection
import Foundation
import ServiceLifecycle
import Services
import Synchronization
import UnixSignals

/// Prints a line for each listener, the local one first, and says that `serve` is ready once all listen.
final class Announcer: Sendable {
  private let expected: Int
  private let remark: @Sendable (String) -> Void
  private let ready: @Sendable () -> Void
  private let known = Mutex<[Int: String]>([:])

  init(expected: Int, remark: @escaping @Sendable (String) -> Void, ready: @escaping @Sendable () -> Void) {
    self.expected = expected
    self.remark = remark
    self.ready = ready
  }

  /// - Parameters:
  ///   - line: what is printed of this listener.
  ///   - rank: its place among the others.
  func listens(_ line: String, rank: Int) {
    known.withLock { known in
      known[rank] = line
      guard known.count == expected else { return }
      for (_, line) in known.sorted(by: { $0.key < $1.key }) { remark("serve: \(line)") }
      ready()
    }
  }
}

/// Reads the configuration again at SIGHUP, and keeps the old one where the new is wrong.
struct Reloader: Service {
  private let options: ServeOptions
  private let deliverer: Deliverer
  private let manager: ServiceManager
  private let desk: Desk?

  init(_ options: ServeOptions, _ deliverer: Deliverer, _ manager: ServiceManager, _ desk: Desk?) {
    self.options = options
    self.deliverer = deliverer
    self.manager = manager
    self.desk = desk
  }

  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
      manager.reloading()
      await deliverer.reopen()
      desk?.refreshCertificate()
      if let reload = options.reload {
        do {
          try await deliverer.reconfigure(try reload())
          await deliverer.reloaded(problem: nil)
        } catch {
          await deliverer.reloaded(problem: "\(error)")
        }
      }
      manager.ready(status: "delivering")
    }
  }
}

extension Deliverer {
  fileprivate func reloaded(problem: String?) {
    guard let problem else { return remark("serve: configuration read again") }
    let first = problem.split(separator: "\n").first.map(String.init) ?? problem
    tell(.configurationRefused, "serve keeps its old configuration: \(first)", at: clock())
  }

  /// Returns once the deliverer has a moment: a stuck one never does.
  fileprivate func answer() {}
}

/// Tells the service manager that `serve` is not stuck.
struct Watchdog: Service {
  let manager: ServiceManager
  let deliverer: Deliverer

  func run() async throws {
    guard let interval = manager.watchdogInterval else { return try await gracefulShutdown() }
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: interval)
        await deliverer.answer()
        manager.keepAlive()
      }
    }
  }
}

/// Wakes the deliverer when the watch has committed something, and the watch when a person decided something. Both look by themselves, too: a
/// nudge may be lost.
final class Nudges: Service, Sendable {
  private let wakeup = Wakeup()
  private let receiver: Nudge.Receiver?
  private let watch: Nudge.Sender

  init(serveDatabase: String, watchDatabase: String) {
    receiver = try? Nudge.Receiver(at: Nudge.paths("serve.sock", beside: serveDatabase))
    watch = Nudge.Sender(to: Nudge.paths("watch.sock", beside: watchDatabase))
  }

  func wake() { wakeup.wake() }
  func wait(atMost time: Duration) async { await wakeup.wait(atMost: time) }
  func sendToWatch() { watch.send() }

  func run() async throws {
    guard let receiver else { return try await gracefulShutdown() }
    for await _ in receiver.nudges.cancelOnGracefulShutdown() { wakeup.wake() }
    try await gracefulShutdown()
  }
}
