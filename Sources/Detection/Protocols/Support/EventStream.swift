/// Events that a device reports in the parts of an endless HTTP answer, line by line: Hikvision's alert stream (ISAPI, event notification),
/// in XML or JSON, and Dahua's event manager (HTTP API, `eventManager.cgi`). A recorder reports those of its cameras too, by their channels.
struct EventStream {
  /// Bytes kept of a line, and lines that are read.
  static let lineLimit = 2048
  static let lines = 2048
  /// Channels of one device that are reported.
  static let channelLimit = 8

  private var line: [UInt8] = []
  private var read = 0
  private var channels = 0
  /// The present object in JSON has these members.
  private var hasType = false
  private var hasChannel = false

  /// Media types of events.
  static func isText(_ type: RawSpan) -> Bool {
    type.startsIgnoringCase("application/xml") || type.startsIgnoringCase("text/xml") || type.startsIgnoringCase("text/plain")
      || type.startsIgnoringCase("application/json")
  }

  mutating func add(_ bytes: RawSpan, once reported: inout Reported, into sink: inout ObservationSink) {
    for index in 0..<bytes.byteCount where read < Self.lines {
      let byte = bytes.u8(index)
      if byte == ASCII.lineFeed {
        finish(once: &reported, into: &sink)
      } else if line.count < Self.lineLimit {
        line.append(byte)
      }
    }
  }

  /// Judges the present line.
  mutating func finish(once reported: inout Reported, into sink: inout ObservationSink) {
    read += 1
    let text = line
    line.removeAll(keepingCapacity: true)
    unsafe judge(text.span.bytes.trimmed, once: &reported, into: &sink)
  }

  private mutating func judge(_ text: RawSpan, once reported: inout Reported, into sink: inout ObservationSink) {
    if text.starts(with: "Code="), text.contains(";action=") {
      if let index = Self.number(in: text, after: ";index=") { channel(index + 1, once: &reported, into: &sink) }
      sink.emit(.eventMaker, "Dahua", once: &reported)
      return
    }
    if let number = Self.number(in: text, after: "hannelID>") ?? Self.number(in: text, after: "hannelID\":") {
      hasChannel = true
      channel(number, once: &reported, into: &sink)
    }
    if text.contains("\"eventType\"") { hasType = true }
    if let tag = text.firstIndex(of: "<serialNumber"), let end = text.firstIndex(of: ASCII.greaterThan, from: tag) {
      if let model = Self.model(text.slice(end + 1)) { sink.emit(.eventModel, model, once: &reported) }
    }
    let endsObject = text.byteCount == 1 && text.u8(0) == ASCII.closeBrace
    if text.contains("</EventNotificationAlert>") || endsObject && hasType && hasChannel {
      sink.emit(.eventMaker, "Hikvision", once: &reported)
    }
    if endsObject { (hasType, hasChannel) = (false, false) }
  }

  private mutating func channel(_ number: Int, once reported: inout Reported, into sink: inout ObservationSink) {
    guard number > 1, channels < Self.channelLimit else { return }
    if sink.emit(.eventChannel, "\(number)", once: &reported) { channels += 1 }
  }

  /// The decimal number behind a text; at most four digits.
  private static func number(in text: RawSpan, after mark: StaticString) -> Int? {
    guard let at = text.firstIndex(of: mark) else { return nil }
    var start = at + mark.utf8CodeUnitCount
    while start < text.byteCount, ASCII.isBlank(text.u8(start)) { start += 1 }
    var end = start
    while end < text.byteCount, end < start + 4, ASCII.isDigit(text.u8(end)) { end += 1 }
    return text.slice(start, end - start).decimal
  }

  /// The model in a serial number of Hikvision, `MODEL` `yyyymmdd` `…`: the rest is not reported.
  private static func model(_ serial: RawSpan) -> String? {
    var index = 4
    while index + 8 <= serial.byteCount, index < 40 {
      let isDate = serial.starts(with: "20", at: index) && (2..<8).allSatisfy { ASCII.isDigit(serial.u8(index + $0)) }
      if isDate { return serial.slice(0, index).text(limit: 40) }
      index += 1
    }
    return nil
  }
}
