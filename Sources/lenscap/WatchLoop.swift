import Capture
import Detection

/// What is done with each packet of a watching, and between packets.
final class WatchLoop {
  /// How often people are heard.
  private static let keepInterval = Duration.seconds(2)
  /// … and no more often than takes this part of the time.
  private static let keepShare = 20

  private let engine: Engine
  private let memory: WatchMemory
  let writer: CaptureWriter?
  private var keepDue = ContinuousClock.now

  init(_ engine: Engine, _ memory: WatchMemory, _ writer: CaptureWriter?) {
    self.engine = engine
    self.memory = memory
    self.writer = writer
  }

  func take(_ frame: borrowing Frame) {
    engine.ingest(frame)
    writer?.write(frame)
  }

  /// Tells what there is to tell; keeps and hears, when it is time for it.
  func serve() {
    memory.follow(engine)
    memory.takeNews()?.tell(engine)
    memory.tell(engine.takeAlerts(), engine)
    let start = ContinuousClock.now
    if start > keepDue {
      memory.keep(engine)
      // Where there are very many devices, capture goes first.
      keepDue = .now + max(Self.keepInterval, (.now - start) * Self.keepShare)
    }
  }

  /// The watching is over: all is told and kept.
  func end() {
    memory.follow(engine)
    if memory.isKept { engine.suspend() } else { engine.finish() }
    memory.tell(engine.takeAlerts(), engine)
    memory.close(engine)
  }
}
