/// The receivers of a device's video.
extension Inventory {
  /// Viewers remembered per device; further ones are not reported.
  static let viewerLimit = 8

  /// A device began to send media.
  mutating func opened(_ stream: MediaStream, from sender: StationID, at now: Timestamp, _ stations: borrowing TrackedStations) {
    let viewer = stream.receiver.station.address
    guard stream.isVideo, viewer.isUnicast, let number = table.device(of: sender) else { return }
    guard table[device: number].viewers.count < Self.viewerLimit, !table[device: number].viewers.contains(viewer) else { return }
    table[device: number].viewers.append(viewer)
    guard let alert = table[device: number].alert, now > alert.time + Alert.settling else { return }
    let device = device(number, stations, streams: [])
    guard isOfConcern(device) else { return }
    follow(number, .changed, device, at: now) { $0.changes = [AlertEvent.Change(.viewer, to: viewer.description)] }
  }
}
