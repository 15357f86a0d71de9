/// A conversation that carries media, with what it carried.
public struct MediaRecord: Sendable {
  public let stream: MediaStream
  public let firstSeen: Timestamp
  public private(set) var lastSeen: Timestamp
  /// Bytes on the wire, from the media's sender.
  public private(set) var bytes: UInt64 = 0
  /// The live flow.
  var flow: Int?
  /// Where `MediaTable` lists it.
  fileprivate var place: Int?

  init(stream: MediaStream, firstSeen: Timestamp, flow: Int) {
    self.stream = stream
    self.firstSeen = firstSeen
    self.lastSeen = firstSeen
    self.flow = flow
  }

  /// What was seen of a stream from one time to another, over several conversations.
  init(stream: MediaStream, from start: Timestamp, to end: Timestamp) {
    self.stream = stream
    firstSeen = start
    lastSeen = end
  }

  func counted(_ flow: Flow) -> MediaRecord {
    var record = self
    record.lastSeen = flow.lastSeen
    // The media's sender is nearly always the side that sends more.
    record.bytes = max(flow.bytesForward, flow.bytesBackward)
    return record
  }
}

/// The media streams of a run, bounded: the oldest finished ones go first.
struct MediaTable {
  static let capacity = 16_384
  /// Records looked at for a finished one.
  static let searchLimit = 64

  private(set) var records: [MediaRecord] = []
  private(set) var evicted = 0
  /// Streams that began since the last drain, with the time of each.
  private var opened: [(stream: MediaStream, time: Timestamp)] = []
  /// What live video was seen of since the last drain.
  private var seen: [MediaRecord] = []
  /// The place for the next one, once all are taken.
  private var next = 0
  /// Live video that is under way, by number: it is looked at every few seconds, and nothing else is.
  private var watched: [Int] = []

  /// The number of the new record plus one, for the flow to remember; 0 where there is no room.
  mutating func open(_ stream: MediaStream, flow: Int, at time: Timestamp) -> UInt32 {
    opened.append((stream, time))
    let record = MediaRecord(stream: stream, firstSeen: time, flow: flow)
    if records.count < Self.capacity {
      records.append(record)
      watch(records.count - 1)
      return UInt32(records.count)
    }
    evicted += 1
    for _ in 0..<Self.searchLimit {
      let slot = next
      next = (next + 1) % Self.capacity
      guard records[slot].flow == nil else { continue }
      records[slot] = record
      watch(slot)
      return UInt32(slot) + 1
    }
    return 0
  }

  mutating func drainOpened() -> [(stream: MediaStream, time: Timestamp)] {
    if opened.isEmpty { return [] }
    defer { opened.removeAll() }
    return opened
  }

  /// - Parameter number: what `open` returned for the conversation.
  mutating func close(_ number: UInt32, _ flow: Flow) {
    guard number > 0 else { return }
    let slot = Int(number) - 1
    records[slot] = records[slot].counted(flow)
    records[slot].flow = nil
    unwatch(slot)
    if records[slot].stream.isLiveVideo { seen.append(records[slot]) }
  }

  /// Notes how long each live video that is still under way has lasted.
  mutating func look(at flows: borrowing FlowTable) {
    for slot in watched.sorted() {
      if let number = records[slot].flow { seen.append(records[slot].counted(flows[number])) }
    }
  }

  private mutating func watch(_ slot: Int) {
    guard records[slot].stream.isLiveVideo else { return }
    records[slot].place = watched.count
    watched.append(slot)
  }

  private mutating func unwatch(_ slot: Int) {
    guard let place = records[slot].place else { return }
    records[slot].place = nil
    let last = watched.removeLast()
    if place == watched.count { return }
    watched[place] = last
    records[last].place = place
  }

  /// Notes live video that comes over several conversations.
  mutating func saw(_ record: MediaRecord) { seen.append(record) }

  @inline(__always)
  var hasSeen: Bool { !seen.isEmpty }

  /// Streams that began wait to be drained.
  @inline(__always)
  var hasOpened: Bool { !opened.isEmpty }

  mutating func drainSeen() -> [MediaRecord] {
    if seen.isEmpty { return [] }
    defer { seen.removeAll() }
    return seen
  }
}
