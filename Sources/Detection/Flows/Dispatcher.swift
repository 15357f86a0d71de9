/// Takes each packet to its flow, and its bytes to the recognizers that may want them.
///
/// Everything above the seam: it counts stations and flows, and reports what packets show as `FlowEvent`s, in their order; it knows
/// neither signatures nor devices.
struct Dispatcher: ~Copyable {
  /// Bytes of TCP segments that wait for earlier ones, in all flows together.
  static let waitingBudget = 64 << 20

  let recognizers: [any Recognizer]
  /// Contents of conversations are not looked at, only what devices announce publicly.
  let headersOnly: Bool
  /// Rooms depend on where frames arrive.
  var tracksIngress: Bool {
    didSet { sink.wantsAnnouncements = tracksIngress }
  }
  /// Rooms are watched by the frames that their devices exchange.
  var tracksExchanges: Bool
  let onUDP: RecognizerSet
  let onTCP: RecognizerSet
  let searchingOnTCP: RecognizerSet
  private let onARP: RecognizerSet
  private let onICMPv6: RecognizerSet
  private let onWiFi: RecognizerSet
  private let onLLDP: RecognizerSet
  private let onCDP: RecognizerSet

  var stations = StationTable()
  var forwarders = ForwarderTable()
  var searches = SearchTable()
  var doubles = DoubleTable()
  var flows = FlowTable()
  var recent = RecentFlows()
  private var lookahead = Lookahead()
  var readers = ActiveParsers()
  var expectations = ExpectationTable()
  var media = MediaTable()
  var rows = MediaRows()
  private(set) var fragments = FragmentTable()
  var heartbeats = HeartbeatTable()
  var uploads = UploadTable()
  var fanOuts = FanOutTable()
  var knocks = KnockTable()
  var sink = ObservationSink()
  var budget = Dispatcher.waitingBudget
  var events = FlowEventQueue()

  /// The engine's clock.
  private(set) var now = Timestamp.distantPast
  var oneSidedFlows = 0
  var streamGaps = 0
  private(set) var encryptedWiFiPackets: UInt64 = 0
  /// Within datagrams that were put together, and fragments of those that could not be.
  private(set) var undecoded: [Undecoded: UInt64] = [:]

