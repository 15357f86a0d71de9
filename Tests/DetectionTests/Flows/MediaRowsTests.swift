import Testing

@testable import Detection

/// Rows of pictures and presentations over several conversations.
@Suite struct MediaRowsTests {
  static let camera = Endpoint(station: Harness.other.station, port: 80)

  static func item(_ content: MediaItem.Content, key: UInt64 = 1, target: String = "/capture") -> MediaItem {
    MediaItem(
      content: content, target: target, key: key, sender: camera, receiver: Harness.camera, packet: PacketReference(file: 0, number: 1))
  }

  /// Items with a time in seconds between them.
  static func judge(_ items: [MediaItem], every seconds: Double) -> [String] {
    var rows = MediaRows()
    return items.enumerated().compactMap { index, item in
      rows.add(item, at: Timestamp(nanoseconds: Int64(Double(index) * seconds * 1e9))).map { "\($0.field.rawValue)=\($0.text)" }
    }
  }

  /// Pictures of a scene: sizes differ by a tenth.
  static func pictures(_ count: Int) -> [MediaItem] {
    (0..<count).map { item(.picture(size: 10_000 + $0 % 7 * 150, hash: UInt64($0))) }
  }

  @Test func picturesOneByOne() {
    #expect(Self.judge(Self.pictures(40), every: 1) == ["http.picture_row=/capture"])
    #expect(Self.judge(Self.pictures(40), every: 0.04) == ["http.picture_row=/capture"], "25 a second")
    #expect(Self.judge(Self.pictures(40), every: 10) == ["http.picture_row=/capture"])
    #expect(Self.judge(Self.pictures(19), every: 1) == [])
    #expect(Self.judge(Self.pictures(40), every: 20) == [], "a page that somebody reloads")
    #expect(Self.judge(Self.pictures(200), every: 0.005) == [], "tiles of a map that are asked for at once")
    #expect(Self.judge((0..<40).map { _ in Self.item(.picture(size: 10_000, hash: 5)) }, every: 1) == [], "one picture over and over")
    // A slide show: photographs differ in size. A gallery: each has an address of its own.
    let sizes = [31_000, 90_000, 45_000, 120_000, 22_000]
    #expect(Self.judge((0..<60).map { Self.item(.picture(size: sizes[$0 % 5], hash: UInt64($0))) }, every: 5) == [])
    #expect(Self.judge((0..<60).map { Self.item(.picture(size: 10_000, hash: UInt64($0)), key: UInt64($0)) }, every: 1) == [])
  }

  @Test func postedPictures() {
    let posts = (0..<8).map { Self.item(.uploadedPicture(size: 3_300 + $0, hash: UInt64($0)), target: "/api/image") }
    #expect(Self.judge(posts, every: 10) == ["http.posted_pictures=/api/image"])
    #expect(Self.judge(posts, every: 300) == ["http.posted_pictures=/api/image"])
    #expect(Self.judge(posts, every: 0.3) == [], "photographs that a telephone saves at once")
    #expect(Self.judge(Array(posts.prefix(4)), every: 10) == [])
    let photographs = (0..<30).map { Self.item(.uploadedPicture(size: $0.isMultiple(of: 2) ? 2_000_000 : 5_000_000, hash: UInt64($0))) }
    #expect(Self.judge(photographs, every: 5) == [])
    #expect(Self.judge((0..<6).map { Self.item(.storedPicture, key: UInt64($0)) }, every: 30) == ["ftp.upload=pictures"])
    #expect(Self.judge((0..<6).map { Self.item(.storedClip, key: UInt64($0)) }, every: 60) == ["ftp.upload=clips"])
    #expect(Self.judge((0..<6).map { _ in Self.item(.storedPicture, key: 3) }, every: 30) == [], "one file that is replaced")
  }

  /// Playlists that are asked for every two seconds, with segments of two seconds.
  static func playlists(_ numbers: [Int], length: Int = 2000) -> [MediaItem] {
    numbers.map { item(.playlist(next: $0, length: length), target: "/hls/cam.m3u8") }
  }

  @Test func presentations() {
    #expect(Self.judge(Self.playlists(Array(100..<120)), every: 2) == ["http.live=HLS /hls/cam.m3u8"])
    #expect(Self.judge(Self.playlists((0..<40).map { 100 + $0 / 4 }), every: 0.5) == ["http.live=HLS /hls/cam.m3u8"], "asked more often")
    #expect(Self.judge(Self.playlists([Int](repeating: 100, count: 20)), every: 2) == [], "a list that stays the same")
    #expect(Self.judge(Self.playlists(Array(100..<140)), every: 0.25) == [], "a film that is converted faster than it plays")
    #expect(Self.judge(Self.playlists([100, 102, 104, 106]), every: 2) == [], "shorter than ten seconds")
    #expect(Self.judge(Self.playlists((0..<30).map { $0 / 10 }), every: 20) == [], "far slower than the clock")
  }

  @Test func dynamicManifests() {
    let manifest = Self.item(.manifest, target: "/dash/cam.mpd")
    let segments = (0..<20).map { Self.item(.segment, key: UInt64($0)) }
    #expect(Self.judge([manifest] + segments, every: 1) == ["http.live=DASH /dash/cam.mpd"])
    #expect(Self.judge(segments, every: 1) == [], "a film has no such manifest")
    #expect(Self.judge([manifest] + (0..<100).map { Self.item(.segment, key: UInt64($0)) }, every: 0.1) == [], "too fast")
  }

  @Test func bounds() {
    var rows = MediaRows()
    for number in 0..<3 * MediaRows.capacity {
      _ = rows.add(Self.item(.picture(size: 1, hash: 1), key: UInt64(number)), at: Timestamp(nanoseconds: Int64(number)))
    }
    #expect(rows.evicted > 0)
    // A row goes on while a flood of single pictures passes.
    var told: [String] = []
    for number in 0..<20 * 600 {
      let time = Timestamp(nanoseconds: Int64(number) * 10_000_000)
      if number % 100 == 0 {
        let item = Self.item(.picture(size: 500, hash: UInt64(number)))
        if let row = rows.add(item, at: time) { told.append(row.text) }
      }
      _ = rows.add(Self.item(.picture(size: 1, hash: 1), key: UInt64(1000 + number)), at: time)
    }
    #expect(told == ["/capture"])
    // Sizes and times from the wire must not overflow.
    for size in [Int.max, 0, 1, Int.max] {
      for time in [Timestamp.distantPast, .distantFuture, .zero] {
        _ = rows.add(Self.item(.picture(size: size, hash: UInt64(size))), at: time)
        _ = rows.add(Self.item(.playlist(next: size, length: 60_000)), at: time)
        _ = rows.add(Self.item(.manifest), at: time)
        _ = rows.add(Self.item(.segment, key: UInt64(size)), at: time)
      }
    }
  }
}
