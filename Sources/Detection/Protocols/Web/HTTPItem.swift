/// The body of an HTTP message that may be part of a row: a picture, or a piece of a presentation. It keeps the beginning.
struct HTTPItem {
  /// Bytes kept of a picture, in which two pictures of a scene differ; of a playlist; and of a session description.
  static let pictureLimit = 2048
  static let playlistLimit = 16384
  static let offerLimit = 8192
  /// The longest segment of a playlist, in milliseconds.
  static let segmentLimit = 60_000

  enum Kind {
    case picture, playlist, manifest, segment
    /// Uploads: a picture by its type, what may be one, a form with one, an offer to send video by WebRTC (WHIP, RFC 9725 section 4.2).
    case jpeg, post, form, offer
    /// Events that a device reports to a server (Hikvision, HTTP listening).
    case events
    case other
    /// An upload whose head does not name its type.
    case untyped

    /// - Parameters:
    ///   - type: media type in lower case, without parameters; servers may name a wrong one.
    ///   - target: what was asked for.
    init?(ofAnswer type: String, to target: String) {
      let path = Substring(target.utf8.prefix { $0 != ASCII.questionMark }).lowercased()
      if type == "image/jpeg" || type == "image/jpg" {
        self = .picture
      } else if type.hasSuffix("mpegurl") || path.hasSuffix(".m3u8") {
        self = .playlist
      } else if type == "application/dash+xml" || path.hasSuffix(".mpd") {
        self = .manifest
      } else if type == "video/mp4" || type == "video/iso.segment" || path.hasSuffix(".m4s") {
        self = .segment
      } else {
        return nil
      }
    }

    init(ofUpload type: RawSpan) {
      if type.startsIgnoringCase("image/jpeg") || type.startsIgnoringCase("image/jpg") {
        self = .jpeg
      } else if type.startsIgnoringCase("application/octet-stream") {
        self = .post
      } else if type.startsIgnoringCase("multipart/form-data") {
        self = .form
      } else if type.startsIgnoringCase("application/xml") || type.startsIgnoringCase("text/xml") {
        self = .events
      } else {
        self = type.startsIgnoringCase("application/sdp") ? .offer : .other
      }
    }

    fileprivate var limit: Int {
      switch self {
      case .picture, .jpeg, .post, .form, .events: HTTPItem.pictureLimit
      case .playlist, .manifest: HTTPItem.playlistLimit
      case .offer: HTTPItem.offerLimit
      case .segment, .other, .untyped: 0
      }
    }
  }

  var kind: Kind
  private let target: String
  private let key: UInt64
  private var kept: [UInt8] = []
  private var length = 0

  init(_ kind: Kind, _ target: String, _ key: UInt64) {
    self.kind = kind
    self.target = target
    self.key = key
  }

  mutating func add(_ bytes: RawSpan) {
    length += bytes.byteCount
    let room = kind.limit - kept.count
    if room > 0 { kept.append(bytes.slice(0, room)) }
  }

  /// The head of an upload says that it is a picture.
  var isDeclaredPicture: Bool {
    let name = target.lowercased()
    return kind == .jpeg || kind == .untyped && (name.hasSuffix(".jpg") || name.hasSuffix(".jpeg"))
  }

  /// Notes a picture by the head of its upload: a capture may lack the body. Each counts as another picture.
  ///
  /// - Parameter length: bytes of the picture, by the head.
  func declare(length: Int, into sink: inout ObservationSink) {
    sink.item(.uploadedPicture(size: length, hash: sink.packet.number), target, key: key)
  }

  /// Notes the whole item, sent by the sender of the current message.
  func finish(once reported: inout Reported, into sink: inout ObservationSink) {
    let body = unsafe kept.span.bytes
    switch kind {
    case .picture where Self.isPicture(body):
      sink.item(.picture(size: length, hash: FNV1a.hash(kept)), target, key: key)
    case .jpeg where Self.isPicture(body), .post where Self.isPicture(body), .form where Self.holdsPicture(body):
      sink.item(.uploadedPicture(size: length, hash: FNV1a.hash(kept)), target, key: key)
    case .form where body.contains("<EventNotificationAlert"), .events where body.contains("<EventNotificationAlert"):
      var events = EventStream()
      events.add(body, once: &reported, into: &sink)
      events.finish(once: &reported, into: &sink)
    case .playlist:
      if let (next, milliseconds) = Self.playlist(body) { sink.item(.playlist(next: next, length: milliseconds), target, key: key) }
    case .manifest where body.contains("<MPD") && body.contains("type=\"dynamic\""):
      sink.item(.manifest, target, key: key)
    case .segment:
      sink.item(.segment, target, key: key)
    case .offer where body.contains("m=video") && (body.contains("a=sendonly") || body.contains("a=sendrecv")):
      sink.emit(.httpUpload, "WHIP", once: &reported)
    default: break
    }
  }

  private static func isPicture(_ body: RawSpan) -> Bool { body.starts(with: [0xFF, 0xD8, 0xFF]) }

  /// A part of a form (RFC 7578) that begins like a picture.
  private static func holdsPicture(_ body: RawSpan) -> Bool {
    guard let head = body.firstIndexIgnoringCase(of: "content-disposition:") else { return false }
    var start = body.firstIndex(of: "\r\n\r\n", from: head)
    while let end = start {
      if isPicture(body.slice(end + 4)) { return true }
      start = body.firstIndex(of: "\r\n\r\n", from: end + 4)
    }
    return false
  }

  /// The number of the segment that comes next, and the mean length of those listed in milliseconds, of a media playlist that has not ended
  /// (RFC 8216 section 4.3).
  private static func playlist(_ body: RawSpan) -> (next: Int, length: Int)? {
    guard body.byteCount < playlistLimit, body.starts(with: "#EXTM3U"), !body.contains("#EXT-X-ENDLIST"),
      !body.contains("#EXT-X-PLAYLIST-TYPE:VOD")
    else { return nil }
    var (first, segments, total) = (0, 0, 0)
    var line = 0
    while line < body.byteCount {
      let end = body.firstIndex(of: ASCII.lineFeed, from: line) ?? body.byteCount
      let text = body.slice(line, end - line).trimmed
      line = end + 1
      if text.starts(with: "#EXT-X-MEDIA-SEQUENCE:") {
        guard let number = text.slice(22).trimmed.decimal else { return nil }
        first = number
      } else if text.starts(with: "#EXTINF:") {
        segments += 1
        total += milliseconds(text.slice(8))
      }
    }
    return segments > 0 && total > 0 ? (first + segments, total / segments) : nil
  }

  /// A decimal number of seconds, up to its first other character.
  private static func milliseconds(_ text: RawSpan) -> Int {
    var (value, scale) = (0, 0)
    for index in 0..<Swift.min(text.byteCount, 12) {
      let byte = text.u8(index)
      if byte == ASCII.period, scale == 0 {
        scale = 1
      } else if ASCII.isDigit(byte), scale < 4 {
        value = value * 10 + Int(byte - 0x30)
        if scale > 0 { scale += 1 }
      } else {
        break
      }
    }
    for _ in Swift.max(scale, 1)..<4 { value *= 10 }
    return Swift.min(value, segmentLimit)
  }
}
