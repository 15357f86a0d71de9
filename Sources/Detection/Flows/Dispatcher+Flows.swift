/// Conversations over UDP and TCP.
extension Dispatcher {
  /// The flow that was last found for such a packet, if it is this packet's, with the numbers of its addresses.
  @inline(__always)
  func recall(_ packet: borrowing Packet, _ slot: Int) -> (flow: Int, source: UInt32, destination: UInt32, isForward: Bool)? {
    recall(packet.source, packet.sourcePort, packet.destination, packet.destinationPort, packet.ipProtocol, in: packet.segment, slot)
  }

  @inline(__always)
  func recall(
    _ from: IPAddress, _ sourcePort: UInt16, _ to: IPAddress, _ destinationPort: UInt16, _ ipProtocol: IPProtocol, in segment: Segment,
    _ slot: Int
  ) -> (flow: Int, source: UInt32, destination: UInt32, isForward: Bool)? {
    guard let number = recent[slot], flows[number].isLive else { return nil }
    let key = flows[number].key
    let isFromLow = addresses.isNumber(key.low, of: from, in: segment)
    let (source, destination) = isFromLow ? (key.low, key.high) : (key.high, key.low)
    guard isFromLow || addresses.isNumber(source, of: from, in: segment), addresses.isNumber(destination, of: to, in: segment) else {
      return nil
    }
    let ports = isFromLow ? (sourcePort, destinationPort) : (destinationPort, sourcePort)
    // Between ports of one address, the numbers do not tell the direction.
    guard key.hasRest(ports.0, ports.1, ipProtocol), source != destination else { return nil }
    return (number, source, destination, isFromLow)
  }

  /// - Parameters:
  ///   - sighting: of the packet, without its flow.
  ///   - known: the number of the flow, where it was recalled.
  ///   - slot: where to remember it.
  mutating func handleFlow(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ sighting: consuming Sighting, _ known: Int?, _ slot: Int,
    into handover: inout Handover
  ) {
    let (source, destination) = (sighting.source, sighting.destination)
    let key = DirectedKey(from: source, packet.sourcePort, to: destination, packet.destinationPort, packet.ipProtocol)
    let isTCP = packet.ipProtocol == .tcp
    let number: Int
    if let found = known ?? flows.find(key.key) {
      number = found
      if frame.time.isAfter(flows[number].touched, by: FlowTable.touchPeriod) {
        sighting.flags.formUnion(beginSecond(packet, frame, number, key, destination))
      }
      if isTCP, packet.tcpFlags.contains(.syn), !packet.tcpFlags.contains(.ack) { reopen(number, key) }
    } else {
      if flows.isFull, let gone = flows.takeIdlest() { close(gone) }
      addresses.retain(source)
      addresses.retain(destination)
      // A SYN-ACK comes from the responder.
      let answers = isTCP && packet.tcpFlags.isSuperset(of: [.syn, .ack])
      number = flows.insert(Flow(key: key.key, originatorIsLow: key.isForward != answers, at: frame.time), candidates: onUDP)
      sighting.flags.insert(.opens)
    }
    if known == nil { recent[slot] = number }
    if count(packet, frame, number, forward: key.isForward) {
      sighting.flags.insert(.beginsDirection)
      if isTCP, packet.tcpFlags.contains(.rst) { flows[number].isRefused = true }
    }
    sink.isExchange = flows[number].isExchange
    sighting.flow = UInt32(number)
    sighting.flags.insert(key.isForward ? [.hasFlow, .forward] : .hasFlow)
    if sink.isExchange { sighting.flags.insert(.exchange) }
    if sighting.becomesPlain(packet), !addresses[source].isDeclared {
      (sighting.kind, sighting.mac) = (.plain, packet.sourceMAC)
      (sighting.sourceAddress, sighting.destinationAddress) = (packet.source.v4, packet.destination.v4)
    } else {
      handover.headers(append: header(packet, source))
    }
    hand(sighting, into: &handover)
    if flows[number].isDecided || isTCP && headersOnly { return }
    if isTCP {
      handleTCP(packet, frame, number, destination, forward: key.isForward)
    } else {
      handleUDP(packet, frame, number, destination, forward: key.isForward)
    }
  }

