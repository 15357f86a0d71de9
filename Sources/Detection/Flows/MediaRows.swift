/// Rows of pictures and segments of presentations, over all conversations: a single one can be anything, a row of them in time with the
/// clock is live video. Bounded: single items, of which a flood consists, have a table of their own; of each table the row goes whose last
/// item is the oldest.
struct MediaRows {
  static let capacity = 4096

  /// Pictures of one target that a host serves: how many make a row, the nanoseconds between two of them, and the percents by which the
  /// larger of two may exceed the smaller. Pictures of a gallery come faster and differ more, and cached ones are the same.
  static let picturesNeeded = 20
  static let pictureGaps: ClosedRange<Int64> = 20_000_000...15_000_000_000
  static let likeness = 160
  /// Pictures, and clips, that a host uploads: how many make a row, and the nanoseconds between two of them. A camera takes two or more a
  /// second when something moves; people upload theirs at once.
  static let uploadsNeeded = 5
  static let uploadGaps: ClosedRange<Int64> = 400_000_000...600_000_000_000
  /// Segments by which a presentation must advance, and the nanoseconds that this must take.
  static let segmentsNeeded = 3
  static let segmentSpan: Int64 = 10_000_000_000
  /// A manifest's segments that may come within a second: video and sound.
  static let segmentsASecond: Int64 = 4

  private struct Key: Hashable {
    let sender: Station
    let receiver: IPAddress
    let kind: Kind
    let key: UInt64
  }

  private enum Kind: Hashable { case picture, upload, playlist, manifest, picturesStored, clipsStored, mails }

  private struct Row {
    var count: Int
    var first: Timestamp
    var last: Timestamp
    /// The size and hash of the last picture; the number of the last segment, or of pictures that came too soon.
    var size = 0
    var hash: UInt64 = 0
    var number = 0
    var text = ""
    var isReported = false
  }

  private var rows = Table()
  var evicted: Int { rows.evicted }
  /// What the last item showed of a row that is live video.
  private var seen: MediaRecord?

  mutating func takeSeen() -> MediaRecord? {
    defer { seen = nil }
    return seen
  }

  /// The receiver asked for each item.
  private mutating func note(_ item: MediaItem, _ name: String, from start: Timestamp, to end: Timestamp) {
    let stream = MediaStream(name: name, sender: item.sender, receiver: item.receiver, isAsked: true)
    seen = MediaRecord(stream: stream, from: start, to: end)
  }

  /// Takes the next item. Returns what its row shows about the sender, once.
  mutating func add(_ item: MediaItem, at time: Timestamp) -> (field: Field, text: String)? {
    switch item.content {
    case .picture(let size, let hash): return picture(item, size, hash, time)
    case .uploadedPicture(let size, let hash):
      return upload(item, .upload, hash, size: size, time) ? (.httpPosts, item.target) : nil
    case .storedPicture: return upload(item, .picturesStored, item.key, size: 1, time) ? (.ftpUpload, "pictures") : nil
    case .storedClip: return upload(item, .clipsStored, item.key, size: 1, time) ? (.ftpUpload, "clips") : nil
    case .mailedPicture: return upload(item, .mails, item.key, size: 1, time) ? (.mailUpload, "pictures") : nil
    case .playlist(let next, let length): return playlist(item, next, length, time)
    case .manifest: return manifest(item, time)
    case .segment: return segment(item, time)
    }
  }

  private static func areAlike(_ first: Int, _ second: Int) -> Bool {
    max(first, second) <= min(first, second).multipliedReportingOverflow(by: likeness).partialValue / 100
  }

  private mutating func picture(_ item: MediaItem, _ size: Int, _ hash: UInt64, _ time: Timestamp) -> (field: Field, text: String)? {
    let key = Key(sender: item.sender.station, receiver: item.receiver.station.address, kind: .picture, key: item.key)
    guard var row = rows[key], let gap = Self.gap(row, time, Self.pictureGaps), Self.areAlike(row.size, size) else {
      begin(key, Row(count: 1, first: time, last: time, size: size, hash: hash))
      return nil
    }
    if row.hash == hash { return nil }
    if !gap {
      // A few may come together after a stall; more are asked for at once.
      row.number += 1
      rows[key] = row.number > row.count ? Row(count: 1, first: time, last: time, size: size, hash: hash) : row
      return nil
    }
    row.count += 1
    let isNews = row.count >= Self.picturesNeeded && !row.isReported
    if isNews { row.isReported = true }
    if row.isReported { note(item, "Pictures over HTTP", from: row.last, to: time) }
    (row.last, row.size, row.hash) = (time, size, hash)
    rows[key] = row
    return isNews ? (.httpPictureRow, item.target) : nil
  }

