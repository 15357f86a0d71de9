/// A session description (SDP, RFC 8866; payload types by RFC 3551 section 6): the media of a session and their codecs.
///
/// RTSP servers answer DESCRIBE with one, publishers ANNOUNCE one, SIP calls exchange them: its meaning depends on its carrier.
struct SessionDescription {
  /// Media lines, and payload types of one, that are read.
  static let mediaLimit = 16
  static let payloadTypeLimit = 32
  /// Bytes of a description that are buffered.
  static let sizeLimit = 8192
  /// Names of the writer, and attributes of makers, that are kept, and characters of each.
  static let originLimit = 4
  static let originLength = 64
  static let attributeLimit = 8
  static let attributeLength = 48
  /// Beginnings of attributes that name a maker or its firmware. Others may contain keys and passwords (RFC 4568, RFC 8839).
  private static let makersAttributes: [StaticString] = [
    "Media_header:", "appversion:", "packetization-supported:", "rtppayload-supported:", "x-dimensions:", "x-framerate:", "x-onvif-track:",
  ]

  struct Media: Equatable {
    /// `video`, `audio`, `application` …
    let kind: String
    let port: UInt16
    let payloadTypes: [UInt8]
    /// Encoding name of each payload type that has one.
    var codecs: [UInt8: String] = [:]
    var control = ""
    var direction = ""

    /// The codec of the first payload type, which is the preferred one.
    var codec: String? { payloadTypes.first.flatMap { codecs[$0] } }
  }

  private(set) var name = ""
  /// The program that wrote the description (`a=tool`, RFC 8866 section 6.3).
  private(set) var tool = ""
  /// The first `a=range`: `npt=now-` for live media, `npt=0-95.2` for a recording (RFC 2326 appendix C.1.5).
  private(set) var range = ""
  private(set) var media: [Media] = []
  /// By what the writer names itself: the user name in `o=`, and the sites in `u=` and `e=` (RFC 8866 sections 5.2, 5.5 and 5.6).
  private(set) var origins: [String] = []
  /// What makers add: `packetization-supported:DH`.
  private(set) var attributes: [String] = []

  /// Nil if the bytes do not begin like a description.
  init?(_ bytes: RawSpan) {
    guard bytes.trimmed.starts(with: "v=") else { return nil }
    var start = 0
    while start < bytes.byteCount {
      let end = bytes.firstIndex(of: ASCII.lineFeed, from: start) ?? bytes.byteCount
      read(bytes.slice(start, end - start).trimmed)
      start = end + 1
    }
  }

  /// The first video.
  var video: Media? { media.first { $0.kind == "video" } }

  /// Recordings have an end; live media begin now, or have no range.
  var isLive: Bool {
    guard let dash = range.firstIndex(of: "-") else { return true }
    return range.hasPrefix("npt=now") || range[range.index(after: dash)...].allSatisfy(\.isWhitespace)
  }

  /// The codecs of all payload types.
  var codecs: [UInt8: String] {
    media.reduce(into: [:]) { all, media in all.merge(media.codecs) { first, _ in first } }
  }

  private mutating func read(_ line: RawSpan) {
    guard line.byteCount > 2, line.u8(1) == ASCII.equals else { return }
    let value = line.slice(2).trimmed
    switch line.u8(0) {
    case UInt8(ascii: "s"): name = value.text(limit: 128)
    case UInt8(ascii: "o"): addOrigin(value)
    case UInt8(ascii: "u"): addOrigin(value)
    // The part in front of the sign may be a person's name.
    case UInt8(ascii: "e"): if let sign = value.firstIndex(of: ASCII.at) { addOrigin(value.slice(sign + 1)) }
    case UInt8(ascii: "m"): addMedia(value)
    case UInt8(ascii: "a"): readAttribute(value)
    default: break
    }
  }

  /// Adds the first word. A person's name may follow.
  private mutating func addOrigin(_ value: RawSpan) {
    let text = value.slice(0, value.firstIndex(of: ASCII.space) ?? value.byteCount).text(limit: Self.originLength)
    guard text.utf8.contains(where: ASCII.isLetter), origins.count < Self.originLimit, !origins.contains(text) else { return }
    origins.append(text)
  }

  private mutating func addAttribute(_ value: RawSpan) {
    let text = value.text(limit: Self.attributeLength)
    if attributes.count < Self.attributeLimit, !attributes.contains(text) { attributes.append(text) }
  }

  /// Reads `video 0 RTP/AVP 96`; the port may be followed by `/2`.
  private mutating func addMedia(_ value: RawSpan) {
    guard media.count < Self.mediaLimit else { return }
    let words = value.text(limit: 256).split(separator: " ")
    guard words.count >= 3 else { return }
    let port = UInt16(words[1].prefix { $0 != "/" }) ?? 0
    let types = words.dropFirst(3).prefix(Self.payloadTypeLimit).compactMap { UInt8($0) }.filter { $0 < 128 }
    var new = Media(kind: words[0].lowercased(), port: port, payloadTypes: types)
    for type in types { new.codecs[type] = RTPCodec.assigned[type] }
    media.append(new)
  }

  private mutating func readAttribute(_ value: RawSpan) {
    if value.starts(with: "tool:") {
      tool = value.slice(5).trimmed.text(limit: 128)
      return
    }
    if value.starts(with: "range:"), range.isEmpty {
      range = value.slice(6).trimmed.text(limit: 64)
      return
    }
    if Self.makersAttributes.contains(where: { value.starts(with: $0) }) {
      addAttribute(value)
      return
    }
    guard !media.isEmpty else { return }
    let last = media.count - 1
    if value.starts(with: "rtpmap:") {
      // `96 H264/90000`
      let words = value.slice(7).trimmed.text(limit: 96).split(separator: " ", maxSplits: 1)
      guard words.count == 2, let type = UInt8(words[0]), media[last].payloadTypes.contains(type) else { return }
      let codec = words[1].prefix { $0 != "/" && $0 != " " }
      media[last].codecs[type] = RTPCodec.name(codec)
    } else if value.starts(with: "fmtp:"), let tag = value.firstIndex(of: "DecoderTag=") {
      let rest = value.slice(tag)
      addAttribute(rest.slice(0, rest.firstIndex(of: ASCII.space) ?? rest.byteCount))
    } else if value.starts(with: "control:") {
      media[last].control = value.slice(8).trimmed.text(limit: 128)
    } else if value.starts(with: "sendonly") || value.starts(with: "recvonly") || value.starts(with: "sendrecv")
      || value.starts(with: "inactive")
    {
      media[last].direction = value.text(limit: 16)
    }
  }
}
