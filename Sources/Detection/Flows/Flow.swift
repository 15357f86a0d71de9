/// Addresses (by number), ports and protocol of a conversation, the lower end first: both directions have the same key.
struct FlowKey: PacketKey {
  let addresses: UInt64
  let rest: UInt64

  fileprivate init(low: UInt32, _ lowPort: UInt16, high: UInt32, _ highPort: UInt16, _ ipProtocol: IPProtocol) {
    addresses = UInt64(low) << 32 | UInt64(high)
    rest = UInt64(lowPort) << 32 | UInt64(highPort) << 16 | UInt64(ipProtocol.rawValue)
  }

  var words: (UInt64, UInt64) { (addresses, rest) }
  var low: UInt32 { UInt32(addresses >> 32) }
  var high: UInt32 { UInt32(truncatingIfNeeded: addresses) }
  var ipProtocol: IPProtocol { IPProtocol(rawValue: UInt8(truncatingIfNeeded: rest)) }
}

/// The key of a packet's conversation, and the packet's direction in it.
struct DirectedKey {
  let key: FlowKey
  /// The packet runs from the lower end to the higher.
  let isForward: Bool

  @inline(__always)
  init(from source: UInt32, _ sourcePort: UInt16, to destination: UInt32, _ destinationPort: UInt16, _ ipProtocol: IPProtocol) {
    isForward = UInt64(source) << 16 | UInt64(sourcePort) <= UInt64(destination) << 16 | UInt64(destinationPort)
    key =
      isForward
      ? FlowKey(low: source, sourcePort, high: destination, destinationPort, ipProtocol)
      : FlowKey(low: destination, destinationPort, high: source, sourcePort, ipProtocol)
  }
}

/// One conversation: counters of both directions, and the state of those who read its bytes.
///
/// Two lines of the processor's cache: the fields that every packet reads and writes come first.
struct Flow {
  let key: FlowKey
  /// Still in the table.
  var isLive = true
  /// No recognizer wants its bytes any more.
  var isDecided = false
  /// The lower end of the key opened the conversation.
  var originatorIsLow: Bool
  /// One side refused the TCP connection, or did not know of it.
  var isRefused = false
  var packetsForward: UInt32 = 0
  var packetsBackward: UInt32 = 0
  /// Index into the table of media plus one.
  var media: UInt32 = 0
  /// Payload that each direction may still have in the second since `touched` without being looked at.
  var room = Room()
  var bytesForward: UInt64 = 0
  var bytesBackward: UInt64 = 0
  var lastSeen: Timestamp
  /// When it was last moved in the order of idleness. A second of the conversation begins with that.
  var touched: Timestamp
  /// TCP, while it is read.
  var stream: StreamDelivery?
  /// UDP.
  var datagrams: DatagramConversation
  /// What it remembers of the upload that it belongs to, or belonged to; 0 if of none.
  var upload: UInt32 = 0
  /// Payload of both directions while it belonged to uploads, since the last clip.
  var payloadForward: UInt64 = 0
  var payloadBackward: UInt64 = 0

  init(key: FlowKey, originatorIsLow: Bool, at time: Timestamp, candidates: RecognizerSet) {
    self.key = key
    self.originatorIsLow = originatorIsLow
    datagrams = DatagramConversation(candidates: candidates)
    lastSeen = time
    touched = time
  }

  var isOneSided: Bool { packetsForward == 0 || packetsBackward == 0 }
  /// Both sides took part.
  var isExchange: Bool { !isOneSided && !isRefused }

  var packets: Int { Int(packetsForward) + Int(packetsBackward) }

  /// No recognizer wants a packet with this payload, and it is not the first one of its direction.
  @inline(__always)
  func passes(_ length: Int, isTCP: Bool, headersOnly: Bool, forward: Bool) -> Bool {
    (isDecided || isTCP && (headersOnly || length == 0 && stream == nil)) && (forward ? packetsForward : packetsBackward) > 0
  }

  @inline(__always)
  mutating func count(_ bytes: Int, forward: Bool, at time: Timestamp) {
    if time > lastSeen { lastSeen = time }
    if forward {
      packetsForward &+= 1
      bytesForward &+= UInt64(bytes)
    } else {
      packetsBackward &+= 1
      bytesBackward &+= UInt64(bytes)
    }
  }

  /// A parser, or segments that wait, take memory.
  var isRead: Bool { stream != nil || datagrams.parser != nil }

  /// Frees the memory of reading it: no recognizer wants its bytes any more.
  mutating func stopReading() {
    stream = nil
    datagrams.abandon()
    isDecided = true
  }
}

/// Payload that may still come in the second at hand before somebody looks: what uploads little costs one subtraction a packet.
struct Room {
  /// Added to a direction that is not to be looked at in this second.
  private static let ignored: Int32 = 1 << 30

  private(set) var forward = Int32(Upload.activeBytes)
  private(set) var backward = Int32(Upload.activeBytes)

  /// There is enough left for that.
  @inline(__always)
  func has(_ length: Int, forward isForward: Bool) -> Bool { (isForward ? forward : backward) &- Int32(truncatingIfNeeded: length) >= 0 }

  /// - Returns: there is none left.
  @inline(__always)
  mutating func take(_ length: Int, forward isForward: Bool) -> Bool {
    let length = Int32(truncatingIfNeeded: length)
    if isForward {
      forward &-= length
      return forward < 0
    }
    backward &-= length
    return backward < 0
  }

  mutating func ignore(forward isForward: Bool) {
    if isForward { forward &+= Self.ignored } else { backward &+= Self.ignored }
  }

  /// Every packet with payload is to be looked at.
  mutating func close() { (forward, backward) = (0, 0) }

  /// Payload in the second at hand.
  func taken(forward isForward: Bool) -> Int {
    let left = isForward ? forward : backward
    return max(0, Upload.activeBytes - Int(left > Upload.activeBytes ? left &- Self.ignored : left))
  }
}
