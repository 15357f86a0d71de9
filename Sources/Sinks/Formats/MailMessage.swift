import Detection

/// One mail as RFC 5322 writes it.
///
/// Every header is built of words that hold no line break, and every body is encoded, so that no text of an event can add a header, a part or
/// a mail.
struct MailMessage: Sendable {
  /// Of a header line without its end (RFC 5322, section 2.1.1).
  static let lineLimit = 78
  /// Of a subject, in bytes of UTF-8.
  static let subjectLimit = 400
  /// An encoded body has "=" only before two digits or a line end: this line cannot be in it.
  private static let boundary = "=_lenscap_="

  var from: Mailbox
  var to: [Mailbox]
  var subject: String
  var date: Timestamp
  /// The same whenever the message is sent again, by which mail programs know a duplicate.
  var id: String
  /// What the messages of a case have in common, by which mail programs make one thread of them; nil for messages that belong to none.
  var thread: String?
  /// True for the message that a thread begins with.
  var beginsThread: Bool
  var isUrgent: Bool
  var text: String
  /// Nil: text alone.
  var html: String?

  var bytes: [UInt8] {
    var lines: [String] = []
    lines += MailMessage.header("From", from.headerWords)
    lines += MailMessage.header("To", MailMessage.list(to))
    lines += MailMessage.header("Subject", MailMessage.subjectWords(subject))
    lines += MailMessage.header("Date", [date.rfc5322UTC])
    lines += MailMessage.header("Message-ID", [identifier(id)])
    if let thread {
      // The first message of a case refers to the case too, since the one that began it may never have come.
      if !beginsThread { lines += MailMessage.header("In-Reply-To", [identifier("case.\(thread)")]) }
      lines += MailMessage.header("References", [identifier("case.\(thread)")])
    }
    lines += MailMessage.header("Auto-Submitted", ["auto-generated"])
    if isUrgent { lines += ["Importance: high", "X-Priority: 1"] }
    lines.append("MIME-Version: 1.0")
    if let html {
      lines += [
        "Content-Type: multipart/alternative; boundary=\"\(Self.boundary)\"", "", "--\(Self.boundary)",
      ]
      lines += MailMessage.part("plain", text)
      lines.append("--\(Self.boundary)")
      lines += MailMessage.part("html", html)
      lines.append("--\(Self.boundary)--")
    } else {
      lines += MailMessage.part("plain", text)
    }
    return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
  }

  private static func part(_ type: String, _ body: String) -> [String] {
    [
      "Content-Type: text/\(type); charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
      QuotedPrintable.encode(body.plainText),
    ]
  }

  /// The header, with a line break before each word that would not fit.
  private static func header(_ name: String, _ words: [String]) -> [String] {
    var lines = ["\(name):"]
    var isEmpty = true
    for word in words {
      if !isEmpty && lines[lines.count - 1].utf8.count + 1 + word.utf8.count > lineLimit {
        lines.append("")
      }
      lines[lines.count - 1] += " \(word)"
      isEmpty = false
    }
    return lines
  }

  private static func list(_ mailboxes: [Mailbox]) -> [String] {
    mailboxes.enumerated().flatMap { index, mailbox in
      var words = mailbox.headerWords
      if index < mailboxes.count - 1 { words[words.count - 1] += "," }
      return words
    }
  }

  /// Words of ASCII as they are, unless one is so long that it could not be folded, or looks like an encoded word.
  private static func subjectWords(_ subject: String) -> [String] {
    let line = subject.oneLine.cut(utf8: subjectLimit)
    let words = line.split(separator: " ").map(String.init)
    let isPlain = line.utf8.allSatisfy { $0 < 0x7F } && !line.contains("=?") && words.allSatisfy { $0.utf8.count <= EncodedWord.limit }
    return isPlain ? words : EncodedWord.words(line)
  }

  /// `<…@domain of the sender>` of characters that need no quotes.
  private func identifier(_ text: String) -> String {
    let left = text.utf8.prefix(200).map { byte -> Character in
      ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") ? Character(Unicode.Scalar(byte)) : "."
    }
    let atoms = String(left).split(separator: ".").joined(separator: ".")
    return "<\(atoms.isEmpty ? "lenscap" : atoms)@\(from.address.domain)>"
  }
}
