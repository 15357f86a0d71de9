/// Takes each packet to its flow, and its bytes to the recognizers that may want them.
///
/// Everything above the seam: it counts hosts and flows, and fills the sink with observations; it knows neither signatures nor devices.
struct Dispatcher: ~Copyable {
  /// Datagrams of a UDP conversation that are shown to recognizers which only ask for more.
  static let undecidedDatagrams = 32
  /// Unrecognised datagrams of each direction that are shown to the signatures.
  static let unknownDatagrams = 3
  /// Bytes of TCP segments that wait for earlier ones, in all flows together.
  static let waitingBudget = 64 << 20

  let recognizers: [any Recognizer]
  /// Contents of conversations are not looked at, only what is announced to everybody.
  private let headersOnly: Bool
  /// Rooms are told by where frames come from.
  let tracksIngress: Bool
  private let onUDP: RecognizerSet
  private let onTCP: RecognizerSet
  private let onARP: RecognizerSet
  private let onICMPv6: RecognizerSet
  private let onWiFi: RecognizerSet
  private let onLLDP: RecognizerSet
  private let onCDP: RecognizerSet

  var hosts = StationTable()
  private(set) var flows = FlowTable()
  private var recent = RecentFlows()
  private(set) var readers = ActiveParsers()
  private(set) var expectations = ExpectationTable()
  var media = MediaTable()
  private(set) var fragments = FragmentTable()
  private var heartbeats = HeartbeatTable()
  var sink = ObservationSink()
  /// Of the frame at hand.
  private var interface = CaptureInterfaces.unnamed
  private var arrival: FrameIngress?
  private var budget = Dispatcher.waitingBudget

  private(set) var oneSidedFlows = 0
  private(set) var streamGaps = 0
  private(set) var encryptedWiFiPackets: UInt64 = 0
  /// Within datagrams that were put together, and fragments of those that could not be.
  private(set) var undecoded: [Undecoded: UInt64] = [:]

  init(recognizers: [any Recognizer], headersOnly: Bool = false, tracksIngress: Bool = false) {
    precondition(recognizers.count <= 64, "a flow remembers its candidates in 64 bits")
    self.recognizers = recognizers
    self.headersOnly = headersOnly
    self.tracksIngress = tracksIngress
    sink.wantsAnnouncements = tracksIngress
    onUDP = RecognizerSet(of: recognizers, on: .udp, headersOnly: headersOnly)
    onTCP = RecognizerSet(of: recognizers, on: .tcp, headersOnly: headersOnly)
    onARP = RecognizerSet(of: recognizers, on: .arp, headersOnly: headersOnly)
    onICMPv6 = RecognizerSet(of: recognizers, on: .icmpv6, headersOnly: headersOnly)
    onWiFi = RecognizerSet(of: recognizers, on: .wifi, headersOnly: headersOnly)
    onLLDP = RecognizerSet(of: recognizers, on: .lldp, headersOnly: headersOnly)
    onCDP = RecognizerSet(of: recognizers, on: .cdp, headersOnly: headersOnly)
  }

  /// - Parameter now: the engine's clock, which a single packet of a false time does not move.
  mutating func handle(_ packet: borrowing Packet, of frame: borrowing Frame, now: Timestamp) {
    let due = Swift.min(frame.time, now)
    while let gone = flows.takeExpired(at: due) { close(gone) }
    while let gone = fragments.takeExpired(at: due) { giveUp(gone) }
    if let source = packet.tunnelSource { count(tunnelSource: source, frame) }
    if tracksIngress {
      // What was given up is not this frame's.
      arrival = nil
      interface = frame.interface
    }
    take(packet, frame)
  }

  /// By which way the frame at hand came, once; where a host is given, only its own.
  mutating func takeIngress(from host: StationID? = nil) -> FrameIngress? {
    guard let arrival, host == nil || arrival.host == host else { return nil }
    self.arrival = nil
    return arrival
  }

  /// What a machine sends itself, as its own capture shows it, has come nowhere.
  private mutating func note(_ packet: borrowing Packet, from host: StationID?) {
    guard let host, !packet.isOutgoing else { return }
    arrival = FrameIngress(
      host: host, interface: interface, accessPoint: packet.accessPoint, tunnelSource: packet.tunnelSource,
      isFlooded: packet.destinationMAC.isGroup || packet.hasIP && !packet.destination.isUnicast)
  }

