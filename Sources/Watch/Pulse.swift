import ServiceLifecycle
import Services
import Store
import Synchronization

/// Shows others that the watch is alive, by the wall clock, whatever the traffic: a sign of life in the database for `lenscap serve`, and the
/// watchdog for the service manager.
struct Pulse: Service {
  /// `serve` takes a watch without a sign of life for a minute to be silent.
  static let interval = Duration.seconds(10)

  let recorder: Recorder
  let channel: EngineChannel
  let manager: ServiceManager

  func run() async throws {
    await withGracefulShutdownHandler {
      await withTaskGroup { group in
        group.addTask { await Self.each(Self.interval) { await recorder.writeSignOfLife() } }
        if let interval = manager.watchdogInterval { group.addTask { await watch(each: interval) } }
      }
    } onGracefulShutdown: {
      manager.stopping()
    }
  }

  /// Keeps the service manager content only while packets are read and the recorder answers: if either is stuck, the process is to be
  /// killed and started again.
  private func watch(each interval: Duration) async {
    let recorder = recorder
    let (answered, asked) = (Box(true), Box(false))
    var turns: UInt64?
    await Self.each(interval) {
      let now = channel.turns
      if answered.value, now != turns { manager.keepAlive() }
      turns = now
      answered.value = false
      // Not awaited: a recorder that is stuck must not hold up this.
      guard !asked.value else { return }
      asked.value = true
      Task {
        await recorder.answer()
        answered.value = true
        asked.value = false
      }
    }
  }

  /// At once, and then each interval until the service is to end.
  private static func each(_ interval: Duration, _ body: () async -> Void) async {
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      await body()
      await cancelWhenGracefulShutdown { try? await Task.sleep(for: interval) }
    }
  }

  private final class Box: Sendable {
    private let flag: Atomic<Bool>
    init(_ value: Bool) { flag = Atomic(value) }
    var value: Bool {
      get { flag.load(ordering: .relaxed) }
      set { flag.store(newValue, ordering: .relaxed) }
    }
  }
}
