/// Conversations that others announced (RTP ports by RTSP), for a while. Where there is no room, the one announced longest ago goes.
struct ExpectationTable {
  static let capacity = 4096
  static let lifetime = Duration.seconds(60)

  private struct Key: PacketKey {
    let address: IPAddress
    let port: UInt16

    var words: (UInt64, UInt64) { (address.words.0 ^ spread(UInt64(port)), address.words.1) }
  }
  private var entries = BoundedTable<Key, (expectation: Expectation, until: Timestamp)>(capacity: capacity)

  var evicted: Int { entries.evicted }
  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ expectation: Expectation, at time: Timestamp) {
    // Those whose time is over do not count as given up. All live equally long, so they are the oldest.
    while let oldest = entries.oldest, entries[oldest].until <= time { entries.remove(oldest) }
    let key = Key(address: expectation.address, port: expectation.port)
    entries.set(key, (expectation, time + Self.lifetime))
  }

  func find(_ address: IPAddress, _ port: UInt16, at time: Timestamp) -> Expectation? {
    guard let place = entries.find(Key(address: address, port: port)), entries[place].until > time else { return nil }
    return entries[place].expectation
  }
}
