/// Conversations that others announced (RTP ports by RTSP), for a while.
struct ExpectationTable {
  static let capacity = 4096
  static let lifetime = Duration.seconds(60)

  private struct Key: Hashable {
    let address: IPAddress
    let port: UInt16
  }
  private var entries: [Key: (expectation: Expectation, until: Timestamp)] = [:]
  private(set) var evicted = 0

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ expectation: Expectation, at time: Timestamp) {
    if entries.count >= Self.capacity {
      let before = entries.count
      entries = entries.filter { $0.value.until > time }
      if entries.count >= Self.capacity { entries.removeAll() }
      evicted += before - entries.count
    }
    entries[Key(address: expectation.address, port: expectation.port)] = (expectation, time + Self.lifetime)
  }

  func find(_ address: IPAddress, _ port: UInt16, at time: Timestamp) -> Expectation? {
    guard let entry = entries[Key(address: address, port: port)], entry.until > time else { return nil }
    return entry.expectation
  }
}
