import Capture
import Detection
import Synchronization

/// What time it is for the memory: this machine's clock, or that of the packets where another machine captured them. Never later than this
/// machine's: a packet that claims to be of next year must not make all that is kept too old.
final class WatchClock: Sendable {
  private let followsPackets: Bool
  private let packets = Atomic<Int64>(0)

  /// - Parameter followsPackets: time is what `follow` said last.
  init(followsPackets: Bool = false) { self.followsPackets = followsPackets }

  var now: Timestamp { followsPackets ? min(Timestamp(nanoseconds: packets.load(ordering: .relaxed)), .now) : .now }

  func follow(_ time: Timestamp?) {
    if let time { packets.store(time.nanoseconds, ordering: .relaxed) }
  }
}
