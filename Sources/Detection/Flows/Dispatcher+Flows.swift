/// Conversations over UDP and TCP.
extension Dispatcher {
  /// The flow that was last found for such a packet, if it is this packet's, with the numbers of its addresses.
  @inline(__always)
  func recall(_ packet: borrowing Packet, _ slot: Int) -> (flow: Int, source: UInt32, destination: UInt32, key: DirectedKey)? {
    recall(packet.source, packet.sourcePort, packet.destination, packet.destinationPort, packet.ipProtocol, in: packet.segment, slot)
  }

  @inline(__always)
  func recall(
    _ from: IPAddress, _ sourcePort: UInt16, _ to: IPAddress, _ destinationPort: UInt16, _ ipProtocol: IPProtocol, in segment: Segment,
    _ slot: Int
  ) -> (flow: Int, source: UInt32, destination: UInt32, key: DirectedKey)? {
    guard let number = recent[slot], flows[number].isLive else { return nil }
    let key = flows[number].key
    let isFromLow = stations.isNumber(key.low, of: from, in: segment)
    let (source, destination) = isFromLow ? (key.low, key.high) : (key.high, key.low)
    guard isFromLow || stations.isNumber(source, of: from, in: segment), stations.isNumber(destination, of: to, in: segment) else {
      return nil
    }
    let own = DirectedKey(from: source, sourcePort, to: destination, destinationPort, ipProtocol)
    guard own.key == key else { return nil }
    return (number, source, destination, own)
  }

  /// - Parameters:
  ///   - known: the number of the flow, where it was recalled.
  ///   - slot: where to remember it.
  mutating func handleFlow(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ source: UInt32, _ destination: UInt32, _ known: Int?, _ slot: Int
  ) {
    let key = DirectedKey(from: source, packet.sourcePort, to: destination, packet.destinationPort, packet.ipProtocol)
    let isTCP = packet.ipProtocol == .tcp
    let number: Int
    if let found = known ?? flows.find(key.key) {
      number = found
      if frame.time.isAfter(flows[number].touched, by: FlowTable.touchPeriod) {
        beginSecond(packet, frame, number, key, source, destination)
      }
      if isTCP, packet.tcpFlags.contains(.syn), !packet.tcpFlags.contains(.ack) { reopen(number, key) }
    } else {
      if flows.isFull, let gone = flows.takeIdlest() { close(gone) }
      stations.retain(source)
      stations.retain(destination)
      // A SYN-ACK comes from the responder.
      let answers = isTCP && packet.tcpFlags.isSuperset(of: [.syn, .ack])
      number = flows.insert(Flow(key: key.key, originatorIsLow: key.isForward != answers, at: frame.time, candidates: onUDP))
      noteMessage(packet, frame, source, destination)
    }
    if known == nil { recent[slot] = number }
    if count(packet, frame, number, forward: key.isForward) { beginDirection(packet, number, source, destination) }
    sink.isExchange = flows[number].isExchange
    if flows[number].room.take(packet.payloadLength, forward: key.isForward), measure(packet.payloadLength, number, key, at: frame.time) {
      beginUpload(packet, frame, number, key, source, destination)
    }
    if flows[number].isDecided || isTCP && headersOnly { return }
    if isTCP {
      handleTCP(packet, frame, number, destination, forward: key.isForward)
    } else {
      handleUDP(packet, frame, number, destination, forward: key.isForward)
    }
  }

  /// - Returns: it is the first packet of its direction.
  @inline(__always)
  private mutating func count(_ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, forward: Bool) -> Bool {
    flows[number].count(Swift.max(frame.originalLength, frame.bytes.byteCount), forward: forward, at: frame.time)
    return (forward ? flows[number].packetsForward : flows[number].packetsBackward) == 1
  }

  /// A packet that ends a pause of its conversation may be the next keep-alive.
  mutating func beat(_ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ key: DirectedKey, _ destination: UInt32) {
    guard let heartbeat = heartbeats.add(flows[number], at: frame.time, forward: key.isForward) else { return }
    let isTCP = packet.ipProtocol == .tcp
    sink.begin(message(packet, frame, isTCP ? .tcp : .udp, destination))
    let address = packet.destination.isV4 ? "\(packet.destination)" : "[\(packet.destination)]"
    sink.emit(.beaconPeer, "\(isTCP ? "tcp" : "udp") \(packet.isToGroup ? "group " : "")\(address):\(packet.destinationPort)")
    sink.emit(.beaconJitter, "\(heartbeat.jitter)")
    sink.emit(.beaconPeriod, "\(heartbeat.seconds)")
  }

