/// Takes each packet to its flow, and its bytes to the recognizers that may want them.
///
/// It knows addresses and conversations, and nothing of stations, signatures or devices. What packets show is handed over as `Sighting`s,
/// with the observations that were made, in their order; nothing comes back. So those who take it may be on another thread.
struct Dispatcher: ~Copyable {
  /// Bytes of TCP segments that wait for earlier ones, in all flows together.
  static let waitingBudget = 64 << 20
  /// How often is looked at what goes on.
  private static let checkPeriod = Nanoseconds.seconds(10)

  let recognizers: [any Recognizer]
  /// Contents of conversations are not looked at, only what devices announce publicly.
  let headersOnly: Bool
  /// Rooms depend on where frames arrive.
  var tracksIngress: Bool {
    didSet { sink.wantsAnnouncements = tracksIngress }
  }
  let onUDP: RecognizerSet
  let onTCP: RecognizerSet
  let searchingOnTCP: RecognizerSet
  private let onARP: RecognizerSet
  private let onICMPv6: RecognizerSet
  private let onWiFi: RecognizerSet
  private let onLLDP: RecognizerSet
  private let onCDP: RecognizerSet

  var addresses = AddressTable()
  var flows = FlowTable()
  var recent = RecentFlows()
  private(set) var lookahead = Lookahead()
  var readers = ActiveParsers()
  var expectations = ExpectationTable()
  var media = MediaTable()
  var rows = MediaRows()
  private(set) var fragments = FragmentTable()
  var heartbeats = HeartbeatTable()
  var sink = ObservationSink()
  var budget = Dispatcher.waitingBudget
  /// Which addresses are on the LAN by themselves.
  var local = LocalAddresses()

  private var clock = PacketClock()
  private var nextCheck = Timestamp.distantPast
  /// Flags of the next sighting of the frame at hand.
  var frameFlags: Sighting.Flags = []

  private(set) var packets: UInt64 = 0
  private(set) var truncated: UInt64 = 0
  var oneSidedFlows = 0
  var streamGaps = 0
  private(set) var encryptedWiFiPackets: UInt64 = 0
  private(set) var undecoded: [Undecoded: UInt64] = [:]

  init(recognizers: [any Recognizer], headersOnly: Bool = false, tracksIngress: Bool = false) {
    precondition(recognizers.count <= 64, "a flow remembers its candidates in 64 bits")
    self.recognizers = recognizers
    self.headersOnly = headersOnly
    self.tracksIngress = tracksIngress
    sink.wantsAnnouncements = tracksIngress
    onUDP = RecognizerSet(of: recognizers, on: .udp, headersOnly: headersOnly)
    onTCP = RecognizerSet(of: recognizers, on: .tcp, headersOnly: headersOnly)
    searchingOnTCP = onTCP.searching(recognizers)
    onARP = RecognizerSet(of: recognizers, on: .arp, headersOnly: headersOnly)
    onICMPv6 = RecognizerSet(of: recognizers, on: .icmpv6, headersOnly: headersOnly)
    onWiFi = RecognizerSet(of: recognizers, on: .wifi, headersOnly: headersOnly)
    onLLDP = RecognizerSet(of: recognizers, on: .lldp, headersOnly: headersOnly)
    onCDP = RecognizerSet(of: recognizers, on: .cdp, headersOnly: headersOnly)
  }

  /// Hands over what the next frame shows.
  @inline(__always)
  mutating func handle(_ frame: borrowing Frame, into handover: inout Handover) {
    if let plain = begin(frame, into: &handover) { handover.append(plain) }
  }