  private mutating func upload(_ item: MediaItem, _ kind: Kind, _ hash: UInt64, size: Int, _ time: Timestamp) -> Bool {
    let isStored = kind != .upload
    let key = Key(
      sender: item.sender.station, receiver: item.receiver.station.address, kind: kind, key: isStored ? 0 : item.key)
    guard var row = rows[key], let gap = Self.gap(row, time, Self.uploadGaps), Self.areAlike(row.size, size) else {
      begin(key, Row(count: 1, first: time, last: time, size: size, hash: hash))
      return false
    }
    guard gap, row.hash != hash else { return false }
    row.count += 1
    (row.last, row.size, row.hash) = (time, size, hash)
    let isNews = row.count >= Self.uploadsNeeded && !row.isReported
    if isNews { row.isReported = true }
    rows[key] = row
    return isNews
  }

  /// Nil where the row has ended; false where the item comes too soon to belong to it.
  private static func gap(_ row: Row, _ time: Timestamp, _ gaps: ClosedRange<Int64>) -> Bool? {
    let gap = time.nanoseconds &- row.last.nanoseconds
    if gap > gaps.upperBound || gap < 0 { return nil }
    return gap >= gaps.lowerBound
  }

  // MARK: Presentations

  private mutating func playlist(_ item: MediaItem, _ next: Int, _ length: Int, _ time: Timestamp) -> (field: Field, text: String)? {
    let key = Key(sender: item.sender.station, receiver: item.receiver.station.address, kind: .playlist, key: item.key)
    guard var row = rows[key], next >= row.number, time >= row.last, !time.isAfter(row.last, by: Self.uploadGaps.upperBound) else {
      begin(key, Row(count: next, first: time, last: time, number: next))
      return nil
    }
    let last = row.last
    (row.last, row.number) = (time, next)
    let passed = time.nanoseconds - row.first.nanoseconds
    let (advance, isTooLong) = (next - row.count).multipliedReportingOverflow(by: length)
    let shown = isTooLong ? .max : advance
    let elapsed = Int(passed / 1_000_000)
    let isLive =
      next - row.count >= Self.segmentsNeeded && passed >= Self.segmentSpan && shown / 2 <= elapsed + length && shown >= elapsed / 3
    let isNews = isLive && !row.isReported
    if isNews { row.isReported = true }
    if isLive { note(item, "HLS", from: last, to: time) }
    rows[key] = row
    return isNews ? (.httpLive, "HLS " + item.target) : nil
  }

  /// Segments count only behind a manifest that says that it changes.
  private mutating func manifest(_ item: MediaItem, _ time: Timestamp) -> (field: Field, text: String)? {
    let key = Key(sender: item.sender.station, receiver: item.receiver.station.address, kind: .manifest, key: 0)
    if rows[key] == nil { begin(key, Row(count: 0, first: time, last: time, text: item.target)) }
    return nil
  }

  private mutating func segment(_ item: MediaItem, _ time: Timestamp) -> (field: Field, text: String)? {
    let key = Key(sender: item.sender.station, receiver: item.receiver.station.address, kind: .manifest, key: 0)
    guard var row = rows[key], row.hash != item.key else { return nil }
    if time < row.last || time.isAfter(row.last, by: Self.uploadGaps.upperBound) {
      rows[key] = nil
      return nil
    }
    row.count += 1
    (row.last, row.hash) = (time, item.key)
    let passed = time.nanoseconds - row.first.nanoseconds
    let isSlow = Int64(row.count) * 1_000_000_000 <= passed.multipliedReportingOverflow(by: Self.segmentsASecond).partialValue
    let isNews = row.count >= Self.segmentsNeeded && passed >= Self.segmentSpan && isSlow && !row.isReported
    if isNews { row.isReported = true }
    rows[key] = row
    return isNews ? (.httpLive, "DASH " + row.text) : nil
  }

  private mutating func begin(_ key: Key, _ row: Row) { rows[key] = row }

  /// Rows by key, in constant time.
  private struct Table {
    private var single = BoundedTable<Key, Row>(capacity: capacity)
    private var grown = BoundedTable<Key, Row>(capacity: capacity)

    var evicted: Int { single.evicted + grown.evicted }

    subscript(key: Key) -> Row? {
      get { grown.find(key).map { grown[$0] } ?? single.find(key).map { single[$0] } }
      set {
        let isGrown = newValue.map { $0.count > 1 && key.kind != .playlist } ?? false
        if !isGrown, let place = grown.find(key) { grown.remove(place) }
        if newValue == nil || isGrown, let place = single.find(key) { single.remove(place) }
        guard let newValue else { return }
        if isGrown { grown.set(key, newValue) } else { single.set(key, newValue) }
      }
    }
  }
}
