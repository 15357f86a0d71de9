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
  private let turnCount = Atomic<UInt64>(0)
  private let packetCount = Atomic<UInt64>(0)
  private let dropCount = Atomic<UInt64>(0)

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

  /// Says that the thread is not stuck.
  func turned() { turnCount.add(1, ordering: .relaxed) }

  /// - Parameters:
  ///   - packets: received since the run began.
  ///   - dropped: lost since then.
  func count(packets: UInt64, dropped: UInt64) {
    packetCount.store(packets, ordering: .relaxed)
    dropCount.store(dropped, ordering: .relaxed)
  }

  // MARK: Recorder

  /// Rises while the capture thread works.
  var turns: UInt64 { turnCount.load(ordering: .relaxed) }
  var packets: UInt64 { packetCount.load(ordering: .relaxed) }
  var dropped: UInt64 { dropCount.load(ordering: .relaxed) }

  /// Marks one update as processed.
  func received() { waiting.subtract(1, ordering: .relaxed) }

  func send(_ command: EngineCommand) { commands.withLock { $0.append(command) } }

  /// Requests all changed devices with the next update.
  func requestDevices() { wantsDevices.store(true, ordering: .relaxed) }
}
