/// All conversations at hand, found by key and held in the order of idleness.
///
/// Where there is no room, the one goes that was idle longest of those that nobody answered: scans and floods make no others.
struct FlowTable: ~Copyable {
  static let capacity = 262_144
  /// A conversation without a packet for this long is over, or up to nine seconds later: the order of use is no finer.
  static let idleLimit = Nanoseconds.seconds(600)
  /// How often a second of a flow begins.
  static let touchPeriod = Nanoseconds.seconds(1)
  /// Packets from which a conversation counts as answered: many captures show one side only.
  static let establishedPackets = 8

  private enum Rank {
    static let new = 0
    /// Answered when it was about to go.
    static let established = 1
    static let all = 2
  }

  /// A conversation that left the table, with what was reading it.
  struct Ended {
    let flow: Flow
    let reading: FlowReading
  }

  private var flows = Slab<Flow>(capacity: FlowTable.capacity)
  private var readings = Slab<FlowReading>(capacity: FlowTable.capacity, largePages: false)
  private var free: [UInt32] = []
  private var index = HashIndex()
  private var order = UseOrder(ranks: Rank.all)
  /// No conversation is over before that.
  private var nextExpiry = Timestamp.distantPast
  /// Conversations dropped before their time because the table was full.
  private(set) var evicted = 0

  /// - Parameter evicted: by a table before it.
  init(evicted: Int = 0) { self.evicted = evicted }

  var count: Int { index.count }
  var isFull: Bool { count >= Self.capacity }

  subscript(number: Int) -> Flow {
    @inline(__always) _read { yield flows[number] }
    @inline(__always) _modify { yield &flows[number] }
  }

  subscript(reading number: Int) -> FlowReading {
    @inline(__always) _read { yield readings[number] }
    @inline(__always) _modify { yield &readings[number] }
  }

  @inline(__always)
  func find(_ key: FlowKey) -> Int? {
    index.find(hash: index.hash(key.addresses, key.rest)) { flows[$0].key == key }
  }

  @inline(__always)
  func prefetch(_ number: Int) { flows.prefetch(number) }

  mutating func insert(_ flow: consuming Flow, candidates: RecognizerSet) -> Int {
    let (key, lastSeen) = (flow.key, flow.lastSeen)
    let number: Int
    if let slot = free.popLast() {
      number = Int(slot)
      flows[number] = flow
      readings[number] = FlowReading(candidates: candidates)
    } else {
      number = flows.count
      flows.append(flow)
      readings.append(FlowReading(candidates: candidates))
    }
    index.insert(number, hash: index.hash(key.addresses, key.rest))
    order.use(number, rank: Rank.new)
    if count == 1 { nextExpiry = lastSeen + Self.idleLimit }
    return number
  }

  /// Begins a flow's next second, and moves it to the young end where that is due.
  mutating func touch(_ number: Int, at time: Timestamp) {
    let isDue = UseOrder.isDue(at: time, since: flows[number].touched, .nineSeconds, isCrowded: count > Self.capacity / 4 * 3)
    flows[number].touched = time
    if isDue { order.use(number, rank: order.rank(number) ?? Rank.new) }
  }

  /// A flow that is over.
  @inline(__always)
  mutating func takeExpired(at time: Timestamp) -> Ended? { time < nextExpiry ? nil : takeIdle(at: time) }

  private mutating func takeIdle(at time: Timestamp) -> Ended? {
    nextExpiry = .distantFuture
    for rank in 0..<Rank.all {
      guard let number = order.oldest(rank) else { continue }
      if time.isAfter(flows[number].lastSeen, by: Self.idleLimit) {
        nextExpiry = .distantPast
        return remove(number)
      }
      nextExpiry = min(nextExpiry, flows[number].lastSeen + Self.idleLimit)
    }
    return nil
  }

  /// The flow that is to go for lack of room.
  mutating func takeIdlest() -> Ended? {
    while let number = order.oldest(Rank.new) {
      if flows[number].isOneSided, flows[number].packets < Self.establishedPackets {
        evicted += 1
        return remove(number)
      }
      order.use(number, rank: Rank.established)
    }
    guard let number = order.oldest(Rank.established) else { return nil }
    evicted += 1
    return remove(number)
  }

  mutating func remove(_ number: Int) -> Ended {
    let ended = Ended(flow: flows[number], reading: readings[number])
    index.remove(number, hash: index.hash(ended.flow.key.addresses, ended.flow.key.rest))
    order.remove(number)
    stopReading(number)
    flows[number].isLive = false
    free.append(UInt32(number))
    return ended
  }

  /// Hands over all flows, the one that was idle longest first, when the table is not needed any more. Each takes the memory of what read
  /// it along: what follows from the end of the others finds room there.
  mutating func handOver(to receive: (Ended) -> Void) {
    for rank in 0..<Rank.all {
      for number in order.entries(rank) {
        let ended = Ended(flow: flows[number], reading: readings[number])
        stopReading(number)
        receive(ended)
      }
    }
  }

  /// Conversations at hand of which only one side was seen.
  var liveOneSided: Int {
    (0..<Rank.all).reduce(0) { sum, rank in order.entries(rank).reduce(sum) { flows[$1].isOneSided ? $0 + 1 : $0 } }
  }
}
