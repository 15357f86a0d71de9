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

/// One conversation: counters of both directions, and what is remembered of it while somebody wants its bytes.
///
/// What every packet reads and writes comes first, within 64 bytes.
struct Flow {
  let key: FlowKey
  /// Still in the table.
  var isLive = true
  /// Nobody wants its bytes any more.
  var isDecided = false
  /// The lower end of the key opened the conversation.
  var originatorIsLow: Bool
  /// Index of the recognizer that claimed it.
  var owner: Int8 = -1
  /// UDP: datagrams that nobody knew, by direction; they are shown to the signatures up to a limit.
  var unknownForward: UInt8 = 0
  var unknownBackward: UInt8 = 0
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
  /// UDP: who may still claim it.
  var candidates: RecognizerSet
  var state: FlowState?
  /// Index into the table of media streams plus one.
  var stream: UInt32 = 0

  init(key: FlowKey, originatorIsLow: Bool, at time: Timestamp, candidates: RecognizerSet) {
    self.key = key
    self.originatorIsLow = originatorIsLow
    self.candidates = candidates
    firstSeen = time
    lastSeen = time
    touched = time
  }

  var isOneSided: Bool { packetsForward == 0 || packetsBackward == 0 }
}

/// What is remembered of a conversation while it is being read.
final class FlowState {
  var forward = StreamAssembler()
  var backward = StreamAssembler()
  var conversation: StreamConversation?
  /// UDP: the parser of who claimed it.
  var parser: (any Parser)?
}
