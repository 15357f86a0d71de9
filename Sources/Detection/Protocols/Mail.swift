/// SMTP (RFC 5321), POP3 (RFC 1939) and IMAP (RFC 9051) in the clear: claimed by their greetings, and nothing is said. What a camera sends by mail
/// is nobody's business.
public struct MailRecognizer: Recognizer {
  public let name = "mail"
  public let carriers: Carriers = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount >= 4 else { return .needMore }
    if bytes.startsIgnoringCase("ehlo") || bytes.startsIgnoringCase("helo") { return .done }
    if FTPRecognizer.isMail(message.source.port), bytes.starts(with: "220") { return .done }
    if message.source.port == 110, bytes.starts(with: "+OK") { return .done }
    return message.source.port == 143 && bytes.starts(with: "* OK") ? .done : .notMine
  }
}
