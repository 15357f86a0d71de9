/// Counts what stations send and get, and notices what they do: whom they talk to, for whom they forward, what they upload.
///
/// It takes what the dispatcher hands over, and reports all that shows as `FlowEvent`s, in their order; it knows neither signatures nor
/// devices.
struct StationActivity: ~Copyable {
  /// Rooms depend on where frames arrive.
  var tracksIngress: Bool
  /// Rooms are watched by the frames that their devices exchange.
  var tracksExchanges: Bool
  /// Contents of conversations are looked at.
  let readsContents: Bool

  var stations = StationTable()
  var forwarders = ForwarderTable()
  var searches = SearchTable()
  var doubles = DoubleTable()
  /// By the number of the flow.
  var flows = Slab<FlowActivity>(capacity: FlowTable.capacity, largePages: false)
  /// What conversations sent as a part of uploads, by the number of the flow. Most have no part in any.
  var uploaded: [FlowNumber: Uploaded] = [:]
  var uploads = UploadTable()
  var fanOuts = FanOutTable()
  var knocks = KnockTable()
  /// Of what stations do.
  var sink = ObservationSink()
  var events = FlowEventQueue()
  /// The engine's clock.
  var now = Timestamp.distantPast
  /// The next of what comes with sightings.
  private var place = Place()

  private struct Place {
    var header = 0
    var check = 0
    var numbers = 0
    var claims = 0
    var events = 0
  }

  init(tracksIngress: Bool = false, tracksExchanges: Bool = false, readsContents: Bool = true) {
    self.tracksIngress = tracksIngress
    self.tracksExchanges = tracksExchanges
    self.readsContents = readsContents
  }

  /// Takes what a sighting shows. What comes with it is taken in order: all sightings are to be taken, and `begin` to be called before the
  /// first.
  @inline(__always)
  mutating func take(_ number: Int, of handover: inout Handover) {
    let sighting = handover.sightings[number]
    if sighting.has(.hasNumbers) { takeNumbers(handover) }
    if sighting.kind == .plain { take(sighting) } else { takeOther(sighting, handover) }
    if sighting.has(.hasEvents) { takeEvents(sighting, &handover) }
  }

  mutating func begin() { place = Place() }

  mutating func takeCheck(_ handover: borrowing Handover) -> Handover.Check {
    defer { place.check += 1 }
    return handover.checks[place.check]
  }

  private mutating func takeNumbers(_ handover: borrowing Handover) {
    var numbered: Handover.Numbered
    repeat {
      numbered = handover.numbered[place.numbers]
      place.numbers += 1
      stations.renumber(numbered.number, isLocal: numbered.isLocal)
    } while !numbered.isLast
  }

  @inline(never)
  private mutating func takeOther(_ sighting: Sighting, _ handover: borrowing Handover) {
    switch sighting.kind {
    case .packet: packet(sighting, handover.headers[nextHeader()])
    case .link: link(sighting, handover.headers[nextHeader()])
    case .tunnel: tunnel(sighting, handover.headers[nextHeader()])
    case .ending: endUploads()
    case .nothing, .plain, .check, .ended, .epoch, .leap: break
    }
    if sink.hasReports { sink.drain(into: &events, from: sighting.interface) }
  }

  private mutating func nextHeader() -> Int {
    defer { place.header += 1 }
    return place.header
  }

  private mutating func takeEvents(_ sighting: Sighting, _ handover: inout Handover) {
    events.take(handover.eventCounts[place.events], from: &handover.events)
    place.events += 1
    if sighting.has(.hasClaims) { takeClaims(handover) }
  }

  private mutating func takeClaims(_ handover: borrowing Handover) {
    var claim: Handover.Claim
    repeat {
      claim = handover.claims[place.claims]
      place.claims += 1
      if let number = claim.number { stations.setLocal(number) }
    } while !claim.isLast
  }

  // MARK: Packets

