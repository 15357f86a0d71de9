/// IP datagrams that are being put together from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5).
///
/// Bytes that came first stay: a later fragment that overlaps them changes nothing, so that nobody rewrites what was sent.
struct FragmentTable {
  /// Datagrams at once, and their bytes together.
  static let capacity = 1024
  static let totalLimit = 16 << 20
  static let datagramLimit = 65_535
  /// Separate runs of bytes of one datagram.
  static let runLimit = 64
  /// Packet time that a datagram waits for its last piece.
  static let lifetime = Duration.seconds(30)

  private struct Key: Hashable {
    let segment: Segment
    let source: IPAddress
    let destination: IPAddress
    let identification: UInt32
    let ipProtocol: UInt8
  }

  struct Datagram {
    let envelope: Packet.Envelope
    fileprivate let serial: UInt64
    fileprivate(set) var bytes: [UInt8] = []
    /// Which of them were received: in order, apart from each other.
    fileprivate var runs: [Range<Int>] = []
    /// Known when the last fragment was seen.
    fileprivate var total: Int?
    fileprivate(set) var pieces = 0
    /// Of the frames that brought them.
    fileprivate(set) var frameBytes = 0
    /// When and where its first bytes were.
    fileprivate(set) var time: Timestamp
    fileprivate(set) var packet: PacketReference

    /// Bytes that are there from its start on.
    var headLength: Int { runs.first.map { $0.lowerBound == 0 ? $0.upperBound : 0 } ?? 0 }
    /// On the wire, as far as is known.
    var length: Int { total ?? bytes.count }
    var isComplete: Bool { total == headLength }
  }

  private var datagrams: [Key: Datagram] = [:]
  /// By age; those that are complete are still in it.
  private var queue: [(key: Key, serial: UInt64, deadline: Timestamp)] = []
  private var head = 0
  private var serial: UInt64 = 0
  private var held = 0
  /// Datagrams given up before their time, for lack of room.
  private(set) var evicted = 0

  /// Takes a fragment.
  /// - Returns: the datagram, when this one completes it.
  mutating func add(_ packet: borrowing Packet, _ fragment: Fragment, of frame: borrowing Frame) -> Datagram? {
    let (low, high) = (fragment.offset, fragment.offset + packet.payload.byteCount)
    guard high > low || fragment.isLast, high <= Self.datagramLimit else { return nil }
    let key = Key(
      segment: packet.segment, source: packet.source, destination: packet.destination, identification: fragment.identification,
      // RFC 8200: what follows the fragment header may differ between fragments.
      ipProtocol: packet.etherType == .ipv6 ? 0 : packet.ipProtocol.rawValue)
    var datagram = datagrams.removeValue(forKey: key) ?? open(key, packet, frame)
    held -= datagram.bytes.count
    datagram.add(packet.payload, low..<high, isLast: fragment.isLast)
    datagram.pieces += 1
    datagram.frameBytes += Swift.max(frame.originalLength, frame.bytes.byteCount)
    if low == 0 { (datagram.time, datagram.packet) = (frame.time, frame.reference) }
    if datagram.isComplete { return datagram }
    held += datagram.bytes.count
    datagrams[key] = datagram
    return nil
  }

  private mutating func open(_ key: Key, _ packet: borrowing Packet, _ frame: borrowing Frame) -> Datagram {
    serial += 1
    if queue.count - head >= 16 * Self.capacity {
      // The oldest waits for its last piece, while those behind it came and went.
      queue = queue[head...].filter { datagrams[$0.key]?.serial == $0.serial }
      head = 0
    }
    queue.append((key, serial, frame.time + Self.lifetime))
    return Datagram(envelope: packet.envelope, serial: serial, time: frame.time, packet: frame.reference)
  }

  /// The oldest datagram, if it is to go: its time is over, or there is no room.
  @inline(__always)
  mutating func takeExpired(at time: Timestamp) -> Datagram? {
    queue.isEmpty ? nil : takeOldest(at: time)
  }

  private mutating func takeOldest(at time: Timestamp) -> Datagram? {
    while head < queue.count {
      let (key, serial, deadline) = queue[head]
      let isOver = deadline < time
      let isWanted = datagrams[key]?.serial == serial
      guard !isWanted || isOver || datagrams.count >= Self.capacity || held > Self.totalLimit else { return nil }
      head += 1
      if head == queue.count || head >= Self.capacity { dropHead() }
      guard isWanted, let gone = datagrams.removeValue(forKey: key) else { continue }
      held -= gone.bytes.count
      if !isOver { evicted += 1 }
      return gone
    }
    return nil
  }

  private mutating func dropHead() {
    queue.removeFirst(head)
    head = 0
  }

  /// The oldest datagram: the input is over.
  mutating func takeAny() -> Datagram? { takeOldest(at: .distantFuture) }
}

extension FragmentTable.Datagram {
  fileprivate mutating func add(_ payload: RawSpan, _ range: Range<Int>, isLast: Bool) {
    if isLast, total == nil, bytes.count <= range.upperBound { total = range.upperBound }
    // Beyond the end, or more pieces than anybody sends.
    guard range.upperBound <= total ?? .max, runs.count < FragmentTable.runLimit else { return }
    if bytes.count < range.upperBound { bytes.append(contentsOf: repeatElement(0, count: range.upperBound - bytes.count)) }
    var position = range.lowerBound
    for run in runs where run.upperBound > position && run.lowerBound < range.upperBound {
      copy(payload, position..<Swift.max(position, run.lowerBound), from: range.lowerBound)
      position = run.upperBound
    }
    copy(payload, position..<Swift.max(position, range.upperBound), from: range.lowerBound)
    join(range)
  }

  private mutating func copy(_ payload: RawSpan, _ range: Range<Int>, from start: Int) {
    for index in range { bytes[index] = payload.u8(index - start) }
  }

  /// Adds a run, with those that it touches.
  private mutating func join(_ range: Range<Int>) {
    let first = runs.firstIndex { $0.upperBound >= range.lowerBound } ?? runs.count
    let last = runs.firstIndex { $0.lowerBound > range.upperBound } ?? runs.count
    var joined = range
    for run in runs[first..<last] {
      joined = Swift.min(joined.lowerBound, run.lowerBound)..<Swift.max(joined.upperBound, run.upperBound)
    }
    runs.replaceSubrange(first..<last, with: [joined])
  }
}