  /// A tunnel's end is a host as well, whatever travels in the tunnel.
  private mutating func count(tunnelSource: Station, _ frame: borrowing Frame) {
    guard !tunnelSource.mac.isGroup, let number = hosts.intern(tunnelSource.address, in: tunnelSource.segment, at: frame.time) else { return }
    _ = hosts.sent(by: number, mac: tunnelSource.mac, bytes: Swift.max(frame.originalLength, frame.bytes.byteCount), at: frame.time)
  }

  /// - Parameter isCounted: the packet is a datagram put together of fragments, which its hosts are known to have sent.
  private mutating func take(_ packet: borrowing Packet, _ frame: borrowing Frame, isCounted: Bool = false) {
    guard packet.hasIP, packet.source.bits != 0 || packet.destination.bits != 0 else { return handleLink(packet, frame) }
    let length = Swift.max(frame.originalLength, frame.bytes.byteCount)
    let slot = RecentFlows.slot(packet)
    let known = packet.hasPorts && packet.fragment == nil ? recall(packet, slot, at: frame.time) : nil
    guard
      let source = known?.source ?? hosts.intern(packet.source, in: packet.segment, at: frame.time),
      let destination = known?.destination ?? hosts.intern(packet.destination, in: packet.segment, at: frame.time)
    else { return }
    // A group address, or nobody's, sends nothing: the frame is false.
    guard !packet.source.isMulticast, !packet.source.isBroadcast, !packet.sourceMAC.isGroup else { return }
    if !isCounted {
      let sender = hosts.sent(by: source, mac: packet.sourceMAC, bytes: length, at: frame.time)
      if tracksIngress { note(packet, from: sender) }
      let receiver = hosts.holder(of: destination)
      if receiver != .none { hosts.count(receivedBy: receiver, bytes: length) }
    }

    if let fragment = packet.fragment {
      if let datagram = fragments.add(packet, fragment, of: frame) {
        take(datagram, datagram.bytes, at: frame.time, frame.reference)
      }
    } else if packet.hasPorts {
      handleFlow(packet, frame, source, destination, known?.flow, slot)
    } else if packet.ipProtocol == .icmpv6, packet.undecoded == nil {
      ask(onICMPv6, message(packet, frame, .icmpv6, destination))
    }
  }

  /// A datagram's bytes are its own: they are decoded and used within this call.
  private mutating func take(_ datagram: FragmentTable.Datagram, _ bytes: [UInt8], at time: Timestamp, _ reference: PacketReference) {
    let frame = unsafe Frame(bytes: bytes.span.bytes, originalLength: datagram.frameBytes, linkType: .raw, time: time, reference: reference)
    let packet = Packet(reassembled: frame.bytes, length: datagram.length, datagram.envelope)
    if let trouble = packet.undecoded { undecoded[trouble, default: 0] += 1 }
    // Inside a tunnel, others are the hosts.
    take(packet, frame, isCounted: packet.segment == datagram.envelope.segment)
  }

  /// Pieces are missing from the capture: what is there from the start on is read as if it were cut, in its own time.
  private mutating func giveUp(_ datagram: FragmentTable.Datagram) {
    undecoded[.fragment, default: 0] += UInt64(datagram.pieces)
    guard datagram.headLength > 0 else { return }
    take(datagram, Array(datagram.bytes.prefix(datagram.headLength)), at: datagram.time, datagram.packet)
  }

  /// Frames without IP: they show that a station is there, and ARP says which address it holds.
  private mutating func handleLink(_ packet: borrowing Packet, _ frame: borrowing Frame) {
    if packet.isEncrypted { encryptedWiFiPackets += 1 }
    guard !packet.sourceMAC.isNone, !packet.sourceMAC.isGroup else { return }
    let station = Station(segment: packet.segment, mac: packet.sourceMAC)
    let receiver = Station(segment: packet.segment, mac: packet.destinationMAC)
    let length = Swift.max(frame.originalLength, frame.bytes.byteCount)
    if let host = hosts.host(for: station, at: frame.time) {
      hosts.count(sentBy: host, bytes: length, at: frame.time)
      if tracksIngress { note(packet, from: host) }
    }
    if packet.isEncrypted, let host = hosts.find(receiver) { hosts.count(receivedBy: host, bytes: length) }
    let (transport, candidates): (Transports, RecognizerSet)
    switch packet.etherType {
    case .arp: (transport, candidates) = (.arp, onARP)
    case .wifiManagement: (transport, candidates) = (.wifi, onWiFi)
    case .lldp: (transport, candidates) = (.lldp, onLLDP)
    case .cdp: (transport, candidates) = (.cdp, onCDP)
    default: return
    }
    let message = Message(
      payload: packet.payload, length: packet.payloadLength, transport: transport, source: Endpoint(station: station),
      destination: Endpoint(station: receiver), fromOriginator: true, time: frame.time, packet: frame.reference)
    ask(candidates, message)
  }

