import Detection
import Synchronization

/// The channel between the capture thread and the recorder: updates one way, commands the other.
final class EngineChannel: Sendable {
  /// Updates that may wait for the recorder. Beyond that, events stay in the engine, whose tables are bounded.
  private static let limit = 8

  let updates: AsyncStream<EngineUpdate>
  private let continuation: AsyncStream<EngineUpdate>.Continuation
  private let waiting = Atomic<Int>(0)
  private let commands = Mutex<[EngineCommand]>([])
  private let wantsDevices = Atomic<Bool>(false)

  init() { (updates, continuation) = AsyncStream.makeStream() }

  // MARK: Capture thread

  /// True if the recorder can take another update.
  var hasRoom: Bool { waiting.load(ordering: .relaxed) < Self.limit }
  var isEmpty: Bool { waiting.load(ordering: .relaxed) == 0 }

  func send(_ update: EngineUpdate) {
    waiting.add(1, ordering: .relaxed)
    continuation.yield(update)
  }

  /// Ends the stream of updates.
  func finish() { continuation.finish() }

  func drainCommands() -> [EngineCommand] {
    commands.withLock { commands in
      defer { commands.removeAll() }
      return commands
    }
  }

  /// True if the recorder requested all changed devices since the last call.
  func takeDeviceRequest() -> Bool { wantsDevices.exchange(false, ordering: .relaxed) }

  // MARK: Recorder

  /// Marks one update as processed.
  func received() { waiting.subtract(1, ordering: .relaxed) }

  func send(_ command: EngineCommand) { commands.withLock { $0.append(command) } }

  /// Requests all changed devices with the next update.
  func requestDevices() { wantsDevices.store(true, ordering: .relaxed) }
}
