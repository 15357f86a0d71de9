import CPrefetch

/// Asks memory for what the next packets will need, while the present one is handled.
///
/// A busy network has more conversations than the processor's caches hold: each packet would wait for the guess of its flow, for the flow,
/// for its addresses and for their stations, one after the other. So each of the next packets takes one of these steps at a time. It is
/// only about time: what is asked for in vain does no harm.
struct Lookahead {
  /// Packets that are known before their turn, one for each step.
  static let depth = Frame.lookahead
  private static let line = 64

  /// The flow of a packet, with its addresses, by number.
  struct Ends {
    let flow: Int
    let low: UInt32
    let high: UInt32
  }

  /// Slots in `RecentFlows` of the packets from the second next one on; negative where nothing is known.
  private var slots = (-1, -1, -1)
  /// Of the next packet, and of the one behind it, as far as they are known: those who take what is handed over will need what these name.
  private(set) var next: Ends?
  private(set) var afterNext: Ends?

  /// - Parameter frame: the beginning of the Ethernet frame that comes `depth` packets later.
  @inline(__always)
  mutating func advance(
    _ frame: RawSpan, _ recent: borrowing RecentFlows, _ flows: borrowing FlowTable, _ addresses: borrowing AddressTable
  ) {
    slots = (slots.1, slots.2, Self.slot(frame))
    next = afterNext
    afterNext = nil
    if slots.2 >= 0 { recent.prefetch(slots.2) }
    if slots.1 >= 0, let flow = recent[slots.1] { flows.prefetch(flow) }
    if slots.0 >= 0, let flow = recent[slots.0] {
      let key = flows[flow].key
      addresses.prefetch(key.low)
      addresses.prefetch(key.high)
      afterNext = Ends(flow: flow, low: key.low, high: key.high)
    }
  }

  /// The slot of a TCP or UDP packet over IPv4 without tags; of all others −1.
  @inline(__always)
  private static func slot(_ frame: RawSpan) -> Int {
    guard frame.byteCount >= 38, frame.u16(12) == 0x0800, frame.u8(14) == 0x45 else { return -1 }
    let ipProtocol = frame.u8(23)
    guard ipProtocol == 6 || ipProtocol == 17 else { return -1 }
    return RecentFlows.slot(
      IPAddress(v4: frame.u32(26)), IPAddress(v4: frame.u32(30)), frame.u16(34), frame.u16(36))
  }

  @inline(__always)
  static func fetch(_ address: UnsafeRawPointer, bytes: Int) {
    var offset = 0
    while offset < bytes {
      unsafe lenscap_prefetch(address + offset)
      offset += line
    }
  }
}
