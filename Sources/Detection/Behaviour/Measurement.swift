/// Numbers that belong together, on their way to become observations.
struct Measurement {
  let subject: Station
  let time: Timestamp
  let packet: PacketReference
  /// All of them in one sentence, for people.
  let story: String
  private(set) var observations: [Observation] = []

  init(of subject: Station, at time: Timestamp, _ packet: PacketReference, story: String) {
    self.subject = subject
    self.time = time
    self.packet = packet
    self.story = story
  }

  mutating func add(_ field: Field, _ text: String) {
    observations.append(
      Observation(field: field, text: text, length: text.utf8.count, subject: subject, time: time, packet: packet, story: story))
  }

  mutating func add(_ field: Field, _ number: Double) { add(field, number.shortText) }
  mutating func add(_ field: Field, _ number: some BinaryInteger) { add(field, "\(number)") }
}

extension Double {
  /// With at most two digits behind the point.
  var shortText: String {
    guard isFinite, abs(self) < 1e15 else { return "0" }
    let hundredths = Int64((abs(self) * 100).rounded())
    let (whole, part) = hundredths.quotientAndRemainder(dividingBy: 100)
    let sign = self < 0 && hundredths > 0 ? "-" : ""
    if part == 0 { return "\(sign)\(whole)" }
    return part % 10 == 0 ? "\(sign)\(whole).\(part / 10)" : "\(sign)\(whole).\(part < 10 ? "0" : "")\(part)"
  }

  /// With at most one digit behind the point.
  var tenths: String { ((self * 10).rounded() / 10).shortText }
}

extension UploadReport {
  /// - Parameters:
  ///   - sessions: uploads of the device so far.
  ///   - hours: the different clock hours that they were in.
  func observations(sessions: Int, hours: Int) -> [Observation] {
    var measurement = Measurement(of: device, at: time, packet, story: story)
    measurement.add(.uploadPeer, "\(isLocal ? "local" : "outside") \(isTCP ? "tcp" : "udp") \(peer)")
    // Before the others, so that signatures can rule it out.
    if let clock {
      if let hertz = clock.hertz { measurement.add(.uploadClock, hertz) }
      measurement.add(.uploadBursts, clock.rate)
      measurement.add(.uploadBurstEnds, clock.ends)
      measurement.add(.uploadBurstSpread, clock.spread)
    }
    if let knock { measurement.add(.uploadLag, Double(knock.lag.count) / 1e9) }
    measurement.add(.uploadKilobytes, Double(sent) / 1000)
    measurement.add(.uploadShare, share)
    measurement.add(.uploadPackets, packets)
    measurement.add(.uploadRate, rate)
    if sessions > 0 {
      measurement.add(.uploadSessions, sessions)
      measurement.add(.uploadHours, hours)
    }
    measurement.add(.uploadSeconds, seconds)
    return measurement.observations
  }

  /// `1.2 MB in 18 s to 203.0.113.8 (udp), 99 % of all payload, in bursts, 20 a second, 1.3 s after a message from outside`
  private var story: String {
    var text = "\(Self.amount(sent)) in \(seconds) s to \(peer) (\(isTCP ? "tcp" : "udp")), \(Int(share.rounded(.down))) % of all payload"
    if let hertz = clock?.hertz { text += ", in bursts, \(hertz.tenths) a second" }
    if let knock { text += ", \((Double(knock.lag.count) / 1e9).tenths) s after a message from outside" }
    return text
  }

  static func amount(_ bytes: UInt64) -> String {
    bytes >= 1_000_000 ? "\((Double(bytes) / 1e6).tenths) MB" : "\((Double(bytes) / 1e3).rounded().shortText) kB"
  }
}

extension FanOut {
  func observations(of subject: Station, at time: Timestamp, _ packet: PacketReference) -> [Observation] {
    var measurement = Measurement(
      of: subject, at: time, packet,
      story: "\(length) bytes to port \(port) of \(hosts) hosts, \(events) times in \(seconds) s, about each \(gap.tenths) s")
    measurement.add(.fanOutMessage, "port \(port), \(length) bytes")
    measurement.add(.fanOutHosts, hosts)
    measurement.add(.fanOutSeconds, seconds)
    measurement.add(.fanOutSame, same)
    measurement.add(.fanOutGap, gap)
    measurement.add(.fanOutEvents, events)
    return measurement.observations
  }
}

extension Waking {
  func observations(of subject: Station, at time: Timestamp, _ packet: PacketReference) -> [Observation] {
    var measurement = Measurement(
      of: subject, at: time, packet,
      story:
        "\(clips) files of about \(kilobytes.rounded().shortText) kB, \(clipEpisodes) times in \(hours.tenths) h, awake for \(awake.shortText) % of the time"
    )
    measurement.add(.wakeEpisodes, clipEpisodes)
    measurement.add(.wakeKilobytes, kilobytes)
    measurement.add(.wakeSpread, spread)
    measurement.add(.wakeAwake, awake)
    measurement.add(.wakeClips, clips)
    return measurement.observations
  }
}
