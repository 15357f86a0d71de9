/// What one conversation sent in an upload, if it may be a clip: a file of a scene that a battery camera recorded.
struct Clip {
  static let bytes: UInt64 = 150_000
  /// Of its payload, in percent.
  static let share: UInt64 = 90

  let device: Station
  let kilobytes: UInt32
  let time: Timestamp
  let packet: PacketReference

  init?(sent: UInt64, received: UInt64, from device: Station, at time: Timestamp, _ packet: PacketReference) {
    guard sent >= Self.bytes, sent * (100 - Self.share) >= received * Self.share else { return nil }
    self.device = device
    kilobytes = UInt32(clamping: sent / 1000)
    self.time = time
    self.packet = packet
  }
}

/// A device that sleeps, wakes, asks for its address and sends clips.
struct Waking: Equatable {
  /// Times that it woke and sent at least one clip, and times that it woke.
  let clipEpisodes: Int
  let episodes: Int
  let clips: Int
  /// Share of the time since it first woke that it was awake, in percent.
  let awake: Double
  /// Mean of the latest clips in kilobytes, and their standard deviation in percent of it.
  let kilobytes: Double
  let spread: Double
  /// Since it first woke.
  let hours: Double
}

/// Episodes of devices: each begins with a packet after `StationTable.sleep` without one.
struct WakeTable {
  /// Devices: about 140 bytes each.
  static let capacity = 4096
  /// The request for an address comes this soon after the start.
  static let requestLimit = Nanoseconds.seconds(10)
  /// Episodes with clips from which it is reported.
  static let episodesNeeded = 3
  private static let clipLimit = 16

  private struct Episode {
    var hasRequest = false
    var hasClip = false
  }

  private struct Record {
    let first: Timestamp
    var start: Timestamp
    /// The latest packet that is known to be the episode's.
    var last: Timestamp
    /// In the episodes before, in nanoseconds.
    var awake: Int64 = 0
    var episodes = 1
    var clipEpisodes = 0
    var clips = 0
    var episode = Episode()
    /// The one before: a clip is known to be over only some seconds later, which may be with the packet that wakes the device.
    var former = Episode()
    /// Sizes of the latest clips, in kilobytes.
    var sizes: [UInt32] = []
  }

  private var records = BoundedTable<DeviceID, Record>(capacity: WakeTable.capacity)

  var evicted: Int { records.evicted }

  /// A device sent a packet after a pause. Only of those that asked for an address before: strangers can make up any number of others.
  /// - Parameter lastSeen: the time of the packet before it; nil where it is not known.
  mutating func wake(_ id: DeviceID, at time: Timestamp, lastSeen: Timestamp?) {
    guard let place = records.find(id) else { return }
    records.touch(place)
    let last = max(records[place].last, lastSeen ?? .distantPast)
    guard time.isAfter(last, by: StationTable.sleep) else { return }
    records[place].awake &+= max(0, last.nanoseconds &- records[place].start.nanoseconds)
    records[place].episodes += 1
    (records[place].start, records[place].last) = (time, time)
    (records[place].former, records[place].episode) = (records[place].episode, Episode())
  }

  /// The device asked for its address.
  mutating func request(_ id: DeviceID, at time: Timestamp) {
    let place = records.find(id) ?? records.insert(id, Record(first: time, start: time, last: time))
    guard !time.isAfter(records[place].start, by: Self.requestLimit) else { return }
    records[place].episode.hasRequest = true
    records[place].last = max(records[place].last, time)
  }

  /// - Returns: where it is worth a report, once in each episode.
  mutating func add(_ clip: Clip, of id: DeviceID) -> Waking? {
    guard let place = records.find(id) else { return nil }
    let episode: WritableKeyPath<Record, Episode> = clip.time < records[place].start ? \.former : \.episode
    guard records[place][keyPath: episode].hasRequest else { return nil }
    records[place].clips += 1
    if clip.time >= records[place].start { records[place].last = max(records[place].last, clip.time) }
    if records[place].sizes.count >= Self.clipLimit { records[place].sizes.removeFirst() }
    records[place].sizes.append(clip.kilobytes)
    guard !records[place][keyPath: episode].hasClip else { return nil }
    records[place][keyPath: episode].hasClip = true
    records[place].clipEpisodes += 1
    return records[place].clipEpisodes >= Self.episodesNeeded ? waking(records[place], at: clip.time) : nil
  }

  private func waking(_ record: Record, at time: Timestamp) -> Waking {
    let span = max(1, time.nanoseconds &- record.first.nanoseconds)
    let awake = record.awake &+ max(0, time.nanoseconds &- record.start.nanoseconds)
    let sizes = record.sizes.map(Double.init)
    let mean = sizes.reduce(0, +) / Double(sizes.count)
    let variance = sizes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sizes.count)
    return Waking(
      clipEpisodes: record.clipEpisodes, episodes: record.episodes, clips: record.clips, awake: Double(awake) * 100 / Double(span),
      kilobytes: mean, spread: variance.squareRoot() * 100 / mean, hours: Double(span) / 3.6e12)
  }
}
