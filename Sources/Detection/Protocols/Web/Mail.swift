/// SMTP (RFC 5321), POP3 (RFC 1939) and IMAP (RFC 9051): recognized by their greetings, and not reported. Contents of mail are private. A
/// later TLS handshake in the same connection is read like any other.
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
  private var upgrade = TLSUpgrade()

  func gap(in direction: Direction) { upgrade.gap() }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if upgrade.take(message.payload, fromServer: message.direction == .responder) { return .next(isRelayed: false) }
    return upgrade.isOver ? .done : .mine
  }
}