  /// Takes the sighting of a plain packet, with which nothing comes.
  @inline(__always)
  mutating func take(_ sighting: Sighting) {
    let sender = stations.sent(
      by: sighting.source, mac: sighting.mac, sighting.sender, bytes: Int(sighting.frameLength), hops: sighting.hops, at: sighting.time)
    if tracksIngress || stations.hasChanged { reportPlain(sender, sighting) }
    let receiver = stations.holder(of: sighting.destination)
    if receiver != .none {
      stations.count(receivedBy: receiver, bytes: Int(sighting.frameLength))
      if tracksExchanges, sighting.has(.unicastFrame) { stations.exchanged(from: sender, to: receiver) }
    }
    if sighting.has(.beginsSecond) { beginSecond(Int(sighting.flow), at: sighting.time) }
    if flows[Int(sighting.flow)].room.take(Int(sighting.payloadLength), forward: sighting.isForward) { measurePlain(sighting) }
  }

  @inline(never)
  private mutating func reportPlain(_ sender: StationID, _ sighting: Sighting) {
    report(
      sender, sighting,
      FrameIngress(
        station: sender, interface: sighting.interface, accessPoint: .none, tunnelSource: nil, isFlooded: sighting.has(.toGroup)))
  }

  @inline(__always)
  private mutating func measurePlain(_ sighting: Sighting) {
    if measure(sighting) {
      beginUpload(sighting, from: sighting.sender, to: IPAddress(v4: sighting.destinationAddress))
    }
  }

  private mutating func packet(_ sighting: Sighting, _ header: PacketHeader) {
    if !sighting.has(.counted) {
      let sender = stations.sent(
        by: sighting.source, mac: header.sourceMAC, header.sender, bytes: Int(sighting.frameLength), hops: sighting.hops, at: sighting.time)
      sink.hops = sighting.hops
      if sighting.hops != Hops.unknown, let syn = header.syn { note(syn, sighting, header, from: sender) }
      report(sender, of: header, sighting)
      let receiver = stations.holder(of: sighting.destination)
      if receiver != .none {
        stations.count(receivedBy: receiver, bytes: Int(sighting.frameLength))
        if tracksExchanges, sighting.has(.unicastFrame) { stations.exchanged(from: sender, to: receiver) }
      }
    }
    guard sighting.has(.hasFlow) else { return }
    beginFlow(sighting, header)
    if sighting.has(.beginsDirection) { beginDirection(sighting, header) }
    if flows[Int(sighting.flow)].room.take(header.payloadLength, forward: sighting.isForward), measure(sighting) {
      beginUpload(sighting, from: header.sender, to: header.destination)
    }
  }

  /// A packet opens a conversation, or begins another second of it.
  private mutating func beginFlow(_ sighting: Sighting, _ header: PacketHeader) {
    let number = Int(sighting.flow)
    if sighting.has(.opens) {
      while flows.count <= number { flows.append(FlowActivity(touched: sighting.time)) }
      if flows[number].hasUploaded { uploaded[FlowNumber(number)] = nil }
      flows[number] = FlowActivity(touched: sighting.time)
      noteMessage(sighting, header)
    } else if sighting.has(.beginsSecond) {
      beginSecond(number, at: sighting.time)
      if sighting.has(.endsPause) { noteMessage(sighting, header) } else if sighting.has(.endsSilence) { noteKnock(sighting, header) }
    }
  }

  /// A tunnel's end is a station as well, whatever travels in the tunnel.
  private mutating func tunnel(_ sighting: Sighting, _ header: PacketHeader) {
    guard let end = header.tunnelSource else { return }
    let shown = Station(segment: end.segment, mac: end.mac, address: end.address.isUnicast ? end.address : .none)
    _ = stations.sent(by: sighting.source, mac: end.mac, shown, bytes: Int(sighting.frameLength), at: sighting.time)
    if stations.hasChanged { reportStations(at: sighting.time, sighting.packet, nil) }
  }

  /// Frames without IP show that a station is there.
  private mutating func link(_ sighting: Sighting, _ header: PacketHeader) {
    let sender = stations.number(of: Station(segment: header.segment, mac: header.sourceMAC), at: sighting.time)
    stations.count(sentBy: sender, bytes: Int(sighting.frameLength), at: sighting.time)
    report(sender, of: header, sighting)
    if header.isEncrypted, let known = stations.find(Station(segment: header.segment, mac: header.destinationMAC)) {
      stations.count(receivedBy: known, bytes: Int(sighting.frameLength))
      if tracksExchanges, sighting.has(.unicastFrame) { stations.exchanged(from: sender, to: known) }
    }
  }

