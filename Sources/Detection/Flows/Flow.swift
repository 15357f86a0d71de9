/// Addresses (by number), ports and protocol of a conversation, the lower end first: both directions have the same key.
struct FlowKey: Hashable {
  let addresses: UInt64
  let rest: UInt64
  /// The packet at hand runs from the lower end to the higher.
  let isForward: Bool

  init(from source: UInt32, _ sourcePort: UInt16, to destination: UInt32, _ destinationPort: UInt16, _ ipProtocol: IPProtocol) {
    isForward = (source, sourcePort) <= (destination, destinationPort)
    let (low, high) = isForward ? (source, destination) : (destination, source)
    let (lowPort, highPort) = isForward ? (sourcePort, destinationPort) : (destinationPort, sourcePort)
    addresses = UInt64(low) << 32 | UInt64(high)
    rest = UInt64(lowPort) << 32 | UInt64(highPort) << 16 | UInt64(ipProtocol.rawValue)
  }

  var low: UInt32 { UInt32(addresses >> 32) }
  var high: UInt32 { UInt32(truncatingIfNeeded: addresses) }
}

/// One conversation: counters of both directions, and the state of those who read its bytes.
///
/// The fields that every packet reads and writes come first, within 64 bytes.
struct Flow {
  let key: FlowKey
  /// Still in the table.
  var isLive = true
  /// No recognizer wants its bytes any more.
  var isDecided = false
  /// The lower end of the key opened the conversation.
  var originatorIsLow: Bool
  var packetsForward: UInt32 = 0
  var packetsBackward: UInt32 = 0
  var bytesForward: UInt64 = 0
  var bytesBackward: UInt64 = 0
  var lastSeen: Timestamp
  // Place in the order of idleness: when it was last moved, and the neighbours.
  var touched: Timestamp
  var older: UInt32 = .max
  var newer: UInt32 = .max
  var firstSeen: Timestamp
  /// UDP.
  var datagrams: DatagramConversation
  /// TCP, while it is read.
  var stream: StreamDelivery?
  /// Index into the table of media plus one.
  var media: UInt32 = 0

  init(key: FlowKey, originatorIsLow: Bool, at time: Timestamp, candidates: RecognizerSet) {
    self.key = key
    self.originatorIsLow = originatorIsLow
    datagrams = DatagramConversation(candidates: candidates)
    firstSeen = time
    lastSeen = time
    touched = time
  }

  var isOneSided: Bool { packetsForward == 0 || packetsBackward == 0 }

  /// A parser, or segments that wait, take memory.
  var isRead: Bool { stream != nil || datagrams.parser != nil }

  /// Frees the memory of reading it: no recognizer wants its bytes any more.
  mutating func stopReading() {
    stream = nil
    datagrams.abandon()
    isDecided = true
  }
}
