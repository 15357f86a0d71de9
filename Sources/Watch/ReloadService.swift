import Detection
import ServiceLifecycle
import Services
import UnixSignals

/// Reads the configuration again at SIGHUP. Where it is wrong, the old one stays in force.
actor ReloadService: Service {
  // Reading takes a moment, on a queue of its own.
  private let executor = QueueExecutor(label: "lenscap.reload")
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  private let read: (@Sendable () throws -> Reloaded)?
  private let hangups: UnixSignalsSequence
  private let recorder: Recorder
  private let manager: ServiceManager
  private let status: String

  /// - Parameters:
  ///   - read: nil to ignore the signal.
  ///   - hangups: where the signal arrives.
  ///   - status: for the service manager, once it is done.
  init(
    _ read: (@Sendable () throws -> Reloaded)?, at hangups: UnixSignalsSequence, recorder: Recorder, manager: ServiceManager, status: String
  ) {
    self.read = read
    self.hangups = hangups
    self.recorder = recorder
    self.manager = manager
    self.status = status
  }

  func run() async throws {
    for await _ in hangups.cancelOnGracefulShutdown() { await reload() }
  }

  private func reload() async {
    guard let read else { return }
    manager.reloading()
    do { await recorder.reconfigure(try read()) } catch { await recorder.refuse(error) }
    manager.ready(status: status)
  }
}