  /// Hands over what the next frame shows, apart from what needs nothing else.
  /// - Returns: the sighting of a plain packet, to be taken next.
  @inline(__always)
  mutating func begin(_ frame: borrowing Frame, into handover: inout Handover) -> Sighting? {
    packets += 1
    if frame.bytes.byteCount < frame.originalLength { truncated += 1 }
    follow(frame.time, into: &handover)
    frameFlags = clock.now == frame.time ? [.first, .onTime] : .first
    lookahead.advance(frame.upcoming, recent, flows, addresses)
    let due = Swift.min(frame.time, clock.now)
    while let gone = flows.takeExpired(at: due) { close(gone) }
    while let gone = fragments.takeExpired(at: due) { giveUp(gone, frame, into: &handover) }
    guard let plain = pass(frame) else {
      decode(frame, into: &handover)
      report(frame, into: &handover)
      return nil
    }
    guard media.hasSeen else { return plain }
    handover.append(plain)
    reportEvents(from: frame.interface, into: &handover)
    return nil
  }

  @inline(never)
  private mutating func decode(_ frame: borrowing Frame, into handover: inout Handover) {
    let packet = Packet(decoding: frame)
    if let source = packet.tunnelSource { count(tunnelSource: source, packet, frame, into: &handover) }
    dispatch(packet, frame, showsIngress: tracksIngress, into: &handover)
    if let trouble = packet.undecoded { undecoded[trouble, default: 0] += 1 }
  }

  // MARK: Time

  @inline(__always)
  private mutating func follow(_ time: Timestamp, into handover: inout Handover) {
    let before = clock.now
    if !clock.follow(time) { followAnother(time, after: before, into: &handover) }
    if time >= nextCheck, clock.now > before { check(after: before, into: &handover) }
  }

  /// A packet from before, or from far ahead.
  @inline(never)
  private mutating func followAnother(_ time: Timestamp, after before: Timestamp, into handover: inout Handover) {
    switch clock.followAnother(time) {
    case .none: return
    case .leap(let step): handover.append(Sighting(.leap, at: time, Self.packet(step)))
    case .setBack(let step):
      closeAll(at: before, into: &handover)
      handover.append(Sighting(.epoch, at: time, Self.packet(step)))
      beginEpoch(movedBy: step)
    }
  }

  private static func packet(_ step: Nanoseconds) -> PacketReference {
    PacketReference(file: 0, number: UInt64(bitPattern: step.count))
  }

  /// Moves the clock where a link is quiet; never back.
  mutating func advance(to time: Timestamp, into handover: inout Handover) {
    let before = clock.now
    clock.advance(to: time)
    if time >= nextCheck, time > before { check(after: before, into: &handover) }
  }

  /// Reports how long live video has been under way, and what was made up, up to where the clock was before it moved.
  @inline(never)
  private mutating func check(after before: Timestamp, into handover: inout Handover) {
    media.look(at: flows)
    let due = Nanoseconds(count: nextCheck.nanoseconds)
    hand(Sighting(.check, at: before, Self.packet(due)), isEnd: false, into: &handover)
    // On whole tens of seconds, so that a live run and a replay look at the same packets.
    let next = (clock.now + Self.checkPeriod).nanoseconds
    nextCheck = Timestamp(nanoseconds: next - next % Self.checkPeriod.count)
  }

  private mutating func hand(_ sighting: Sighting, isEnd: Bool, into handover: inout Handover) {
    handover.append(
      sighting, Handover.Check(floods: sink.floods.drain(at: sighting.time, isEnd: isEnd), evictedFlows: flows.evicted))
    if !addresses.renumbered.isEmpty { handNumbers(into: &handover) }
    reportEvents(from: CaptureInterfaces.unnamed, into: &handover)
  }

  // MARK: Handing over

  /// Reports what the last frame showed.
  @inline(__always)
  private mutating func report(_ frame: borrowing Frame, into handover: inout Handover) {
    if !frameFlags.isEmpty || !addresses.renumbered.isEmpty || sink.hasReports || media.hasOpened || media.hasSeen {
      reportRest(frame, into: &handover)
    }
  }

  @inline(never)
  private mutating func reportRest(_ frame: borrowing Frame, into handover: inout Handover) {
    if !frameFlags.isEmpty || !addresses.renumbered.isEmpty { hand(sighting(.nothing, frame), into: &handover) }
    reportEvents(from: frame.interface, into: &handover)
  }

