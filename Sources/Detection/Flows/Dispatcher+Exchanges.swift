/// What both directions of a conversation show together: who took part in an exchange, and who forwards for others.
extension Dispatcher {
  /// The first packet of one direction of a conversation.
  @inline(never)
  mutating func beginDirection(
    _ packet: borrowing Packet, _ number: Int, _ source: UInt32, _ destination: UInt32
  ) {
    noteForwarding(packet, source, destination)
    if packet.ipProtocol == .tcp, packet.tcpFlags.contains(.rst) {
      flows[number].isRefused = true
    } else if flows[number].isExchange {
      noteExchange(source)
      noteExchange(destination)
    } else if packet.ipProtocol == .udp {
      noteSearch(packet, source, destination, at: flows[number].lastSeen)
    }
  }

  private mutating func noteSearch(_ packet: borrowing Packet, _ source: UInt32, _ destination: UInt32, at time: Timestamp) {
    if packet.isToGroup {
      searches.add(source, packet.sourcePort, at: packet.destinationPort, time)
    } else if searches.isAnswer(from: packet.sourcePort, to: destination, packet.destinationPort, at: time) {
      noteExchange(source)
    }
  }

  private mutating func noteExchange(_ address: UInt32) {
    let station = stations.holder(of: address)
    if station != .none, stations.isLocal(address), stations.exchanges(station) { events.append(.conversed(station)) }
  }

  /// The station is declared: it stays longest, and how its frames arrive is of interest.
  mutating func watch(_ id: StationID) {
    stations.pin(id)
    stations.watch(id)
  }

  /// A frame of a declared station, which may have a double.
  @inline(never)
  mutating func noteWay(_ packet: borrowing Packet, _ frame: borrowing Frame, of id: StationID) {
    guard !packet.isOutgoing, stations[id].hasConversed, let sign = doubles.add(packet, on: frame.interface, at: frame.time) else { return }
    events.append(.doubled(id, sign))
  }

  /// Packets that come from beyond the LAN, or are sent there, pass a router.
  private mutating func noteForwarding(_ packet: borrowing Packet, _ source: UInt32, _ destination: UInt32) {
    guard !packet.sourceMAC.isNone, !packet.destinationMAC.isNone, packet.sourceMAC != packet.destinationMAC, !packet.isToGroup else {
      return
    }
    let finding: ForwarderTable.Finding?
    switch (stations.isLocal(source), stations.isLocal(destination)) {
    case (false, true):
      finding = forwarders.add(packet.source, by: packet.sourceMAC, in: packet.segment, isSource: true)
    case (true, false):
      finding = forwarders.add(packet.destination, by: packet.destinationMAC, in: packet.segment, isSource: false)
    default: return
    }
    if let finding { events.append(.forwards(finding)) }
  }
}
