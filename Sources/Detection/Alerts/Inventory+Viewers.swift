/// Who watches a device's video.
extension Inventory {
  /// Different viewers of a device that are told apart; whoever sends to more of them is told of no more.
  static let viewerLimit = 8

  /// A device began to send media to somebody.
  mutating func opened(_ stream: MediaStream, at now: Timestamp, _ hosts: borrowing StationTable) {
    let viewer = stream.receiver.station.address
    guard viewer.isUnicast, let host = hosts.find(stream.sender.station), let number = table[station: host]?.device else { return }
    guard table[device: number].viewers.count < Self.viewerLimit, !table[device: number].viewers.contains(viewer) else { return }
    table[device: number].viewers.append(viewer)
    guard let raised = table[device: number].raised, now > raised.time + RaisedAlert.settling else { return }
    let device = device(number, hosts, streams: [])
    if isOfConcern(device) { follow(raised, .changed, device, at: now) { $0.changes = [.watched(by: viewer)] } }
  }
}
