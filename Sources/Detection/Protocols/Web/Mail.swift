/// SMTP (RFC 5321), POP3 (RFC 1939) and IMAP (RFC 9051): recognized by their greetings, and not reported. Contents of mail are private; only
/// that a mail sent without encryption holds a JPEG picture is noted, since cameras report movement so. A later TLS handshake in the same
/// connection is read like any other.
public struct MailRecognizer: Recognizer {
  public let name = "mail"
  public let transports: Transports = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount >= 4 else { return .needMore }
    if bytes.startsIgnoringCase("ehlo") || bytes.startsIgnoringCase("helo") { return .mine }
    if FTPRecognizer.isMail(message.source.port), bytes.starts(with: "220") { return .mine }
    if message.source.port == 110, bytes.starts(with: "+OK") { return .mine }
    return message.source.port == 143 && bytes.starts(with: "* OK") ? .mine : .notMine
  }

  public func makeParser() -> any Parser { MailParser() }
}

private final class MailParser: Parser {
  /// Bytes kept of a line, and bytes of a client that are read.
  static let lineLimit = 64
  static let byteLimit = 4 << 20

  private var upgrade = TLSUpgrade()
  private var line: [UInt8] = []
  private var read = 0
  private var hasPicture = false

  func gap(in direction: Direction) { upgrade.gap() }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if upgrade.take(message.payload, fromServer: message.direction == .responder) { return .next(isRelayed: false) }
    if message.direction == .originator, FTPRecognizer.isMail(message.destination.port) { readMail(message.payload, into: &sink) }
    return upgrade.isOver && (hasPicture || read >= Self.byteLimit) ? .done : .mine
  }

  /// Looks for the header of a part (RFC 2045 section 5) with a picture.
  private func readMail(_ bytes: RawSpan, into sink: inout ObservationSink) {
    read += bytes.byteCount
    for index in 0..<bytes.byteCount where !hasPicture {
      let byte = bytes.u8(index)
      if byte != ASCII.lineFeed {
        if line.count < Self.lineLimit { line.append(byte) }
        continue
      }
      let header = line
      hasPicture = unsafe header.span.bytes.header("content-type")?.startsIgnoringCase("image/jp") == true
      line.removeAll(keepingCapacity: true)
      if hasPicture { sink.item(.mailedPicture, "pictures", key: sink.packet.number) }
    }
  }
}
