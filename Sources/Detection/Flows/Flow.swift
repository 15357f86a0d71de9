/// Addresses (by number), ports and protocol of a conversation, the lower end first: both directions have the same key.
struct FlowKey: PacketKey {
  let addresses: UInt64
  let rest: UInt64

  fileprivate init(low: UInt32, _ lowPort: UInt16, high: UInt32, _ highPort: UInt16, _ ipProtocol: IPProtocol) {
    addresses = UInt64(low) << 32 | UInt64(high)
    rest = Self.rest(lowPort, highPort, ipProtocol)
  }

  @inline(__always)
  private static func rest(_ lowPort: UInt16, _ highPort: UInt16, _ ipProtocol: IPProtocol) -> UInt64 {
    UInt64(lowPort) << 32 | UInt64(highPort) << 16 | UInt64(ipProtocol.rawValue)
  }

  /// These are its ports and its protocol.
  @inline(__always)
  func hasRest(_ lowPort: UInt16, _ highPort: UInt16, _ ipProtocol: IPProtocol) -> Bool { rest == Self.rest(lowPort, highPort, ipProtocol) }

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

/// One conversation: the counters of both directions, which every packet reads and writes. One line of the processor's cache.
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
  /// Its bytes are read as TCP's.
  var hasStream = false
  var packetsForward: UInt32 = 0
  var packetsBackward: UInt32 = 0
  var bytesForward: UInt64 = 0
  var bytesBackward: UInt64 = 0
  var lastSeen: Timestamp
  /// When it was last moved in the order of idleness. A second of the conversation begins with that.
  var touched: Timestamp

  init(key: FlowKey, originatorIsLow: Bool, at time: Timestamp) {
    self.key = key
    self.originatorIsLow = originatorIsLow
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
    (isDecided || isTCP && (headersOnly || length == 0 && !hasStream)) && (forward ? packetsForward : packetsBackward) > 0
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
}

/// The state of those who read a conversation's bytes.
struct FlowReading {
  /// TCP, while it is read.
  fileprivate(set) var stream: StreamDelivery?
  /// UDP.
  var datagrams: DatagramConversation
  /// Index into the table of media plus one.
  var media: UInt32 = 0

  init(candidates: RecognizerSet) { datagrams = DatagramConversation(candidates: candidates) }

  /// A parser, or segments that wait, take memory.
  var isRead: Bool { stream != nil || datagrams.parser != nil }
}

extension FlowTable {
  mutating func setStream(_ number: Int, _ stream: StreamDelivery?) {
    self[reading: number].stream = stream
    self[number].hasStream = stream != nil
  }

  /// Frees the memory of reading it: no recognizer wants its bytes any more.
  mutating func stopReading(_ number: Int) {
    setStream(number, nil)
    self[reading: number].datagrams.abandon()
    self[number].isDecided = true
  }
}