  /// The events belong to the last sighting.
  private mutating func reportEvents(from interface: UInt16, into handover: inout Handover) {
    guard sink.hasReports || media.hasOpened || media.hasSeen else { return }
    let before = handover.events.count
    let claims = sink.drainClaims()
    if sink.hasReports { sink.drain(into: &handover.events, from: interface) }
    if media.hasOpened { for opened in media.drainOpened() { handover.events.append(.mediaOpened(opened.stream, opened.time)) } }
    if media.hasSeen { for record in media.drainSeen() { handover.events.append(.mediaSeen(record)) } }
    handover.add(events: handover.events.count - before)
    for (place, claim) in claims.enumerated() {
      let number = addresses.find(claim.address, in: claim.segment).map(UInt32.init)
      handover.add(Handover.Claim(number: number, isLast: place == claims.count - 1))
    }
  }

  /// A sighting of the frame at hand.
  @inline(__always)
  func sighting(_ kind: Sighting.Kind, _ frame: borrowing Frame) -> Sighting {
    Sighting(kind, at: frame.time, frame.reference, frameFlags, interface: frame.interface)
  }

  @inline(__always)
  mutating func hand(_ sighting: Sighting, into handover: inout Handover) {
    frameFlags = []
    handover.append(sighting)
    if !addresses.renumbered.isEmpty { handNumbers(into: &handover) }
  }

  @inline(never)
  private mutating func handNumbers(into handover: inout Handover) {
    let last = addresses.renumbered.count - 1
    for place in 0...last {
      let number = addresses.renumbered[place]
      let isLocal = local.contains(addresses[number].address)
      handover.add(Handover.Numbered(number: number, isLocal: isLocal, isLast: place == last))
    }
    addresses.clearRenumbered()
  }

  @inline(__always)
  func header(_ packet: borrowing Packet, _ source: UInt32) -> PacketHeader {
    PacketHeader(packet, isDeclared: addresses[source].isDeclared)
  }

  // MARK: Packets

  /// The number of an address. Where all have conversations, those that were idle longest end.
  private mutating func number(of address: IPAddress, in segment: Segment, at time: Timestamp) -> UInt32? {
    while true {
      if let number = addresses.number(of: address, in: segment, at: time) { return number }
      guard let gone = flows.takeIdlest() else { return nil }
      close(gone)
    }
  }

  /// A tunnel's end is a station as well, whatever travels in the tunnel.
  private mutating func count(
    tunnelSource: Station, _ packet: borrowing Packet, _ frame: borrowing Frame, into handover: inout Handover
  ) {
    guard !tunnelSource.mac.isGroup, let number = number(of: tunnelSource.address, in: tunnelSource.segment, at: frame.time) else { return }
    addresses.sent(from: number, by: tunnelSource.mac)
    var sighting = sighting(.tunnel, frame)
    sighting.source = number
    sighting.frameLength = UInt32(clamping: Swift.max(frame.originalLength, frame.bytes.byteCount))
    handover.headers(append: PacketHeader(packet, isDeclared: false))
    hand(sighting, into: &handover)
  }

