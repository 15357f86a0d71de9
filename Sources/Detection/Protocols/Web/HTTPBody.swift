/// The body of one HTTP message. It keeps the beginning until there is enough to report: the title of a page, the first part of a video,
/// events, a text that describes a device, or a piece of a live upload.
struct HTTPBody {
  /// Bytes of a page in which its title is looked for.
  static let titleLimit = 4096
  /// Bytes kept of a description in XML, and of other text.
  static let descriptionLimit = 16384
  static let textLimit = 4096
  /// Bytes in which the first part of a multipart body must declare itself.
  static let partLimit = 2048
  /// Bytes of a request in which a device's report names itself.
  static let reportLimit = 64

  enum Content: Equatable {
    case ignored, html, text, multipart, mixed, events, tunnel
    /// The body of a POST, of which only the name of a report is read.
    case report
    case upload(LiveUpload.Kind)

    /// - Parameter type: the media type of an answer in lower case, without parameters; it may be empty.
    init(type: String) {
      switch type {
      case "multipart/x-mixed-replace": self = .multipart
      case "multipart/mixed": self = .mixed
      case "application/x-rtsp-tunnelled": self = .tunnel
      case "text/html", "application/xhtml+xml": self = .html
      case _ where type.hasSuffix("xml") || type.hasSuffix("json") || type == "text/plain" || type.isEmpty: self = .text
      default: self = .ignored
      }
    }
  }

  var content = Content.text
  var boundary = ""
  /// The length in the headers.
  var length: Int?
  /// Only the end of the connection ends the body.
  var isUntilClose = false
  private var events = EventStream()
  /// Empty once `content` is `.ignored`.
  private var kept: [UInt8] = []
  private var text = GrowingText()
  private var title = TitleSearch()
  private var part = FirstPart()

  var upload: LiveUpload.Kind? {
    if case .upload(let kind) = content { kind } else { nil }
  }

  /// The content is one that requests have.
  var isOfRequest: Bool { content == .report || upload != nil }

  mutating func ignoreRest() {
    content = .ignored
    kept = []
  }

  /// Takes the next bytes. Returns whether they proved that the sender serves video, after which nothing else is of interest.
  mutating func add(
    _ bytes: RawSpan, once reported: inout Reported, _ live: inout LiveUpload, at time: Timestamp, into sink: inout ObservationSink
  ) -> Bool {
    switch content {
    case .ignored, .tunnel: break
    case .upload(let kind):
      keep(bytes, limit: kind.limit)
      if kept.count >= kind.limit { finish(once: &reported, &live, at: time, into: &sink) }
    case .report:
      keep(bytes, limit: Self.reportLimit)
      if kept.count >= Self.reportLimit { finish(once: &reported, &live, at: time, into: &sink) }
    case .html:
      keep(bytes, limit: Self.titleLimit)
      if reportTitle(once: &reported, into: &sink) || kept.count >= Self.titleLimit { ignoreRest() }
    case .multipart, .mixed:
      let rest = bytes.slice(Self.partLimit - kept.count)
      keep(bytes, limit: Self.partLimit)
      let isVideo = readFirstPart(once: &reported, into: &sink)
      if content == .events { events.add(rest, once: &reported, into: &sink) }
      return isVideo
    case .events: events.add(bytes, once: &reported, into: &sink)
    case .text:
      keep(bytes, limit: Self.descriptionLimit)
      let owned = kept
      unsafe text.grow(owned.span.bytes)
      if unsafe text.isPage(owned.span.bytes) {
        content = .html
        if reportTitle(once: &reported, into: &sink) { ignoreRest() }
      } else if unsafe kept.count >= Self.descriptionLimit || isUntilClose && text.isWhole(owned.span.bytes) {
        finish(once: &reported, &live, at: time, into: &sink)
      }
    }
    return false
  }

  /// Reports a body of which no more bytes will be kept.
  mutating func finish(
    once reported: inout Reported, _ live: inout LiveUpload, at time: Timestamp, into sink: inout ObservationSink
  ) {
    if let upload, let name = unsafe live.judge(upload, kept.span.bytes, length: length, at: time) {
      if sink.emit(.httpUpload, name, once: &reported) { sink.stream("\(name == "segments" ? "Segments" : name) over HTTP") }
    }
    if content == .text, !kept.isEmpty { reportText(once: &reported, into: &sink) }
    if content == .report, let name = unsafe DeviceText.reportName(kept.span.bytes) { sink.emit(.httpBody, name, once: &reported) }
    ignoreRest()
  }

  private mutating func keep(_ bytes: RawSpan, limit: Int) {
    kept.append(bytes.slice(0, limit - kept.count))
  }

  private func reportText(once reported: inout Reported, into sink: inout ObservationSink) {
    let text = unsafe kept.span.bytes
    let isXML = text.trimmed.starts(with: "<")
    if isXML, UPnPDescription.report(text, into: &sink) || ONVIFAnswer.report(text, into: &sink) { return }
    guard text.byteCount <= Self.textLimit, DeviceText.word(in: text) != nil else { return }
    sink.emit(.httpBody, Secrets.removed(from: DeviceText.excerpt(text)), once: &reported)
  }

