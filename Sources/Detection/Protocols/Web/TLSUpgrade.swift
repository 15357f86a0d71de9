/// Finds the place in a text protocol where both sides switch to TLS: STARTTLS of SMTP (RFC 3207) and IMAP (RFC 9051 section 6.2.1), STLS
/// of POP3 (RFC 2595), AUTH of FTP (RFC 4217).
struct TLSUpgrade {
  /// Bytes buffered of a line, and lines of both sides after which no switch is expected.
  static let lineLimit = 64
  static let lines = 64

  private enum Asked {
    case nothing
    case once(tag: [UInt8])
  }

  private var client: [UInt8] = []
  private var server: [UInt8] = []
  private var asked = Asked.nothing
  private var left = TLSUpgrade.lines
  /// A switch is no longer expected, or can no longer be seen.
  private(set) var isOver = false

  mutating func gap() { isOver = true }

  /// Takes the next bytes of one side. Returns whether TLS follows them.
  mutating func take(_ bytes: RawSpan, fromServer: Bool) -> Bool {
    for index in 0..<bytes.byteCount where !isOver {
      let byte = bytes.u8(index)
      guard byte == ASCII.lineFeed else {
        if fromServer { Self.keep(byte, &server) } else { Self.keep(byte, &client) }
        continue
      }
      left -= 1
      isOver = left <= 0
      if fromServer {
        if answers(server) { return true }
        server.removeAll(keepingCapacity: true)
      } else {
        if let tag = Self.tag(client) { asked = .once(tag: tag) }
        client.removeAll(keepingCapacity: true)
      }
    }
    return false
  }

  private static func keep(_ byte: UInt8, _ line: inout [UInt8]) {
    if line.count < lineLimit { line.append(byte) }
  }

  /// The tag of a line that asks for TLS: empty except in IMAP, and nil for other lines.
  private static func tag(_ line: [UInt8]) -> [UInt8]? {
    let line = unsafe line.span.bytes.trimmed
    for command: StaticString in ["starttls", "stls", "auth tls", "auth ssl", "auth tls-c"] {
      if line.byteCount == command.utf8CodeUnitCount, line.startsIgnoringCase(command) { return [] }
    }
    guard let space = line.firstIndex(of: ASCII.space), space > 0, line.byteCount == space + 9,
      line.startsIgnoringCase("starttls", at: space + 1)
    else { return nil }
    return line.slice(0, space).array
  }

  /// Recognizes a positive answer: 220 or 234, `+OK`, or `TAG OK`. Any other answer refuses.
  private mutating func answers(_ line: [UInt8]) -> Bool {
    guard case .once(let tag) = asked else { return false }
    let line = unsafe line.span.bytes
    if tag.isEmpty {
      asked = .nothing
      return line.starts(with: "220") || line.starts(with: "234") || line.starts(with: "+OK")
    }
    // Other answers may come in between.
    guard line.slice(0, tag.count).array == tag, line.byteCount > tag.count, line.u8(tag.count) == ASCII.space else { return false }
    asked = .nothing
    return line.startsIgnoringCase("ok", at: tag.count + 1)
  }
}
