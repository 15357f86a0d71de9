/// IP datagrams that are being put together from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5).
///
/// Bytes that came first stay: a later fragment that overlaps them changes nothing, so that nothing sent can be rewritten.
struct FragmentTable {
  /// Datagrams at once, and their bytes together, with those that are missing between them.
  static let capacity = 1024
  static let totalLimit = 16 << 20
  static let datagramLimit = 65_535
  /// Separate runs of bytes of one datagram.
  static let runLimit = 64
  /// Packet time that a datagram waits for its last piece.
  static let lifetime = Duration.seconds(30)

  fileprivate struct Key: Hashable {
    let segment: Segment
    let source: IPAddress
    let destination: IPAddress
    let identification: UInt32
    let ipProtocol: UInt8
  }

  struct Datagram {
    fileprivate let key: Key
    let envelope: Packet.Envelope
    /// What was received: in order, apart from each other. What is missing takes no memory: a single fragment may say that it is the end
    /// of 64 KiB.
    fileprivate var runs: [Run] = []
    /// Where the farthest of them ends.
    fileprivate var extent = 0
    /// Known when the last fragment was seen.
    fileprivate var total: Int?
    fileprivate(set) var pieces = 0
    /// Bytes of the frames that brought them.
    fileprivate(set) var frameBytes = 0
    /// Time and packet of its first bytes.
    fileprivate(set) var time: Timestamp
    fileprivate(set) var packet: PacketReference

    /// The bytes that are there from its start on.
    var head: [UInt8] { runs.first.map { $0.start == 0 ? $0.bytes : [] } ?? [] }
    /// On the wire, as far as is known.
    var length: Int { total ?? extent }
    var isComplete: Bool { total == head.count }
  }

  /// Bytes of a datagram without a gap.
  fileprivate struct Run {
    let start: Int
    var bytes: [UInt8]
    var end: Int { start + bytes.count }
  }

  /// Datagrams by slot, and the slots of keys: a fragment is added where its datagram lies.
  private var datagrams: [Datagram?] = []
  /// The serial number of the datagram in each slot; 0 where there is none.
  private var serials: [UInt64] = []
  private var free: [Int] = []
  private var slots: [Key: Int] = [:]
  /// By age; those that are complete are still in it, but not at its head.
  private var queue: [(slot: Int, serial: UInt64, deadline: Timestamp)] = []
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
    let slot = slots[key] ?? open(key, packet, frame)
    let before = datagrams[slot]?.extent ?? 0
    datagrams[slot]?.add(packet.payload, low..<high, isLast: fragment.isLast)
    datagrams[slot]?.pieces += 1
    datagrams[slot]?.frameBytes += Swift.max(frame.originalLength, frame.bytes.byteCount)
    if low == 0 {
      datagrams[slot]?.time = frame.time
      datagrams[slot]?.packet = frame.reference
    }
    held += (datagrams[slot]?.extent ?? 0) - before
    return datagrams[slot]?.isComplete == true ? remove(slot) : nil
  }

  /// Begins a datagram.
  /// - Returns: its slot.
  private mutating func open(_ key: Key, _ packet: borrowing Packet, _ frame: borrowing Frame) -> Int {
    serial += 1
    if queue.count - head >= 16 * Self.capacity {
      // The oldest waits for its last piece, while those behind it came and went.
      queue = queue[head...].filter { serials[$0.slot] == $0.serial }
      head = 0
    }
    let datagram = Datagram(key: key, envelope: packet.envelope, time: frame.time, packet: frame.reference)
    let slot: Int
    if let vacant = free.popLast() {
      datagrams[vacant] = datagram
      serials[vacant] = serial
      slot = vacant
    } else {
      slot = datagrams.count
      datagrams.append(datagram)
      serials.append(serial)
    }
    slots[key] = slot
    queue.append((slot, serial, frame.time + Self.lifetime))
    return slot
  }

  private mutating func remove(_ slot: Int) -> Datagram? {
    var gone: Datagram?
    swap(&gone, &datagrams[slot])
    guard let gone else { return nil }
    serials[slot] = 0
    free.append(slot)
    slots[gone.key] = nil
    held -= gone.extent
    passComplete()
    return gone
  }

  /// The oldest datagram, if it is to go: its time is over, or there is no room. Asked for each packet.
  @inline(__always)
  mutating func takeExpired(at time: Timestamp) -> Datagram? {
    queue.isEmpty ? nil : takeOldest(at: time)
  }

  private mutating func takeOldest(at time: Timestamp) -> Datagram? {
    guard head < queue.count else { return nil }
    let isOver = queue[head].deadline < time
    guard isOver || slots.count >= Self.capacity || held > Self.totalLimit else { return nil }
    if !isOver { evicted += 1 }
    return remove(queue[head].slot)
  }

  /// Moves the head to the oldest datagram that is still there.
  private mutating func passComplete() {
    while head < queue.count, serials[queue[head].slot] != queue[head].serial { head += 1 }
    if head == queue.count || head >= Self.capacity {
      queue.removeFirst(head)
      head = 0
    }
  }

  /// The oldest datagram: the input is over.
  mutating func takeOldest() -> Datagram? { takeOldest(at: .distantFuture) }
}

extension FragmentTable.Datagram {
  fileprivate mutating func add(_ payload: RawSpan, _ range: Range<Int>, isLast: Bool) {
    if isLast, total == nil, extent <= range.upperBound { total = range.upperBound }
    // Beyond the end, or more pieces than any sender makes.
    guard range.upperBound <= total ?? .max, runs.count < FragmentTable.runLimit else { return }
    extent = Swift.max(extent, range.upperBound)
    // The runs that it touches become one.
    let first = runs.firstIndex { $0.end >= range.lowerBound } ?? runs.count
    let last = runs.firstIndex { $0.start > range.upperBound } ?? runs.count
    if last == first + 1, runs[first].start <= range.lowerBound {
      // In order, as nearly always: added in place.
      if range.upperBound > runs[first].end { runs[first].bytes.append(payload.slice(runs[first].end - range.lowerBound)) }
      return
    }
    var joined = FragmentTable.Run(start: Swift.min(range.lowerBound, first < last ? runs[first].start : .max), bytes: [])
    for run in runs[first..<last] {
      if run.start > joined.end { joined.bytes.append(payload.slice(joined.end - range.lowerBound, run.start - joined.end)) }
      joined.bytes += run.bytes
    }
    if range.upperBound > joined.end { joined.bytes.append(payload.slice(joined.end - range.lowerBound)) }
    runs.replaceSubrange(first..<last, with: CollectionOfOne(joined))
  }
}