  /// A packet begins another second of its conversation.
  /// - Returns: what that shows.
  @inline(never)
  private mutating func beginSecond(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ key: DirectedKey, _ destination: UInt32
  ) -> Sighting.Flags {
    let lastSeen = flows[number].lastSeen
    flows.touch(number, at: frame.time)
    guard frame.time.isAfter(lastSeen, by: KnockTable.silence) else { return .beginsSecond }
    guard frame.time.isAfter(lastSeen, by: HeartbeatTable.shortestPause) else { return [.beginsSecond, .endsSilence] }
    beat(packet, frame, number, key, destination)
    return [.beginsSecond, .endsSilence, .endsPause]
  }

  /// - Returns: it is the first packet of its direction.
  @inline(__always)
  private mutating func count(_ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, forward: Bool) -> Bool {
    flows[number].count(Swift.max(frame.originalLength, frame.bytes.byteCount), forward: forward, at: frame.time)
    return (forward ? flows[number].packetsForward : flows[number].packetsBackward) == 1
  }

  /// A packet that ends a pause of its conversation may be the next keep-alive.
  private mutating func beat(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ key: DirectedKey, _ destination: UInt32
  ) {
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
    guard flows[number].isDecided || flows[number].hasStream else { return }
    releaseBudget(flows[reading: number].stream)
    flows.setStream(number, nil)
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
    let wasRead = flows[reading: number].isRead
    flows[reading: number].datagrams.deliver(message, to: recognizers, reportsUnknown: packet.isToGroup || !headersOnly, into: &sink)
    if flows[reading: number].datagrams.isFinished { flows[number].isDecided = true }
    if !wasRead, flows[reading: number].isRead { beginReading(number) }
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
    if packet.payloadLength == 0, !flows[number].hasStream { return }
    let stream = flows[reading: number].stream ?? StreamDelivery(candidates: onTCP, searching: searchingOnTCP)
    if !flows[number].hasStream {
      flows.setStream(number, stream)
      beginReading(number)
    }
    let message = message(packet, frame, .tcp, destination, fromOriginator: flows[number].originatorIsLow == forward)
    streamGaps += stream.add(packet, message, to: recognizers, budget: &budget, into: &sink)
    collect(number, frame.time)
    if stream.isFinished {
      releaseBudget(stream)
      flows.stopReading(number)
    }
  }

  private mutating func releaseBudget(_ stream: StreamDelivery?) {
    if let stream { budget += stream.held }
  }

  /// A conversation's bytes are read from now on; those of others are given up where there are too many.
  private mutating func beginReading(_ number: Int) {
    for idle in readers.add(number, in: flows) {
      releaseBudget(flows[reading: idle].stream)
      flows.stopReading(idle)
    }
  }

  /// Files the streams, expectations and items that recognizers left in the sink.
  @inline(__always)
  private mutating func collect(_ number: Int, _ time: Timestamp) {
    guard sink.hasAnnounced else { return }
    for stream in sink.drainStreams() where flows[reading: number].media == 0 {
      flows[reading: number].media = media.open(stream, flow: number, at: time)
    }
    for expectation in sink.drainExpectations() { expectations.add(expectation, at: time) }
    for item in sink.drainItems() {
      let row = rows.add(item, at: time)
      if let record = rows.takeSeen() { media.saw(record) }
      guard let row else { continue }
      sink.emit(row.field, row.text, about: .sender, shown: item.packet)
    }
  }

  mutating func close(_ ended: FlowTable.Ended) {
    let flow = ended.flow
    if flow.isOneSided { oneSidedFlows += 1 }
    addresses.release(flow.key.low, at: flow.lastSeen)
    addresses.release(flow.key.high, at: flow.lastSeen)
    releaseBudget(ended.reading.stream)
    heartbeats.close(flow)
    media.close(ended.reading.media, flow)
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