  init(recognizers: [any Recognizer], headersOnly: Bool = false, tracksIngress: Bool = false, tracksExchanges: Bool = false) {
    precondition(recognizers.count <= 64, "a flow remembers its candidates in 64 bits")
    self.recognizers = recognizers
    self.headersOnly = headersOnly
    self.tracksIngress = tracksIngress
    self.tracksExchanges = tracksExchanges
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

  /// Takes what the next frame shows.
  ///
  /// - Parameter now: the engine's clock, which a single packet of a false time does not move.
  /// - Returns: what could not be decoded.
  @inline(__always)
  mutating func handle(_ frame: borrowing Frame, now: Timestamp) -> Undecoded? {
    self.now = now
    lookahead.advance(frame.upcoming, recent, flows, stations)
    let due = Swift.min(frame.time, now)
    while let gone = flows.takeExpired(at: due) { close(gone) }
    while let gone = fragments.takeExpired(at: due) { giveUp(gone) }
    let trouble = pass(frame) ? nil : decode(frame)
    report(from: frame.interface)
    return trouble
  }

  @inline(never)
  private mutating func decode(_ frame: borrowing Frame) -> Undecoded? {
    let packet = Packet(decoding: frame)
    if let source = packet.tunnelSource { count(tunnelSource: source, frame) }
    dispatch(packet, frame, showsIngress: tracksIngress)
    return packet.undecoded
  }

  // MARK: Events

  /// The number of a station that something was observed about, new or not.
  mutating func station(for observation: Observation) -> StationID {
    let id = stations.number(of: observation.subject, at: observation.time)
    if stations.hasChanged { reportStations(at: observation.time, observation.packet, nil) }
    return id
  }

  /// Drops stations, addresses and flows that were idle since before a time.
  mutating func forget(before time: Timestamp, sparing spared: Set<StationID>) {
    stations.forget(before: time, sparing: spared)
    let removed = stations.drainRemoved()
    if !removed.isEmpty { events.append(.removed(removed, isEviction: false)) }
  }

  /// Drops the stations with these addresses, whatever they are doing.
  mutating func erase(_ addresses: Set<MACAddress>) {
    stations.erase(addresses)
    let removed = stations.drainRemoved()
    if !removed.isEmpty { events.append(.removed(removed, isEviction: false)) }
  }

  private mutating func reportStations(at time: Timestamp, _ packet: PacketReference, _ ingress: FrameIngress?) {
    let removed = stations.drainRemoved()
    if !removed.isEmpty { events.append(.removed(removed, isEviction: true)) }
    for id in stations.drainAppeared() {
      events.append(
        .appeared(
          StationArrival(
            id: id, station: stations[id].station, time: time, packet: packet, ingress: ingress?.station == id ? ingress : nil)))
    }
    for awakened in stations.drainAwakened() { events.append(.awoke(awakened.id, lastSeen: awakened.lastSeen, at: time)) }
    stations.clearChanges()
  }

  /// Reports what the last packet showed.
  @inline(__always)
  private mutating func report(from interface: UInt16) {
    if sink.hasReports { sink.drain(into: &events, from: interface) }
    if media.hasOpened { for opened in media.drainOpened() { events.append(.mediaOpened(opened.stream, opened.time)) } }
    if media.hasSeen { reportMedia() }
  }

  private mutating func reportMedia() {
    for record in media.drainSeen() { events.append(.mediaSeen(record)) }
  }

  /// Reports how long live video has been under way.
  mutating func lookAtMedia() {
    media.look(at: flows)
    reportMedia()
  }

  /// Reports the sender of a frame: stations that appeared with it, and how it arrived. A frame that the capturing machine sent itself
  /// arrived nowhere.
  @inline(__always)
  private mutating func reportSender(
    _ id: StationID, of packet: borrowing Packet, _ frame: borrowing Frame, showsIngress: Bool
  ) {
    if !showsIngress && !stations.hasChanged { return }
    var ingress: FrameIngress?
    if !packet.isOutgoing {
      ingress = FrameIngress(
        station: id, interface: frame.interface, accessPoint: packet.accessPoint, tunnelSource: packet.tunnelSource,
        isFlooded: packet.isToGroup)
    }
    var isNew = false
    if stations.hasChanged {
      isNew = stations.hasAppeared(id)
      reportStations(at: frame.time, frame.reference, ingress)
    }
    if showsIngress, let ingress, !isNew { events.append(ingress) }
    if stations[id].isWatched { noteWay(packet, frame, of: id) }
  }

  /// Notes an exchange between two stations, unless the machine itself sent the frame. The receiver's address is no group's, or nothing
  /// could have come from it.
  @inline(__always)
  private mutating func note(_ packet: borrowing Packet, from sender: StationID, to receiver: StationID) {
    if !packet.isOutgoing, !packet.destinationMAC.isGroup { stations.exchanged(from: sender, to: receiver) }
  }

  // MARK: Packets

  /// The number of an address. Where all have conversations, those that were idle longest end.
  private mutating func number(of address: IPAddress, in segment: Segment, at time: Timestamp) -> UInt32? {
    while true {
      if let number = stations.intern(address, in: segment, at: time) { return number }
      guard let gone = flows.takeIdlest() else { return nil }
      close(gone)
    }
  }

  /// A tunnel's end is a station as well, whatever travels in the tunnel.
  private mutating func count(tunnelSource: Station, _ frame: borrowing Frame) {
    guard !tunnelSource.mac.isGroup, let number = number(of: tunnelSource.address, in: tunnelSource.segment, at: frame.time) else { return }
    let bytes = Swift.max(frame.originalLength, frame.bytes.byteCount)
    _ = stations.sent(by: number, mac: tunnelSource.mac, bytes: bytes, at: frame.time)
    if stations.hasChanged { reportStations(at: frame.time, frame.reference, nil) }
  }

  /// - Parameters:
  ///   - isCounted: the packet is a datagram put together of fragments, which its stations are known to have sent.
  ///   - showsIngress: the frame shows where the packet arrived.
  private mutating func dispatch(
    _ packet: borrowing Packet, _ frame: borrowing Frame, isCounted: Bool = false, showsIngress: Bool
  ) {
    guard packet.hasIP, packet.source.bits != 0 || packet.destination.bits != 0 else {
      return handleLink(packet, frame, showsIngress: showsIngress)
    }
    let length = Swift.max(frame.originalLength, frame.bytes.byteCount)
    let slot = RecentFlows.slot(packet)
    let known = packet.hasPorts && packet.fragment == nil ? recall(packet, slot) : nil
    guard let source = known?.source ?? number(of: packet.source, in: packet.segment, at: frame.time) else { return }
    // The second address must not take the first one's place.
    let isHeld = known == nil && stations.isFullOfAddresses
    if isHeld { stations.retain(source) }
    defer { if isHeld { stations.release(source, at: frame.time) } }
    guard let destination = known?.destination ?? number(of: packet.destination, in: packet.segment, at: frame.time) else { return }
    // A group address sends nothing: the frame is false.
    guard !packet.source.isMulticast, !packet.source.isBroadcast, !packet.sourceMAC.isGroup else { return }
    if !isCounted {
      let hops = sink.wantsTraits && packet.hasPorts ? Hops.count(ttl: packet.hopLimit) : Hops.unknown
      sink.hops = hops
      sink.isExchange = false
      let sender = stations.sent(by: source, mac: packet.sourceMAC, bytes: length, hops: hops, at: frame.time)
      if hops != Hops.unknown, let syn = packet.syn { note(syn, packet, frame, from: sender, destination) }
      reportSender(sender, of: packet, frame, showsIngress: showsIngress)
      let receiver = stations.holder(of: destination)
      if receiver != .none {
        stations.count(receivedBy: receiver, bytes: length)
        if tracksExchanges { note(packet, from: sender, to: receiver) }
      }
    }

    if let fragment = packet.fragment {
      if let datagram = fragments.add(packet, fragment, of: frame) {
        dispatch(datagram, at: frame.time, frame.reference, interface: frame.interface, showsIngress: showsIngress)
      }
    } else if packet.hasPorts {
      handleFlow(packet, frame, source, destination, known?.flow, slot)
    } else if packet.ipProtocol == .icmpv6, packet.undecoded == nil {
      ask(onICMPv6, message(packet, frame, .icmpv6, destination))
    }
  }

  /// A datagram's bytes are its own: they are decoded and used within this call.
  private mutating func dispatch(
    _ datagram: FragmentTable.Datagram, at time: Timestamp, _ reference: PacketReference,
    interface: UInt16 = CaptureInterfaces.unnamed, showsIngress: Bool
  ) {
    let bytes = datagram.head
    let frame = unsafe Frame(
      bytes: bytes.span.bytes, originalLength: datagram.frameBytes, linkType: .raw, time: time, reference: reference,
      interface: interface)
    let packet = Packet(reassembled: frame.bytes, length: datagram.length, datagram.envelope)
    if let trouble = packet.undecoded { undecoded[trouble, default: 0] += 1 }
    // Inside a tunnel, the stations are others.
    dispatch(packet, frame, isCounted: packet.segment == datagram.envelope.segment, showsIngress: showsIngress)
  }

  /// Pieces are missing from the capture: what is there from the start on is read as if it were cut, in its own time.
  private mutating func giveUp(_ datagram: FragmentTable.Datagram) {
    undecoded[.fragment, default: 0] += UInt64(datagram.pieces)
    guard !datagram.head.isEmpty else { return }
    dispatch(datagram, at: datagram.time, datagram.packet, showsIngress: false)
    report(from: CaptureInterfaces.unnamed)
  }

  /// Frames without IP: they show that a station is there, and ARP says which address it holds.
  private mutating func handleLink(_ packet: borrowing Packet, _ frame: borrowing Frame, showsIngress: Bool) {
    if packet.isEncrypted { encryptedWiFiPackets += 1 }
    sink.isExchange = false
    guard !packet.sourceMAC.isNone, !packet.sourceMAC.isGroup else { return }
    let station = Station(segment: packet.segment, mac: packet.sourceMAC)
    let receiver = Station(segment: packet.segment, mac: packet.destinationMAC)
    let length = Swift.max(frame.originalLength, frame.bytes.byteCount)
    let sender = stations.number(of: station, at: frame.time)
    stations.count(sentBy: sender, bytes: length, at: frame.time)
    reportSender(sender, of: packet, frame, showsIngress: showsIngress)
    if packet.isEncrypted, let known = stations.find(receiver) {
      stations.count(receivedBy: known, bytes: length)
      if tracksExchanges { note(packet, from: sender, to: known) }
    }
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

  /// The receiver of a packet; on link types without a destination address the station that last sent from there.
  @inline(__always)
  private func receiver(_ packet: borrowing Packet, _ destination: UInt32) -> Station {
    let holder = stations.holder(of: destination)
    if packet.destinationMAC.isNone, holder != .none { return stations[holder].station }
    let mac = packet.destinationMAC.isGroup ? .none : packet.destinationMAC
    return Station(segment: packet.segment, mac: mac, address: packet.destination.isUnicast ? packet.destination : .none)
  }

  /// The clock was set back, and all flows have ended: tables that wait for times begin anew.
  mutating func beginEpoch(movedBy step: Nanoseconds) {
    stations.move(by: step)
    (expectations, rows, heartbeats) = (ExpectationTable(), MediaRows(), HeartbeatTable())
    (uploads, fanOuts, knocks) = (UploadTable(), FanOutTable(), KnockTable())
    sink.forgetTraits()
    sink.floods = FloodCounter()
    doubles.beginEpoch()
  }

  /// Ends all flows: the input is over.
  mutating func closeAll() {
    endUploads()
    while let gone = fragments.takeOldest() { giveUp(gone) }
    var ended = FlowTable(evicted: flows.evicted)
    swap(&ended, &flows)
    ended.handOver { close($0) }
    sink.endRelays()
    report(from: CaptureInterfaces.unnamed)
    reportMedia()
    readers.removeAll()
    recent = RecentFlows()
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