  /// A new connection between ports that were used before.
  private mutating func reopen(_ number: Int, _ key: DirectedKey) {
    guard flows[number].isDecided || flows[number].stream != nil else { return }
    releaseBudget(flows[number].stream)
    flows[number].stream = nil
    flows[number].isDecided = false
    flows[number].isRefused = false
    flows[number].originatorIsLow = key.isForward
  }

  private mutating func handleUDP(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ destination: UInt32, forward: Bool
  ) {
    let message = message(
      packet, frame, .udp, destination, fromOriginator: flows[number].originatorIsLow == forward,
      expectation: expectations.isEmpty ? nil : expectation(of: packet, at: frame.time))
    let wasRead = flows[number].isRead
    flows[number].datagrams.deliver(message, to: recognizers, reportsUnknown: packet.isToGroup || !headersOnly, into: &sink)
    if flows[number].datagrams.isFinished { flows[number].isDecided = true }
    if !wasRead, flows[number].isRead { beginReading(number) }
    collect(number, frame.time)
  }

  @inline(__always)
  private func expectation(of packet: borrowing Packet, at time: Timestamp) -> Expectation? {
    expectations.find(packet.source, packet.sourcePort, at: time) ?? expectations.find(packet.destination, packet.destinationPort, at: time)
  }

  private mutating func handleTCP(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ destination: UInt32, forward: Bool
  ) {
    if packet.tcpFlags.contains(.rst) { flows[number].isRefused = true }
    if packet.payloadLength == 0, flows[number].stream == nil { return }
    let stream = flows[number].stream ?? StreamDelivery(candidates: onTCP, searching: searchingOnTCP)
    if flows[number].stream == nil {
      flows[number].stream = stream
      beginReading(number)
    }
    let message = message(packet, frame, .tcp, destination, fromOriginator: flows[number].originatorIsLow == forward)
    streamGaps += stream.add(packet, message, to: recognizers, budget: &budget, into: &sink)
    collect(number, frame.time)
    if stream.isFinished {
      releaseBudget(stream)
      flows[number].stopReading()
    }
  }

  private mutating func releaseBudget(_ stream: StreamDelivery?) {
    if let stream { budget += stream.held }
  }

  /// A conversation's bytes are read from now on; those of others are given up where there are too many.
  private mutating func beginReading(_ number: Int) {
    for idle in readers.add(number, in: flows) {
      releaseBudget(flows[idle].stream)
      flows[idle].stopReading()
    }
  }

  /// Files the streams, expectations and items that recognizers left in the sink.
  @inline(__always)
  private mutating func collect(_ number: Int, _ time: Timestamp) {
    guard sink.hasAnnounced else { return }
    for stream in sink.drainStreams() where flows[number].media == 0 {
      flows[number].media = media.open(stream, flow: number, at: time)
    }
    for expectation in sink.drainExpectations() { expectations.add(expectation, at: time) }
    for item in sink.drainItems() {
      let row = rows.add(item, at: time)
      if let record = rows.takeSeen() { media.saw(record) }
      guard let row else { continue }
      sink.emit(row.field, row.text, about: .sender, shown: item.packet)
    }
  }

  mutating func close(_ flow: Flow) {
    if flow.isOneSided { oneSidedFlows += 1 }
    stations.release(flow.key.low, at: flow.lastSeen)
    stations.release(flow.key.high, at: flow.lastSeen)
    releaseBudget(flow.stream)
    heartbeats.close(flow)
    media.close(flow)
  }

  /// Streams so far, those of live flows with their counters of this moment.
  func streams() -> [MediaRecord] {
    media.records.map { record in
      guard let number = record.flow else { return record }
      return record.counted(flows[number])
    }
  }

  /// One-sided conversations, the live ones included.
  var oneSided: Int { oneSidedFlows + flows.liveOneSided }
}
