/// SSDP, the discovery of UPnP (UPnP Device Architecture 2.0 section 1): announcements of a device, and its answers to searches.
///
/// Routers, televisions, speakers, printers and media servers announce themselves too. Every device searches, so M-SEARCH shows only the
/// name of the sender's program; its target (ST) is another device. NOTIFY and answers are about their sender.
public struct SSDPRecognizer: Recognizer {
  /// Header lines read of one message.
  static let headerLimit = 64
  /// Bytes of the name in a USN.
  static let nameLimit = 64

  public let name = "ssdp"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  private enum Kind { case notify, search, answer }

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard let kind = Self.kind(of: bytes) else { return .notMine }
    // Other protocols use HTTP over UDP too, so on other ports an answer must have the headers of SSDP.
    if !message.hasPort(1900), kind == .answer, !Self.answersSearch(bytes, isCut: bytes.byteCount < message.length) { return .notMine }
    if kind != .search, let name = Self.uniqueName(in: bytes) { sink.emit(.ssdpUniqueName, name) }
    var lines = HeaderLines(bytes)
    while lines.next() {
      switch kind {
      case .search: Self.report(.httpUserAgent, lines, "user-agent", into: &sink)
      case .notify: Self.report(.ssdpType, lines, "nt", into: &sink)
      case .answer: Self.report(.ssdpType, lines, "st", into: &sink)
      }
      if kind == .search { continue }
      Self.report(.ssdpServer, lines, "server", into: &sink)
      Self.report(.ssdpLocation, lines, "location", into: &sink)
    }
    return .message
  }

  private static func kind(of bytes: RawSpan) -> Kind? {
    if bytes.starts(with: "NOTIFY * HTTP/1.") { return .notify }
    if bytes.starts(with: "M-SEARCH * HTTP/1.") { return .search }
    return bytes.starts(with: "HTTP/1.1 200") || bytes.starts(with: "HTTP/1.0 200") ? .answer : nil
  }

  /// Recognizes an answer, which repeats the target of the search and names itself (section 1.3.3). If the end was not captured, its
  /// other headers decide.
  private static func answersSearch(_ bytes: RawSpan, isCut: Bool) -> Bool {
    var lines = HeaderLines(bytes)
    var (hasType, hasName, hasPlace, lasts) = (false, false, false, false)
    while lines.next() {
      if lines.line.header("st") != nil { hasType = true }
      if lines.line.header("usn") != nil { hasName = true }
      if lines.line.header("location") != nil { hasPlace = true }
      if let value = lines.line.header("cache-control") { lasts = value.firstIndexIgnoringCase(of: "max-age") != nil }
    }
    return hasType && hasName || isCut && lasts && (hasType || hasName || hasPlace)
  }

  /// The beginning of a USN that is no UUID (section 1.1.4 demands one), up to the number of the unit: `uuid:device_3_0-AMC066F…::…`.
  private static func uniqueName(in bytes: RawSpan) -> String? {
    var lines = HeaderLines(bytes)
    while lines.next() {
      guard let value = lines.line.header("usn") else { continue }
      guard value.startsIgnoringCase("uuid:"), let hyphen = value.firstIndex(of: ASCII.hyphen) else { return nil }
      let name = value.slice(5, hyphen - 5)
      // A UUID begins with eight hexadecimal digits.
      guard (0..<name.byteCount).contains(where: { ASCII.hexValue(name.u8($0)) == nil }) else { return nil }
      var end = hyphen + 1
      while end < value.byteCount, ASCII.isUppercase(value.u8(end)) { end += 1 }
      return value.slice(5, Swift.min(end - 5, nameLimit)).text()
    }
    return nil
  }

  private static func report(_ field: Field, _ lines: borrowing HeaderLines, _ name: StaticString, into sink: inout ObservationSink) {
    guard let value = lines.line.header(name) else { return }
    sink.emit(field, value.text())
  }

  /// The complete lines between the first line and the empty one.
  private struct HeaderLines: ~Escapable {
    private let bytes: RawSpan
    private var range: Range<Int>
    private var count = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) {
      self.bytes = bytes
      range = 0..<(bytes.firstIndex(of: ASCII.lineFeed) ?? bytes.byteCount)
    }

    var line: RawSpan {
      @_lifetime(copy self)
      get { bytes.extracting(range).trimmed }
    }

    mutating func next() -> Bool {
      let start = range.upperBound + 1
      guard count < SSDPRecognizer.headerLimit, let end = bytes.firstIndex(of: ASCII.lineFeed, from: start) else { return false }
      range = start..<end
      count += 1
      return !line.isEmpty
    }
  }
}
