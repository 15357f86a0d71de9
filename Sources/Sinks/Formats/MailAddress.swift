import Detection

/// An address of mail as RFC 5321, section 4.1.2, writes it without quotes: `porter@hotel.example`.
struct MailAddress: Sendable, Equatable {
  /// RFC 5321, section 4.5.3.1.
  static let localLimit = 64
  static let domainLimit = 255

  let local: String
  let domain: String

  /// Nil for what is no such address: other characters than those of an atom, no domain, or too long. What is left can hold no line break.
  init?(_ text: String) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...MailAddress.localLimit).contains(parts[0].utf8.count),
      (1...MailAddress.domainLimit).contains(parts[1].utf8.count),
      parts[0].utf8.allSatisfy(Self.isAtom), parts[1].utf8.allSatisfy(Self.isDomain)
    else { return nil }
    local = String(parts[0])
    domain = String(parts[1])
  }

  var text: String { "\(local)@\(domain)" }
  /// As the commands MAIL and RCPT want it.
  var path: String { "<\(text)>" }

  private static func isAtom(_ byte: UInt8) -> Bool { isDomain(byte) || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte) }

  private static func isDomain(_ byte: UInt8) -> Bool { ASCII.isAlphanumeric(byte) || "-.".utf8.contains(byte) }
}

/// An address with the name that mail programs show: `Night watch <box@hotel.example>`, or the address alone.
struct Mailbox: Sendable, Equatable {
  let name: String
  let address: MailAddress

  /// Nil for what has no address, and for what holds a control character.
  init?(_ text: String) {
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    if text.hasSuffix(">"), let start = text.lastIndex(of: "<") {
      guard let address = MailAddress(String(text[text.index(after: start)...].dropLast())) else { return nil }
      let name = String(text[..<start]).oneLine
      self.name = name.count > 1 && name.hasPrefix("\"") && name.hasSuffix("\"") ? String(name.dropFirst().dropLast()) : name
      self.address = address
    } else {
      guard let address = MailAddress(text) else { return nil }
      name = ""
      self.address = address
    }
  }

  /// Words of a header: the name as encoded words wherever it is more than letters, digits and spaces.
  var headerWords: [String] {
    guard !name.isEmpty else { return [address.text] }
    let isPlain = name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: " ") }
    return (isPlain ? name.split(separator: " ").map(String.init) : EncodedWord.words(name)) + [address.path]
  }
}
