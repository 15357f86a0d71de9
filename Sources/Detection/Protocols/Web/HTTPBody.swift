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
      let isPage = unsafe DeviceText.isPage(kept.span.bytes)
      if isPage {
        content = .html
        if reportTitle(once: &reported, into: &sink) { ignoreRest() }
      } else if unsafe kept.count >= Self.descriptionLimit || isUntilClose && DeviceText.isWhole(kept.span.bytes) {
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

  private func reportTitle(once reported: inout Reported, into sink: inout ObservationSink) -> Bool {
    let page = unsafe kept.span.bytes
    guard let tag = page.firstIndexIgnoringCase(of: "<title"), let open = page.firstIndex(of: ASCII.greaterThan, from: tag),
      let close = page.firstIndexIgnoringCase(of: "</title", from: open)
    else { return false }
    sink.emit(.httpTitle, page.slice(open + 1, close - open - 1).collapsedText(limit: 256), once: &reported)
    return true
  }

  /// Reads the first part of a multipart/x-mixed-replace answer (RFC 2046 section 5.1). Returns whether it is a picture.
  private mutating func readFirstPart(once reported: inout Reported, into sink: inout ObservationSink) -> Bool {
    let owned = kept
    let body = unsafe owned.span.bytes
    var line = 0
    while line < body.byteCount, ASCII.isLineEnd(body.u8(line)) { line += 1 }
    let isFull = body.byteCount >= Self.partLimit
    var isJPEG = false
    var isText = false
    while let end = body.firstIndex(of: ASCII.lineFeed, from: line) {
      let header = body.slice(line, end - line).trimmed
      line = end + 1
      if header.byteCount == 0 {
        guard isJPEG || isText || body.byteCount >= line + 2 || isFull else { return false }
        // Of `multipart/mixed` only events are of interest: mails and batches of answers look the same.
        let isPicture = content == .multipart && (isJPEG || !isText && body.slice(line).starts(with: [0xFF, 0xD8]))
        if isPicture { reportVideo(body, head: body.slice(0, line), once: &reported, into: &sink) }
        ignoreRest()
        if isText {
          content = .events
          events.add(body.slice(line), once: &reported, into: &sink)
        }
        return isPicture
      }
      if let type = header.header("content-type") {
        isJPEG = type.startsIgnoringCase("image/jpeg") || type.startsIgnoringCase("image/jpg")
        isText = EventStream.isText(type)
      }
    }
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

/// Decides from its first bytes whether a text body describes a device, and where.
enum DeviceText {
  /// Bytes of the text that are reported.
  static let excerptLimit = 200

  /// Words with which devices describe themselves.
  private static let words: [StaticString] = ["camera", "ipcam", "<product", "model", "devicetype", "deviceinfo"]

  /// Names of reports that devices post to their cloud (Xiongmai).
  private static let reports: [StaticString] = ["\"CfgProtocol\"", "\"DssProtocol\"", "\"LogProtocol\"", "\"StatusProtocol\""]

  /// The first name in a JSON object if it is that of a report, with its quotes.
  static func reportName(_ text: RawSpan) -> String? {
    guard text.trimmed.starts(with: "{") else { return nil }
    let member = text.trimmed.slice(1).trimmed
    for name in reports where member.starts(with: name) { return "\(name)" }
    return nil
  }

  /// The text is a page. Servers of old cameras send no content type, and begin anywhere in the page.
  static func isPage(_ text: RawSpan) -> Bool {
    let text = text.trimmed
    return text.startsIgnoringCase("<html") || text.startsIgnoringCase("<!doctype html") || text.startsIgnoringCase("<head")
      || text.startsIgnoringCase("<title") || text.startsIgnoringCase("<meta")
  }

  /// The text is complete though only the end of the connection ends it: its root element or object is closed, or there is enough
  /// for the excerpt.
  static func isWhole(_ text: RawSpan) -> Bool {
    let trimmed = text.trimmed
    guard trimmed.byteCount > 1 else { return false }
    let last = trimmed.u8(trimmed.byteCount - 1)
    switch trimmed.u8(0) {
    case ASCII.lessThan: return last == ASCII.greaterThan && closesRoot(trimmed)
    case ASCII.openBrace: return last == ASCII.closeBrace && closesObject(trimmed)
    default: return word(in: text).map { text.byteCount >= $0 + excerptLimit } ?? false
    }
  }

  private static func closesRoot(_ text: RawSpan) -> Bool {
    var open = 0
    while open + 1 < text.byteCount, text.u8(open) != ASCII.lessThan || !ASCII.isAlphanumeric(text.u8(open + 1)) { open += 1 }
    var end = open + 1
    while end < text.byteCount, text.u8(end) > ASCII.space, text.u8(end) != ASCII.greaterThan, text.u8(end) != ASCII.slash { end += 1 }
    let count = end - open - 1
    let tail = text.byteCount - count - 3
    guard count > 0, tail > end, text.u8(tail) == ASCII.lessThan, text.u8(tail + 1) == ASCII.slash else { return false }
    for index in 0..<count where text.u8(open + 1 + index) != text.u8(tail + 2 + index) { return false }
    return true
  }

  private static func closesObject(_ text: RawSpan) -> Bool {
    var depth = 0
    var inString = false
    var index = 0
    while index < text.byteCount {
      switch text.u8(index) {
      case ASCII.backslash where inString: index += 1
      case ASCII.quote: inString.toggle()
      case ASCII.openBrace where !inString: depth += 1
      case ASCII.closeBrace where !inString: depth -= 1
      default: break
      }
      index += 1
    }
    return depth == 0
  }

  /// The position of the first word with which devices describe themselves.
  static func word(in text: RawSpan) -> Int? {
    words.compactMap { text.firstIndexIgnoringCase(of: $0) }.min()
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
