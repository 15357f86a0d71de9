/// The flow that was found last for a packet with the same addresses and ports: most packets belong to a flow that had one just before,
/// and three look-ups are saved. It is only a guess, which the caller checks; made to collide, guesses are useless, nothing more.
struct RecentFlows {
  private var numbers = [UInt32](repeating: .max, count: 1 << 15)

  /// The same for both directions.
  @inline(__always)
  static func slot(_ packet: borrowing Packet) -> Int {
    slot(packet.source, packet.destination, packet.sourcePort, packet.destinationPort)
  }

  @inline(__always)
  static func slot(_ source: IPAddress, _ destination: IPAddress, _ sourcePort: UInt16, _ destinationPort: UInt16) -> Int {
    let addresses = source.bits ^ destination.bits
    let ports = UInt64(sourcePort ^ destinationPort) << 16 | UInt64(sourcePort &+ destinationPort)
    let mixed = (UInt64(truncatingIfNeeded: addresses) ^ UInt64(truncatingIfNeeded: addresses >> 64) ^ ports << 24) &* 0x9E37_79B9_7F4A_7C15
    return Int(mixed >> 49)
  }

  @inline(__always)
  func prefetch(_ slot: Int) {
    unsafe numbers.withUnsafeBufferPointer { unsafe Lookahead.fetch($0.baseAddress! + slot, bytes: 1) }
  }

  @inline(__always)
  subscript(slot: Int) -> Int? {
    get { numbers[slot] == .max ? nil : Int(numbers[slot]) }
    set { numbers[slot] = newValue.map(UInt32.init) ?? .max }
  }
}