  private mutating func ask(_ candidates: RecognizerSet, _ message: borrowing Message) {
    sink.begin(message)
    for index in candidates {
      switch recognizers[index].recognize(message, into: &sink) {
      case .notMine, .needMore: continue
      case .message, .mine, .done, .next: return
      }
    }
  }

  @_lifetime(copy packet)
  private func message(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ transport: Transports, _ destination: UInt32, fromOriginator: Bool = true
  ) -> Message {
    Message(
      payload: packet.payload, length: packet.payloadLength, transport: transport,
      source: Endpoint(station: Station(sender: packet), port: packet.sourcePort),
      destination: Endpoint(station: receiver(packet, destination), port: packet.destinationPort), fromOriginator: fromOriginator,
      time: frame.time, packet: frame.reference)
  }

  /// Link types that show no destination address: then it is who last sent from there.
  private func receiver(_ packet: borrowing Packet, _ destination: UInt32) -> Station {
    let holder = hosts.holder(of: destination)
    if packet.destinationMAC.isNone, holder != .none { return hosts[holder].station }
    let mac = packet.destinationMAC.isGroup ? .none : packet.destinationMAC
    return Station(segment: packet.segment, mac: mac, address: packet.destination.isUnicast ? packet.destination : .none)
  }

  // MARK: Flows

  /// The flow that was last found for such a packet, if it is this packet's, with the numbers of its addresses.
  @inline(__always)
  private mutating func recall(
    _ packet: borrowing Packet, _ slot: Int, at time: Timestamp
  ) -> (flow: Int, source: UInt32, destination: UInt32)? {
    guard let number = recent[slot], flows[number].isLive else { return nil }
    let key = flows[number].key
    let isForward = hosts.isNumber(key.low, of: packet.source, in: packet.segment)
    let (source, destination) = isForward ? (key.low, key.high) : (key.high, key.low)
    guard isForward || hosts.isNumber(source, of: packet.source, in: packet.segment),
      hosts.isNumber(destination, of: packet.destination, in: packet.segment)
    else { return nil }
    let own = FlowKey(from: source, packet.sourcePort, to: destination, packet.destinationPort, packet.ipProtocol)
    guard own.addresses == key.addresses, own.rest == key.rest else { return nil }
    hosts.see(source, at: time)
    hosts.see(destination, at: time)
    return (number, source, destination)
  }

  private mutating func handleFlow(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ source: UInt32, _ destination: UInt32, _ known: Int?, _ slot: Int
  ) {
    let key = FlowKey(from: source, packet.sourcePort, to: destination, packet.destinationPort, packet.ipProtocol)
    let isTCP = packet.ipProtocol == .tcp
    let number: Int
    if let found = known ?? flows.find(key) {
      number = found
      flows.touch(number, at: frame.time)
      if frame.time.isAfter(flows[number].lastSeen, by: HeartbeatTable.shortestPause) { beat(packet, frame, number, key, destination) }
      if isTCP, packet.tcpFlags.contains(.syn), !packet.tcpFlags.contains(.ack) { reopen(number, key) }
    } else {
      hosts.retain(source)
      hosts.retain(destination)
      // A SYN-ACK comes from the one who was called.
      let answers = isTCP && packet.tcpFlags.isSuperset(of: [.syn, .ack])
      number = flows.insert(
        Flow(key: key, originatorIsLow: key.isForward != answers, at: frame.time, candidates: isTCP ? onTCP : onUDP))
    }
    if known == nil { recent[slot] = number }
    count(packet, frame, number, forward: key.isForward)
    if flows[number].isDecided || isTCP && headersOnly { return }
    if isTCP {
      handleTCP(packet, frame, number, destination, forward: key.isForward)
    } else {
      handleUDP(packet, frame, number, destination, forward: key.isForward)
    }
  }

  private mutating func count(_ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, forward: Bool) {
    let length = UInt64(Swift.max(frame.originalLength, frame.bytes.byteCount))
    if forward {
      flows[number].packetsForward &+= 1
      flows[number].bytesForward &+= length
    } else {
      flows[number].packetsBackward &+= 1
      flows[number].bytesBackward &+= length
    }
    if frame.time > flows[number].lastSeen { flows[number].lastSeen = frame.time }
  }

