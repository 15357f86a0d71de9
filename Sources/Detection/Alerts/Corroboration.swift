/// Whether more than one packet, which anybody can forge, says that a device is there.
extension Inventory {
  /// It took part in an exchange, or showed what takes one.
  func isCorroborated(_ number: Int, _ stations: borrowing TrackedStations) -> Bool {
    let record = table[device: number]
    if record.tookPart { return true }
    for id in record.stations.suffix(Self.stationsJudgedAtOnce) {
      guard let station = table[station: id] else { continue }
      if station.tookPart || station.evidence.values.contains(where: { $0.isCorroborated && $0.signature.says.isWeighed }) { return true }
    }
    return record.recalled?.device.isCorroborated ?? false
  }
}
