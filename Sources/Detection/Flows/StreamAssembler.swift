/// Puts the segments of one direction of a TCP conversation in order (RFC 9293): retransmissions and overlaps are cut away, what comes
/// early waits, what the capture lacks becomes a gap. Joined in the middle, it begins with the first segment seen.
struct StreamAssembler {
  /// Segments, and bytes, that may wait for an earlier one.
  static let waitingSegments = 32
  static let waitingBytes = 64 * 1024
  /// A segment further than this from what is expected belongs to another connection, or was made up.
  static let window = 1 << 20

  private struct Segment {
    let sequence: UInt32
    let bytes: [UInt8]
    /// On the wire.
    let length: Int
    let time: Timestamp
    let packet: PacketReference
  }

  /// Sequence number of the next byte; nil before the first segment.
  private var next: UInt32?
  private var waiting: [Segment] = []
  private var bytesWaiting = 0

  /// One event of the stream, in order.
  enum Event: ~Escapable {
    case bytes(RawSpan, Timestamp, PacketReference)
    case gap
  }

  mutating func opened(sequence: UInt32) {
    next = sequence &+ 1
    waiting = []
    bytesWaiting = 0
  }

  /// Takes a segment that is what comes next, with nothing missing and nothing waiting: most are.
  /// - Returns: it is; if not, nothing was taken.
  @inline(__always)
  mutating func takeNext(_ sequence: UInt32, captured: Int, length: Int) -> Bool {
    guard waiting.isEmpty, captured == length, next == nil || next == sequence else { return false }
    next = sequence &+ UInt32(truncatingIfNeeded: length)
    return true
  }

  /// Takes a segment and hands over what is now in order.
  mutating func add(
    sequence: UInt32, _ payload: RawSpan, length: Int, time: Timestamp, packet: PacketReference, budget: inout Int,
    _ handle: (borrowing Event) -> Void
  ) {
    let expected = next ?? sequence
    let distance = Int(Int32(bitPattern: sequence &- expected))
    if distance > 0, distance <= Self.window, waiting.count < Self.waitingSegments, bytesWaiting + payload.byteCount <= Self.waitingBytes,
      budget >= payload.byteCount
    {
      waiting.append(Segment(sequence: sequence, bytes: payload.array, length: length, time: time, packet: packet))
      bytesWaiting += payload.byteCount
      budget -= payload.byteCount
      return
    }
    if distance > 0 || distance < -Self.window {
      // No room to wait, or another connection: what is missing stays missing.
      skipTo(min(sequence, waiting, expected), &budget, handle)
      if let now = next, Int32(bitPattern: sequence &- now) != 0 { handle(.gap) }
      next = sequence
    }
    deliver(sequence, payload, length, time, packet, handle)
    drain(&budget, handle)
  }

  /// The other side has confirmed everything before `sequence`: what is missing before it was lost by the capture, not by the network.
  mutating func confirmed(_ sequence: UInt32, budget: inout Int, _ handle: (borrowing Event) -> Void) {
    while !waiting.isEmpty, let now = next, Int32(bitPattern: sequence &- now) > 0 {
      skipTo(min(sequence, waiting, now), &budget, handle)
    }
  }

  /// The earliest of the waiting segments; `fallback` where none waits.
  private func min(_ fallback: UInt32, _ waiting: [Segment], _ origin: UInt32) -> UInt32 {
    waiting.min { Int32(bitPattern: $0.sequence &- origin) < Int32(bitPattern: $1.sequence &- origin) }?.sequence ?? fallback
  }

  private mutating func skipTo(_ sequence: UInt32, _ budget: inout Int, _ handle: (borrowing Event) -> Void) {
    guard !waiting.isEmpty else { return }
    handle(.gap)
    next = sequence
    drain(&budget, handle)
  }

  private mutating func drain(_ budget: inout Int, _ handle: (borrowing Event) -> Void) {
    while let now = next, let index = waiting.firstIndex(where: { Int32(bitPattern: $0.sequence &- now) <= 0 }) {
      let segment = waiting.remove(at: index)
      bytesWaiting -= segment.bytes.count
      budget += segment.bytes.count
      unsafe deliver(segment.sequence, segment.bytes.span.bytes, segment.length, segment.time, segment.packet, handle)
    }
  }

  private mutating func deliver(
    _ sequence: UInt32, _ payload: RawSpan, _ length: Int, _ time: Timestamp, _ packet: PacketReference,
    _ handle: (borrowing Event) -> Void
  ) {
    let overlap = Int(Int32(bitPattern: (next ?? sequence) &- sequence))
    guard overlap < length else { return }
    next = sequence &+ UInt32(truncatingIfNeeded: length)
    if overlap < payload.byteCount { handle(.bytes(payload.slice(overlap), time, packet)) }
    // Cut by the snap length: the rest is missing.
    if payload.byteCount < length { handle(.gap) }
  }

  /// Bytes that wait; given back to the budget when the flow ends.
  var held: Int { bytesWaiting }
}
