import Detection

extension Traffic {
  /// Of what it sends, a device that receives less than this part receives almost nothing.
  private static let almostNothing = 0.05

  /// `since 21:14 it sends 1.2 Mbit/s in 15 pictures a second to 203.0.113.8 and receives almost nothing`
  ///
  /// - Parameter now: with another day than the upload's beginning, the day is given too.
  public func sentence(utc: Bool, at now: Timestamp) -> String {
    let begun = since.day(utc: utc) == now.day(utc: utc) ? String(since.clock(utc: utc).prefix(5)) : since.dayAndTime(utc: utc)
    let received = Double(downBitsPerSecond) <= Double(upBitsPerSecond) * Self.almostNothing
    return "since \(begun) it sends \(bitRate(Double(upBitsPerSecond)))\(pictures) to \(to) and receives "
      + (received ? "almost nothing" : bitRate(Double(downBitsPerSecond)))
  }

  private var pictures: String {
    guard let picturesPerSecond else { return "" }
    let tenths = (picturesPerSecond * 10).rounded() / 10
    let number = tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    return " in \(number) picture\(number == "1" ? "" : "s") a second"
  }
}

extension Device {
  /// `embedded: asks for its address as BusyBox does (udhcp 1.19.4, packet 3), …`; nil where the class is unknown.
  ///
  /// - Parameters:
  ///   - limit: reasons at most.
  ///   - withPackets: false for a stored device, whose packets nobody has.
  public func classSentence(limit: Int = 4, withPackets: Bool) -> String? {
    guard deviceClass != .unknown else { return nil }
    let reasons = classReasons.prefix(limit).map { reason in
      let value = deviceClass == .personal ? nil : reason.value?.forPeople(limit: 40)
      let details = [value, withPackets ? "packet \(reason.packet.number)" : nil].compactMap { $0 }.filter { !$0.isEmpty }
      return reason.reason.forPeople() + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
    }
    return reasons.isEmpty ? deviceClass.rawValue : "\(deviceClass.rawValue): " + reasons.joined(separator: ", ")
  }
}
