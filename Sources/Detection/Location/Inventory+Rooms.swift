/// The signs that rooms are watched.
extension Inventory {
  /// Records the rooms of devices that exchanged frames with others, and those whose access point or switch port is alive.
  func recordRooms(upTo now: Timestamp, _ stations: borrowing TrackedStations, into ledger: inout RoomLedger) {
    ledger.beginRecording()
    var exchanges: [Int: Timestamp] = [:]
    let looksForAccessPoints = !site.accessPoints.isEmpty
    for id in stations.live {
      let station = stations[id]
      if station.hasExchanged, let device = table.device(of: id) {
        exchanges[device] = max(exchanges[device] ?? .distantPast, min(station.lastSeen, now))
      }
      guard looksForAccessPoints, station.lastSeen <= now else { continue }
      for place in [Site.AccessPoint.mac(station.station.mac), .address(station.station.address)] where accessPointPlaces[place] != nil {
        for room in site.rooms(at: .accessPoint(place)) { ledger.record(room, aliveUntil: station.lastSeen) }
      }
    }
    for (device, time) in exchanges {
      if let room = room(of: device, stations) { ledger.record(room, frame: time) }
    }
    let expiries = neighbours.expiries()
    for neighbour in site.neighbours {
      guard let expires = expiries[neighbour] else { continue }
      for room in site.rooms(at: .neighbour(neighbour)) { ledger.record(room, aliveUntil: expires) }
    }
  }
}
