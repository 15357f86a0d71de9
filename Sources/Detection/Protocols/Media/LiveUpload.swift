/// Distinguishes uploads of a live presentation (HLS, RFC 8216; DASH, ISO/IEC 23009-1) from copies of files, which may be playlists of
/// music or recordings of television. Live are a playlist without an end, a manifest that is declared dynamic, and a series of small
/// segments that arrive at playback speed.
struct LiveUpload {
  /// Bytes of each body that are needed. A playlist is judged by its end too.
  static let playlistLimit = 16384
  static let manifestLimit = 4096
  static let segmentLimit = 189
  /// Bytes of a segment; longer files are recordings.
  static let segmentLength = 16 << 20
  /// Segments that make a series, and the nanoseconds between two of them at least.
  static let segmentsNeeded = 4
  static let segmentSpan: Int64 = 500_000_000

  enum Kind: Equatable {
    case playlist
    case manifest
    /// A segment, with a hash of its target.
    case segment(Int)

    /// Recognizes an upload by its method and the suffix of its path.
    init?(method: RawSpan, target: RawSpan) {
      guard method.starts(with: "PUT") || method.starts(with: "POST") else { return nil }
      let path = target.slice(0, target.firstIndex(of: ASCII.questionMark) ?? target.byteCount)
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

  /// Judges a body by its first bytes: all of them if there are fewer than the limit. Returns the name of the format once the upload is
  /// known to be live.
  mutating func judge(_ kind: Kind, _ body: RawSpan, length: Int?, at time: Timestamp) -> String? {
    switch kind {
    case .playlist:
      // The tag that HLS requires in every playlist (section 4.3.3.1), and the one that ends it (section 4.3.3.4).
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

  /// Recognizes packets of a transport stream (ISO/IEC 13818-1 section 2.4.3), and boxes at the beginning of a segment (ISO/IEC 14496-12
  /// section 8.16).
  private static func isSegment(_ body: RawSpan) -> Bool {
    if body.byteCount >= segmentLimit, body.u8(0) == 0x47, body.u8(188) == 0x47 { return true }
    return body.starts(with: "styp", at: 4) || body.starts(with: "moof", at: 4) || body.starts(with: "sidx", at: 4)
  }
}
