/// What packets show of the sort of device that made them, whatever they carry.
extension Dispatcher {
  /// How a station opens a connection.
  @inline(never)
  mutating func note(_ syn: SYN, _ packet: borrowing Packet, _ frame: borrowing Frame, from sender: StationID, _ destination: UInt32) {
    if stations.holder(of: destination) == .none {
      sink.floods.add(.syn, from: packet.sourceMAC, packet.source, on: frame.interface, in: packet.segment, at: frame.time)
    }
    guard let count = stations.opensConnection(sender, hops: sink.hops) else { return }
    sink.begin(message(packet, frame, .tcp, destination))
    let ttl = Hops.base(of: packet.hopLimit)
    sink.emitTrait(.tcpSYN, syn.text(baseTTL: ttl), key: syn.key ^ UInt64(ttl))
    if count == TrackedStation.synLimit { sink.emitTrait(.tcpSYNs, "\(count)", key: UInt64(count)) }
  }
}
