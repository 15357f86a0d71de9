import Capture
import Detection
import Documents
import Foundation
import ServiceLifecycle
import Synchronization

/// The packet path: passes each frame to the engine and the recording, synchronously, on its own thread. About four times a second it sends
/// an update to the recorder and applies commands.
final class CaptureThread: Service, @unchecked Sendable {
  // `@unchecked`: only the thread uses the properties, except the flags.

  /// Packet time between two updates; of the wall clock while the link is quiet.
  static let updateInterval = Duration.milliseconds(250)
  /// Wall-clock time between two updates without events, if packets arrive faster than real time.
  private static let idleInterval = Duration.milliseconds(20)
  /// Packet time between two sets of changed devices; each time they are written to a disk that may be an SD card.
  private static let deviceInterval = Duration.seconds(10)
  /// The same in wall-clock time, for streams faster than real time.
  private static let shortestDeviceInterval = Duration.seconds(2)
  /// Nanoseconds.
  private static let hour: Int64 = 3_600_000_000_000
  /// Collecting devices takes at most one part in this many of the time: capture goes first.
  private static let deviceShare = 20

  private let engine: Engine
  private let source: any FrameSource
  private let recording: Recording?
  private let ring: EvidenceRing?
  private let channel: EngineChannel
  /// True if a later run continues with this one's results.
  private let isContinued: Bool
  private var hasRooms: Bool
  /// Called once when the run begins.
  private let begun: @Sendable () -> Void
  /// Called once before the first frame with the time that it is.
  private let prepare: (Timestamp) -> Void
  /// Called once after the last update.
  private let atEnd: (CaptureOutcome) -> Void
  private let isStopped = Atomic<Bool>(false)

  private var isPrepared = false
  private var nextUpdate = Timestamp.distantPast
  private var lastUpdate = ContinuousClock.now
  private var packets: UInt64 = 0
  private var nextDevices = Timestamp.distantPast
  private var lastDevices = Timestamp.zero
  private var nextDevicesByClock = ContinuousClock.now
  private var health: [HealthEvent] = []
  private let outcome = Mutex<CaptureOutcome?>(nil)

  init(
    engine: Engine, source: any FrameSource, writer: CaptureWriter?, ring: EvidenceRing?, channel: EngineChannel, isContinued: Bool,
    hasRooms: Bool,
    begun: @escaping @Sendable () -> Void, prepare: @escaping (Timestamp) -> Void, atEnd: @escaping (CaptureOutcome) -> Void
  ) {
    self.engine = engine
    self.source = source
    recording = writer.map(Recording.init)
    self.ring = ring
    self.channel = channel
    self.isContinued = isContinued
    self.hasRooms = hasRooms
    self.begun = begun
    self.prepare = prepare
    self.atEnd = atEnd
  }

  /// Asks the thread to end; it looks at least ten times a second.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  /// The result of the run; nil before its end.
  var result: CaptureOutcome? { outcome.withLock { $0 } }

  func run() async throws {
    begun()
    await withGracefulShutdownHandler {
      await withCheckedContinuation { continuation in
        let thread = Thread {
          let outcome = self.capture()
          self.atEnd(outcome)
          self.outcome.withLock { $0 = outcome }
          self.channel.finish()
          continuation.resume()
        }
        thread.name = "lenscap-capture"
        thread.stackSize = 8 << 20
        thread.start()
      }
    } onGracefulShutdown: {
      self.stop()
    }
  }

  // MARK: Code on the thread

  private func capture() -> CaptureOutcome {
    var failure: (any Error)?
    if source.quietTime != nil { prepareOnce(at: .now) }
    health = source.drainNotices().map(\.event)
    do {
      try source.run(frame: take, turn: turn)
    } catch {
      failure = error
    }
    reportLink()
    if isContinued { engine.suspend() } else { engine.finish() }
    health += source.drainNotices().map(\.event)
    let writeFailure = recording?.writer.close()
    ring?.close()
    flush()
    if isPrepared || failure == nil { handOver(devices: true) }
    return CaptureOutcome(
      coverage: engine.coverage, devices: engine.devices().count, statistics: source.statistics, away: source.away, failure: failure,
      writeFailure: writeFailure)
  }

