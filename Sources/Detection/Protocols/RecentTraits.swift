/// Traits of devices that were reported lately, so that each is reported once in ten minutes and not for each connection.
struct RecentTraits {
  /// Hashes that are remembered, 8 bytes each. Each has its place among a few; one that is displaced from there is reported again.
  private static let capacity = 32_768
  private static let ways = 4
  private static let period = Nanoseconds.seconds(600)

  private var hashes: [UInt64] = []

  /// - Parameter key: differs from that of other values of the field.
  mutating func isNew(_ field: Field, _ key: UInt64, of station: Station, at time: Timestamp) -> Bool {
    if hashes.isEmpty { hashes = Array(repeating: 0, count: Self.capacity) }
    let period = UInt64(bitPattern: time.nanoseconds / Self.period.count)
    var hash = Self.mixed(key ^ UInt64(truncatingIfNeeded: station.address.bits))
    hash = Self.mixed(hash ^ UInt64(truncatingIfNeeded: station.address.bits >> 64))
    hash = Self.mixed(hash ^ station.mac.bits)
    hash = Self.mixed(hash ^ station.segment.bits)
    hash = Self.mixed(hash ^ period << 8 ^ field.traitNumber)
    let first = Int(hash & UInt64(Self.capacity - 1)) / Self.ways * Self.ways
    for slot in first..<first + Self.ways where hashes[slot] == hash { return false }
    // The newest comes first, the oldest goes.
    for slot in stride(from: first + Self.ways - 1, to: first, by: -1) { hashes[slot] = hashes[slot - 1] }
    hashes[first] = hash
    return true
  }

  /// Spreads every bit (the finalizer of MurmurHash3). A sender that makes two of its own traits collide loses one of them.
  static func mixed(_ value: UInt64) -> UInt64 {
    var value = value &+ 0x9E37_79B9_7F4A_7C15
    value = (value ^ value >> 33) &* 0xFF51_AFD7_ED55_8CCD
    value = (value ^ value >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return value ^ value >> 33
  }
}

extension Field {
  fileprivate var traitNumber: UInt64 {
    switch self {
    case .tcpSYN: 1
    case .tcpSYNs: 2
    case .tlsHello: 3
    case .tlsAnswered: 4
    case .dhcpRole: 5
    default: 0
    }
  }
}