  /// - Parameters:
  ///   - isCounted: the packet is a datagram put together of fragments, which its stations are known to have sent.
  ///   - showsIngress: the frame shows where the packet arrived.
  private mutating func dispatch(
    _ packet: borrowing Packet, _ frame: borrowing Frame, isCounted: Bool = false, showsIngress: Bool, into handover: inout Handover
  ) {
    guard packet.hasIP, packet.source.bits != 0 || packet.destination.bits != 0 else {
      return handleLink(packet, frame, showsIngress: showsIngress, into: &handover)
    }
    let slot = RecentFlows.slot(packet)
    let known = packet.hasPorts && packet.fragment == nil ? recall(packet, slot) : nil
    guard let source = known?.source ?? number(of: packet.source, in: packet.segment, at: frame.time) else { return }
    // The second address must not take the first one's place.
    let isHeld = known == nil && addresses.isFull
    if isHeld { addresses.retain(source) }
    defer { if isHeld { addresses.release(source, at: frame.time) } }
    guard let destination = known?.destination ?? number(of: packet.destination, in: packet.segment, at: frame.time) else { return }
    // A group address sends nothing: the frame is false.
    guard !packet.source.isMulticast, !packet.source.isBroadcast, !packet.sourceMAC.isGroup else { return }
    var sighting = sighting(.packet, frame)
    (sighting.source, sighting.destination) = (source, destination)
    sighting.frameLength = UInt32(clamping: Swift.max(frame.originalLength, frame.bytes.byteCount))
    sighting.payloadLength = UInt32(clamping: packet.payloadLength)
    sighting.mark(packet, showsIngress: showsIngress)
    if isCounted {
      sighting.flags.insert(.counted)
    } else {
      sink.hops = sink.wantsTraits && packet.hasPorts ? Hops.count(ttl: packet.hopLimit) : Hops.unknown
      sink.isExchange = false
      sighting.hops = sink.hops
      addresses.sent(from: source, by: packet.sourceMAC)
    }
    if packet.fragment == nil, packet.hasPorts { return handleFlow(packet, frame, sighting, known?.flow, slot, into: &handover) }
    handover.headers(append: header(packet, source))
    hand(sighting, into: &handover)
    if let fragment = packet.fragment {
      if let datagram = fragments.add(packet, fragment, of: frame) {
        dispatch(
          datagram, at: frame.time, frame.reference, interface: frame.interface, showsIngress: showsIngress, into: &handover)
      }
    } else if packet.ipProtocol == .icmpv6, packet.undecoded == nil {
      ask(onICMPv6, message(packet, frame, .icmpv6, destination))
    }
  }

  /// A datagram's bytes are its own: they are decoded and used within this call.
  private mutating func dispatch(
    _ datagram: FragmentTable.Datagram, at time: Timestamp, _ reference: PacketReference,
    interface: UInt16 = CaptureInterfaces.unnamed, showsIngress: Bool, into handover: inout Handover
  ) {
    let bytes = datagram.head
    let frame = unsafe Frame(
      bytes: bytes.span.bytes, originalLength: datagram.frameBytes, linkType: .raw, time: time, reference: reference,
      interface: interface)
    let packet = Packet(reassembled: frame.bytes, length: datagram.length, datagram.envelope)
    if let trouble = packet.undecoded { undecoded[trouble, default: 0] += 1 }
    // Inside a tunnel, the stations are others.
    dispatch(packet, frame, isCounted: packet.segment == datagram.envelope.segment, showsIngress: showsIngress, into: &handover)
  }

  /// Pieces are missing from the capture: what is there from the start on is read as if it were cut, in its own time.
  private mutating func giveUp(_ datagram: FragmentTable.Datagram, into handover: inout Handover) {
    undecoded[.fragment, default: 0] += UInt64(datagram.pieces)
    guard !datagram.head.isEmpty else { return }
    dispatch(datagram, at: datagram.time, datagram.packet, showsIngress: false, into: &handover)
    if !addresses.renumbered.isEmpty || sink.hasReports || media.hasOpened || media.hasSeen { reportGivenUp(datagram, into: &handover) }
  }

  /// The frame at hand comes before what was given up with it.
  private mutating func giveUp(_ datagram: FragmentTable.Datagram, _ frame: borrowing Frame, into handover: inout Handover) {
    if !frameFlags.isEmpty { hand(sighting(.nothing, frame), into: &handover) }
    giveUp(datagram, into: &handover)
  }

  /// What was found by the way belongs to it, too.
  private mutating func reportGivenUp(_ datagram: FragmentTable.Datagram, into handover: inout Handover) {
    hand(Sighting(.nothing, at: datagram.time, datagram.packet), into: &handover)
    reportEvents(from: CaptureInterfaces.unnamed, into: &handover)
  }

