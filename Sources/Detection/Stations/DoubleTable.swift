/// Whether the frames of a MAC address come by two ways in turn: then two devices use it.
///
/// Only declared addresses are watched. A device that roams takes its conversations along, and stays for seconds at least. A frame that comes
/// by a second way as well (a mirror port, a bridge, a mesh) is the same one, within a moment.
struct DoubleTable {
  /// Addresses that are watched, with 5 kB for each that came by two ways; the one that was idle longest goes.
  static let capacity = 256
  /// So many returns in a row to the way before, each within `quickTurn`; or within `slowTurn`, if no conversation is seen on both.
  static let turnLimit = 8
  static let quickTurn = Nanoseconds.seconds(2)
  static let slowTurn = Nanoseconds.seconds(10)
  /// A frame that comes once more comes within this.
  static let echo = Nanoseconds(count: 200_000_000)
  /// The last frames of an address that are remembered.
  static let frameLimit = 64

  /// What differs between the two ways.
  enum Sign: Sendable {
    case accessPoints, segments, interfaces
  }

  private struct Way: Hashable {
    let segment: Segment
    let interface: UInt16
    let accessPoint: MACAddress
    let tunnel: IPAddress

    func sign(beside other: Way) -> Sign {
      if accessPoint != other.accessPoint || tunnel != other.tunnel { return .accessPoints }
      return segment != other.segment ? .segments : .interfaces
    }
  }

  private struct Seen {
    let content: UInt64
    let conversation: UInt64
    let way: Way
    let time: Timestamp
  }

  private struct Link {
    var current: Way?
    var former: Way?
    var turned = Timestamp.distantPast
    var turns = 0
    var frames: [Seen] = []
    var next = 0
    var isTold = false

    /// All frames so far came by this way: most addresses have no other, and cost no more.
    mutating func hasOnly(_ way: Way) -> Bool {
      guard former == nil else { return false }
      if current == nil { current = way }
      return current == way
    }

    mutating func add(_ frame: Seen) -> Sign? {
      var (isEcho, isShared) = (false, false)
      for earlier in frames where earlier.way != frame.way {
        if earlier.content == frame.content, !frame.time.isAfter(earlier.time, by: echo), !earlier.time.isAfter(frame.time, by: echo) {
          isEcho = true
        }
        if earlier.conversation == frame.conversation { isShared = true }
      }
      if frames.count < frameLimit { frames.append(frame) } else { frames[next] = frame }
      next = (next + 1) % frameLimit
      if isEcho {
        // The first of the two may have been taken for a turn, and the one before it for another.
        turns = max(0, turns - 2)
        return nil
      }
      guard let current, current != frame.way else { return nil }
      let isTurn =
        former == frame.way
        && (!frame.time.isAfter(turned, by: quickTurn) || !isShared && !frame.time.isAfter(turned, by: slowTurn))
      turns = isTurn ? turns + 1 : 0
      (former, self.current, turned) = (current, frame.way, frame.time)
      guard turns >= turnLimit else { return nil }
      isTold = true
      frames = []
      return current.sign(beside: frame.way)
    }
  }

  private var links = BoundedTable<MACAddress, Link>(capacity: capacity)

  /// A frame of a watched address, which holds conversations.
  ///
  /// - Returns: once, that there are two devices.
  mutating func add(_ packet: PacketHeader, on interface: UInt16, at time: Timestamp) -> Sign? {
    guard packet.hasPorts, !packet.isFragment, !packet.isToGroup, !packet.tcpFlags.contains(.rst) else { return nil }
    let place = links.find(packet.sourceMAC) ?? links.insert(packet.sourceMAC, Link())
    links.touch(place)
    if links[place].isTold { return nil }
    let way = Way(
      segment: packet.segment, interface: interface, accessPoint: packet.accessPoint, tunnel: packet.tunnelSource?.address ?? .none)
    if links[place].hasOnly(way) { return nil }
    let conversation = Self.conversation(packet)
    return links[place].add(
      Seen(content: Self.content(packet, conversation), conversation: conversation, way: way, time: time))
  }

  private static func conversation(_ packet: PacketHeader) -> UInt64 {
    var hash = RecentTraits.mixed(UInt64(truncatingIfNeeded: packet.source.bits) ^ UInt64(packet.sourcePort) << 48)
    hash = RecentTraits.mixed(hash ^ UInt64(truncatingIfNeeded: packet.destination.bits) ^ UInt64(packet.destinationPort) << 48)
    return RecentTraits.mixed(hash ^ UInt64(packet.ipProtocol.rawValue))
  }

  private static func content(_ packet: PacketHeader, _ conversation: UInt64) -> UInt64 {
    let numbers = UInt64(packet.tcpSequence) << 32 | UInt64(packet.tcpAcknowledgment)
    let hash = RecentTraits.mixed(conversation ^ packet.content) ^ numbers
    return RecentTraits.mixed(
      RecentTraits.mixed(hash) ^ UInt64(packet.tcpFlags.rawValue) ^ UInt64(truncatingIfNeeded: packet.payloadLength) << 8)
  }

  /// The clock was set back: nothing is in turn any more.
  mutating func beginEpoch() {
    for place in links.places where !links[place].isTold { links[place] = Link() }
  }
}
