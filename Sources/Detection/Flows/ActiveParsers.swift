/// Conversations whose bytes are being read, bounded: a parser and its buffers are many times as large as a flow.
///
/// When there are too many, those without a packet since they were last passed go first (the clock algorithm): nearly always old ones.
struct ActiveParsers {
  static let capacity = 6_144
  /// Entries beyond that, until those of ended conversations are swept out: of many at once, because memory then finds many at a time.
  static let slack = 1_024

  private struct Entry {
    let flow: UInt32
    var packets: UInt32
  }

  private var entries: [Entry] = []
  private var hand = 0
  private var sweepsAt = ActiveParsers.slack
  /// Conversations that are no longer read, for lack of room.
  private(set) var evicted = 0

  init(evicted: Int = 0) { self.evicted = evicted }

  /// A conversation begins to be read.
  /// - Returns: those that are to be read no longer.
  mutating func add(_ number: Int, in flows: borrowing FlowTable) -> [Int] {
    let gone = entries.count < sweepsAt ? [] : makeRoom(flows)
    entries.append(Entry(flow: UInt32(number), packets: Self.packets(flows[number])))
    return gone
  }

  private mutating func makeRoom(_ flows: borrowing FlowTable) -> [Int] {
    sweep(flows)
    var gone: [Int] = []
    while entries.count > Self.capacity { if let idle = takeIdle(flows) { gone.append(idle) } }
    evicted += gone.count
    sweepsAt = Swift.min(Self.capacity + Self.slack, Swift.max(Self.slack, 2 * entries.count))
    return gone
  }

  /// All conversations have ended.
  mutating func removeAll() { self = ActiveParsers(evicted: evicted) }

  /// Drops the entries of conversations that are not read any more.
  private mutating func sweep(_ flows: borrowing FlowTable) {
    var (kept, passed) = (0, 0)
    for place in entries.indices where flows[reading: Int(entries[place].flow)].isRead {
      entries[kept] = entries[place]
      kept += 1
      if place < hand { passed = kept }
    }
    entries.removeLast(entries.count - kept)
    hand = passed
  }

  /// Drops the entry under the hand if its conversation had no packet since the hand last came by; else passes.
  private mutating func takeIdle(_ flows: borrowing FlowTable) -> Int? {
    if hand >= entries.count { hand = 0 }
    let flow = Int(entries[hand].flow)
    let packets = Self.packets(flows[flow])
    guard packets == entries[hand].packets else {
      entries[hand].packets = packets
      hand += 1
      return nil
    }
    entries.swapAt(hand, entries.count - 1)
    entries.removeLast()
    return flow
  }

  private static func packets(_ flow: borrowing Flow) -> UInt32 { flow.packetsForward &+ flow.packetsBackward }
}