  /// Frames without IP: they show that a station is there, and ARP says which address it holds.
  private mutating func handleLink(
    _ packet: borrowing Packet, _ frame: borrowing Frame, showsIngress: Bool, into handover: inout Handover
  ) {
    if packet.isEncrypted { encryptedWiFiPackets += 1 }
    sink.isExchange = false
    guard !packet.sourceMAC.isNone, !packet.sourceMAC.isGroup else { return }
    let station = Station(segment: packet.segment, mac: packet.sourceMAC)
    let receiver = Station(segment: packet.segment, mac: packet.destinationMAC)
    var sighting = sighting(.link, frame)
    sighting.frameLength = UInt32(clamping: Swift.max(frame.originalLength, frame.bytes.byteCount))
    sighting.mark(packet, showsIngress: showsIngress)
    handover.headers(append: PacketHeader(packet, isDeclared: false))
    hand(sighting, into: &handover)
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

  // Inlined: a function that only reads would get a copy of the whole dispatcher.
  @inline(__always)
  @_lifetime(copy packet)
  func message(
    _ packet: borrowing Packet, _ frame: borrowing Frame, _ transport: Transports, _ destination: UInt32, fromOriginator: Bool = true,
    expectation: Expectation? = nil
  ) -> Message {
    Message(
      payload: packet.payload, length: packet.payloadLength, transport: transport,
      source: Endpoint(station: Station(sender: packet), port: packet.sourcePort),
      destination: Endpoint(station: receiver(packet, destination), port: packet.destinationPort), fromOriginator: fromOriginator,
      time: frame.time, packet: frame.reference, expectation: expectation)
  }

  /// The receiver of a packet; on link types without a destination address who last sent from there.
  @inline(__always)
  private func receiver(_ packet: borrowing Packet, _ destination: UInt32) -> Station {
    let mac = packet.destinationMAC.isNone ? addresses[destination].sender : packet.destinationMAC.isGroup ? .none : packet.destinationMAC
    return Station(segment: packet.segment, mac: mac, address: packet.destination.isUnicast ? packet.destination : .none)
  }

  /// The clock was set back, and all flows have ended: tables that wait for times begin anew.
  private mutating func beginEpoch(movedBy step: Nanoseconds) {
    addresses.move(by: step)
    (expectations, rows, heartbeats) = (ExpectationTable(), MediaRows(), HeartbeatTable())
    sink.forgetTraits()
    sink.floods = FloodCounter()
    nextCheck = .distantPast
  }

  /// Ends all flows: the input is over.
  mutating func closeAll(into handover: inout Handover) { closeAll(at: clock.now, into: &handover) }

  private mutating func closeAll(at now: Timestamp, into handover: inout Handover) {
    frameFlags = []
    let none = PacketReference(file: 0, number: 0)
    handover.append(Sighting(.ending, at: now, none))
    while let gone = fragments.takeOldest() { giveUp(gone, into: &handover) }
    var ended = FlowTable(evicted: flows.evicted)
    swap(&ended, &flows)
    ended.handOver { close($0) }
    sink.endRelays()
    hand(Sighting(.ended, at: now, none), isEnd: true, into: &handover)
    readers.removeAll()
    recent = RecentFlows()
  }
}

extension Sighting {
  @inline(__always)
  fileprivate mutating func mark(_ packet: borrowing Packet, showsIngress: Bool) {
    if packet.isToGroup { flags.insert(.toGroup) }
    if !packet.isOutgoing, !packet.destinationMAC.isGroup { flags.insert(.unicastFrame) }
    if showsIngress { flags.insert(.showsIngress) }
    if packet.ipProtocol == .tcp { flags.insert(.tcp) }
  }
}

extension Station {
  init(sender packet: borrowing Packet) {
    self.init(segment: packet.segment, mac: packet.sourceMAC, address: packet.source.isUnicast ? packet.source : .none)
  }
}

extension Packet {
  /// A broadcast or multicast, by its link or network address.
  @inline(__always)
  var isToGroup: Bool { destinationMAC.isGroup || hasIP && !destination.isUnicast }
}