  /// A packet that ends a pause of its conversation may be one more of a row of keep-alives.
  private mutating func beat(_ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ key: FlowKey, _ destination: UInt32) {
    guard let heartbeat = heartbeats.add(flows[number], at: frame.time, forward: key.isForward) else { return }
    let isTCP = packet.ipProtocol == .tcp
    sink.begin(message(packet, frame, isTCP ? .tcp : .udp, destination))
    let address = packet.destination.isV4 ? "\(packet.destination)" : "[\(packet.destination)]"
    let isToAll = packet.destinationMAC.isGroup || !packet.destination.isUnicast
    sink.emit(.beaconPeer, "\(isTCP ? "tcp" : "udp") \(isToAll ? "group " : "")\(address):\(packet.destinationPort)")
    sink.emit(.beaconJitter, "\(heartbeat.jitter)")
    sink.emit(.beaconPeriod, "\(heartbeat.seconds)")
  }

  /// A new connection between ports that were used before.
  private mutating func reopen(_ number: Int, _ key: FlowKey) {
    guard flows[number].isDecided || flows[number].state != nil else { return }
    releaseBudget(flows[number].state)
    flows[number].state = nil
    flows[number].isDecided = false
    flows[number].originatorIsLow = key.isForward
  }

  // MARK: UDP

  private mutating func handleUDP(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ destination: UInt32, forward: Bool
  ) {
    var message = message(packet, frame, .udp, destination, fromOriginator: flows[number].originatorIsLow == forward)
    if !expectations.isEmpty {
      message.expectation =
        expectations.find(packet.source, packet.sourcePort, at: frame.time)
        ?? expectations.find(packet.destination, packet.destinationPort, at: frame.time)
    }
    sink.begin(message)
    let isToAll = packet.destinationMAC.isGroup || !packet.destination.isUnicast
    if let parser = flows[number].state?.parser {
      return continueUDP(parser, message, number, isToAll: isToAll)
    }
    for index in flows[number].candidates {
      switch recognizers[index].recognize(message, into: &sink) {
      case .notMine:
        flows[number].candidates.remove(index)
      case .needMore:
        continue
      case .message:
        flows[number].owner = Int8(index)
        return collect(number, forward, frame.time)
      case .done, .next:
        flows[number].owner = Int8(index)
        flows[number].isDecided = true
        return collect(number, forward, frame.time)
      case .mine:
        flows[number].owner = Int8(index)
        flows[number].candidates.remove(index)
        let parser = recognizers[index].makeParser()
        let state = FlowState()
        state.parser = parser
        read(number, state)
        return continueUDP(parser, message, number, isToAll: isToAll)
      }
    }
    reportUnknown(message, number, forward: forward, isToAll: isToAll)
  }

  private mutating func continueUDP(_ parser: any Parser, _ message: borrowing Message, _ number: Int, isToAll: Bool) {
    let disposition = parser.consume(message, into: &sink)
    collect(number, flows[number].originatorIsLow == message.fromOriginator, message.time)
    switch disposition {
    case .done, .next:
      flows[number].isDecided = true
      flows[number].state = nil
    case .notMine:
      flows[number].state = nil
      flows[number].owner = -1
      reportUnknown(message, number, forward: flows[number].originatorIsLow == message.fromOriginator, isToAll: isToAll)
    default: break
    }
  }

  private mutating func reportUnknown(_ message: borrowing Message, _ number: Int, forward: Bool, isToAll: Bool) {
    let seen = forward ? flows[number].unknownForward : flows[number].unknownBackward
    if seen < Self.unknownDatagrams, isToAll || !headersOnly, message.payload.byteCount > 0 {
      sink.emitPayload(.udpPayload, message.payload, length: message.length)
    }
    if forward { flows[number].unknownForward = seen &+ 1 } else { flows[number].unknownBackward = seen &+ 1 }
    let total = Int(flows[number].unknownForward) + Int(flows[number].unknownBackward)
    let shown = Swift.min(flows[number].unknownForward, flows[number].unknownBackward) >= Self.unknownDatagrams
    if total >= Self.undecidedDatagrams || flows[number].candidates.isEmpty && shown { flows[number].isDecided = true }
  }

  // MARK: TCP

