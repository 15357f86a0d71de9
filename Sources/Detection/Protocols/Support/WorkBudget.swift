/// How often a sender may make Lenscap do what costs more than reading a packet: derive keys, search for secrets.
///
/// By packet time: so many times a second for an address, for a MAC address, and in all.
struct WorkBudget {
  static let addressLimit: UInt16 = 64
  static let linkLimit: UInt16 = 256
  static let totalLimit: UInt16 = 1024
  /// Senders that are counted, each in its place: one that is displaced begins anew, within the total.
  private static let capacity = 1024

  private struct Count {
    var key: UInt64 = 0
    var second = Int64.min
    var taken: UInt16 = 0
  }

  private var addresses: [Count] = []
  /// By MAC address, apart: one that sends from many addresses must not displace its own count.
  private var links: [Count] = []
  private var total = Count()

  /// - Returns: the work may be done; it is counted.
  mutating func take(for sender: Station, at time: Timestamp) -> Bool {
    if addresses.isEmpty {
      addresses = Array(repeating: Count(), count: Self.capacity)
      links = addresses
    }
    let second = time.nanoseconds / 1_000_000_000
    if total.second != second { total = Count(second: second) }
    guard total.taken < Self.totalLimit else { return false }
    var address = RecentTraits.mixed(UInt64(truncatingIfNeeded: sender.address.bits))
    address = RecentTraits.mixed(address ^ UInt64(truncatingIfNeeded: sender.address.bits >> 64))
    address = RecentTraits.mixed(address ^ sender.segment.bits)
    guard Self.has(Self.addressLimit, address, second, in: &addresses) else { return false }
    // Without the segment: whoever makes up tunnels has one budget.
    let link = RecentTraits.mixed(~sender.mac.bits)
    guard sender.mac == .none || Self.has(Self.linkLimit, link, second, in: &links) else { return false }
    addresses[Self.place(address)].taken += 1
    if sender.mac != .none { links[Self.place(link)].taken += 1 }
    total.taken += 1
    return true
  }

  private static func place(_ key: UInt64) -> Int { Int(key % UInt64(capacity)) }

  private static func has(_ limit: UInt16, _ key: UInt64, _ second: Int64, in counts: inout [Count]) -> Bool {
    let place = place(key)
    if counts[place].key != key || counts[place].second != second { counts[place] = Count(key: key, second: second) }
    return counts[place].taken < limit
  }
}
