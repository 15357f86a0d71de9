/// Tells a live presentation that a client uploads over HTTP (HLS, RFC 8216; DASH, ISO/IEC 23009-1) from files that are copied: by a
/// playlist that does not end, a manifest that says it, or a row of small segments that come as slowly as they are watched. Playlists of
/// music and recordings of television are copied as well.
struct LiveUpload {
  /// Bytes of each body that are kept: a playlist is judged by its end too.
  static let playlistLimit = 16384
  static let manifestLimit = 4096
  static let segmentLimit = 189
  /// Longer files are recordings.
  static let segmentLength = 16 << 20
  /// Segments that make a row, apart by this many nanoseconds or more.
  static let segmentsNeeded = 4
  static let segmentSpan: Int64 = 500_000_000

  enum Kind: Equatable {
    case playlist
    case manifest
    /// With a hash of its target.
    case segment(Int)

    /// By method and the end of the path.
    init?(method: RawSpan, target: RawSpan) {
      guard method.starts(with: "PUT") || method.starts(with: "POST") else { return nil }
      let path = target.slice(0, target.firstIndex(of: 0x3F) ?? target.byteCount)
      func ends(_ suffix: StaticString) -> Bool { path.startsIgnoringCase(suffix, at: path.byteCount - suffix.utf8CodeUnitCount) }
      if ends(".m3u8") {
        self = .playlist
      } else if ends(".mpd") {
        self = .manifest
      } else if ends(".ts") || ends(".m4s") {
        self = .segment(path.array.hashValue)
      } else {
        return nil
      }
    }

    var limit: Int {
      switch self {
      case .playlist: LiveUpload.playlistLimit
      case .manifest: LiveUpload.manifestLimit
      case .segment: LiveUpload.segmentLimit
      }
    }
  }

  private var segments = 0
  private var last: (target: Int, time: Timestamp)?

  /// What is uploaded, once it is known to be live. Takes the first bytes of a body, all of them where they are fewer than the limit.
  mutating func judge(_ kind: Kind, _ body: RawSpan, length: Int?, at time: Timestamp) -> String? {
    switch kind {
    // The tag that HLS demands of every playlist (section 4.3.3.1), and the one that ends it (section 4.3.3.4).
    case .playlist:
      let isLive =
        body.byteCount < Self.playlistLimit && body.starts(with: "#EXTM3U") && body.contains("#EXT-X-TARGETDURATION:")
        && !body.contains("#EXT-X-ENDLIST")
      return isLive ? "HLS" : nil
    case .manifest: return body.contains("<MPD") && body.contains("type=\"dynamic\"") ? "DASH" : nil
    case .segment(let target):
      guard length ?? 0 <= Self.segmentLength, Self.isSegment(body) else { return nil }
      if let last, last.target == target || !time.isAfter(last.time, by: Self.segmentSpan) { return nil }
      last = (target, time)
      segments += 1
      return segments >= Self.segmentsNeeded ? "segments" : nil
    }
  }

  /// Packets of a transport stream (ISO/IEC 13818-1 section 2.4.3), or the boxes with which a segment begins (ISO/IEC 14496-12 section 8.16).
  private static func isSegment(_ body: RawSpan) -> Bool {
    if body.byteCount >= segmentLimit, body.u8(0) == 0x47, body.u8(188) == 0x47 { return true }
    return body.starts(with: "styp", at: 4) || body.starts(with: "moof", at: 4) || body.starts(with: "sidx", at: 4)
  }
}