  private mutating func handleTCP(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ number: Int, _ destination: UInt32, forward: Bool
  ) {
    if packet.payloadLength == 0, flows[number].state == nil { return }
    let state = flows[number].state ?? FlowState()
    if flows[number].state == nil {
      state.conversation = StreamConversation(candidates: flows[number].candidates)
      read(number, state)
    }
    guard let conversation = state.conversation else { return }
    let message = message(packet, frame, .tcp, destination, fromOriginator: flows[number].originatorIsLow == forward)
    var gaps = 0
    if packet.tcpFlags.contains(.ack) {
      // What this side confirms, the other side has sent.
      let acknowledged = packet.tcpAcknowledgment
      let (source, destination) = (message.destination, message.source)
      let originates = !message.fromOriginator
      deliver(to: conversation, from: source, to: destination, originates, &gaps) { budget, handle in
        if forward {
          state.backward.confirmed(acknowledged, budget: &budget, handle)
        } else {
          state.forward.confirmed(acknowledged, budget: &budget, handle)
        }
      }
    }
    if packet.tcpFlags.contains(.syn) {
      if forward { state.forward.opened(sequence: packet.tcpSequence) } else { state.backward.opened(sequence: packet.tcpSequence) }
    } else if packet.payloadLength > 0 {
      let (source, destination, originates) = (message.source, message.destination, message.fromOriginator)
      let (sequence, payload, length) = (packet.tcpSequence, message.payload, message.length)
      let (time, reference) = (frame.time, frame.reference)
      deliver(to: conversation, from: source, to: destination, originates, &gaps) { budget, handle in
        if forward {
          state.forward.add(sequence: sequence, payload, length: length, time: time, packet: reference, budget: &budget, handle)
        } else {
          state.backward.add(sequence: sequence, payload, length: length, time: time, packet: reference, budget: &budget, handle)
        }
      }
    }
    streamGaps += gaps
    if packet.tcpFlags.contains(.fin) || packet.tcpFlags.contains(.rst) { conversation.end(message, into: &sink) }
    if let owner = conversation.owner { flows[number].owner = Int8(owner) }
    collect(number, forward, frame.time)
    if conversation.isFinished {
      releaseBudget(state)
      flows[number].state = nil
      flows[number].isDecided = true
    }
  }

  /// Lets an assembler hand over what is in order, as messages of `source`.
  private mutating func deliver(
    to conversation: StreamConversation, from source: Endpoint, to destination: Endpoint, _ fromOriginator: Bool, _ gaps: inout Int,
    _ body: (inout Int, (borrowing StreamAssembler.Event) -> Void) -> Void
  ) {
    let recognizers = recognizers
    var available = budget
    var missing = 0
    var sink = ObservationSink()
    swap(&sink, &self.sink)
    body(&available) { event in
      switch event {
      case .gap:
        missing += 1
        conversation.gap(fromOriginator: fromOriginator)
      case .bytes(let payload, let time, let packet):
        let message = Message(
          payload: payload, length: payload.byteCount, transport: .tcp, source: source, destination: destination,
          fromOriginator: fromOriginator, time: time, packet: packet)
        conversation.deliver(message, to: recognizers, into: &sink)
      }
    }
    swap(&sink, &self.sink)
    gaps += missing
    budget = available
  }

  private mutating func releaseBudget(_ state: FlowState?) {
    if let state { budget += state.forward.held + state.backward.held }
  }

  /// Begins to read a conversation's bytes; another's are given up where there are too many.
  private mutating func read(_ number: Int, _ state: FlowState) {
    flows[number].state = state
    guard let idle = readers.add(number, in: flows) else { return }
    releaseBudget(flows[idle].state)
    flows[idle].state = nil
    flows[idle].isDecided = true
  }

  // MARK: What recognizers asked for

  /// Files the streams and expectations that recognizers left in the sink.
  private mutating func collect(_ number: Int, _ forward: Bool, _ time: Timestamp) {
    if sink.streams.isEmpty && sink.expectations.isEmpty { return }
    for stream in sink.takeStreams() {
      if flows[number].stream == 0 { flows[number].stream = media.open(stream, flow: number, at: time) }
    }
    for expectation in sink.takeExpectations() { expectations.add(expectation, at: time) }
  }

  // MARK: The end of flows

  private mutating func close(_ flow: Flow) {
    if flow.isOneSided { oneSidedFlows += 1 }
    hosts.release(flow.key.low)
    hosts.release(flow.key.high)
    releaseBudget(flow.state)
    heartbeats.close(flow)
    media.close(flow)
  }

  /// Ends all flows: the input is over.
  mutating func closeAll() {
    while let gone = fragments.takeAny() { giveUp(gone) }
    var ended = FlowTable(evicted: flows.evicted)
    swap(&ended, &flows)
    ended.forEach { close($0) }
    recent = RecentFlows()
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

extension Station {
  init(sender packet: borrowing Packet) {
    self.init(segment: packet.segment, mac: packet.sourceMAC, address: packet.source.isUnicast ? packet.source : .none)
  }
}
