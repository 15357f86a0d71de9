import Capture
import Detection

/// What a device sent and received over time, and the numbers of its first and last packets in the recording.
public struct TrafficCount: Sendable {
  /// Bars of a picture.
  static let slots = 120
  /// Seconds of the shortest bar.
  private static let shortest = 0.25

  public let start: Timestamp
  /// Seconds of a bar.
  public let width: Double
  /// Bytes on the wire.
  public fileprivate(set) var up: [UInt64]
  public fileprivate(set) var down: [UInt64]
  /// Of the packets that the device sent.
  public fileprivate(set) var first: PacketReference?
  public fileprivate(set) var last: PacketReference?

  fileprivate init(from start: Timestamp, to end: Timestamp) {
    let span = Swift.max(end.seconds(since: start), 0)
    self.start = start
    width = Swift.max(span / Double(Self.slots), Self.shortest)
    let count = Swift.min(Int(span / width) + 1, Self.slots)
    up = Array(repeating: 0, count: count)
    down = up
  }

  fileprivate func slot(_ time: Timestamp) -> Int {
    let slot = time.seconds(since: start) / width
    return slot <= 0 ? 0 : slot >= Double(up.count) ? up.count - 1 : Int(slot)
  }

  /// Reads the captures again and counts for these devices. Packets that the run did not admit are not counted.
  public static func count(
    of devices: [Device], in paths: [String], from start: Timestamp, to end: Timestamp, admits: (borrowing Frame) -> Bool = { _ in true }
  ) -> [DeviceID: TrafficCount] {
    var counts: [DeviceID: TrafficCount] = [:]
    for device in devices { counts[device.id] = TrafficCount(from: start, to: end) }
    guard !counts.isEmpty else { return [:] }
    let sequence = CaptureSequence(paths: paths)
    sequence.run { frame in
      guard admits(frame) else { return }
      let packet = Packet(decoding: frame)
      let length = UInt64(Swift.max(frame.originalLength, frame.bytes.byteCount))
      let reference = frame.reference
      let time = frame.time
      for id in ids(packet.segment, packet.sourceMAC, packet.source) where counts[id] != nil {
        counts[id]?.add(up: length, at: time, reference)
      }
      for id in ids(packet.segment, packet.destinationMAC, packet.destination) where counts[id] != nil {
        counts[id]?.add(down: length, at: time)
      }
    }
    return counts
  }

  /// The names that one end of a packet may have.
  private static func ids(_ segment: Segment, _ mac: MACAddress, _ address: IPAddress) -> [DeviceID] {
    [DeviceID(segment: segment, mac: mac, address: address), DeviceID(segment: segment, mac: .none, address: address)].filter {
      !$0.mac.isNone || $0.address != .none
    }.uniqued
  }

  private mutating func add(up length: UInt64, at time: Timestamp, _ packet: PacketReference) {
    up[slot(time)] += length
    first = first ?? packet
    last = packet
  }

  private mutating func add(down length: UInt64, at time: Timestamp) { down[slot(time)] += length }
}

extension [DeviceID] {
  fileprivate var uniqued: [DeviceID] { count == 2 && self[0] == self[1] ? [self[0]] : self }
}
