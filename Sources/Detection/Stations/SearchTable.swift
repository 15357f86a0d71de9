/// Who searched, by a datagram to everybody: whoever answers takes part in an exchange, though the answer is a conversation by itself.
struct SearchTable {
  static let capacity = 256
  /// Devices answer within seconds, and programs repeat their search from the same port.
  static let patience = Nanoseconds.seconds(60)

  /// By the number of the address.
  private struct Search {
    var address = UInt32.max
    var port: UInt16 = 0
    /// The port that was searched at.
    var target: UInt16 = 0
    var time = Timestamp.distantPast
  }

  private var searches: [Search] = []

  private static func place(_ address: UInt32, _ port: UInt16) -> Int {
    let mixed = (UInt64(address) << 16 | UInt64(port)) &* 0x9E37_79B9_7F4A_7C15
    return Int(mixed >> 56)
  }

  mutating func add(_ address: UInt32, _ port: UInt16, at target: UInt16, _ time: Timestamp) {
    if searches.isEmpty { searches = Array(repeating: Search(), count: Self.capacity) }
    searches[Self.place(address, port)] = Search(address: address, port: port, target: target, time: time)
  }

  /// A datagram from this port answers a search.
  func isAnswer(from target: UInt16, to address: UInt32, _ port: UInt16, at time: Timestamp) -> Bool {
    guard !searches.isEmpty else { return false }
    let search = searches[Self.place(address, port)]
    return search.address == address && search.port == port && search.target == target && !time.isAfter(search.time, by: Self.patience)
  }
}
