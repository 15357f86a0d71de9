/// Live video that a device sends to others on the LAN: 25 bytes.
struct ServedVideo {
  /// Doubt lasts this long: people show each other something for a moment.
  static let doubt = Nanoseconds.seconds(300)
  /// After a longer pause it is another occasion.
  static let longestPause = Nanoseconds.seconds(300)

  /// What is silent for longer than this is no video; streams are looked at every ten seconds.
  static let longestStep = Nanoseconds.seconds(30)

  /// The end of what was seen last.
  private var last = Timestamp.distantPast
  /// Nanoseconds of video on this occasion, streams at the same time counted once.
  private var duration: Int64 = 0
  private(set) var isLasting = false

  var hasBegun: Bool { last != .distantPast }

  /// - Returns: the video has lasted beyond doubt since this was last called.
  mutating func add(from start: Timestamp, to end: Timestamp) -> Bool {
    let resumed = max(start, last)
    if start.isAfter(last, by: Self.longestPause) || end.isAfter(resumed, by: Self.longestPause) { duration = 0 }
    if !end.isAfter(resumed, by: Self.longestStep) { duration += max(0, end.nanoseconds &- resumed.nanoseconds) }
    last = max(last, end)
    guard !isLasting, duration > Self.doubt.count else { return false }
    isLasting = true
    return true
  }
}

extension Inventory {
  /// A stream of a device was under way from one time to another.
  mutating func saw(
    _ stream: MediaStream, by sender: StationID, from start: Timestamp, to end: Timestamp, _ stations: borrowing TrackedStations
  ) {
    let receiver = stream.receiver.station.address
    guard stream.isLiveVideo, receiver.isUnicast, table.identity.isOnLAN(receiver), let number = table.device(of: sender) else {
      return
    }
    let lasts =
      stream.isAsked ? table[device: number].asked.add(from: start, to: end) : table[device: number].pushed.add(from: start, to: end)
    if lasts { judge(number, at: end, stations) }
  }

  /// How sure it is that an item of evidence is live video which the device itself serves.
  ///
  /// - Parameter isPerson: it exchanged messages with the push service of a maker of phones or computers. Then only what others asked for
  ///   counts: phones send pictures to screens.
  func serving(_ item: Evidence, of record: DeviceRecord, isPerson: Bool) -> Weighing.Serving {
    guard item.field.isServedVideo, item.signature.facet == .media else { return .no }
    if record.asked.isLasting || !isPerson && record.pushed.isLasting { return .lasting }
    return record.asked.hasBegun || !isPerson && record.pushed.hasBegun ? .begun : .no
  }
}