  private func prepareOnce(at time: Timestamp) {
    guard !isPrepared else { return }
    isPrepared = true
    prepare(time)
    applyCommands()
  }

  private func take(_ frame: borrowing Frame) {
    if !isPrepared { prepareOnce(at: frame.time) }
    packets += 1
    engine.ingest(frame)
    recording?.writer.write(frame)
    ring?.take(frame, cited: engine.cited)
    if frame.time >= nextUpdate { packetTimePassed(frame.time) }
  }

  private func applyCommands() {
    for command in channel.drainCommands() {
      engine.apply(command)
      switch command {
      case .reconfigure(let configuration): hasRooms = !configuration.site.rooms.isEmpty
      case .recall(let snapshots, _): ring?.recall(snapshots)
      case .erase(let addresses): ring?.erase(addresses)
      default: break
      }
    }
  }

  private func packetTimePassed(_ time: Timestamp) {
    nextUpdate = time + Self.updateInterval
    if recording?.isFlushDue(at: .now) == true { flush() }
    guard channel.hasRoom, engine.hasEvents || ContinuousClock.now - lastUpdate >= Self.idleInterval else { return }
    update()
  }

  private func turn(isQuiet: Bool) -> Bool {
    if isQuiet, let time = source.quietTime { engine.advance(to: time) }
    health += source.drainNotices().map(\.event)
    channel.turned()
    let now = ContinuousClock.now
    if recording?.isFlushDue(at: now) == true { flush() }
    if now - lastUpdate >= Self.updateInterval { update() }
    return !isStopped.load(ordering: .relaxed)
  }

  private func flush() {
    guard let notice = recording?.flush(at: source.quietTime == nil ? engine.lastPacket ?? .now : .now) else { return }
    health.append(notice)
  }

  private func update() {
    applyCommands()
    reportLink()
    let statistics = source.statistics
    channel.count(packets: packets, dropped: statistics.droppedByKernel + statistics.droppedByInterface)
    guard channel.hasRoom else { return }
    handOver(devices: areDevicesDue())
  }

  /// Rooms are not watched while packets are lost or interfaces are away.
  private func reportLink() {
    guard hasRooms, source.quietTime != nil else { return }
    let statistics = source.statistics
    engine.ownAddresses = source.ownAddresses
    engine.report(
      LinkHealth(
        received: statistics.received, lost: statistics.droppedByKernel + statistics.droppedByInterface,
        interfacesGone: Set(source.away)))
  }

  private func areDevicesDue() -> Bool {
    if channel.takeDeviceRequest() { return true }
    guard let now = source.quietTime ?? engine.lastPacket else { return false }
    // Each hour of the rooms, however fast a stream comes.
    let isNewHour = hasRooms && now.nanoseconds / Self.hour != lastDevices.nanoseconds / Self.hour
    guard isNewHour || now >= nextDevices && ContinuousClock.now >= nextDevicesByClock else { return false }
    nextDevices = now + Self.deviceInterval
    lastDevices = now
    return true
  }

  private func handOver(devices: Bool) {
    let start = ContinuousClock.now
    // Whoever hears of an alert finds its packets in the recording.
    if engine.hasEvents { flush() }
    var update = engine.drain(devices: devices)
    if devices || !update.events.isEmpty { ring?.flush() }
    for snapshot in update.changed where snapshot.device.deviceClass == .personal { ring?.clear(snapshot) }
    if devices { ring?.attend(at: update.clock) }
    update.health += health
    health = []
    lastUpdate = start
    if devices { nextDevicesByClock = .now + max(Self.shortestDeviceInterval, (.now - start) * Self.deviceShare) }
    channel.send(update)
  }
}

/// The result of a capture.
public struct CaptureOutcome: Sendable {
  public let coverage: Coverage
  /// Devices on the LAN.
  public let devices: Int
  public let statistics: CaptureStatistics
  /// Interfaces that could not be read at the end.
  public let away: [String]
  /// The cause of an early end: a `CaptureError` or a `PacketFilterError`.
  public let failure: (any Error)?
  /// The first error of the recording.
  public let writeFailure: CaptureError?
}