  // MARK: Stations

  /// The number of a station that something was observed about, new or not.
  mutating func station(for observation: Observation) -> StationID {
    let id = stations.number(of: observation.subject, at: observation.time)
    if stations.hasChanged { reportStations(at: observation.time, observation.packet, nil) }
    return id
  }

  /// Drops stations that were idle since before a time.
  /// - Parameter free: numbers that no address has any more.
  mutating func forget(before time: Timestamp, sparing spared: Set<StationID>, releasing free: [UInt32]) {
    for address in free { stations.release(address) }
    stations.forget(before: time, sparing: spared)
    reportForgotten()
  }

  /// Drops the stations with these addresses, whatever they are doing.
  mutating func erase(_ addresses: Set<MACAddress>) {
    stations.erase(addresses)
    reportForgotten()
  }

  private mutating func reportForgotten() {
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

  /// Reports the sender of a frame: stations that appeared with it, and how it arrived. A frame that the capturing machine sent itself
  /// arrived nowhere.
  private mutating func report(_ id: StationID, of header: PacketHeader, _ sighting: Sighting) {
    if !sighting.has(.showsIngress) && !stations.hasChanged { return }
    var ingress: FrameIngress?
    if !header.isOutgoing {
      ingress = FrameIngress(
        station: id, interface: sighting.interface, accessPoint: header.accessPoint, tunnelSource: header.tunnelSource,
        isFlooded: sighting.has(.toGroup))
    }
    report(id, sighting, ingress)
    if stations[id].isWatched { noteWay(sighting, header, of: id) }
  }

  private mutating func report(_ id: StationID, _ sighting: Sighting, _ ingress: FrameIngress?) {
    var isNew = false
    if stations.hasChanged {
      isNew = stations.hasAppeared(id)
      reportStations(at: sighting.time, sighting.packet, ingress)
    }
    if sighting.has(.showsIngress), let ingress, !isNew { events.append(ingress) }
  }

  /// The station is declared: it stays longest, and how its frames arrive is of interest.
  mutating func watch(_ id: StationID) {
    stations.pin(id)
    stations.watch(id)
  }

  /// A frame of a declared station, which may have a double.
  @inline(never)
  private mutating func noteWay(_ sighting: Sighting, _ header: PacketHeader, of id: StationID) {
    guard !header.isOutgoing, stations[id].hasConversed, let sign = doubles.add(header, on: sighting.interface, at: sighting.time) else {
      return
    }
    events.append(.doubled(id, sign))
  }

  /// The clock was set back, and all conversations have ended: tables that wait for times begin anew.
  mutating func beginEpoch(movedBy step: Nanoseconds) {
    stations.move(by: step)
    (uploads, fanOuts, knocks) = (UploadTable(), FanOutTable(), KnockTable())
    sink.forgetTraits()
    sink.floods = FloodCounter()
    doubles.beginEpoch()
  }

  @inline(__always)
  func prefetch(_ sighting: Sighting) { prefetch(flow: Int(sighting.flow), sighting.source, sighting.destination) }

  @inline(__always)
  func prefetch(holdersOf sighting: Sighting) { prefetch(holdersOf: sighting.source, sighting.destination) }

  /// Asks memory for what a packet of these addresses and this flow will need.
  @inline(__always)
  func prefetch(flow: Int, _ low: UInt32, _ high: UInt32) {
    flows.prefetch(flow)
    stations.prefetch(address: low)
    stations.prefetch(address: high)
  }

  /// Asks memory for the stations that hold these addresses.
  @inline(__always)
  func prefetch(holdersOf low: UInt32, _ high: UInt32) {
    stations.prefetch(holderOf: low)
    stations.prefetch(holderOf: high)
  }
}

extension Sighting {
  /// Of a plain one.
  @inline(__always)
  var sender: Station {
    let address = IPAddress(v4: sourceAddress)
    return Station(segment: .untagged, mac: mac, address: address.isUnicast ? address : .none)
  }
}