  private mutating func reportTitle(once reported: inout Reported, into sink: inout ObservationSink) -> Bool {
    let owned = kept
    let page = unsafe owned.span.bytes
    guard let place = title.find(in: page) else { return false }
    sink.emit(.httpTitle, page.extracting(place).collapsedText(limit: 256), once: &reported)
    return true
  }

  /// Reads the first part of a multipart/x-mixed-replace answer (RFC 2046 section 5.1). Returns whether it is a picture.
  private mutating func readFirstPart(once reported: inout Reported, into sink: inout ObservationSink) -> Bool {
    let owned = kept
    let body = unsafe owned.span.bytes
    if !part.hasBegun {
      while part.line < body.byteCount, ASCII.isLineEnd(body.u8(part.line)) { part.line += 1 }
      part.hasBegun = part.line < body.byteCount
    }
    let isFull = body.byteCount >= Self.partLimit
    while let end = body.firstIndex(of: ASCII.lineFeed, from: Swift.max(part.line, part.searched)) {
      let header = body.slice(part.line, end - part.line).trimmed
      let line = end + 1
      if header.byteCount == 0 {
        guard part.isJPEG || part.isText || body.byteCount >= line + 2 || isFull else { return false }
        // Of `multipart/mixed` only events are of interest: mails and batches of answers look the same.
        let isPicture = content == .multipart && (part.isJPEG || !part.isText && body.slice(line).starts(with: [0xFF, 0xD8]))
        if isPicture { reportVideo(body, head: body.slice(0, line), once: &reported, into: &sink) }
        let isText = part.isText
        ignoreRest()
        if isText {
          content = .events
          events.add(body.slice(line), once: &reported, into: &sink)
        }
        return isPicture
      }
      part.line = line
      if let type = header.header("content-type") {
        part.isJPEG = type.startsIgnoringCase("image/jpeg") || type.startsIgnoringCase("image/jpg")
        part.isText = EventStream.isText(type)
      }
    }
    part.searched = body.byteCount
    if isFull { ignoreRest() }
    return false
  }

  private func reportVideo(_ body: RawSpan, head: RawSpan, once reported: inout Reported, into sink: inout ObservationSink) {
    DeviceHeader.report(lines: head, once: &reported, into: &sink)
    let delimiter = body.trimmed.slice(0, body.trimmed.firstIndex(of: ASCII.lineFeed) ?? 0).trimmed.text(limit: 96)
    sink.emit(.httpVideo, boundary.isEmpty ? delimiter : boundary, once: &reported)
    sink.stream("MJPEG over HTTP")
  }
}

/// The lines of a first part that were read: each is read once.
private struct FirstPart {
  /// Something came behind the line ends at its front.
  var hasBegun = false
  /// The beginning of the next line, and the end of what has no line end.
  var line = 0
  var searched = 0
  var isJPEG = false
  var isText = false
}

/// Finds where a text body describes a device.
enum DeviceText {
  /// Bytes of the text that are reported.
  static let excerptLimit = 200

  /// Words with which devices describe themselves, and the bytes of the longest.
  static let wordLimit = 10
  private static let words: [StaticString] = ["camera", "ipcam", "<product", "model", "devicetype", "deviceinfo"]
  /// A bit for each byte with which one begins.
  private static let firstBytes = words.reduce(UInt128(0)) { $0 | 1 << UInt128(unsafe $1.utf8Start.pointee) }

  /// Names of reports that devices post to their cloud (Xiongmai).
  private static let reports: [StaticString] = ["\"CfgProtocol\"", "\"DssProtocol\"", "\"LogProtocol\"", "\"StatusProtocol\""]

  /// The first name in a JSON object if it is that of a report, with its quotes.
  static func reportName(_ text: RawSpan) -> String? {
    guard text.trimmed.starts(with: "{") else { return nil }
    let member = text.trimmed.slice(1).trimmed
    for name in reports where member.starts(with: name) { return "\(name)" }
    return nil
  }

  /// The position of the first word with which devices describe themselves.
  /// - Parameter start: nothing before it is searched.
  static func word(in text: RawSpan, from start: Int = 0) -> Int? {
    for index in Swift.max(0, start)..<Swift.max(0, start, text.byteCount) {
      let byte = ASCII.lowercased(text.u8(index))
      // Shifts by more than there are bits give zero.
      guard Self.firstBytes >> UInt128(byte) & 1 != 0 else { continue }
      if words.contains(where: { text.startsIgnoringCase($0, at: index) }) { return index }
    }
    return nil
  }

  /// The beginning of a text. If the first word comes too late for that, as behind the envelope of a SOAP answer, the bytes around it.
  static func excerpt(_ text: RawSpan) -> String {
    guard var start = word(in: text), start >= excerptLimit / 2 else { return text.slice(0, excerptLimit).collapsedText() }
    // From the start of the tag, member or line that contains the word.
    let first = Swift.max(0, start - 64)
    while start > first, !opensPart(text.u8(start)) { start -= 1 }
    return text.slice(start, excerptLimit).collapsedText()
  }

  private static func opensPart(_ byte: UInt8) -> Bool {
    byte == ASCII.lessThan || byte == ASCII.comma || byte == ASCII.openBrace || byte == ASCII.lineFeed
  }
}
