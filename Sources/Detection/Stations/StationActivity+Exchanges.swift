/// What both directions of a conversation show together: who took part in an exchange, and who forwards for others. And how a station opens
/// connections.
extension StationActivity {
  /// The first packet of one direction of a conversation.
  mutating func beginDirection(_ sighting: Sighting, _ header: PacketHeader) {
    noteForwarding(sighting, header)
    if sighting.has(.tcp), header.tcpFlags.contains(.rst) { return }
    if sighting.has(.exchange) {
      noteExchange(sighting.source)
      noteExchange(sighting.destination)
    } else if !sighting.has(.tcp) {
      noteSearch(sighting, header)
    }
  }

  private mutating func noteSearch(_ sighting: Sighting, _ header: PacketHeader) {
    if sighting.has(.toGroup) {
      searches.add(sighting.source, header.sourcePort, at: header.destinationPort, sighting.time)
    } else if searches.isAnswer(from: header.sourcePort, to: sighting.destination, header.destinationPort, at: sighting.time) {
      noteExchange(sighting.source)
    }
  }

  private mutating func noteExchange(_ address: UInt32) {
    let station = stations.holder(of: address)
    if station != .none, stations.isLocal(address), stations.exchanges(station) { events.append(.conversed(station)) }
  }

  /// Packets that come from beyond the LAN, or are sent there, pass a router.
  private mutating func noteForwarding(_ sighting: Sighting, _ header: PacketHeader) {
    guard !header.sourceMAC.isNone, !header.destinationMAC.isNone, header.sourceMAC != header.destinationMAC, !sighting.has(.toGroup) else {
      return
    }
    let finding: ForwarderTable.Finding?
    switch (stations.isLocal(sighting.source), stations.isLocal(sighting.destination)) {
    case (false, true): finding = forwarders.add(header.source, by: header.sourceMAC, in: header.segment, isSource: true)
    case (true, false): finding = forwarders.add(header.destination, by: header.destinationMAC, in: header.segment, isSource: false)
    default: return
    }
    if let finding { events.append(.forwards(finding)) }
  }

  /// How a station opens a connection.
  mutating func note(_ syn: SYN, _ sighting: Sighting, _ header: PacketHeader, from sender: StationID) {
    if stations.holder(of: sighting.destination) == .none {
      sink.floods.add(.syn, from: header.sourceMAC, header.source, on: sighting.interface, in: header.segment, at: sighting.time)
    }
    guard let count = stations.opensConnection(sender, hops: sighting.hops) else { return }
    sink.begin(
      from: Endpoint(station: header.sender, port: header.sourcePort), to: Endpoint(port: header.destinationPort), at: sighting.time,
      sighting.packet)
    let ttl = Hops.base(of: header.hopLimit)
    sink.emitTrait(.tcpSYN, syn.text(baseTTL: ttl), key: syn.key ^ UInt64(ttl))
    if count == TrackedStation.synLimit { sink.emitTrait(.tcpSYNs, "\(count)", key: UInt64(count)) }
  }
}
