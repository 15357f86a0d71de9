/// All conversations at hand, found by key and held in the order of idleness.
struct FlowTable {
  static let capacity = 262_144
  /// A conversation without a packet for this long is over.
  static let idleLimit = Nanoseconds.seconds(600)
  /// How often a flow moves in the order of idleness: its neighbours in that order lie anywhere in memory.
  static let touchPeriod = Nanoseconds.seconds(1)

  private(set) var flows: [Flow] = []
  private var free: [UInt32] = []
  private var index = HashIndex()
  private var oldest = UInt32.max
  private var newest = UInt32.max
  /// Conversations dropped before their time because the table was full.
  private(set) var evicted = 0

  /// - Parameter evicted: by a table before it.
  init(evicted: Int = 0) {
    self.evicted = evicted
    // Address space, no memory until it is used; growing would copy all flows, again and again.
    flows.reserveCapacity(Self.capacity)
  }

  var count: Int { index.count }

  subscript(number: Int) -> Flow {
    _read { yield flows[number] }
    _modify { yield &flows[number] }
  }

  @inline(__always)
  func find(_ key: FlowKey) -> Int? {
    index.find(hash: index.hash(key.addresses, key.rest)) { flows[$0].key.addresses == key.addresses && flows[$0].key.rest == key.rest }
  }

  mutating func insert(_ flow: Flow) -> Int {
    let number: Int
    if let slot = free.popLast() {
      number = Int(slot)
      flows[number] = flow
    } else {
      number = flows.count
      flows.append(flow)
    }
    index.insert(number, hash: index.hash(flow.key.addresses, flow.key.rest))
    append(number)
    return number
  }

  /// Moves a flow to the young end, at most once in each `touchPeriod`: its next second begins.
  mutating func touch(_ number: Int, at time: Timestamp) {
    flows[number].touched = time
    flows[number].room = Room()
    guard newest != UInt32(number) else { return }
    unlink(number)
    append(number)
  }

  /// The flow that was idle longest, if it is to go: it is over, or the table is full.
  mutating func takeExpired(at time: Timestamp) -> Flow? {
    guard oldest != .max else { return nil }
    let number = Int(oldest)
    let isOver = time.isAfter(flows[number].lastSeen, by: Self.idleLimit)
    guard isOver || count >= Self.capacity else { return nil }
    if !isOver { evicted += 1 }
    return remove(number)
  }

  mutating func remove(_ number: Int) -> Flow {
    let flow = flows[number]
    index.remove(number, hash: index.hash(flow.key.addresses, flow.key.rest))
    unlink(number)
    flows[number].stopReading()
    flows[number].isLive = false
    free.append(UInt32(number))
    return flow
  }

  /// All flows, the one that was idle longest first.
  var all: some Sequence<Flow> {
    sequence(state: oldest) { [flows] number in
      guard number != .max else { return nil }
      let flow = flows[Int(number)]
      number = flow.newer
      return flow
    }
  }

  /// Conversations at hand of which only one side was seen.
  var liveOneSided: Int { all.count(where: \.isOneSided) }

  private mutating func unlink(_ number: Int) {
    let (older, newer) = (flows[number].older, flows[number].newer)
    if older != .max { flows[Int(older)].newer = newer } else { oldest = newer }
    if newer != .max { flows[Int(newer)].older = older } else { newest = older }
  }

  private mutating func append(_ number: Int) {
    flows[number].older = newest
    flows[number].newer = .max
    if newest != .max { flows[Int(newest)].newer = UInt32(number) } else { oldest = UInt32(number) }
    newest = UInt32(number)
  }
}
