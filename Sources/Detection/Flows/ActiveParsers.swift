/// Conversations whose bytes are being read, bounded: a parser and its buffers are many times as large as a flow.
///
/// When there are too many, those without a packet since they were last passed go first (the clock algorithm): nearly always old ones.
struct ActiveParsers {
  static let capacity = 8_192
  /// Entries looked at for each new one, so that those of ended conversations do not gather.
  private static let step = 2

  private struct Entry {
    let flow: UInt32
    var packets: UInt32
  }

  private var entries: [Entry] = []
  private var hand = 0
  /// Conversations that are no longer read, for lack of room.
  private(set) var evicted = 0

  /// A conversation begins to be read.
  /// - Returns: one that is to be read no longer.
  mutating func add(_ number: Int, in flows: borrowing FlowTable) -> Int? {
    for _ in 0..<Swift.min(Self.step, entries.count) { advance(flows) }
    var gone: Int?
    while gone == nil, entries.count >= Self.capacity { gone = takeIdle(flows) }
    entries.append(Entry(flow: UInt32(number), packets: Self.packets(flows[number])))
    return gone
  }

  /// All conversations have ended.
  mutating func removeAll() { (entries, hand) = ([], 0) }

  /// Drops the entry under the hand if its conversation is not read any more; else passes by.
  private mutating func advance(_ flows: borrowing FlowTable) {
    if hand >= entries.count { hand = 0 }
    if !flows[Int(entries[hand].flow)].isRead { drop() } else { hand += 1 }
  }

  private mutating func takeIdle(_ flows: borrowing FlowTable) -> Int? {
    if hand >= entries.count { hand = 0 }
    let flow = Int(entries[hand].flow)
    guard flows[flow].isRead else {
      drop()
      return nil
    }
    let packets = Self.packets(flows[flow])
    guard packets == entries[hand].packets else {
      entries[hand].packets = packets
      hand += 1
      return nil
    }
    drop()
    evicted += 1
    return flow
  }

  private mutating func drop() {
    entries.swapAt(hand, entries.count - 1)
    entries.removeLast()
  }

  private static func packets(_ flow: Flow) -> UInt32 { flow.packetsForward &+ flow.packetsBackward }
}
